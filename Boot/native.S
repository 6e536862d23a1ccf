// Entering handlers and machine code of guests, which keep none of the registers that a function keeps (RISC-V calling convention, 2.1) but sp,
// gp, tp, ra and s0. And calls on another stack.
#if __riscv
#define SAVED(n) (192 - 8 * (n))

    .text
    .balign 4
    .globl machine_enter_native
// machine_enter_native(registers): calls what `NativeRegisters` says, and comes back when it returns.
machine_enter_native:
    addi sp, sp, -208
    sd ra, 200(sp)
    sd s0, SAVED(0)(sp)
    addi s0, sp, 208
    sd s1, SAVED(1)(sp)
    sd s2, SAVED(2)(sp)
    sd s3, SAVED(3)(sp)
    sd s4, SAVED(4)(sp)
    sd s5, SAVED(5)(sp)
    sd s6, SAVED(6)(sp)
    sd s7, SAVED(7)(sp)
    sd s8, SAVED(8)(sp)
    sd s9, SAVED(9)(sp)
    sd s10, SAVED(10)(sp)
    sd s11, SAVED(11)(sp)
    fsd fs0, SAVED(12)(sp)
    fsd fs1, SAVED(13)(sp)
    fsd fs2, SAVED(14)(sp)
    fsd fs3, SAVED(15)(sp)
    fsd fs4, SAVED(16)(sp)
    fsd fs5, SAVED(17)(sp)
    fsd fs6, SAVED(18)(sp)
    fsd fs7, SAVED(19)(sp)
    fsd fs8, SAVED(20)(sp)
    fsd fs9, SAVED(21)(sp)
    fsd fs10, SAVED(22)(sp)
    fsd fs11, SAVED(23)(sp)
    ld t0, 16(a0)
    ld a1, 32(a0)
    ld a2, 40(a0)
    ld a3, 48(a0)
    ld s8, 56(a0)
    ld a4, 64(a0)
    fld fa0, 72(a0)
    flw fa1, 80(a0)
    ld a0, 24(a0)
    jalr t0
    ld ra, 200(sp)
    ld s0, SAVED(0)(sp)
    ld s1, SAVED(1)(sp)
    ld s2, SAVED(2)(sp)
    ld s3, SAVED(3)(sp)
    ld s4, SAVED(4)(sp)
    ld s5, SAVED(5)(sp)
    ld s6, SAVED(6)(sp)
    ld s7, SAVED(7)(sp)
    ld s8, SAVED(8)(sp)
    ld s9, SAVED(9)(sp)
    ld s10, SAVED(10)(sp)
    ld s11, SAVED(11)(sp)
    fld fs0, SAVED(12)(sp)
    fld fs1, SAVED(13)(sp)
    fld fs2, SAVED(14)(sp)
    fld fs3, SAVED(15)(sp)
    fld fs4, SAVED(16)(sp)
    fld fs5, SAVED(17)(sp)
    fld fs6, SAVED(18)(sp)
    fld fs7, SAVED(19)(sp)
    fld fs8, SAVED(20)(sp)
    fld fs9, SAVED(21)(sp)
    fld fs10, SAVED(22)(sp)
    fld fs11, SAVED(23)(sp)
    addi sp, sp, 208
    ret

    .globl machine_call_on_stack
// machine_call_on_stack(body, argument, top): calls body(argument) on the stack that ends at `top`, a multiple of 16.
machine_call_on_stack:
    addi sp, sp, -16
    sd ra, 8(sp)
    sd s0, 0(sp)
    addi s0, sp, 16
    sd sp, -16(a2)
    addi sp, a2, -16
    mv t0, a0
    mv a0, a1
    jalr t0
    ld sp, 0(sp)
    ld ra, 8(sp)
    ld s0, 0(sp)
    addi sp, sp, 16
    ret
#endif
