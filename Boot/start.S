// Reset: the first instructions of the kernel. OpenSBI enters here in S-mode with the hart id in a0, the device tree in a1,
// translation off and interrupts off (SBI specification 4, RISC-V boot protocol).
#if __riscv
#include "layout.h"

// Tries an instruction; a hart that lacks the extension it belongs to takes a trap, to which missing_extension gives the name.
.macro requires name, instruction:vararg
    la s1, \name
    \instruction
.endm

    .section .text.start, "ax"
    .globl _start
_start:
    rdtime s2
    csrw sie, zero
    csrw satp, zero

    // The first act: a byte on the serial port, through the firmware (SBI 5.2), by which qemu/run knows that the kernel has begun.
    mv s0, a0
    mv s1, a1
    li a0, KERNEL_BEGINS
    li a7, 1
    ecall
    mv a0, s0
    mv s3, s1

    // The kernel is built with these. A hart without one of them could not report the trap, so each is tried first. Floating point is on for
    // that and stays so, its state Initial (sstatus.FS = 1).
    la t0, missing_extension
    csrw stvec, t0
    li t0, 0x6000
    csrc sstatus, t0
    li t0, 0x2000
    csrs sstatus, t0
    requires extension_f, csrw fcsr, zero
    requires extension_f, fmv.w.x ft0, zero
    requires extension_d, fmv.d.x ft0, zero
    requires extension_zba, sh1add t0, zero, zero
    requires extension_zbb, andn t0, zero, zero
    requires extension_zbs, bexti t0, zero, 0
    // The tries made the state Dirty.
    li t0, 0x4000
    csrc sstatus, t0
    li t0, 0x2000
    csrs sstatus, t0

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
    sd s3, HART_DEVICE_TREE(tp)
    la t0, trap_stack_top
    sd t0, HART_TRAP_STACK(tp)
    sd t0, (HART_RUNNING_FRAME + FRAME_HANDLER_STACK)(tp)
    la t0, emergency_stack_top
    sd t0, (HART_EMERGENCY_FRAME + FRAME_HANDLER_STACK)(tp)
    addi t0, tp, HART_BOOT_FRAME
    sd t0, HART_CURRENT_FRAME(tp)
    addi t0, tp, HART_RUNNING_FRAME
    csrw sscratch, t0
    la t0, machine_trap_vector
    csrw stvec, t0
    // The end of every backtrace.
    li ra, 0
    li s0, 0
    call kernel_main

park:
    wfi
    j park

    // Says what is missing, its name in s1, through the firmware's console (SBI 5.2), and ends QEMU's virt machine with exit code 1 through its
    // test device, another one through the firmware (SBI 10.1).
    .balign 4
missing_extension:
    la s0, missing_before
    call print
    mv s0, s1
    call print
    la s0, missing_after
    call print
    la t0, 3f
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

print:
    lbu a0, 0(s0)
    beqz a0, 1f
    li a7, 1
    ecall
    addi s0, s0, 1
    j print
1:  ret

    .section .rodata
missing_before: .asciz "martlet: this hart lacks the extension "
missing_after: .asciz ", with which the kernel is built (rv64gc_zba_zbb_zbs)\n"
extension_f: .asciz "F"
extension_d: .asciz "D"
extension_zba: .asciz "Zba"
extension_zbb: .asciz "Zbb"
extension_zbs: .asciz "Zbs"

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
