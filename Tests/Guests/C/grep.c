/* grep [-vinc] PATTERN [FILE...]: lines that match an extended regular expression. Exit 0 found, 1 not found, 2 trouble. */
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int inverts = 0, numbers = 0, counts = 0, flags = REG_EXTENDED | REG_NOSUB, found = 0, trouble = 0;
    for (int option; (option = getopt(argc, argv, "vinc")) != -1;) {
        switch (option) {
        case 'v': inverts = 1; break;
        case 'i': flags |= REG_ICASE; break;
        case 'n': numbers = 1; break;
        case 'c': counts = 1; break;
        default: return 2;
        }
    }
    if (optind == argc) {
        fputs("usage: grep [-vinc] PATTERN [FILE...]\n", stderr);
        return 2;
    }
    regex_t pattern;
    int error = regcomp(&pattern, argv[optind++], flags);
    if (error != 0) {
        char text[128];
        regerror(error, &pattern, text, sizeof text);
        fprintf(stderr, "grep: %s\n", text);
        return 2;
    }
    int several = argc - optind > 1;
    do {
        const char *name = optind < argc ? argv[optind] : "-";
        FILE *file = optind < argc ? fopen(name, "r") : stdin;
        if (file == NULL) {
            fprintf(stderr, "grep: %s: %s\n", name, strerror(errno));
            trouble = 1;
            continue;
        }
        char *line = NULL;
        size_t capacity = 0;
        long number = 0, hits = 0;
        for (ssize_t length; (length = getline(&line, &capacity, file)) >= 0;) {
            number++;
            if (length > 0 && line[length - 1] == '\n') line[--length] = 0;
            if ((regexec(&pattern, line, 0, NULL, 0) == 0) == inverts) continue;
            hits++;
            if (counts) continue;
            if (several) printf("%s:", name);
            if (numbers) printf("%ld:", number);
            puts(line);
        }
        if (counts && several) printf("%s:", name);
        if (counts) printf("%ld\n", hits);
        found |= hits > 0;
        free(line);
        if (file != stdin) fclose(file);
    } while (++optind < argc);
    return trouble ? 2 : !found;
}
