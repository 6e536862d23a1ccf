/* What programs of the world ask of POSIX and this C library does not declare: there are no users, no other processes and no file locks here,
   and each function says so the way POSIX would. Included before everything else (-include). */
#ifndef GAPS_H
#define GAPS_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Record locks: a program is alone with its files, so a lock is always granted and never found held. */
#ifndef F_GETLK
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#endif
#ifndef F_RDLCK
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#endif

#ifndef L_tmpnam
#define L_tmpnam 32
#endif

int fchmod(int descriptor, mode_t mode);
int fchown(int descriptor, uid_t owner, gid_t group);
int chmod(const char *path, mode_t mode);
uid_t geteuid(void);
uid_t getuid(void);
int gaps_fcntl(int descriptor, int command, ...);
#define fcntl gaps_fcntl

#endif
