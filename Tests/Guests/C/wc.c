/* wc [FILE...]: lines, words and bytes. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static long long totals[3];

static void count(FILE *file, const char *name) {
    long long lines = 0, words = 0, bytes = 0;
    int inside = 0;
    for (int c; (c = getc(file)) != EOF;) {
        bytes++;
        lines += c == '\n';
        if (isspace(c)) inside = 0;
        else if (!inside) inside = 1, words++;
    }
    printf("%7lld %7lld %7lld%s%s\n", lines, words, bytes, *name ? " " : "", name);
    totals[0] += lines, totals[1] += words, totals[2] += bytes;
}

int main(int argc, char **argv) {
    int status = 0;
    if (argc == 1) count(stdin, "");
    for (int index = 1; index < argc; index++) {
        FILE *file = fopen(argv[index], "rb");
        if (file == NULL) {
            fprintf(stderr, "wc: %s: %s\n", argv[index], strerror(errno));
            status = 1;
            continue;
        }
        count(file, argv[index]);
        fclose(file);
    }
    if (argc > 2) printf("%7lld %7lld %7lld total\n", totals[0], totals[1], totals[2]);
    return status;
}
