// More frames than a backtrace shows: the middle is left out.
#include <stdlib.h>

__attribute__((noinline)) static int down(volatile int *depth) {
    if (*depth == 0)
        abort();
    *depth -= 1;
    return down(depth) + *depth;
}

int main(void) {
    volatile int depth = 99;
    return down(&depth);
}
