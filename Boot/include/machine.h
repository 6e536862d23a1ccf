// The machine's registers, fences and frames for Swift: the one C header of the kernel. RISC-V privileged specification 4 (supervisor),
// 3.1.6 (status), the SBI specification 3 (binary encoding). Only Kernel/Machine calls what is declared here; on the host every
// instruction is a no-op that reads as zero, because a host build compiles every target.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A call costs as much as thirty instructions under TCG, and the inliner leaves these out of line unless told.
#define MACHINE_INLINE static inline __attribute__((always_inline))

// ---- Frames. The offsets below are repeated for assembly in Boot/layout.h, which asserts that they agree.

/// Everything a hart holds for one thread. While a thread runs, `sscratch` points at the hart's running frame, which every view maps: a
/// trap saves there and not onto the thread's stack, so a stack overflow is an ordinary trap. A suspended thread is exactly a frame.
typedef struct TrapFrame {
  uint64_t handlerStack;  ///< The stack pointer a trap that saves into this frame starts its handler with.
  uint64_t ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6;
  uint64_t programCounter;  ///< sepc
  uint64_t status;          ///< sstatus
  uint64_t cause;           ///< scause of the last trap
  uint64_t value;           ///< stval of the last trap
  uint64_t floatRegisters[32];
  uint64_t floatStatus;  ///< fcsr
  uint64_t floatSaved;   ///< Not zero when floatRegisters hold this thread's state.
  uint64_t translation;  ///< satp: the view the thread runs in.
  uint64_t reserved;
} TrapFrame;

/// A stretch under way in which nobody else can run (Kernel/Machine/Stretch.swift).
typedef struct OpenStretch {
  uint64_t isOpen;
  uint64_t kind;
  uint64_t site;          ///< An address of code, or the cause of a trap.
  uint64_t instructions;  ///< Retired when it began.
  uint64_t fences;        ///< Counted when it began.
} OpenStretch;

/// One per hart; `tp` points at it as long as the kernel runs. It lies in the kernel's image, so every view maps it. No other hart touches
/// it; the groups say what keeps the hart's own traps and threads apart.
typedef struct Hart {
  // Constant once the hart schedules.
  uint64_t trapStackTop;       ///< Where trap handlers run.
  uint64_t identifier;         ///< The hart id SBI knows.
  uint64_t deviceTree;         ///< Where the firmware put the device tree (boot hart).
  void *_Nullable scheduler;   ///< What it schedules, in the kernel's heap; null before it does (HartScheduler).

  // Of the running thread: changed in a switch, with interrupts off, so to the thread they are constant, except for the heap, which it may
  // change itself. It reads and writes each in one instruction (`MACHINE_HART_FIELD`): between two it may come to another hart.
  uint64_t kernelTranslation;  ///< satp of its kernel view, which trap handlers run in.
  uint64_t guestTranslation;   ///< satp of its guest view; the same for a thread of the kernel's own.
  TrapFrame *currentFrame;     ///< Where it is saved when another one takes its place.
  void *_Nullable runningThread;  ///< Its record, in the kernel's heap; null before the hart schedules (Thread).
  void *_Nullable currentHeap;    ///< Where its allocations come from; null: the kernel's heap (Heap).

  // Of the running thread too, but not kept with it: a switch in between makes a report name another reason, nothing else.
  uint64_t refusedByteCount;   ///< Bytes last refused by a heap; 0 when a request was granted since (OutOfMemory).
  uint64_t refusedTicks;       ///< When.

  // At boot and at the end of the machine, when nothing else runs.
  uint64_t probeRecovery;      ///< Not zero: an expected fault continues here.
  uint64_t probeStack;         ///< The stack pointer of that continuation.

  // The running thread's in a section, in which it keeps the hart.
  OpenStretch sectionStretch;

  // Interrupts off: threads and traps come here.
  TrapFrame *_Nullable floatOwner;  ///< Whose floating-point state the registers hold; null when nobody's.
  uint64_t trapDepth;          ///< 0 in a thread, 1 in a trap handler, more when a handler trapped.
  uint64_t needsSchedule;      ///< Not zero: the end of the next trap chooses who runs.
  uint64_t panicDepth;         ///< Reports of a panic under way.
  uint64_t timerInterruptCount;
  uint64_t deadlineQueue[3];   ///< The timer's deadlines (DeadlineQueue; Timer.swift has the assertion).
  OpenStretch interruptStretch;

  // Counted wherever a fence is; one lost to an interrupt in between is missing in a measurement, nothing else.
  uint64_t fenceCount;         ///< Fences of translation.

  // The trap vector's and the switch's (Boot/trap.S), interrupts off.
  uint64_t scratch[2];         ///< The last two registers of a thread on its way back, when its frame is out of sight.
  TrapFrame runningFrame;      ///< Where a trap saves the running thread.
  TrapFrame emergencyFrame;    ///< Where a trap inside a trap handler saves.
  TrapFrame bootFrame;         ///< The frame of the boot code, the hart's first thread.
} Hart;

// ---- Symbols of Boot/*.S and linker.ld.
#if __riscv
extern uint8_t image_start[], text_start[], text_end[], rodata_start[], rodata_end[], data_start[], image_end[];
extern uint8_t boot_stack_guard[], boot_stack_top[], trap_stack_guard[], trap_stack_top[], emergency_stack_guard[], emergency_stack_top[];
extern uint8_t symbols_start[], symbols_end[];
extern uint8_t boot_start_ticks[];
extern uint8_t machine_trap_vector[];
extern uint8_t handlers_start[], handlers_end[];
extern Hart boot_hart;
void machine_switch(TrapFrame *from, TrapFrame *to);
void machine_resume(TrapFrame *frame) __attribute__((noreturn));
void machine_float_save(TrapFrame *frame);
void machine_float_restore(const TrapFrame *frame);
void machine_thread_start(void);
void machine_enter_native(void *registers);
void machine_call_on_stack(void (*body)(void *argument), void *argument, uintptr_t top);
uint64_t machine_probe(uint64_t (*body)(uint64_t), uint64_t argument, uint64_t *faulted);
#define MACHINE_IMAGE(name) MACHINE_INLINE uintptr_t machine_##name(void) { return (uintptr_t)name; }
#else
MACHINE_INLINE void machine_switch(TrapFrame *from, TrapFrame *to) { __builtin_trap(); }
__attribute__((noreturn)) MACHINE_INLINE void machine_resume(TrapFrame *frame) { __builtin_trap(); }
MACHINE_INLINE void machine_float_save(TrapFrame *frame) {}
MACHINE_INLINE void machine_float_restore(const TrapFrame *frame) {}
MACHINE_INLINE void machine_thread_start(void) { __builtin_trap(); }
MACHINE_INLINE void machine_enter_native(void *registers) { __builtin_trap(); }
MACHINE_INLINE void machine_call_on_stack(void (*body)(void *), void *argument, uintptr_t top) { __builtin_trap(); }
MACHINE_INLINE uint64_t machine_probe(uint64_t (*body)(uint64_t), uint64_t argument, uint64_t *faulted) { *faulted = 1; return 0; }
#define MACHINE_IMAGE(name) MACHINE_INLINE uintptr_t machine_##name(void) { return 0; }
#endif
MACHINE_IMAGE(image_start) MACHINE_IMAGE(text_start) MACHINE_IMAGE(text_end) MACHINE_IMAGE(rodata_start) MACHINE_IMAGE(rodata_end)
MACHINE_IMAGE(data_start) MACHINE_IMAGE(image_end) MACHINE_IMAGE(boot_stack_guard) MACHINE_IMAGE(boot_stack_top)
MACHINE_IMAGE(trap_stack_guard) MACHINE_IMAGE(trap_stack_top) MACHINE_IMAGE(emergency_stack_guard) MACHINE_IMAGE(emergency_stack_top)
MACHINE_IMAGE(symbols_start) MACHINE_IMAGE(symbols_end) MACHINE_IMAGE(machine_trap_vector) MACHINE_IMAGE(boot_start_ticks)
MACHINE_IMAGE(handlers_start) MACHINE_IMAGE(handlers_end)
#undef MACHINE_IMAGE

MACHINE_INLINE uintptr_t machine_thread_start_address(void) { return (uintptr_t)&machine_thread_start; }

// ---- Control and status registers: read, write, set and clear of each that the kernel uses.
#if __riscv
#define MACHINE_CSR(name, csr)                                                                                                            \
  MACHINE_INLINE uint64_t machine_read_##name(void) { uint64_t v; __asm__ volatile("csrr %0, " csr : "=r"(v)::"memory"); return v; }       \
  MACHINE_INLINE void machine_write_##name(uint64_t v) { __asm__ volatile("csrw " csr ", %0" ::"r"(v) : "memory"); }                       \
  MACHINE_INLINE void machine_set_##name(uint64_t v) { __asm__ volatile("csrs " csr ", %0" ::"r"(v) : "memory"); }                         \
  MACHINE_INLINE void machine_clear_##name(uint64_t v) { __asm__ volatile("csrc " csr ", %0" ::"r"(v) : "memory"); }
#else
#define MACHINE_CSR(name, csr)                                 \
  MACHINE_INLINE uint64_t machine_read_##name(void) { return 0; } \
  MACHINE_INLINE void machine_write_##name(uint64_t v) {}       \
  MACHINE_INLINE void machine_set_##name(uint64_t v) {}         \
  MACHINE_INLINE void machine_clear_##name(uint64_t v) {}
#endif
MACHINE_CSR(sstatus, "sstatus")
MACHINE_CSR(sie, "sie")
MACHINE_CSR(sip, "sip")
MACHINE_CSR(stvec, "stvec")
MACHINE_CSR(sscratch, "sscratch")
MACHINE_CSR(sepc, "sepc")
MACHINE_CSR(scause, "scause")
MACHINE_CSR(stval, "stval")
MACHINE_CSR(satp, "satp")
MACHINE_CSR(stimecmp, "0x14d")
#undef MACHINE_CSR

/// Clears `sstatus.SIE` and returns its former value (2 or 0).
MACHINE_INLINE uint64_t machine_interrupts_off(void) {
#if __riscv
  uint64_t v;
  __asm__ volatile("csrrci %0, sstatus, 2" : "=r"(v)::"memory");
  return v & 2;
#else
  return 0;
#endif
}

MACHINE_INLINE uint64_t machine_read_time(void) {
#if __riscv
  uint64_t v;
  __asm__ volatile("rdtime %0" : "=r"(v));
  return v;
#else
  return 0;
#endif
}

/// Instructions this hart has retired (unprivileged specification, "Zicntr"); exact under QEMU's `-icount`.
MACHINE_INLINE uint64_t machine_read_instret(void) {
#if __riscv
  uint64_t v;
  __asm__ volatile("rdinstret %0" : "=r"(v));
  return v;
#else
  return 0;
#endif
}

/// How far `instret` comes in `count` rounds of a loop of two instructions, and one instruction more; at least one round.
MACHINE_INLINE uint64_t machine_count_loop(uint64_t count) {
#if __riscv
  uint64_t before, after;
  __asm__ volatile("rdinstret %0\n1: addi %2, %2, -1\n bnez %2, 1b\n rdinstret %1" : "=&r"(before), "=&r"(after), "+r"(count));
  return after - before;
#else
  return 0;
#endif
}

/// The address of the code it is inlined into.
MACHINE_INLINE uint64_t machine_read_program_counter(void) {
#if __riscv
  uint64_t v;
  __asm__ volatile("auipc %0, 0" : "=r"(v));
  return v;
#else
  return 0;
#endif
}

MACHINE_INLINE uint64_t machine_read_frame_pointer(void) {
#if __riscv
  uint64_t v;
  __asm__ volatile("mv %0, s0" : "=r"(v));
  return v;
#else
  return 0;
#endif
}

MACHINE_INLINE uint64_t machine_read_stack_pointer(void) {
#if __riscv
  uint64_t v;
  __asm__ volatile("mv %0, sp" : "=r"(v));
  return v;
#else
  return 0;
#endif
}

/// The running hart's structure. To be used with interrupts off, or for what is not the hart's but the running thread's: a thread may come to
/// another hart between two instructions, which is also why this is read anew each time.
MACHINE_INLINE Hart *machine_hart(void) {
#if __riscv
  Hart *hart;
  __asm__ volatile("mv %0, tp" : "=r"(hart));
  return hart;
#else
  static Hart hart;
  return &hart;
#endif
}

/// A field of the hart that is the running thread's, read and written in one instruction.
#if __riscv
#define MACHINE_HART_FIELD(type, name)                                                                                                    \
  MACHINE_INLINE type machine_hart_##name(void) {                                                                                         \
    type v;                                                                                                                               \
    __asm__ volatile("ld %0, %1(tp)" : "=r"(v) : "i"(offsetof(Hart, name)) : "memory");                                                   \
    return v;                                                                                                                             \
  }                                                                                                                                       \
  MACHINE_INLINE void machine_set_hart_##name(type v) {                                                                                   \
    __asm__ volatile("sd %z0, %1(tp)" ::"rJ"(v), "i"(offsetof(Hart, name)) : "memory");                                                   \
  }
#else
#define MACHINE_HART_FIELD(type, name)                                                    \
  MACHINE_INLINE type machine_hart_##name(void) { return machine_hart()->name; }          \
  MACHINE_INLINE void machine_set_hart_##name(type v) { machine_hart()->name = v; }
#endif
MACHINE_HART_FIELD(uint64_t, kernelTranslation)
MACHINE_HART_FIELD(uint64_t, guestTranslation)
MACHINE_HART_FIELD(void *_Nullable, runningThread)
MACHINE_HART_FIELD(void *_Nullable, currentHeap)
MACHINE_HART_FIELD(uint64_t, refusedByteCount)
MACHINE_HART_FIELD(uint64_t, refusedTicks)
#undef MACHINE_HART_FIELD

/// Where the last trap saved the thread it interrupted.
MACHINE_INLINE TrapFrame *machine_running_frame(void) { return &machine_hart()->runningFrame; }

/// The bytes of the hart's deadline queue.
MACHINE_INLINE void *machine_deadline_queue(void) { return machine_hart()->deadlineQueue; }

// ---- Fences and waiting.
#if __riscv
#define MACHINE_INSTRUCTION(name, text) MACHINE_INLINE void machine_##name(void) { __asm__ volatile(text ::: "memory"); }
#else
#define MACHINE_INSTRUCTION(name, text) MACHINE_INLINE void machine_##name(void) {}
#endif
MACHINE_INSTRUCTION(wait_for_interrupt, "wfi")
MACHINE_INSTRUCTION(fence_full, "fence iorw, iorw")
MACHINE_INSTRUCTION(fence_writes, "fence ow, ow")
MACHINE_INSTRUCTION(fence_reads, "fence ir, ir")
MACHINE_INSTRUCTION(fence_instructions, "fence.i")
MACHINE_INSTRUCTION(fence_translations, "sfence.vma")
MACHINE_INSTRUCTION(pause, ".insn i 0x0F, 0, x0, x0, 0x010")
#undef MACHINE_INSTRUCTION

MACHINE_INLINE void machine_fence_translation(uint64_t address) {
#if __riscv
  __asm__ volatile("sfence.vma %0" ::"r"(address) : "memory");
#endif
}

MACHINE_INLINE void machine_fence_address_space(uint64_t identifier) {
#if __riscv
  __asm__ volatile("sfence.vma zero, %0" ::"r"(identifier) : "memory");
#endif
}

// ---- Memory-mapped registers.
#define MACHINE_MMIO(bits)                                                                                                                       \
  MACHINE_INLINE uint##bits##_t machine_load##bits(uintptr_t address) { return *(volatile uint##bits##_t *)address; }                     \
  MACHINE_INLINE void machine_store##bits(uintptr_t address, uint##bits##_t value) { *(volatile uint##bits##_t *)address = value; }
MACHINE_MMIO(8)
MACHINE_MMIO(16)
MACHINE_MMIO(32)
MACHINE_MMIO(64)
#undef MACHINE_MMIO

// ---- SBI (supervisor binary interface) calls.
typedef struct SBIResult {
  int64_t error;
  uint64_t value;
} SBIResult;

MACHINE_INLINE SBIResult machine_sbi(uint64_t extension, uint64_t function, uint64_t first, uint64_t second, uint64_t third) {
#if __riscv
  register uint64_t a0 __asm__("a0") = first;
  register uint64_t a1 __asm__("a1") = second;
  register uint64_t a2 __asm__("a2") = third;
  register uint64_t a6 __asm__("a6") = function;
  register uint64_t a7 __asm__("a7") = extension;
  __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
  return (SBIResult){(int64_t)a0, a1};
#else
  return (SBIResult){-2, 0};
#endif
}

// ---- What only the self-tests do.

/// Goes on as another hart, as far as its structure goes. Interrupts are off, and nothing traps before it is undone.
MACHINE_INLINE void machine_become_hart(Hart *hart) {
#if __riscv
  __asm__ volatile("mv tp, %0" ::"r"(hart) : "memory");
#endif
}

/// Writes the four bytes at an address as they are.
MACHINE_INLINE void machine_rewrite32(uintptr_t address) {
#if __riscv
  __asm__ volatile("amoor.w zero, zero, (%0)" ::"r"(address) : "memory");
#endif
}

/// Jumps to an address as a function.
MACHINE_INLINE void machine_call(uintptr_t address) { ((void (*)(void))address)(); }

/// memcmp as the compiler's calls see it, which it cannot take apart.
MACHINE_INLINE int machine_compare_memory(const void *left, const void *right, size_t count) {
  extern int memcmp(const void *, const void *, size_t);
  int (*volatile compare)(const void *, const void *, size_t) = &memcmp;
  return compare(left, right, count);
}

#pragma clang assume_nonnull end
