#if __riscv
    .section .text.start, "ax"
    .globl _start
_start:
    la sp, stack_top
    call machine_start
1:  wfi
    j 1b
    .bss
    .balign 16
    .space 65536
stack_top:
#endif
