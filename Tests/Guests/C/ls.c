/* ls [-lRa] [PATH...]: names in order; -l with kind, size and a link's target; -R what is below; -a names with a dot. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_long, is_recursive, shows_all, status;

static char kind_letter(mode_t mode) {
    return S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : S_ISREG(mode) ? '-' : S_ISCHR(mode) ? 'c' : '?';
}

static void complain(const char *path) {
    fprintf(stderr, "ls: %s: %s\n", path, strerror(errno));
    status = 1;
}

static void show(const char *path, const char *name) {
    struct stat information;
    if (!is_long) {
        puts(name);
        return;
    }
    if (lstat(path, &information) < 0) {
        complain(path);
        return;
    }
    /* A directory's size is the file system's affair, so it is not part of the output. */
    char kind = kind_letter(information.st_mode);
    printf("%c %8lld %s", kind, kind == '-' ? (long long)information.st_size : 0LL, name);
    if (kind == 'l') {
        char target[1024];
        ssize_t count = readlink(path, target, sizeof target - 1);
        if (count < 0) complain(path);
        else printf(" -> %.*s", (int)count, target);
    }
    putchar('\n');
}

static int by_name(const void *left, const void *right) { return strcmp(*(char *const *)left, *(char *const *)right); }

static void list(const char *path) {
    DIR *directory = opendir(path);
    if (directory == NULL) {
        complain(path);
        return;
    }
    char **names = NULL;
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        /* `.` and `..` are not shown: what is above the directory that was granted cannot be asked. */
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (entry->d_name[0] == '.' && !shows_all) continue;
        names = realloc(names, (count + 1) * sizeof *names);
        names[count++] = strdup(entry->d_name);
    }
    closedir(directory);
    qsort(names, count, sizeof *names, by_name);
    if (is_recursive) printf("%s:\n", path);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t index = 0; index < count; index++) {
            char child[4096];
            snprintf(child, sizeof child, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", names[index]);
            struct stat information;
            if (pass == 0) {
                show(child, names[index]);
            } else if (lstat(child, &information) == 0 && S_ISDIR(information.st_mode)) {
                putchar('\n');
                list(child);
            }
        }
        if (!is_recursive) break;
    }
    for (size_t index = 0; index < count; index++) free(names[index]);
    free(names);
}

int main(int argc, char **argv) {
    for (int option; (option = getopt(argc, argv, "lRa")) != -1;) {
        if (option == '?') return 2;
        is_long |= option == 'l';
        is_recursive |= option == 'R';
        shows_all |= option == 'a';
    }
    if (optind == argc) list(".");
    for (; optind < argc; optind++) {
        struct stat information;
        if (stat(argv[optind], &information) < 0) complain(argv[optind]);
        else if (S_ISDIR(information.st_mode)) list(argv[optind]);
        else show(argv[optind], argv[optind]);
    }
    return status;
}
