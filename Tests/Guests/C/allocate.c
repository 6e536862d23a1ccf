/* Allocates blocks of 1 MiB, touching each page, until it is refused (or LIMIT blocks, the first argument); what it got must still hold what it wrote. */
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 1 << 20, MOST = 4096 };

int main(int argc, char **argv) {
    static unsigned char *blocks[MOST];
    int limit = argc > 1 ? atoi(argv[1]) : MOST, count = 0;
    if (limit > MOST) limit = MOST;
    while (count < limit) {
        unsigned char *block = malloc(BLOCK);
        if (block == NULL) break;
        for (int at = 0; at < BLOCK; at += 4096) block[at] = (unsigned char)(count * 7 + at / 4096);
        blocks[count++] = block;
    }
    int wrong = 0;
    for (int index = 0; index < count; index++)
        for (int at = 0; at < BLOCK; at += 4096) wrong += blocks[index][at] != (unsigned char)(index * 7 + at / 4096);
    for (int index = 0; index < count; index++) free(blocks[index]);
    void *again = count > 0 ? malloc((size_t)count * BLOCK / 2) : NULL;
    printf("%s, %d wrong, half of it in one piece afterwards: %s\n", count == limit ? "got all" : "was refused", wrong, again != NULL ? "yes" : "no");
    return wrong != 0;
}
