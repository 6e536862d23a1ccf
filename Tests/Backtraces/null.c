// An access far outside of memory, three inlined functions and two calls deep. Built with DWARF 4 and with DWARF 5.
#include <stdio.h>
#include <stdlib.h>
#include "null.h"

__attribute__((noinline)) static int sum(const struct node *volatile list, int count) {
    int total = 0;
    for (int k = 0; k < count; k++)
        total += third(list);
    return total;
}

static inline int twice(int count) {
    return sum((struct node *)(unsigned long)0xfffffff0u, count) + sum(NULL, 0);
}

int main(int argc, char **argv) {
    (void)argv;
    printf("before\n");
    fflush(stdout);
    return twice(argc + 1);
}
