// The only file system SQLite has in the benchmark, on bare hardware and in WebAssembly alike: none. Databases are in memory; whoever opens a file
// is told that it cannot be. Time stands still, so that nothing of a run depends on it.
#include <string.h>
#include "sqlite3.h"

static int refuse(sqlite3_vfs *system, const char *name, sqlite3_file *file, int flags, int *flagsOut) {
    (void)system, (void)name, (void)flags, (void)flagsOut;
    memset(file, 0, sizeof *file);
    return SQLITE_CANTOPEN;
}

static int removeNothing(sqlite3_vfs *system, const char *name, int isSynced) {
    (void)system, (void)name, (void)isSynced;
    return SQLITE_OK;
}

static int findNothing(sqlite3_vfs *system, const char *name, int flags, int *result) {
    (void)system, (void)name, (void)flags;
    *result = 0;
    return SQLITE_OK;
}

static int keepName(sqlite3_vfs *system, const char *name, int byteCount, char *result) {
    (void)system;
    sqlite3_snprintf(byteCount, result, "%s", name);
    return SQLITE_OK;
}

static int fillWithSameBytes(sqlite3_vfs *system, int byteCount, char *bytes) {
    (void)system;
    memset(bytes, 42, (size_t)byteCount);
    return byteCount;
}

static int doNotSleep(sqlite3_vfs *system, int microseconds) {
    (void)system;
    return microseconds;
}

static int sayNoTime(sqlite3_vfs *system, double *days) {
    (void)system;
    *days = 2440587.5;
    return SQLITE_OK;
}

static int sayNoMilliseconds(sqlite3_vfs *system, sqlite3_int64 *milliseconds) {
    (void)system;
    *milliseconds = 210866760000000;
    return SQLITE_OK;
}

static int sayNoError(sqlite3_vfs *system, int byteCount, char *text) {
    (void)system, (void)byteCount, (void)text;
    return 0;
}

static sqlite3_vfs nothing = {
    .iVersion = 2,
    .szOsFile = sizeof(sqlite3_file),
    .mxPathname = 64,
    .zName = "nothing",
    .xOpen = refuse,
    .xDelete = removeNothing,
    .xAccess = findNothing,
    .xFullPathname = keepName,
    .xRandomness = fillWithSameBytes,
    .xSleep = doNotSleep,
    .xCurrentTime = sayNoTime,
    .xGetLastError = sayNoError,
    .xCurrentTimeInt64 = sayNoMilliseconds,
};

int sqlite3_os_init(void) { return sqlite3_vfs_register(&nothing, 1); }
int sqlite3_os_end(void) { return SQLITE_OK; }
