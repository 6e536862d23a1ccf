/* lines COUNT [WIDTH]: writes COUNT numbered lines of WIDTH bytes: much output whose digest is known. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    long count = argc > 1 ? atol(argv[1]) : 10;
    int width = argc > 2 ? atoi(argv[2]) : 64;
    for (long number = 0; number < count; number++) {
        int used = printf("%08ld ", number);
        for (; used < width - 1; used++) putchar('a' + (int)((number + used) % 26));
        putchar('\n');
    }
    return 0;
}
