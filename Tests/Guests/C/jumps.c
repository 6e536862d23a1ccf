/* setjmp and longjmp, which the compiler builds on WebAssembly exceptions: out of deep calls, into the right one of two, again and again. */
#include <setjmp.h>
#include <stdio.h>

static jmp_buf outer, inner;

__attribute__((noinline)) static void dive(int depth, int value) {
    if (depth == 0) longjmp(value % 2 == 0 ? outer : inner, value);
    dive(depth - 1, value);
    puts("never reached");
}

__attribute__((noinline)) static int middle(int value) {
    int caught = setjmp(inner);
    if (caught != 0) return caught + 100;
    dive(20, value);
    return -1;
}

int main(void) {
    for (volatile int value = 1; value <= 6; value++) {
        int caught = setjmp(outer);
        if (caught == 0) printf("inner caught %d\n", middle(value));
        else printf("outer caught %d\n", caught);
    }
    volatile int rounds = 0;
    if (setjmp(outer) < 10000 && ++rounds < 10000) longjmp(outer, rounds);
    printf("%d rounds\n", rounds);
    int zero = setjmp(outer);
    if (zero == 0) longjmp(outer, 0);
    printf("longjmp with 0 gives %d\n", zero);
    return 0;
}
