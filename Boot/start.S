// Reset: the first instructions of the kernel. OpenSBI enters here in S-mode with the hart id in a0, the device tree in a1,
// translation off and interrupts off (SBI specification 4, RISC-V boot protocol).
#if __riscv
#include "layout.h"

    .section .text.start, "ax"
    .globl _start
_start:
    rdtime s2
    csrw sie, zero
    csrw satp, zero

    // The kernel is built with Zba, Zbb and Zbs. A hart without one of them could not report the trap, so each is tried first.
    la t0, missing_extension
    csrw stvec, t0
    sh1add t0, zero, zero
    andn t0, zero, zero
    bexti t0, zero, 0

    // One hart boots. OpenSBI's lottery lets only one in; any other that comes (a loader without HSM) waits for ever.
    la t0, boot_lottery
    li t1, 1
    amoswap.w.aq t1, t1, (t0)
    bnez t1, park

    // Clear .bss; the loader need not have done it. 64 bytes a turn: linker.ld aligns both ends.
    la t0, bss_start
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    sd zero, 8(t0)
    sd zero, 16(t0)
    sd zero, 24(t0)
    sd zero, 32(t0)
    sd zero, 40(t0)
    sd zero, 48(t0)
    sd zero, 56(t0)
    addi t0, t0, 64
    j 1b

2:  la t0, boot_start_ticks
    sd s2, 0(t0)
    la sp, boot_stack_top
    la tp, boot_hart
    sd a0, HART_IDENTIFIER(tp)
    sd a1, HART_DEVICE_TREE(tp)
    la t0, trap_stack_top
    sd t0, HART_TRAP_STACK(tp)
    sd t0, (HART_RUNNING_FRAME + FRAME_HANDLER_STACK)(tp)
    la t0, emergency_stack_top
    sd t0, (HART_EMERGENCY_FRAME + FRAME_HANDLER_STACK)(tp)
    addi t0, tp, HART_BOOT_FRAME
    sd t0, 16(tp)
    addi t0, tp, HART_RUNNING_FRAME
    csrw sscratch, t0
    la t0, machine_trap_vector
    csrw stvec, t0
    // Floating point on, its state Initial (sstatus.FS = 1).
    li t0, 0x6000
    csrc sstatus, t0
    li t0, 0x2000
    csrs sstatus, t0
    csrw fcsr, zero
    // The end of every backtrace.
    li ra, 0
    li s0, 0
    call kernel_main

park:
    wfi
    j park

    // Says what is missing through the firmware's console (SBI 5.2), and ends QEMU's virt machine with exit code 1 through its test device,
    // another one through the firmware (SBI 10.1).
    .balign 4
missing_extension:
    la s0, missing_extension_text
1:  lbu a0, 0(s0)
    beqz a0, 2f
    li a7, 1
    ecall
    addi s0, s0, 1
    j 1b
2:  la t0, 3f
    csrw stvec, t0
    li t0, 0x100000
    li t1, 1 << 16 | 0x3333
    sw t1, 0(t0)
    .balign 4
3:  li a7, 0x53525354
    li a6, 0
    li a0, 0
    li a1, 1
    ecall
    j park

    .section .rodata
missing_extension_text:
    .asciz "martlet: this hart lacks an extension that the kernel is built with: Zba, Zbb or Zbs (rv64gc_zba_zbb_zbs)\n"

    .section .data.lottery, "aw"
    .balign 4
boot_lottery:
    .word 0

    .bss
    .balign 64
    .globl boot_hart
boot_hart:
    .space HART_SIZE
    .globl boot_start_ticks
boot_start_ticks:
    .space 8
#endif
