/* echo-server [--prefix TEXT]: answers each line of standard input at once with the prefix and the line; `quit` ends it. Unbuffered, by read and write. */
#include <string.h>
#include <unistd.h>

static void say(const char *text, size_t count) {
    while (count > 0) {
        ssize_t written = write(1, text, count);
        if (written <= 0) _exit(1);
        text += written, count -= (size_t)written;
    }
}

int main(int argc, char **argv) {
    const char *prefix = argc > 2 && strcmp(argv[1], "--prefix") == 0 ? argv[2] : "";
    char line[4096];
    size_t used = 0;
    for (;;) {
        ssize_t count = read(0, line + used, sizeof line - used);
        if (count <= 0) break;
        used += (size_t)count;
        for (char *end; (end = memchr(line, '\n', used)) != NULL;) {
            size_t length = (size_t)(end - line) + 1;
            if (length == 5 && memcmp(line, "quit\n", 5) == 0) {
                say("bye\n", 4);
                return 0;
            }
            say(prefix, strlen(prefix));
            say(line, length);
            memmove(line, line + length, used - length);
            used -= length;
        }
        if (used == sizeof line) say(line, used), used = 0;
    }
    say(line, used);
    return 0;
}
