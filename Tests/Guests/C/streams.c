/* Standard output and standard error are told apart; what kind of file each stream is; a closed stream refuses. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    puts("to output 1");
    fflush(stdout);
    fputs("to error 1\n", stderr);
    puts("to output 2");
    fflush(stdout);
    fputs("to error 2\n", stderr);
    for (int descriptor = 0; descriptor < 3; descriptor++) printf("%d is a terminal: %d\n", descriptor, isatty(descriptor));
    fflush(stdout);
    errno = 0;
    long result = write(0, "x", 1);
    printf("writing to input is refused: %d\n", result < 0);
    errno = 0;
    result = lseek(1, 0, SEEK_CUR);
    printf("seeking in output: %ld %s\n", result, result < 0 ? strerror(errno) : "");
    errno = 0;
    result = write(77, "x", 1);
    printf("writing to no file: %ld %s\n", result, strerror(errno));
    fflush(stdout);
    close(1);
    errno = 0;
    result = write(1, "x", 1);
    fprintf(stderr, "writing to closed output: %ld %s\n", result, strerror(errno));
    return 0;
}
