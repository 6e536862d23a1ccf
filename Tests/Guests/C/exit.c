/* exit HOW [N]: the ways a program can end. `code N`, `return N`, `abort`, `atexit N` (runs its handlers), `buffered N` (no flush: _exit). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void last(void) { puts("handler"); }

int main(int argc, char **argv) {
    if (argc < 2) return 0;
    int code = argc > 2 ? atoi(argv[2]) : 0;
    if (strcmp(argv[1], "code") == 0) exit(code);
    if (strcmp(argv[1], "return") == 0) return code;
    if (strcmp(argv[1], "atexit") == 0) {
        atexit(last);
        puts("main");
        exit(code);
    }
    if (strcmp(argv[1], "buffered") == 0) {
        fputs("never seen", stdout);
        _exit(code);
    }
    if (strcmp(argv[1], "abort") == 0) {
        puts("before");
        fflush(stdout);
        abort();
    }
    fprintf(stderr, "exit: no way named %s\n", argv[1]);
    return 2;
}
