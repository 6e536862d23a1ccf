/* setjmp and longjmp over WebAssembly exceptions. The C library of this sysroot has none; the compiler (-wasm-enable-sjlj) turns every
   call of setjmp into calls of the three functions in support/setjmp.c, which define what a jmp_buf holds. */
#ifndef GUEST_SETJMP_H
#define GUEST_SETJMP_H

typedef struct {
    void *invocation;                          /* which call of the function that called setjmp */
    unsigned label;                            /* which setjmp within it */
    struct { void *environment; int value; } thrown; /* what the exception carries a pointer to */
} jmp_buf[1];

int setjmp(jmp_buf environment) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf environment, int value);

#endif
