/* cat [FILE...]: copies files, or standard input for none and for `-`, byte for byte. Exit 1 when a file could not be read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int copy(int descriptor) {
    static char block[65536];
    for (;;) {
        ssize_t count = read(descriptor, block, sizeof block);
        if (count <= 0) return count < 0 ? -1 : 0;
        for (ssize_t done = 0; done < count;) {
            ssize_t written = write(1, block + done, (size_t)(count - done));
            if (written < 0) return -1;
            done += written;
        }
    }
}

int main(int argc, char **argv) {
    int status = 0;
    for (int index = 1; index < argc || index == 1; index++) {
        int standard = argc == 1 || strcmp(argv[index], "-") == 0;
        const char *name = standard ? "-" : argv[index];
        int descriptor = standard ? 0 : open(name, O_RDONLY);
        if (descriptor < 0 || copy(descriptor) < 0) {
            fprintf(stderr, "cat: %s: %s\n", name, strerror(errno));
            status = 1;
        }
        if (descriptor > 0) close(descriptor);
    }
    return status;
}
