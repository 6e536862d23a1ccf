// The trap vector, and resuming and switching threads. RISC-V privileged specification 4.1.1 (sstatus), 4.1.2 (stvec), 4.1.6 (sscratch).
//
// While a thread runs, sscratch holds the hart's running frame and tp the hart; every view maps both. A trap saves every integer register
// into that frame, enters the kernel view, points sscratch at the hart's emergency frame (a trap inside the handler lands there) and calls
// machine_trap(frame) on the hart's trap stack. What machine_trap returns is the frame to resume: the same one, or another thread's, which
// only the kernel view may map; so the view of the resumed thread is entered last.
#if __riscv
#include "layout.h"

    .text
    .balign 4
    .globl machine_trap_vector
machine_trap_vector:
    csrrw sp, sscratch, sp
    sd ra, FRAME_REGISTER(1)(sp)
    sd gp, FRAME_REGISTER(3)(sp)
    sd tp, FRAME_REGISTER(4)(sp)
    sd t0, FRAME_REGISTER(5)(sp)
    sd t1, FRAME_REGISTER(6)(sp)
    sd t2, FRAME_REGISTER(7)(sp)
    sd s0, FRAME_REGISTER(8)(sp)
    sd s1, FRAME_REGISTER(9)(sp)
    sd a0, FRAME_REGISTER(10)(sp)
    sd a1, FRAME_REGISTER(11)(sp)
    sd a2, FRAME_REGISTER(12)(sp)
    sd a3, FRAME_REGISTER(13)(sp)
    sd a4, FRAME_REGISTER(14)(sp)
    sd a5, FRAME_REGISTER(15)(sp)
    sd a6, FRAME_REGISTER(16)(sp)
    sd a7, FRAME_REGISTER(17)(sp)
    sd s2, FRAME_REGISTER(18)(sp)
    sd s3, FRAME_REGISTER(19)(sp)
    sd s4, FRAME_REGISTER(20)(sp)
    sd s5, FRAME_REGISTER(21)(sp)
    sd s6, FRAME_REGISTER(22)(sp)
    sd s7, FRAME_REGISTER(23)(sp)
    sd s8, FRAME_REGISTER(24)(sp)
    sd s9, FRAME_REGISTER(25)(sp)
    sd s10, FRAME_REGISTER(26)(sp)
    sd s11, FRAME_REGISTER(27)(sp)
    sd t3, FRAME_REGISTER(28)(sp)
    sd t4, FRAME_REGISTER(29)(sp)
    sd t5, FRAME_REGISTER(30)(sp)
    sd t6, FRAME_REGISTER(31)(sp)
    csrr t0, sscratch
    csrr t1, sepc
    csrr t2, sstatus
    csrr t3, scause
    csrr t4, stval
    sd t0, FRAME_REGISTER(2)(sp)
    sd t1, FRAME_PROGRAM_COUNTER(sp)
    sd t2, FRAME_STATUS(sp)
    sd t3, FRAME_CAUSE(sp)
    sd t4, FRAME_VALUE(sp)
    csrr t5, satp
    ld t6, HART_KERNEL_TRANSLATION(tp)
    sd t5, FRAME_TRANSLATION(sp)
    beq t5, t6, 1f
    csrw satp, t6
    // A space without an identifier of its own shares number 0, whose translations must be forgotten.
    slli t5, t6, 4
    srli t5, t5, 48
    bnez t5, 1f
    sfence.vma
1:  addi t0, tp, HART_EMERGENCY_FRAME
    csrw sscratch, t0
    mv a0, sp
    ld sp, FRAME_HANDLER_STACK(a0)
    // The handler's own frame record: its backtrace continues in the interrupted code.
    addi sp, sp, -16
    sd t1, 8(sp)
    sd s0, 0(sp)
    addi s0, sp, 16
    call machine_trap

// machine_resume(frame): continues the thread of a frame. Interrupts are off, the view is a kernel view; never returns.
    .globl machine_resume
machine_resume:
    // A reservation of the interrupted thread must not survive into the resumed one.
    ld t1, FRAME_PROGRAM_COUNTER(a0)
    addi t0, tp, HART_SCRATCH
    sc.d zero, t1, (t0)
    ld t2, FRAME_STATUS(a0)
    addi t0, tp, HART_RUNNING_FRAME
    csrw sstatus, t2
    csrw sepc, t1
    csrw sscratch, t0
    ld t0, FRAME_REGISTER(10)(a0)
    ld t1, FRAME_REGISTER(31)(a0)
    sd t0, HART_SCRATCH(tp)
    sd t1, (HART_SCRATCH + 8)(tp)
    ld ra, FRAME_REGISTER(1)(a0)
    ld sp, FRAME_REGISTER(2)(a0)
    ld gp, FRAME_REGISTER(3)(a0)
    ld t0, FRAME_REGISTER(5)(a0)
    ld t1, FRAME_REGISTER(6)(a0)
    ld t2, FRAME_REGISTER(7)(a0)
    ld s0, FRAME_REGISTER(8)(a0)
    ld s1, FRAME_REGISTER(9)(a0)
    ld a1, FRAME_REGISTER(11)(a0)
    ld a2, FRAME_REGISTER(12)(a0)
    ld a3, FRAME_REGISTER(13)(a0)
    ld a4, FRAME_REGISTER(14)(a0)
    ld a5, FRAME_REGISTER(15)(a0)
    ld a6, FRAME_REGISTER(16)(a0)
    ld a7, FRAME_REGISTER(17)(a0)
    ld s2, FRAME_REGISTER(18)(a0)
    ld s3, FRAME_REGISTER(19)(a0)
    ld s4, FRAME_REGISTER(20)(a0)
    ld s5, FRAME_REGISTER(21)(a0)
    ld s6, FRAME_REGISTER(22)(a0)
    ld s7, FRAME_REGISTER(23)(a0)
    ld s8, FRAME_REGISTER(24)(a0)
    ld s9, FRAME_REGISTER(25)(a0)
    ld s10, FRAME_REGISTER(26)(a0)
    ld s11, FRAME_REGISTER(27)(a0)
    ld t3, FRAME_REGISTER(28)(a0)
    ld t4, FRAME_REGISTER(29)(a0)
    ld t5, FRAME_REGISTER(30)(a0)
    ld t6, FRAME_TRANSLATION(a0)
    csrr a0, satp
    beq a0, t6, 1f
    csrw satp, t6
    slli a0, t6, 4
    srli a0, a0, 48
    bnez a0, 1f
    sfence.vma
1:  ld t6, (HART_SCRATCH + 8)(tp)
    ld a0, HART_SCRATCH(tp)
    sret

// machine_switch(from, to): leaves the running thread as the suspended frame `from` and continues `to`. Interrupts are off. When `from`
// is resumed this returns to its caller with interrupts off, as they were. Only what a call preserves is saved.
    .globl machine_switch
machine_switch:
    sd ra, FRAME_REGISTER(1)(a0)
    sd sp, FRAME_REGISTER(2)(a0)
    sd gp, FRAME_REGISTER(3)(a0)
    sd s0, FRAME_REGISTER(8)(a0)
    sd s1, FRAME_REGISTER(9)(a0)
    sd s2, FRAME_REGISTER(18)(a0)
    sd s3, FRAME_REGISTER(19)(a0)
    sd s4, FRAME_REGISTER(20)(a0)
    sd s5, FRAME_REGISTER(21)(a0)
    sd s6, FRAME_REGISTER(22)(a0)
    sd s7, FRAME_REGISTER(23)(a0)
    sd s8, FRAME_REGISTER(24)(a0)
    sd s9, FRAME_REGISTER(25)(a0)
    sd s10, FRAME_REGISTER(26)(a0)
    sd s11, FRAME_REGISTER(27)(a0)
    sd ra, FRAME_PROGRAM_COUNTER(a0)
    // sret restores SIE from SPIE (bit 5) and the privilege from SPP (bit 8): supervisor, interrupts off.
    csrr t0, sstatus
    andi t0, t0, ~0x20
    ori t0, t0, 0x100
    sd t0, FRAME_STATUS(a0)
    csrr t0, satp
    sd t0, FRAME_TRANSLATION(a0)
    mv a0, a1
    j machine_resume

// The first instruction of a new thread: its entry is in s1, the argument in a0. A thread's body does not return.
    .globl machine_thread_start
machine_thread_start:
    li ra, 0
    li s0, 0
    jalr s1
    unimp

// machine_float_save(frame), machine_float_restore(frame): the floating-point registers and fcsr.
    .globl machine_float_save
machine_float_save:
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fsd f\n, FRAME_FLOAT(\n)(a0)
    .endr
    frcsr t0
    sd t0, FRAME_FLOAT_STATUS(a0)
    li t0, 1
    sd t0, FRAME_FLOAT_SAVED(a0)
    ret

    .globl machine_float_restore
machine_float_restore:
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fld f\n, FRAME_FLOAT(\n)(a0)
    .endr
    ld t0, FRAME_FLOAT_STATUS(a0)
    fscsr t0
    ret

// machine_probe(body, argument, faulted): calls body(argument), which may fault at its first unknown register or address. On a fault
// the trap handler continues at the recovery point below with the callee-saved registers of the fault (body must not change them).
    .globl machine_probe
machine_probe:
    addi sp, sp, -32
    sd ra, 24(sp)
    sd s0, 16(sp)
    sd a2, 8(sp)
    sd zero, 0(a2)
    la t0, 1f
    sd sp, HART_PROBE_STACK(tp)
    sd t0, HART_PROBE_RECOVERY(tp)
    mv t0, a0
    mv a0, a1
    jalr t0
    j 2f
1:  ld sp, HART_PROBE_STACK(tp)
    ld t1, 8(sp)
    li t0, 1
    sd t0, 0(t1)
    li a0, 0
2:  sd zero, HART_PROBE_RECOVERY(tp)
    ld ra, 24(sp)
    ld s0, 16(sp)
    addi sp, sp, 32
    ret

// The stacks of the boot hart; linker.ld places .stacks and each guard page is left unmapped.
    .section .stacks, "aw", @nobits
    .balign 4096
    .globl boot_stack_guard, boot_stack_top, trap_stack_guard, trap_stack_top, emergency_stack_guard, emergency_stack_top
boot_stack_guard:
    .space 4096
    .space STACK_SIZE
boot_stack_top:
trap_stack_guard:
    .space 4096
    .space TRAP_STACK_SIZE
trap_stack_top:
emergency_stack_guard:
    .space 4096
    .space TRAP_STACK_SIZE
emergency_stack_top:
#endif
