/* sort [-rnu] [FILE...]: sorts lines; -n by their number, -r backwards, -u each once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_reversed, is_numeric, is_unique;

static int compare(const void *left, const void *right) {
    const char *a = *(char *const *)left, *b = *(char *const *)right;
    int order = 0;
    if (is_numeric) {
        double x = strtod(a, NULL), y = strtod(b, NULL);
        order = (x > y) - (x < y);
    }
    if (order == 0) order = strcmp(a, b);
    return is_reversed ? -order : order;
}

int main(int argc, char **argv) {
    for (int option; (option = getopt(argc, argv, "rnu")) != -1;) {
        if (option == '?') return 2;
        is_reversed |= option == 'r';
        is_numeric |= option == 'n';
        is_unique |= option == 'u';
    }
    char **lines = NULL;
    size_t count = 0, capacity = 0;
    do {
        FILE *file = optind < argc ? fopen(argv[optind], "r") : stdin;
        if (file == NULL) {
            fprintf(stderr, "sort: %s: %s\n", argv[optind], strerror(errno));
            return 2;
        }
        char *line = NULL;
        size_t room = 0;
        for (ssize_t length; (length = getline(&line, &room, file)) >= 0;) {
            if (length > 0 && line[length - 1] == '\n') line[length - 1] = 0;
            if (count == capacity) {
                capacity = capacity == 0 ? 64 : capacity * 2;
                lines = realloc(lines, capacity * sizeof *lines);
                if (lines == NULL) {
                    fputs("sort: out of memory\n", stderr);
                    return 2;
                }
            }
            lines[count++] = strdup(line);
        }
        free(line);
        if (file != stdin) fclose(file);
    } while (++optind < argc);
    qsort(lines, count, sizeof *lines, compare);
    for (size_t index = 0; index < count; index++) {
        if (!is_unique || index == 0 || strcmp(lines[index], lines[index - 1]) != 0) puts(lines[index]);
    }
    return 0;
}
