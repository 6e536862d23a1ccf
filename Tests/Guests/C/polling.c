/* poll_oneoff through poll(): a timeout alone, files that are always ready, standard input with data and at its end. */
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static long long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int main(void) {
    struct pollfd out = {.fd = 1, .events = POLLOUT};
    int ready = poll(&out, 1, 1000);
    printf("output: %d %d\n", ready, (out.revents & POLLOUT) != 0);
    fflush(stdout);
    struct pollfd in = {.fd = 0, .events = POLLIN};
    char block[64];
    long total = 0;
    for (int round = 0; round < 100; round++) {
        ready = poll(&in, 1, 2000);
        if (ready != 1) {
            printf("input: poll gave %d\n", ready);
            break;
        }
        ssize_t count = read(0, block, sizeof block);
        if (count <= 0) {
            printf("input ended after %ld bytes\n", total);
            break;
        }
        total += count;
    }
    struct timespec pause = {0, 30000000};
    long long start = milliseconds();
    clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
    long long took = milliseconds() - start;
    printf("relative sleep: %s\n", took >= 29 && took < 1000 ? "yes" : "NO");
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    start = milliseconds();
    until.tv_nsec += 30000000;
    if (until.tv_nsec >= 1000000000) until.tv_nsec -= 1000000000, until.tv_sec++;
    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
    took = milliseconds() - start;
    printf("absolute sleep: %s\n", took >= 28 && took < 1000 ? "yes" : "NO");
    return 0;
}
