/* One way to wear a file system out, chosen by the first argument; the second is a prefix for names, since programs may share a directory,
   the third how often. Being refused in an orderly way is fine: it ends with 0, and with 1 and a line when something else happened. What it
   made it removes, so that a shared directory is as before. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *prefix = "";
static long count = 1000;

static int is_refusal(void) {
    return errno == ENOSPC || errno == ENOMEM || errno == EMFILE || errno == ENFILE || errno == EDQUOT || errno == EFBIG || errno == EMLINK ||
           errno == ENAMETOOLONG;
}

static void fail(const char *what) {
    fprintf(stderr, "%s%s: %s\n", prefix, what, strerror(errno));
    exit(1);
}

/* A name of this program; eight may be in use at a time. */
static char *name(const char *kind, long number) {
    static char names[8][64];
    static int next;
    char *out = names[next++ % 8];
    snprintf(out, sizeof names[0], "%s%s%ld", prefix, kind, number);
    return out;
}

/* Makes a file; false when it is refused. */
static int make(const char *path, size_t size) {
    static char bytes[65536];
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0) {
        if (!is_refusal()) fail(path);
        return 0;
    }
    int done = 1;
    while (size > 0) {
        ssize_t written = write(file, bytes, size < sizeof bytes ? size : sizeof bytes);
        if (written <= 0) {
            if (written < 0 && !is_refusal()) fail("write");
            done = 0;
            break;
        }
        size -= (size_t)written;
    }
    close(file);
    return done;
}

static void drop(const char *path) {
    if (unlink(path) != 0 && errno != ENOENT && !is_refusal()) fail(path);
}

static void many(void) {
    long made = 0;
    while (made < count && make(name("m", made), 0)) made++;
    for (long n = 0; n <= made; n += 2) drop(name("m", n));
    for (long n = 1; n <= made; n += 2) drop(name("m", n));
}

/* A chain of directories as deep as wanted, by putting what there is into a new one; taken apart from above. */
static void deep(void) {
    char inner[64], above[64];
    long depth = 0;
    snprintf(inner, sizeof inner, "%s", name("d", 0));
    if (mkdir(inner, 0755) != 0) return;
    for (; depth < count; depth++) {
        snprintf(above, sizeof above, "%s", name("u", 0));
        if (mkdir(above, 0755) != 0) break;
        char target[80];
        snprintf(target, sizeof target, "%s/d", above);
        if (rename(inner, target) != 0) {
            if (!is_refusal()) fail("rename into");
            rmdir(above);
            break;
        }
        if (rename(above, inner) != 0) fail("rename back");
    }
    char path[PATH_MAX] = "";
    for (int n = 0; n < 1000; n++) strcat(path, n == 0 ? inner : "/d");
    struct stat status;
    (void)stat(path, &status);
    for (; depth > 0; depth--) {
        char target[80];
        snprintf(target, sizeof target, "%s/d", inner);
        snprintf(above, sizeof above, "%s", name("u", 0));
        if (rename(target, above) != 0) fail("rename out");
        if (rmdir(inner) != 0) fail("rmdir");
        if (rename(above, inner) != 0) fail("rename up");
    }
    if (rmdir(inner) != 0) fail("rmdir last");
}

static void links(void) {
    char *file = strdup(name("f", 0));
    if (!make(file, 100)) return;
    long made = 0;
    for (; made < count; made++)
        if (link(file, name("l", made)) != 0) {
            if (!is_refusal()) fail("link");
            break;
        }
    drop(file);
    for (long n = 0; n < made; n++) drop(name("l", n));
}

static void sparse(void) {
    char *path = strdup(name("s", 0));
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (file < 0) return;
    for (int bit = 16; bit < 63; bit++) {
        errno = 0;
        if (ftruncate(file, (off_t)1 << bit) != 0 && !is_refusal() && errno != EINVAL) fail("ftruncate");
        if (pwrite(file, "x", 1, (off_t)1 << bit) < 0 && !is_refusal() && errno != EINVAL) fail("pwrite");
        char byte = 1;
        if (pread(file, &byte, 1, ((off_t)1 << bit) - 1) == 1 && byte != 0) fail("a hole has content");
    }
    if (pwrite(file, "x", 1, INT64_MAX) >= 0) fail("a byte at the end of numbers");
    (void)ftruncate(file, INT64_MAX);
    (void)lseek(file, INT64_MAX, SEEK_SET);
    (void)lseek(file, INT64_MAX, SEEK_CUR);
    (void)lseek(file, INT64_MIN, SEEK_END);
    if (ftruncate(file, 0) != 0) fail("ftruncate 0");
    (void)posix_fallocate(file, INT64_MAX - 1, 1);
    (void)posix_fallocate(file, 0, (off_t)1 << 40);
    close(file);
    drop(path);
}

static void renames(void) {
    char *a = strdup(name("a", 0)), *b = strdup(name("b", 0)), *c = strdup(name("c", 0));
    char inside[80];
    make(a, 10);
    for (long n = 0; n < count; n++) {
        if (rename(n % 2 ? b : a, n % 2 ? a : b) != 0 && !is_refusal()) fail("rename");
        if (n % 16 == 0 && make(n % 2 ? b : a, 1) && rename(a, b) != 0 && !is_refusal() && errno != ENOENT) fail("rename over");
        if (n % 16 == 0) make(n % 2 ? b : a, 1);
    }
    drop(a);
    drop(b);
    if (mkdir(c, 0755) == 0) {
        snprintf(inside, sizeof inside, "%s/x", c);
        if (rename(c, inside) == 0) fail("a directory went into itself");
        if (rename(c, c) != 0 && !is_refusal()) fail("a directory onto itself");
        (void)mkdir(inside, 0755);
        if (rename(inside, c) == 0) fail("a directory onto its parent");
        rmdir(inside);
        rmdir(c);
    }
    if (make(a, 5) && link(a, b) == 0 && rename(a, b) != 0 && !is_refusal()) fail("rename of two names of one file");
    drop(a);
    drop(b);
}

static void unlink_open(void) {
    static int files[1024];
    int opened = 0;
    for (; opened < 1000; opened++) {
        char *path = name("o", opened);
        if ((files[opened] = open(path, O_RDWR | O_CREAT, 0644)) < 0) break;
        drop(path);
    }
    for (int n = 0; n < opened; n++)
        for (long k = 0; k < count / 100; k++)
            if (pwrite(files[n], "0123456789", 10, k * 4096) < 0 && !is_refusal()) fail("write to what is unlinked");
    for (int n = 0; n < opened; n++) {
        char bytes[10];
        if (pread(files[n], bytes, 10, 0) == 10 && memcmp(bytes, "0123456789", 10) != 0) fail("another file's content");
        if (n % 2) close(files[n]);
    }
}

static void readdir_while_deleting(void) {
    char *folder = strdup(name("r", 0)), path[128];
    if (mkdir(folder, 0755) != 0) return;
    for (int round = 0; round < 5; round++) {
        for (long n = 0; n < count; n++) {
            snprintf(path, sizeof path, "%s/%ld-%d", folder, n, round);
            if (!make(path, 0)) break;
        }
        DIR *directory = opendir(folder);
        if (directory == NULL) break;
        long seen = 0;
        for (struct dirent *entry; seen < 10 * count && (entry = readdir(directory)) != NULL; seen++) {
            if (entry->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            drop(path);
            if (seen % 3 == 0) {
                snprintf(path, sizeof path, "%s/n%ld", folder, seen % 50);
                make(path, 0);
            }
            if (seen % 100 == 99) seekdir(directory, (seen % 2) ? LONG_MAX : seen);
        }
        closedir(directory);
    }
    DIR *directory = opendir(folder);
    if (directory == NULL) return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        drop(path);
        rewinddir(directory);
    }
    closedir(directory);
    if (rmdir(folder) != 0 && !is_refusal()) fail("rmdir");
}

static void descriptors(void) {
    char *path = strdup(name("e", 0));
    make(path, 1);
    for (int round = 0; round < 3; round++) {
        int first = -1, last = -1;
        for (long n = 0; n < 1000000; n++) {
            int file = open(round == 1 ? "." : path, round == 1 ? O_RDONLY | O_DIRECTORY : O_RDWR);
            if (file < 0) {
                if (!is_refusal()) fail("open");
                break;
            }
            if (first < 0) first = file;
            last = file;
        }
        for (int file = first; file >= 0 && file <= last; file++) close(file);
    }
    drop(path);
}

static void symlinks(void) {
    char *a = strdup(name("a", 0)), *b = strdup(name("b", 0));
    static char target[70000];
    if (symlink(b, a) != 0 || symlink(a, b) != 0) {
        if (!is_refusal()) fail("symlink");
    } else if (open(a, O_RDONLY) >= 0 || errno != ELOOP) fail("a loop was opened");
    drop(a);
    drop(b);
    long made = 0;
    for (; made < count; made++)
        if (symlink(name("c", made + 1), name("c", made)) != 0) break;
    (void)open(name("c", 0), O_RDONLY);
    for (long n = 0; n < made; n++) drop(name("c", n));
    memset(target, 'x', sizeof target - 1);
    if (symlink(target, a) == 0) {
        if (readlink(a, target, sizeof target) < 0) fail("readlink");
        drop(a);
    }
    if (symlink("", a) == 0) drop(a);
    if (symlink("/", a) == 0) {
        (void)open(a, O_RDONLY);
        drop(a);
    }
    if (symlink("../../../../..", a) == 0) {
        (void)open(a, O_RDONLY);
        drop(a);
    }
}

static void long_names(void) {
    static const size_t lengths[] = {1, 2, 254, 255, 256, 257, 1023, 4095, 4096, 65535, 65536, 1000000};
    for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) {
        char *path = malloc(lengths[n] + 1);
        if (path == NULL) return;
        memset(path, 'n', lengths[n]);
        path[lengths[n]] = 0;
        if (strlen(prefix) < lengths[n]) memcpy(path, prefix, strlen(prefix));
        int file = open(path, O_WRONLY | O_CREAT, 0644);
        if (file >= 0) {
            close(file);
            drop(path);
        }
        if (mkdir(path, 0755) == 0) rmdir(path);
        for (size_t at = 1; at < lengths[n]; at += 2) path[at] = '/';
        (void)open(path, O_WRONLY | O_CREAT, 0644);
        for (size_t at = 0; at < lengths[n]; at++) path[at] = at % 3 == 2 ? '/' : '.';
        (void)open(path, O_RDONLY);
        memset(path, '/', lengths[n]);
        (void)open(path, O_RDONLY);
        memset(path, '\xff', lengths[n]);
        if ((file = open(path, O_WRONLY | O_CREAT, 0644)) >= 0) {
            close(file);
            drop(path);
        }
        free(path);
    }
}

static void fill(void) {
    char *path = strdup(name("g", 0));
    for (int round = 0; round < 3; round++) {
        make(path, (size_t)count << 16);
        int file = open(path, O_WRONLY);
        if (file >= 0) {
            if (ftruncate(file, 1) != 0 && !is_refusal()) fail("ftruncate");
            close(file);
        }
    }
    drop(path);
}

/* What is made in a directory that is gone. */
static void orphans(void) {
    for (long n = 0; n < count; n++) {
        char *folder = name("p", n);
        if (mkdir(folder, 0755) != 0) break;
        int held = open(folder, O_RDONLY | O_DIRECTORY);
        rmdir(folder);
        if (held < 0) break;
        int file = openat(held, "x", O_WRONLY | O_CREAT, 0644);
        if (file >= 0) fail("a file in a directory that is gone");
        if (mkdirat(held, "y", 0755) == 0) fail("a directory in one that is gone");
        close(held);
    }
}

static void scattered(void) {
    long made = 0;
    for (; made < count; made++)
        if (!make(name("h", made), 5000)) break;
    for (long n = 0; n < made; n += 2) drop(name("h", n));
    for (long n = 0; n < made; n += 2)
        if (!make(name("i", n), 20000)) break;
    for (long n = 0; n <= made; n++) drop(name("h", n)), drop(name("i", n));
}

static void vectors(void) {
    static struct iovec list[4096];
    static char bytes[8192];
    char *path = strdup(name("v", 0));
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (file < 0) return;
    for (int n = 0; n < 4096; n++) list[n].iov_base = bytes + n, list[n].iov_len = n % 7;
    for (long k = 0; k < count; k++) {
        int entries = k % 2 ? 4096 : 1024;
        if (pwritev(file, list, entries, k % 5 * 1000) < 0 && !is_refusal() && errno != EINVAL) fail("pwritev");
        if (preadv(file, list, entries, k % 7 * 900) < 0 && errno != EINVAL) fail("preadv");
    }
    close(file);
    drop(path);
}

static void times(void) {
    static const int64_t seconds[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT64_MAX / 1000000000, 18446744073, 18446744074};
    char *path = strdup(name("t", 0));
    make(path, 0);
    for (int a = 0; a < 8; a++)
        for (int b = 0; b < 8; b++) {
            struct timespec both[2] = {{.tv_sec = seconds[a], .tv_nsec = 999999999}, {.tv_sec = seconds[b]}};
            (void)utimensat(AT_FDCWD, path, both, 0);
            struct stat status;
            if (stat(path, &status) != 0 && !is_refusal()) fail("stat");
        }
    drop(path);
}

static void devices(void) {
    static char bytes[65536];
    static const char *names[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
    for (int n = 0; n < 5; n++) {
        int file = open(names[n], O_RDWR);
        if (file < 0) continue;
        for (long k = 0; k < count; k++) {
            (void)!read(file, bytes, sizeof bytes);
            (void)!write(file, bytes, sizeof bytes);
            (void)!pwrite(file, bytes, 1, INT64_MAX);
        }
        (void)ftruncate(file, 1 << 30);
        close(file);
    }
    (void)unlink("/dev/null");
    (void)rename("/dev/zero", name("z", 0));
    (void)rename(name("z", 0), "/dev/zero");
}

/* Never ends: its end finds it in the middle of something. */
static void for_ever(void) {
    for (long n = 0;; n++) {
        char *path = name("w", n % 10), *other = name("x", n % 7);
        make(path, (size_t)(n % 3) * 3000);
        (void)rename(path, other);
        (void)link(other, path);
        (void)mkdir(name("y", n % 5), 0755);
        (void)rmdir(name("y", n % 3));
        drop(path);
        drop(other);
    }
}

/* Ends with files open and unlinked, and with a trap. */
static void trap_holding(void) {
    for (int n = 0; n < 100; n++) {
        char *path = name("q", n);
        int file = open(path, O_RDWR | O_CREAT, 0644);
        if (file < 0) break;
        (void)!write(file, "content", 7);
        drop(path);
    }
    opendir(".");
    __builtin_trap();
}

/* Removes what begins with the prefix, from a directory that is shared and may have what others left when they were ended. */
static void clean_in(const char *folder, int is_all) {
    char found[64];
    for (;;) {
        DIR *directory = opendir(folder);
        if (directory == NULL) return;
        found[0] = 0;
        for (struct dirent *entry; found[0] == 0 && (entry = readdir(directory)) != NULL;) {
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || strlen(entry->d_name) >= sizeof found) continue;
            if (is_all || strncmp(entry->d_name, prefix, strlen(prefix)) == 0) strcpy(found, entry->d_name);
        }
        closedir(directory);
        if (found[0] == 0) return;
        char *path = malloc(strlen(folder) + sizeof found + 1);
        if (path == NULL) fail("no memory");
        sprintf(path, "%s/%s", folder, found);
        if (unlink(path) != 0) {
            clean_in(path, 1);
            if (rmdir(path) != 0) fail(path);
        }
        free(path);
    }
}

static void clean(void) { clean_in(".", 0); }

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } modes[] = {{"many", many}, {"deep", deep}, {"links", links}, {"sparse", sparse}, {"renames", renames}, {"unlink-open", unlink_open},
                 {"readdir-while-deleting", readdir_while_deleting}, {"descriptors", descriptors}, {"symlinks", symlinks},
                 {"long-names", long_names}, {"fill", fill}, {"orphans", orphans}, {"scattered", scattered}, {"vectors", vectors},
                 {"times", times}, {"devices", devices}, {"for-ever", for_ever}, {"trap-holding", trap_holding}, {"clean", clean}};
    if (argc > 2) prefix = argv[2];
    if (argc > 3) count = atol(argv[3]);
    for (size_t n = 0; argc > 1 && n < sizeof modes / sizeof *modes; n++)
        if (strcmp(argv[1], modes[n].name) == 0) {
            modes[n].run();
            return 0;
        }
    return 2;
}
