/* binary KIB: every byte value in a pattern that does not repeat within 64 KiB, so that a translated or lost byte changes the digest. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    static unsigned char block[1024];
    unsigned state = 1;
    for (int kib = argc > 1 ? atoi(argv[1]) : 64; kib > 0; kib--) {
        for (int at = 0; at < 1024; at++) {
            state = state * 1664525u + 1013904223u;
            block[at] = (unsigned char)(state >> 24);
        }
        for (int done = 0; done < 1024;) {
            ssize_t count = write(1, block + done, 1024 - done);
            if (count <= 0) return 1;
            done += (int)count;
        }
    }
    return 0;
}
