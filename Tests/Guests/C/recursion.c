/* recursion DEPTH: sums by recursion that the compiler cannot turn into a loop. A great depth overflows the call stack. */
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static long sum(long n, volatile long *sink) {
    if (n == 0) return 0;
    long below = sum(n - 1, sink);
    *sink += below & 1;
    return below + n;
}

int main(int argc, char **argv) {
    volatile long sink = 0;
    long depth = argc > 1 ? atol(argv[1]) : 1000;
    printf("start\n");
    fflush(stdout);
    printf("%ld\n", sum(depth, &sink));
    return 0;
}
