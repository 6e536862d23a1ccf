/* tee [-a] FILE...: copies standard input to standard output and to the files, then reads each file back and prints its size. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int first = 1;
    const char *mode = "wb";
    if (argc > 1 && strcmp(argv[1], "-a") == 0) mode = "ab", first = 2;
    FILE *files[16];
    int count = 0;
    for (int index = first; index < argc && count < 16; index++) {
        files[count] = fopen(argv[index], mode);
        if (files[count] == NULL) {
            fprintf(stderr, "tee: %s: %s\n", argv[index], strerror(errno));
            return 1;
        }
        count++;
    }
    char block[4096];
    for (ssize_t length; (length = read(0, block, sizeof block)) > 0;) {
        fwrite(block, 1, (size_t)length, stdout);
        for (int index = 0; index < count; index++) fwrite(block, 1, (size_t)length, files[index]);
    }
    for (int index = 0; index < count; index++) {
        fclose(files[index]);
        FILE *file = fopen(argv[first + index], "rb");
        fseek(file, 0, SEEK_END);
        printf("%s: %ld bytes\n", argv[first + index], ftell(file));
        fclose(file);
    }
    return 0;
}
