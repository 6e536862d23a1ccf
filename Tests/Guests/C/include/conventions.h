/* Calls of WASI's functions themselves, without the C library between, and checks of what they answer: one line for each wrong answer.
   A program works in the first preopened directory, leaves nothing there, and exits with 1 when anything was wrong. */
#ifndef GUEST_CONVENTIONS_H
#define GUEST_CONVENTIONS_H

#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

static int failures;
static const __wasi_fd_t root = 3;
/* Every right of a file; every right of a directory (asking to write is asking for a file). */
static const __wasi_rights_t file_rights = 0x1fffffff, directory_rights = 0x1fffffff & ~__WASI_RIGHTS_FD_WRITE;

/* `allowed` ends with -1. */
static void expect(int line, int result, const int *allowed, const char *text) {
    for (int i = 0; allowed[i] >= 0; i++)
        if (result == allowed[i]) return;
    printf("FAIL line %d: %s gave %d\n", line, text, result);
    failures++;
}
#define IS(call, ...) expect(__LINE__, (call), (const int[]){__VA_ARGS__, -1}, #call)
#define OK(call) IS(call, __WASI_ERRNO_SUCCESS)
#define CHECK(condition) IS((condition) ? 0 : -2, 0)

static inline __wasi_fd_t opened(int line, __wasi_fd_t at, const char *path, int oflags, __wasi_rights_t base, __wasi_rights_t inheriting, int fdflags) {
    __wasi_fd_t fd = 0;
    int result = __wasi_path_open(at, 0, path, oflags, base, inheriting, fdflags, &fd);
    expect(line, result, (const int[]){0, -1}, path);
    expect(line, result == 0 && fd <= 2, (const int[]){0, -1}, "a number above the standard streams");
    return fd;
}
#define OPEN(at, path, oflags, base, inheriting, fdflags) opened(__LINE__, at, path, oflags, base, inheriting, fdflags)

/* Opens and closes. */
static inline int open_error(__wasi_fd_t at, int lookup, const char *path, int oflags, __wasi_rights_t base, int fdflags) {
    __wasi_fd_t fd;
    int result = __wasi_path_open(at, lookup, path, oflags, base, 0, fdflags, &fd);
    if (result == 0) result = __wasi_fd_close(fd) == 0 ? 0 : -2;
    return result;
}

static inline void create(const char *path) { OK(open_error(root, 0, path, __WASI_OFLAGS_CREAT, 0, 0)); }

static inline int put(__wasi_fd_t fd, const char *text, __wasi_size_t *done) {
    __wasi_ciovec_t vector = {(const uint8_t *)text, strlen(text)};
    return __wasi_fd_write(fd, &vector, 1, done);
}

static inline int get(__wasi_fd_t fd, char *block, __wasi_size_t count, __wasi_size_t *done) {
    __wasi_iovec_t vector = {(uint8_t *)block, count};
    return __wasi_fd_read(fd, &vector, 1, done);
}

static inline int conclude(void) {
    printf("%d wrong answers\n", failures);
    return failures != 0;
}

#endif
