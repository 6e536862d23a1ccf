/* hexdump: standard input as `hexdump -C` prints it, without folding equal lines. */
#include <stdio.h>

int main(void) {
    unsigned char row[16];
    unsigned long offset = 0;
    for (size_t count; (count = fread(row, 1, sizeof row, stdin)) > 0; offset += count) {
        printf("%08lx ", offset);
        for (size_t i = 0; i < sizeof row; i++) {
            if (i % 8 == 0) putchar(' ');
            if (i < count) printf("%02x ", row[i]);
            else fputs("   ", stdout);
        }
        fputs(" |", stdout);
        for (size_t i = 0; i < count; i++) putchar(row[i] >= 0x20 && row[i] < 0x7f ? row[i] : '.');
        puts("|");
    }
    printf("%08lx\n", offset);
    return 0;
}
