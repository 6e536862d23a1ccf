/* The functions of gaps.h, and those the library declares without having them. */
#include "gaps.h"
#undef fcntl
#include <stdarg.h>

int fchmod(int descriptor, mode_t mode) { return (void)descriptor, (void)mode, 0; }
int fchown(int descriptor, uid_t owner, gid_t group) { return (void)descriptor, (void)owner, (void)group, 0; }
int chmod(const char *path, mode_t mode) { return (void)path, (void)mode, 0; }
uid_t geteuid(void) { return 0; }
uid_t getuid(void) { return 0; }

int system(const char *command) {
    errno = ENOTSUP;
    return command == NULL ? 0 : -1;
}

FILE *tmpfile(void) {
    errno = ENOTSUP;
    return NULL;
}

char *tmpnam(char *buffer) {
    (void)buffer;
    errno = ENOTSUP;
    return NULL;
}

int gaps_fcntl(int descriptor, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    int result = 0;
    if (command == F_GETLK) va_arg(arguments, struct flock *)->l_type = F_UNLCK;
    else if (command != F_SETLK && command != F_SETLKW) result = fcntl(descriptor, command, va_arg(arguments, int));
    va_end(arguments);
    return result;
}
