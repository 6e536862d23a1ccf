// memcpy, memmove, memset, memcmp: what the compiler calls, and what bulk memory operations come down to. Retired instructions are what
// these cost under TCG, so the inner loops move 64 bytes a turn in 8-byte words and never work byte by byte except at the ends.
// The kernel builds with misaligned access allowed (QEMU does it in one host instruction), so only the destination is aligned.
#if __riscv
    .text
    .balign 4
    .globl memmove, memcpy, memset, memcmp

// memmove(a0 destination, a1 source, a2 count) -> a0. Backwards when the destination overlaps the source from above.
memmove:
    sub t0, a0, a1
    bltu t0, a2, copy_backwards
memcpy:
    mv t6, a0
    li t0, 16
    bltu a2, t0, 4f
    add a7, a0, a2              // the end of the destination
    add a6, a1, a2              // the end of the source
    // The last 16 bytes are stored last; what they are is taken first, since a destination below the source reaches them in between.
    ld a2, -16(a6)
    ld a6, -8(a6)
    addi t1, a7, -64
    bltu t1, a0, 2f             // fewer than 64 bytes
1:  bltu t1, t6, 2f
    ld t0, 0(a1)
    ld t2, 8(a1)
    ld t3, 16(a1)
    ld t4, 24(a1)
    ld t5, 32(a1)
    ld a3, 40(a1)
    ld a4, 48(a1)
    ld a5, 56(a1)
    sd t0, 0(t6)
    sd t2, 8(t6)
    sd t3, 16(t6)
    sd t4, 24(t6)
    sd t5, 32(t6)
    sd a3, 40(t6)
    sd a4, 48(t6)
    sd a5, 56(t6)
    addi a1, a1, 64
    addi t6, t6, 64
    j 1b
2:  addi t1, a7, -16
3:  bgeu t6, t1, 6f
    ld t0, 0(a1)
    ld t2, 8(a1)
    sd t0, 0(t6)
    sd t2, 8(t6)
    addi a1, a1, 16
    addi t6, t6, 16
    j 3b
6:  sd a2, -16(a7)
    sd a6, -8(a7)
    ret
4:  // 0 to 15 bytes: overlapping words, halves and bytes, all loaded before any is stored.
    andi t0, a2, 8
    beqz t0, 5f
    add t1, a1, a2
    ld t2, 0(a1)
    ld t3, -8(t1)
    add t1, a0, a2
    sd t2, 0(a0)
    sd t3, -8(t1)
    ret
5:  andi t0, a2, 4
    beqz t0, 7f
    add t1, a1, a2
    lw t2, 0(a1)
    lw t3, -4(t1)
    add t1, a0, a2
    sw t2, 0(a0)
    sw t3, -4(t1)
    ret
7:  beqz a2, 9f
    add t1, a1, a2
    lbu t2, 0(a1)
    lbu t3, -1(t1)
    srli t4, a2, 1
    add t4, a1, t4
    lbu t4, 0(t4)
    srli t5, a2, 1
    add t5, a0, t5
    add t1, a0, a2
    sb t2, 0(a0)
    sb t4, 0(t5)
    sb t3, -1(t1)
9:  ret

// The destination starts inside the source: from the end down. t0 = destination - source < count, unsigned.
copy_backwards:
    beqz t0, 9b
    li t0, 16
    bltu a2, t0, 4b
    add a7, a0, a2
    add a6, a1, a2
    // The first 16 bytes are stored last, from what they held before the loop.
    ld t5, 0(a1)
    ld a5, 8(a1)
    addi t1, a0, 64
1:  bltu a7, t1, 2f
    ld t0, -8(a6)
    ld t2, -16(a6)
    ld t3, -24(a6)
    ld t4, -32(a6)
    sd t0, -8(a7)
    sd t2, -16(a7)
    sd t3, -24(a7)
    sd t4, -32(a7)
    ld t0, -40(a6)
    ld t2, -48(a6)
    ld t3, -56(a6)
    ld t4, -64(a6)
    sd t0, -40(a7)
    sd t2, -48(a7)
    sd t3, -56(a7)
    sd t4, -64(a7)
    addi a6, a6, -64
    addi a7, a7, -64
    j 1b
2:  addi t1, a0, 16
3:  bgeu t1, a7, 6f
    ld t0, -8(a6)
    ld t2, -16(a6)
    sd t0, -8(a7)
    sd t2, -16(a7)
    addi a6, a6, -16
    addi a7, a7, -16
    j 3b
6:  sd t5, 0(a0)
    sd a5, 8(a0)
    ret

// memset(a0 destination, a1 byte, a2 count) -> a0.
memset:
    andi a1, a1, 255
    slli t0, a1, 8
    or a1, a1, t0
    slli t0, a1, 16
    or a1, a1, t0
    slli t0, a1, 32
    or a1, a1, t0
    li t0, 16
    bltu a2, t0, 4f
    add a7, a0, a2
    sd a1, -16(a7)
    sd a1, -8(a7)
    // From here on whole words from an aligned place up; the end is done.
    sd a1, 0(a0)
    addi t6, a0, 8
    andi t6, t6, -8
    addi t1, a7, -64
1:  bltu t1, t6, 2f
    sd a1, 0(t6)
    sd a1, 8(t6)
    sd a1, 16(t6)
    sd a1, 24(t6)
    sd a1, 32(t6)
    sd a1, 40(t6)
    sd a1, 48(t6)
    sd a1, 56(t6)
    addi t6, t6, 64
    j 1b
2:  addi t1, a7, -16
3:  bgeu t6, t1, 5f
    sd a1, 0(t6)
    addi t6, t6, 8
    j 3b
5:  ret
4:  add t1, a0, a2
    mv t6, a0
6:  bgeu t6, t1, 5b
    sb a1, 0(t6)
    addi t6, t6, 1
    j 6b

// memcmp(a0, a1, a2 count) -> below zero, zero or above zero.
memcmp:
    add a7, a0, a2
    addi t1, a7, -8
    li t0, 8
    bltu a2, t0, 2f
1:  bltu t1, a0, 2f
    ld t2, 0(a0)
    ld t3, 0(a1)
    bne t2, t3, 4f
    addi a0, a0, 8
    addi a1, a1, 8
    j 1b
2:  bgeu a0, a7, 3f
    lbu t2, 0(a0)
    lbu t3, 0(a1)
    bne t2, t3, 5f
    addi a0, a0, 1
    addi a1, a1, 1
    j 2b
3:  li a0, 0
    ret
4:  // The words differ: byte-reversed they compare as the bytes would.
    rev8 t2, t2
    rev8 t3, t3
    sltu a0, t3, t2
    sltu t0, t2, t3
    sub a0, a0, t0
    ret
5:  sub a0, t2, t3
    ret

// sqrt(fa0) -> fa0: the C library's, which the compiler may call.
    .globl sqrt, sqrtf
sqrt:
    fsqrt.d fa0, fa0
    ret
sqrtf:
    fsqrt.s fa0, fa0
    ret

// free(a0): the kernel heap's (Kernel/Memory/KernelHeap.swift); the name itself is reserved in Swift.
    .globl free
free:
    tail machine_heap_free
#endif
