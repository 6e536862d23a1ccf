/* What programs expect of the machine: polling, clocks, random numbers, arguments, sockets, and that what was given can be closed. */
#include <conventions.h>

static __wasi_subscription_t clock_subscription(unsigned clock, __wasi_timestamp_t timeout) {
    __wasi_subscription_t subscription = {.userdata = 100 + clock, .u.tag = __WASI_EVENTTYPE_CLOCK};
    subscription.u.u.clock.id = clock;
    subscription.u.u.clock.timeout = timeout;
    return subscription;
}

static __wasi_subscription_t fd_subscription(int type, __wasi_fd_t fd) {
    __wasi_subscription_t subscription = {.userdata = type, .u.tag = type};
    subscription.u.u.fd_read.file_descriptor = fd;
    return subscription;
}

static void polling(void) {
    __wasi_event_t events[3];
    __wasi_size_t count;
    __wasi_timestamp_t before, after;
    IS(__wasi_poll_oneoff((const __wasi_subscription_t *)events, events, 0, &count), __WASI_ERRNO_INVAL);
    for (unsigned clock = 0; clock <= 1; clock++) {
        __wasi_subscription_t sleep = clock_subscription(clock, 5000000);
        OK(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 0, &before));
        OK(__wasi_poll_oneoff(&sleep, events, 1, &count));
        OK(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &after));
        CHECK(count == 1 && events[0].userdata == 100u + clock && events[0].type == __WASI_EVENTTYPE_CLOCK && events[0].error == 0);
        CHECK(after - before >= 5000000);
    }
    create("file");
    __wasi_fd_t file = OPEN(root, "file", 0, file_rights, 0, 0);
    __wasi_subscription_t both[3] = {fd_subscription(__WASI_EVENTTYPE_FD_READ, file), fd_subscription(__WASI_EVENTTYPE_FD_WRITE, file),
                                     clock_subscription(__WASI_CLOCKID_MONOTONIC, 1000000000)};
    OK(__wasi_poll_oneoff(both, events, 3, &count));
    CHECK(count == 2 && events[0].error == 0 && events[1].error == 0 && events[0].userdata + events[1].userdata == 3);
    OK(__wasi_fd_close(file));
    OK(__wasi_path_unlink_file(root, "file"));
    for (__wasi_fd_t stream = 1; stream <= 2; stream++) {
        __wasi_subscription_t write = fd_subscription(__WASI_EVENTTYPE_FD_WRITE, stream);
        OK(__wasi_poll_oneoff(&write, events, 1, &count));
        CHECK(count == 1 && events[0].type == __WASI_EVENTTYPE_FD_WRITE && events[0].error == 0);
    }
    puts("polling");
}

static void the_rest(void) {
    __wasi_timestamp_t time;
    __wasi_size_t count, size;
    static uint8_t block[70000];
    for (unsigned clock = 0; clock <= 1; clock++) {
        OK(__wasi_clock_res_get(clock, &time));
        CHECK(time > 0 && time <= 1000000000);
        OK(__wasi_clock_time_get(clock, 0, &time));
    }
    IS(__wasi_clock_time_get(17, 0, &time), __WASI_ERRNO_INVAL);
    IS(__wasi_clock_res_get(17, &time), __WASI_ERRNO_INVAL);
    OK(__wasi_random_get(block, 0));
    OK(__wasi_random_get(block, sizeof block));
    unsigned bits = 0;
    for (unsigned i = sizeof block - 64; i < sizeof block; i++) bits |= block[i];
    CHECK(bits != 0);
    OK(__wasi_args_sizes_get(&count, &size));
    CHECK(count == 1 && size > 1);
    OK(__wasi_environ_sizes_get(&count, &size));
    CHECK(count == 0 && size == 0);
    OK(__wasi_sched_yield());
    __wasi_ciovec_t nothing = {block, 0};
    __wasi_size_t done;
    IS(__wasi_fd_write(99, &nothing, 1, &done), __WASI_ERRNO_BADF);
    IS(__wasi_sock_shutdown(99, __WASI_SDFLAGS_RD), __WASI_ERRNO_BADF);
    IS(__wasi_sock_shutdown(1, __WASI_SDFLAGS_RD), __WASI_ERRNO_NOTSOCK);
    IS(__wasi_fd_sync(99), __WASI_ERRNO_BADF);
    puts("clocks, random numbers, arguments, sockets");
}

/* Last, since it takes the preopened directory and the streams away. */
static void closing(void) {
    __wasi_fdstat_t stat;
    __wasi_filestat_t before, after;
    OK(__wasi_path_create_directory(root, "dir"));
    __wasi_fd_t dir = OPEN(root, "dir", __WASI_OFLAGS_DIRECTORY, directory_rights, file_rights, 0), again = OPEN(root, ".", __WASI_OFLAGS_DIRECTORY, directory_rights, file_rights, 0);
    OK(__wasi_fd_filestat_get(dir, &before));
    OK(__wasi_fd_renumber(dir, root));
    OK(__wasi_fd_filestat_get(root, &after));
    CHECK(before.dev == after.dev && before.ino == after.ino);
    IS(__wasi_fd_fdstat_get(dir, &stat), __WASI_ERRNO_BADF);
    OK(__wasi_fd_close(root));
    IS(__wasi_fd_fdstat_get(root, &stat), __WASI_ERRNO_BADF);
    OK(__wasi_fd_fdstat_get(again, &stat));
    CHECK(stat.fs_filetype == __WASI_FILETYPE_DIRECTORY);
    OK(__wasi_path_remove_directory(again, "dir"));
    __wasi_fd_t file = OPEN(again, "file", __WASI_OFLAGS_CREAT, 0, 0, 0);
    OK(__wasi_fd_renumber(0, file));
    OK(__wasi_fd_fdstat_get(file, &stat));
    IS(__wasi_fd_fdstat_get(0, &stat), __WASI_ERRNO_BADF);
    OK(__wasi_path_unlink_file(again, "file"));
    puts("closing what was given");
}

int main(void) {
    polling();
    the_rest();
    closing();
    return conclude();
}
