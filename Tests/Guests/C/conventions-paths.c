/* What programs expect of paths: how they are read, links of both kinds, renaming, removing, and reading directories. */
#include <conventions.h>

static void paths(void) {
    OK(__wasi_path_create_directory(root, "dir"));
    OK(__wasi_path_create_directory(root, "dir/nested"));
    create("dir/nested/file");
    IS(open_error(root, 0, "/dir/nested/file", 0, 0, 0), __WASI_ERRNO_PERM, __WASI_ERRNO_NOTCAPABLE);
    OK(open_error(root, 0, "dir/.//nested/../../dir/nested/../nested///./file", 0, 0, 0));
    IS(open_error(root, 0, "dir/nested/file/", 0, 0, 0), __WASI_ERRNO_NOTDIR, __WASI_ERRNO_NOENT);
    IS(open_error(root, 0, "dir/nested/file///", 0, 0, 0), __WASI_ERRNO_NOTDIR, __WASI_ERRNO_NOENT);
    OK(open_error(root, 0, "dir/nested/", 0, 0, 0));
    OK(open_error(root, 0, "dir/nested///", 0, 0, 0));
    IS(open_error(root, 0, "dir/nested/../../../dir/nested/file", 0, 0, 0), __WASI_ERRNO_PERM, __WASI_ERRNO_NOTCAPABLE);
    IS(open_error(root, 0, "", 0, 0, 0), __WASI_ERRNO_NOENT);
    IS(open_error(root, 0, "absent", 0, 0, 0), __WASI_ERRNO_NOENT);
    IS(open_error(root, 0, "dir/nested/file", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, 0, 0), __WASI_ERRNO_EXIST);
    IS(open_error(root, 0, "dir/nested/file", __WASI_OFLAGS_DIRECTORY, 0, 0), __WASI_ERRNO_NOTDIR);
    __wasi_fd_t file = OPEN(root, "dir/nested/file", 0, __WASI_RIGHTS_FD_READ, 0, 0);
    IS(open_error(file, 0, "below", __WASI_OFLAGS_CREAT, 0, 0), __WASI_ERRNO_NOTDIR, __WASI_ERRNO_NOTCAPABLE);
    OK(__wasi_fd_close(file));
    IS(__wasi_path_remove_directory(root, "dir"), __WASI_ERRNO_NOTEMPTY);
    IS(__wasi_path_remove_directory(root, "dir/nested/file"), __WASI_ERRNO_NOTDIR);
    IS(__wasi_path_remove_directory(root, "dir/nested/file/"), __WASI_ERRNO_NOTDIR);
    IS(__wasi_path_unlink_file(root, "dir"), __WASI_ERRNO_ISDIR);
    IS(__wasi_path_unlink_file(root, "dir/"), __WASI_ERRNO_ISDIR);
    IS(__wasi_path_unlink_file(root, "dir/nested/file/"), __WASI_ERRNO_NOTDIR);
    OK(__wasi_path_unlink_file(root, "dir/nested/file"));
    OK(__wasi_path_remove_directory(root, "dir/nested/"));
    IS(__wasi_path_create_directory(root, "dir"), __WASI_ERRNO_EXIST);
    /* Removed and made again, with a descriptor closed between. */
    OK(open_error(root, 0, "dir", __WASI_OFLAGS_DIRECTORY, 0, 0));
    OK(__wasi_path_remove_directory(root, "dir"));
    OK(__wasi_path_create_directory(root, "dir"));
    OK(__wasi_path_remove_directory(root, "dir"));
    puts("paths");
}

static void symbolic_links(void) {
    uint8_t block[10];
    __wasi_size_t used;
    OK(__wasi_path_symlink("target", root, "link"));
    IS(open_error(root, 0, "link", __WASI_OFLAGS_DIRECTORY, 0, 0), __WASI_ERRNO_NOTDIR, __WASI_ERRNO_LOOP);
    IS(open_error(root, 0, "link", 0, 0, 0), __WASI_ERRNO_LOOP);
    memset(block, 0, sizeof block);
    OK(__wasi_path_readlink(root, "link", block, 10, &used));
    CHECK(used == 6 && memcmp(block, "target\0\0\0\0", 10) == 0);
    memset(block, 0, sizeof block);
    OK(__wasi_path_readlink(root, "link", block, 4, &used));
    CHECK(used == 4 && memcmp(block, "targ\0\0", 6) == 0);
    OK(__wasi_path_create_directory(root, "target"));
    IS(open_error(root, 0, "link", __WASI_OFLAGS_DIRECTORY, 0, 0), __WASI_ERRNO_NOTDIR, __WASI_ERRNO_LOOP);
    IS(open_error(root, 0, "link", 0, 0, 0), __WASI_ERRNO_LOOP);
    OK(open_error(root, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "link", __WASI_OFLAGS_DIRECTORY, 0, 0));
    IS(__wasi_path_symlink("source", root, "target/"), __WASI_ERRNO_EXIST);
    IS(__wasi_path_symlink("source", root, "target"), __WASI_ERRNO_EXIST);
    OK(__wasi_path_remove_directory(root, "target"));
    create("target");
    IS(open_error(root, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "link", __WASI_OFLAGS_DIRECTORY, 0, 0), __WASI_ERRNO_NOTDIR);
    OK(open_error(root, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "link", 0, 0, 0));
    IS(__wasi_path_symlink("source", root, "target/"), __WASI_ERRNO_NOTDIR, __WASI_ERRNO_EXIST);
    IS(__wasi_path_symlink("source", root, "target"), __WASI_ERRNO_EXIST);
    IS(__wasi_path_readlink(root, "target", block, 4, &used), __WASI_ERRNO_INVAL);
    OK(__wasi_path_unlink_file(root, "target"));
    OK(__wasi_path_unlink_file(root, "link"));
    IS(__wasi_path_symlink("source", root, "fresh/"), __WASI_ERRNO_NOENT);
    IS(__wasi_path_symlink("/", root, "absolute"), __WASI_ERRNO_PERM, __WASI_ERRNO_NOTCAPABLE);
    OK(__wasi_path_symlink("round", root, "round"));
    IS(open_error(root, 0, "round", 0, 0, 0), __WASI_ERRNO_LOOP);
    IS(open_error(root, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "round", 0, 0, 0), __WASI_ERRNO_LOOP);
    OK(__wasi_path_unlink_file(root, "round"));
    puts("symbolic links");
}

static void hard_links(void) {
    __wasi_filestat_t first, second;
    create("file");
    OK(__wasi_path_link(root, 0, "file", root, "link"));
    OK(__wasi_path_filestat_get(root, 0, "file", &first));
    OK(__wasi_path_filestat_get(root, 0, "link", &second));
    CHECK(memcmp(&first, &second, sizeof first) == 0 && first.nlink == 2);
    IS(__wasi_path_link(root, 0, "file", root, "link"), __WASI_ERRNO_EXIST);
    IS(__wasi_path_link(root, 0, "file", root, "file"), __WASI_ERRNO_EXIST);
    OK(__wasi_path_unlink_file(root, "link"));
    IS(__wasi_path_link(root, 0, "file", root, "link/"), __WASI_ERRNO_NOENT);
    OK(__wasi_path_create_directory(root, "dir"));
    IS(__wasi_path_link(root, 0, "file", root, "dir"), __WASI_ERRNO_EXIST);
    IS(__wasi_path_link(root, 0, "dir", root, "link"), __WASI_ERRNO_PERM, __WASI_ERRNO_ACCES);
    OK(__wasi_path_remove_directory(root, "dir"));
    /* The link itself is linked, wherever it leads; followed, there is nothing. */
    OK(__wasi_path_symlink("nowhere", root, "symlink"));
    OK(__wasi_path_link(root, 0, "symlink", root, "link"));
    OK(__wasi_path_unlink_file(root, "link"));
    IS(__wasi_path_link(root, 0, "file", root, "symlink"), __WASI_ERRNO_EXIST);
    IS(__wasi_path_link(root, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, "symlink", root, "link"), __WASI_ERRNO_INVAL, __WASI_ERRNO_NOENT);
    OK(__wasi_path_unlink_file(root, "symlink"));
    OK(__wasi_path_unlink_file(root, "file"));
    puts("hard links");
}

static void renames(void) {
    OK(__wasi_path_create_directory(root, "source"));
    OK(__wasi_path_rename(root, "source/", root, "target"));
    OK(__wasi_path_rename(root, "target", root, "source/"));
    OK(__wasi_path_rename(root, "source/", root, "target/"));
    IS(open_error(root, 0, "source", __WASI_OFLAGS_DIRECTORY, 0, 0), __WASI_ERRNO_NOENT);
    OK(__wasi_path_create_directory(root, "source"));
    OK(__wasi_path_rename(root, "source", root, "target"));
    OK(__wasi_path_create_directory(root, "source"));
    create("target/file");
    IS(__wasi_path_rename(root, "source", root, "target"), __WASI_ERRNO_NOTEMPTY, __WASI_ERRNO_EXIST);
    IS(__wasi_path_rename(root, "source", root, "target/file"), __WASI_ERRNO_NOTDIR);
    IS(__wasi_path_rename(root, "target/file", root, "source"), __WASI_ERRNO_ISDIR);
    IS(__wasi_path_rename(root, "target", root, "target/inside"), __WASI_ERRNO_INVAL);
    create("file");
    OK(__wasi_path_rename(root, "file", root, "target/file"));
    IS(open_error(root, 0, "file", 0, 0, 0), __WASI_ERRNO_NOENT);
    IS(__wasi_path_rename(root, "target/file", root, "other/"), __WASI_ERRNO_NOTDIR, __WASI_ERRNO_NOENT);
    IS(__wasi_path_rename(root, "absent", root, "other"), __WASI_ERRNO_NOENT);
    OK(__wasi_path_unlink_file(root, "target/file"));
    OK(__wasi_path_remove_directory(root, "target"));
    OK(__wasi_path_remove_directory(root, "source"));
    puts("renames");
}

/* Reads the directory piece by piece and returns how many whole entries it has; `after` goes on from a cookie. */
static int entries(__wasi_fd_t fd, uint8_t *block, __wasi_size_t count, __wasi_dircookie_t after, __wasi_dircookie_t *last) {
    int total = 0;
    for (;;) {
        __wasi_size_t used, at = 0;
        OK(__wasi_fd_readdir(fd, block, count, after, &used));
        int whole = 0;
        while (used - at >= sizeof(__wasi_dirent_t)) {
            __wasi_dirent_t entry;
            memcpy(&entry, block + at, sizeof entry);
            if (used - at - sizeof entry < entry.d_namlen) break;
            *last = after;
            after = entry.d_next;
            at += sizeof entry + entry.d_namlen;
            whole++;
        }
        total += whole;
        if (used < count || whole == 0) return total;
    }
}

static void reading_directories(void) {
    static uint8_t block[256];
    char name[32];
    __wasi_dircookie_t last;
    __wasi_dirent_t entry;
    __wasi_filestat_t status;
    __wasi_size_t used;
    OK(__wasi_path_create_directory(root, "dir"));
    __wasi_fd_t dir = OPEN(root, "dir", __WASI_OFLAGS_DIRECTORY, directory_rights, file_rights, 0);
    CHECK(entries(dir, block, sizeof block, 0, &last) == 2);
    OK(__wasi_fd_filestat_get(dir, &status));
    memcpy(&entry, block, sizeof entry);
    CHECK(entry.d_ino == status.ino && entry.d_type == __WASI_FILETYPE_DIRECTORY && entry.d_namlen == 1 && block[sizeof entry] == '.');
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "dir/file.%d", i);
        create(name);
    }
    CHECK(entries(dir, block, sizeof block, 0, &last) == 1002);
    CHECK(entries(dir, block, sizeof block, last, &last) == 1);
    memcpy(&entry, block, sizeof entry);
    OK(__wasi_path_filestat_get(root, 0, "dir/file.999", &status));
    CHECK(entry.d_type == __WASI_FILETYPE_REGULAR_FILE && (entry.d_ino != status.ino || entry.d_namlen == strlen("file.999")));
    OK(__wasi_fd_readdir(dir, block, sizeof block, entry.d_next + 1, &used));
    CHECK(used == 0);
    /* A buffer too small for anything is filled all the same. */
    OK(__wasi_fd_readdir(dir, block, 3, 0, &used));
    CHECK(used == 3);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "dir/file.%d", i);
        OK(__wasi_path_unlink_file(root, name));
    }
    CHECK(entries(dir, block, sizeof block, 0, &last) == 2);
    OK(__wasi_fd_close(dir));
    OK(__wasi_path_remove_directory(root, "dir"));
    puts("reading directories");
}

int main(void) {
    paths();
    symbolic_links();
    hard_links();
    renames();
    reading_directories();
    return conclude();
}
