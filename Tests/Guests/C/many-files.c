/* readdir over many entries (more than one buffer of the C library holds), seekdir and rewinddir, in the tree given as the first argument. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COUNT = 700 };

int main(int argc, char **argv) {
    char path[300];
    const char *root = argc > 1 ? argv[1] : ".";
    for (int number = 0; number < COUNT; number++) {
        snprintf(path, sizeof path, "%s/a-rather-long-name-so-that-buffers-fill-up-%04d", root, number);
        int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
        if (file < 0) {
            perror(path);
            return 1;
        }
        close(file);
    }
    DIR *directory = opendir(root);
    long middle = -1;
    char name_at_middle[300] = "";
    int entries = 0, files = 0;
    unsigned long long sum = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL; entries++) {
        int number;
        if (sscanf(entry->d_name, "a-rather-long-name-so-that-buffers-fill-up-%d", &number) == 1) sum += (unsigned long long)number, files++;
        if (entries == COUNT / 2) {
            middle = telldir(directory);
            struct dirent *next = readdir(directory);
            if (next == NULL) return 1;
            strcpy(name_at_middle, next->d_name);
            if (sscanf(next->d_name, "a-rather-long-name-so-that-buffers-fill-up-%d", &number) == 1) sum += (unsigned long long)number, files++;
            entries++;
        }
    }
    printf("%d files, sum %llu\n", files, sum);
    seekdir(directory, middle);
    struct dirent *entry = readdir(directory);
    printf("seekdir finds the same entry: %s\n", entry != NULL && strcmp(entry->d_name, name_at_middle) == 0 ? "yes" : "NO");
    rewinddir(directory);
    int again = 0;
    while (readdir(directory) != NULL) again++;
    printf("rewinddir finds as many: %s\n", again == entries ? "yes" : "NO");
    closedir(directory);
    for (int number = 0; number < COUNT; number++) {
        snprintf(path, sizeof path, "%s/a-rather-long-name-so-that-buffers-fill-up-%04d", root, number);
        if (unlink(path) != 0) perror(path);
    }
    return 0;
}
