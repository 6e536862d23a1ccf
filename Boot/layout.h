// Byte offsets of TrapFrame and Hart for assembly. frames.c asserts that the C structures agree.
#pragma once

// What qemu/machine.py understands on the serial port: the kernel's first act. Panic.swift has the other one, 2.
#define KERNEL_BEGINS 1

#define FRAME_HANDLER_STACK 0
#define FRAME_REGISTER(n) ((n) * 8)
#define FRAME_PROGRAM_COUNTER 256
#define FRAME_STATUS 264
#define FRAME_CAUSE 272
#define FRAME_VALUE 280
#define FRAME_FLOAT(n) (288 + (n) * 8)
#define FRAME_FLOAT_STATUS 544
#define FRAME_FLOAT_SAVED 552
#define FRAME_TRANSLATION 560
#define FRAME_SIZE 576

#define HART_TRAP_STACK 0
#define HART_IDENTIFIER 8
#define HART_DEVICE_TREE 16
#define HART_KERNEL_TRANSLATION 32
#define HART_CURRENT_FRAME 48
#define HART_PROBE_RECOVERY 88
#define HART_PROBE_STACK 96
#define HART_SCRATCH 256
#define HART_RUNNING_FRAME 272
#define HART_EMERGENCY_FRAME (HART_RUNNING_FRAME + FRAME_SIZE)
#define HART_BOOT_FRAME (HART_EMERGENCY_FRAME + FRAME_SIZE)
#define HART_SIZE (HART_BOOT_FRAME + FRAME_SIZE)

#define STACK_SIZE 65536
#define TRAP_STACK_SIZE 32768
