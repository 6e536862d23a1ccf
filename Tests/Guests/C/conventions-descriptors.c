/* What programs expect of descriptors: numbers, positions, sizes, flags, rights, times, and what a directory's descriptor refuses. */
#include <conventions.h>

static void numbers(void) {
    __wasi_fdstat_t from, to;
    __wasi_rights_t rights = __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE;
    __wasi_fd_t first = OPEN(root, "one", __WASI_OFLAGS_CREAT, rights, 0, __WASI_FDFLAGS_APPEND);
    __wasi_fd_t second = OPEN(root, "two", __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_READ, 0, 0);
    OK(__wasi_fd_fdstat_get(first, &from));
    OK(__wasi_fd_renumber(first, second));
    IS(__wasi_fd_close(first), __WASI_ERRNO_BADF);
    OK(__wasi_fd_fdstat_get(second, &to));
    CHECK(memcmp(&from, &to, sizeof from) == 0);
    /* A number that is not open cannot be replaced. */
    IS(__wasi_fd_renumber(second, first), __WASI_ERRNO_BADF);
    IS(__wasi_fd_renumber(second, 127), __WASI_ERRNO_BADF);
    IS(__wasi_fd_renumber(second, UINT32_MAX), __WASI_ERRNO_BADF);
    IS(__wasi_fd_renumber(127, second), __WASI_ERRNO_BADF);
    OK(__wasi_fd_renumber(second, second));
    OK(__wasi_fd_renumber(0, 0));
    for (int i = 0; i < 2000; i++) {
        __wasi_fd_t next = OPEN(root, "one", 0, __WASI_RIGHTS_FD_READ, 0, 0);
        OK(__wasi_fd_renumber(second, next));
        second = next;
    }
    OK(__wasi_fd_close(second));
    IS(__wasi_fd_close(second), __WASI_ERRNO_BADF);
    OK(__wasi_path_unlink_file(root, "one"));
    OK(__wasi_path_unlink_file(root, "two"));
    puts("numbers of descriptors");
}

static void directory_descriptors(void) {
    __wasi_filestat_t status;
    __wasi_filesize_t place;
    __wasi_size_t done;
    char block[16];
    uint8_t name[64];
    __wasi_prestat_t prestat;
    __wasi_fdstat_t stat;
    OK(__wasi_fd_filestat_get(root, &status));
    CHECK(status.filetype == __WASI_FILETYPE_DIRECTORY);
    OK(__wasi_fd_prestat_get(root, &prestat));
    CHECK(prestat.tag == __WASI_PREOPENTYPE_DIR);
    IS(__wasi_fd_prestat_dir_name(root, name, 0), __WASI_ERRNO_INVAL, __WASI_ERRNO_NAMETOOLONG);
    OK(__wasi_fd_prestat_dir_name(root, name, prestat.u.dir.pr_name_len + 1));
    IS(__wasi_fd_prestat_get(1, &prestat), __WASI_ERRNO_BADF);
    IS(__wasi_fd_prestat_get(99, &prestat), __WASI_ERRNO_BADF);
#define REFUSED __WASI_ERRNO_ISDIR, __WASI_ERRNO_BADF, __WASI_ERRNO_NOTCAPABLE
    IS(get(root, block, 8, &done), REFUSED);
    IS(put(root, "x", &done), REFUSED);
    __wasi_iovec_t in = {(uint8_t *)block, 8};
    __wasi_ciovec_t out = {(const uint8_t *)block, 8};
    IS(__wasi_fd_pread(root, &in, 1, 0, &done), REFUSED);
    IS(__wasi_fd_pwrite(root, &out, 1, 0, &done), REFUSED);
    for (int whence = 0; whence <= 2; whence++) IS(__wasi_fd_seek(root, 0, whence, &place), REFUSED);
    IS(__wasi_fd_tell(root, &place), REFUSED);
    IS(__wasi_fd_allocate(root, 0, 0), REFUSED);
    IS(__wasi_fd_filestat_set_size(root, 0), REFUSED, __WASI_ERRNO_INVAL);
    /* Rights that mean nothing for a directory are not kept; the others are. */
    OK(__wasi_path_create_directory(root, "dir"));
    __wasi_fd_t fd = OPEN(root, "dir", __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_READDIR, 0, 0);
    OK(__wasi_fd_fdstat_get(fd, &stat));
    CHECK(stat.fs_filetype == __WASI_FILETYPE_DIRECTORY && stat.fs_flags == 0);
    CHECK(stat.fs_rights_base == __WASI_RIGHTS_FD_READDIR);
    OK(__wasi_fd_close(fd));
    OK(__wasi_path_remove_directory(root, "dir"));
    /* A preopened directory can be opened again with what it has. */
    OK(__wasi_fd_fdstat_get(root, &stat));
    fd = OPEN(root, ".", __WASI_OFLAGS_DIRECTORY, stat.fs_rights_base, stat.fs_rights_inheriting, 0);
    OK(__wasi_fd_close(fd));
    OK(open_error(root, 0, ".", 0, 0, 0));
    OK(open_error(root, 0, ".", 0, 0, __WASI_FDFLAGS_NONBLOCK));
    OK(open_error(root, 0, ".", __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_READ, 0));
    IS(open_error(root, 0, ".", __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE, 0), __WASI_ERRNO_ISDIR);
    puts("directories as descriptors");
}

static void positions(void) {
    char block[8] = "";
    __wasi_filesize_t place;
    __wasi_size_t done;
    __wasi_filestat_t status;
    __wasi_fd_t fd = OPEN(root, "file", __WASI_OFLAGS_CREAT, file_rights, 0, 0);
    OK(__wasi_fd_tell(fd, &place));
    CHECK(place == 0);
    OK(put(fd, "0123456789", &done));
    CHECK(done == 10);
    OK(__wasi_fd_seek(fd, -5, __WASI_WHENCE_CUR, &place));
    CHECK(place == 5);
    OK(__wasi_fd_seek(fd, 1000, __WASI_WHENCE_CUR, &place));
    IS(__wasi_fd_seek(fd, -2000, __WASI_WHENCE_CUR, &place), __WASI_ERRNO_INVAL);
    IS(__wasi_fd_seek(fd, 0, 3, &place), __WASI_ERRNO_INVAL);
    /* Nothing written beyond the end leaves the end where it was. */
    OK(put(fd, "", &done));
    OK(__wasi_fd_tell(fd, &place));
    OK(__wasi_fd_filestat_get(fd, &status));
    CHECK(place == 1005 && done == 0 && status.size == 10);
    OK(__wasi_fd_seek(fd, -2, __WASI_WHENCE_END, &place));
    OK(get(fd, block, 8, &done));
    CHECK(done == 2 && memcmp(block, "89", 3) == 0);
    __wasi_ciovec_t out[2] = {{(const uint8_t *)"ab", 2}, {(const uint8_t *)"cd", 2}};
    OK(__wasi_fd_pwrite(fd, out, 2, 20, &done));
    __wasi_iovec_t in[2] = {{(uint8_t *)block, 1}, {(uint8_t *)block + 1, 6}};
    OK(__wasi_fd_pread(fd, in, 2, 18, &done));
    CHECK(done == 6 && memcmp(block, "\0\0abcd", 6) == 0);
    OK(__wasi_fd_tell(fd, &place));
    CHECK(place == 10);
    /* Two descriptors of one file: what one writes, the other reads at once. */
    __wasi_fd_t reader = OPEN(root, "file", 0, __WASI_RIGHTS_FD_READ, 0, 0);
    OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &place));
    OK(put(fd, "Z", &done));
    OK(get(reader, block, 1, &done));
    CHECK(done == 1 && block[0] == 'Z');
    OK(__wasi_fd_close(reader));
    OK(__wasi_fd_filestat_set_size(fd, 0));
    OK(__wasi_fd_allocate(fd, 0, 100));
    OK(__wasi_fd_allocate(fd, 10, 10));
    OK(__wasi_fd_allocate(fd, 90, 20));
    OK(__wasi_fd_advise(fd, 10, 50, __WASI_ADVICE_NORMAL));
    IS(__wasi_fd_advise(fd, 10, 50, 6), __WASI_ERRNO_INVAL);
    IS(__wasi_fd_allocate(fd, 0, 0), __WASI_ERRNO_INVAL);
    OK(__wasi_fd_filestat_get(fd, &status));
    CHECK(status.size == 110);
    OK(__wasi_fd_close(fd));
    /* Truncated when it is opened. */
    fd = OPEN(root, "file", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_TRUNC, __WASI_RIGHTS_FD_READ, 0, 0);
    OK(get(fd, block, 8, &done));
    CHECK(done == 0);
    OK(__wasi_fd_close(fd));
    OK(__wasi_path_unlink_file(root, "file"));
    puts("positions and sizes");
}

static void appending(void) {
    char block[16];
    __wasi_filesize_t place;
    __wasi_size_t done;
    __wasi_fdstat_t stat;
    __wasi_filestat_t status;
    __wasi_fd_t fd = OPEN(root, "log", __WASI_OFLAGS_CREAT, file_rights, 0, __WASI_FDFLAGS_APPEND | __WASI_FDFLAGS_SYNC);
    OK(__wasi_fd_fdstat_get(fd, &stat));
    CHECK(stat.fs_flags == (__WASI_FDFLAGS_APPEND | __WASI_FDFLAGS_SYNC));
    OK(put(fd, "one", &done));
    OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &place));
    OK(get(fd, block, 16, &done));
    CHECK(done == 3);
    OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &place));
    OK(put(fd, "two", &done));
    OK(__wasi_fd_tell(fd, &place));
    CHECK(place == 6);
    __wasi_ciovec_t out = {(const uint8_t *)"x", 1};
    OK(__wasi_fd_pwrite(fd, &out, 1, 0, &done));
    OK(__wasi_fd_tell(fd, &place));
    CHECK(place == 6);
    OK(__wasi_fd_fdstat_set_flags(fd, 0));
    OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &place));
    OK(put(fd, "ONE", &done));
    OK(__wasi_path_filestat_get(root, 0, "log", &status));
    CHECK(status.size == 6 || status.size == 7);
    OK(__wasi_fd_close(fd));
    OK(__wasi_path_unlink_file(root, "log"));
    puts("appending");
}

static void rights(void) {
    char block[8];
    __wasi_size_t done;
    __wasi_fdstat_t stat;
    __wasi_filesize_t place;
    create("file");
    __wasi_fd_t fd = OPEN(root, "file", 0, __WASI_RIGHTS_FD_READ, 0, 0);
    IS(put(fd, "x", &done), __WASI_ERRNO_BADF, __WASI_ERRNO_NOTCAPABLE, __WASI_ERRNO_ACCES);
    OK(__wasi_fd_fdstat_get(fd, &stat));
    CHECK((stat.fs_rights_base & __WASI_RIGHTS_FD_READ) != 0 && (stat.fs_rights_base & __WASI_RIGHTS_FD_WRITE) == 0);
    OK(__wasi_fd_close(fd));
    fd = OPEN(root, "file", 0, __WASI_RIGHTS_FD_WRITE, 0, 0);
    IS(get(fd, block, 8, &done), __WASI_ERRNO_BADF, __WASI_ERRNO_NOTCAPABLE, __WASI_ERRNO_ACCES);
    OK(put(fd, "x", &done));
    OK(__wasi_fd_close(fd));
    /* Rights can be given up and do not come back. */
    __wasi_rights_t some = __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL;
    fd = OPEN(root, "file", 0, some, 0, 0);
    OK(__wasi_fd_fdstat_set_rights(fd, __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL, 0));
    OK(__wasi_fd_fdstat_get(fd, &stat));
    CHECK(stat.fs_rights_base == (__WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL));
    OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &place));
    IS(get(fd, block, 8, &done), __WASI_ERRNO_BADF, __WASI_ERRNO_NOTCAPABLE);
    IS(put(fd, "x", &done), __WASI_ERRNO_BADF, __WASI_ERRNO_NOTCAPABLE);
    IS(__wasi_fd_fdstat_set_rights(fd, some, 0), __WASI_ERRNO_NOTCAPABLE);
    OK(__wasi_fd_close(fd));
    /* A directory passes on what it may pass on. */
    OK(__wasi_path_create_directory(root, "dir"));
    __wasi_rights_t base = __WASI_RIGHTS_PATH_OPEN | __WASI_RIGHTS_PATH_CREATE_FILE | __WASI_RIGHTS_PATH_FILESTAT_SET_SIZE;
    __wasi_fd_t dir = OPEN(root, "dir", __WASI_OFLAGS_DIRECTORY, base, __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE, 0);
    OK(open_error(dir, 0, "f", __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_READ, 0));
    IS(open_error(dir, 0, "f", 0, __WASI_RIGHTS_FD_WRITE, 0), __WASI_ERRNO_NOTCAPABLE);
    IS(__wasi_path_unlink_file(dir, "f"), __WASI_ERRNO_NOTCAPABLE);
    OK(open_error(dir, 0, "f", __WASI_OFLAGS_TRUNC, 0, 0));
    OK(__wasi_fd_fdstat_set_rights(dir, base, __WASI_RIGHTS_FD_READ));
    OK(open_error(dir, 0, "f", __WASI_OFLAGS_TRUNC, 0, 0));
    OK(__wasi_fd_fdstat_set_rights(dir, base & ~__WASI_RIGHTS_PATH_FILESTAT_SET_SIZE, __WASI_RIGHTS_FD_READ));
    IS(open_error(dir, 0, "f", __WASI_OFLAGS_TRUNC, 0, 0), __WASI_ERRNO_NOTCAPABLE, __WASI_ERRNO_PERM);
    OK(__wasi_fd_close(dir));
    OK(__wasi_path_unlink_file(root, "dir/f"));
    OK(__wasi_path_remove_directory(root, "dir"));
    OK(__wasi_path_unlink_file(root, "file"));
    puts("rights");
}

static void times(void) {
    __wasi_filestat_t before, after;
    __wasi_fd_t fd = OPEN(root, "file", __WASI_OFLAGS_CREAT, file_rights, 0, 0);
    OK(__wasi_fd_filestat_get(fd, &before));
    OK(__wasi_fd_filestat_set_times(fd, 7, before.mtim - 100, __WASI_FSTFLAGS_MTIM));
    OK(__wasi_fd_filestat_get(fd, &after));
    CHECK(after.mtim == before.mtim - 100 && after.atim == before.atim);
    OK(__wasi_fd_filestat_set_times(fd, 7, 9, __WASI_FSTFLAGS_ATIM));
    OK(__wasi_path_filestat_get(root, 0, "file", &after));
    CHECK(after.mtim == before.mtim - 100 && after.atim == 7);
    int both[] = {__WASI_FSTFLAGS_MTIM | __WASI_FSTFLAGS_MTIM_NOW, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_ATIM_NOW};
    for (int i = 0; i < 2; i++) {
        IS(__wasi_fd_filestat_set_times(fd, 1, 2, both[i]), __WASI_ERRNO_INVAL);
        IS(__wasi_path_filestat_set_times(root, 0, "file", 1, 2, both[i]), __WASI_ERRNO_INVAL);
    }
    OK(__wasi_path_filestat_get(root, 0, "file", &after));
    CHECK(after.mtim == before.mtim - 100 && after.atim == 7);
    OK(__wasi_path_filestat_set_times(root, 0, "file", 1, 2, __WASI_FSTFLAGS_MTIM_NOW));
    OK(__wasi_fd_filestat_get(fd, &after));
    CHECK(after.mtim >= before.mtim && after.atim == 7);
    /* A link has times of its own. */
    OK(__wasi_path_symlink("file", root, "link"));
    OK(__wasi_path_filestat_set_times(root, 0, "link", 0, 12345, __WASI_FSTFLAGS_MTIM));
    OK(__wasi_path_filestat_get(root, 0, "link", &before));
    CHECK(before.filetype == __WASI_FILETYPE_SYMBOLIC_LINK && before.mtim == 12345);
    OK(__wasi_path_filestat_get(root, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "link", &before));
    CHECK(before.filetype == __WASI_FILETYPE_REGULAR_FILE && before.mtim == after.mtim);
    OK(__wasi_path_filestat_set_times(root, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "link", 0, 54321, __WASI_FSTFLAGS_MTIM));
    OK(__wasi_fd_filestat_get(fd, &after));
    CHECK(after.mtim == 54321);
    OK(__wasi_fd_close(fd));
    OK(__wasi_path_unlink_file(root, "link"));
    OK(__wasi_path_unlink_file(root, "file"));
    puts("times");
}

int main(void) {
    numbers();
    directory_descriptors();
    positions();
    appending();
    rights();
    times();
    return conclude();
}
