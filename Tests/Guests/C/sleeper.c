/* Hello of a program that is in no hurry: it says so when it has slept, which nobody waits for. A crowd of these shows what a live process takes. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
    if (sleep(1000000) == 0) printf("hello\n");
    return 0;
}
