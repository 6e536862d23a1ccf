// `__builtin_trap` in an inlined function, called back by the library's qsort, whose frames have no debug information.
#include <stdlib.h>

static inline void check(int value) {
    if (value == 7)
        __builtin_trap();
}

static int compare(const void *left, const void *right) {
    const int *a = left, *b = right;
    check(*a);
    check(*b);
    return *a - *b;
}

int main(void) {
    int numbers[] = {3, 1, 4, 1, 5, 9, 2, 6, 7};
    qsort(numbers, sizeof numbers / sizeof *numbers, sizeof *numbers, compare);
    return numbers[0];
}
