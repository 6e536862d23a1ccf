#pragma once
#include <stdint.h>
#include <stddef.h>
static inline void machine_sbi_putchar(uint8_t c) {
#if __riscv
  register unsigned long a0 __asm__("a0") = c; register unsigned long a7 __asm__("a7") = 1;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
#endif
}
static inline void machine_finish(uint32_t code) {
#if __riscv
  *(volatile uint32_t *)0x100000 = code ? (code << 16) | 0x3333 : 0x5555;
#endif
}
