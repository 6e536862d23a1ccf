/* An interactive program: asks, waits for a line, answers, until `bye` or the end of input. The prompt has no newline and must appear before the wait. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    char line[256];
    int count = 0;
    for (;;) {
        fputs("name? ", stdout);
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL) {
            printf("\nend of input after %d\n", count);
            return 0;
        }
        line[strcspn(line, "\n")] = 0;
        if (strcmp(line, "bye") == 0) break;
        printf("hello, %s (%zu)\n", line, strlen(line));
        count++;
    }
    printf("bye after %d\n", count);
    return 3;
}
