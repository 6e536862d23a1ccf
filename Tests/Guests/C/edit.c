/* Changes files as its input says, a line each: `write PATH TEXT`, `append PATH TEXT`, `grow PATH BYTES`, `remove PATH`, `directory PATH`,
   `remove-directory PATH`, `rename PATH PATH`, `link TARGET PATH`, `time PATH SECONDS`. Says for each whether it was done: `ok` or `no`. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int put(const char *path, int flags, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | flags, 0644);
    if (file < 0) return -1;
    size_t count = strlen(text);
    ssize_t written = write(file, text, count);
    return close(file) == 0 && written == (ssize_t)count ? 0 : -1;
}

static int carry_out(const char *word, const char *first, const char *second) {
    if (strcmp(word, "write") == 0) return put(first, O_TRUNC, second);
    if (strcmp(word, "append") == 0) return put(first, O_APPEND, second);
    if (strcmp(word, "grow") == 0) return truncate(first, atoll(second));
    if (strcmp(word, "remove") == 0) return unlink(first);
    if (strcmp(word, "directory") == 0) return mkdir(first, 0755);
    if (strcmp(word, "remove-directory") == 0) return rmdir(first);
    if (strcmp(word, "rename") == 0) return rename(first, second);
    if (strcmp(word, "link") == 0) return symlink(first, second);
    if (strcmp(word, "time") == 0) {
        struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = atoll(second)}};
        return utimensat(AT_FDCWD, first, times, AT_SYMLINK_NOFOLLOW);
    }
    fprintf(stderr, "edit: unknown word %s\n", word);
    exit(2);
}

int main(void) {
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        char *rest = line;
        char *word = strsep(&rest, " ");
        char *first = strsep(&rest, " ");
        puts(first != NULL && carry_out(word, first, rest == NULL ? "" : rest) == 0 ? "ok" : "no");
    }
    return 0;
}
