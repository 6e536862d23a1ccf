/* Clocks and sleep: monotonic time does not go back, a sleep lasts at least as long as it should and not ten times that, the date is one after
   this was written, resolutions are honest. Prints properties, not times. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) return -1;
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void say(const char *what, int holds) { printf("%s: %s\n", what, holds ? "yes" : "NO"); }

int main(void) {
    long long last = nanoseconds(CLOCK_MONOTONIC);
    int backwards = 0, moved = 0;
    for (int i = 0; i < 1000; i++) {
        long long now = nanoseconds(CLOCK_MONOTONIC);
        backwards += now < last;
        moved += now > last;
        last = now;
    }
    say("monotonic never goes back", backwards == 0);
    say("monotonic moves", moved > 0);
    static const long long durations[] = {1000000, 20000000, 50000000};
    for (int i = 0; i < 3; i++) {
        long long start = nanoseconds(CLOCK_MONOTONIC);
        struct timespec duration = {0, (long)durations[i]};
        int result = nanosleep(&duration, NULL);
        long long took = nanoseconds(CLOCK_MONOTONIC) - start;
        printf("sleep of %lld ms: ", durations[i] / 1000000);
        printf("%s\n", result == 0 && took >= durations[i] && took < durations[i] * 10 + 500000000 ? "yes" : "NO");
    }
    /* 2024-01-01 and 2100-01-01 */
    long long date = nanoseconds(CLOCK_REALTIME) / 1000000000;
    say("the date is of this century", date > 1704067200 && date < 4102444800);
    struct timespec resolution;
    say("monotonic has a resolution", clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_sec == 0 && resolution.tv_nsec > 0);
    say("realtime has a resolution", clock_getres(CLOCK_REALTIME, &resolution) == 0 && (resolution.tv_sec > 0 || resolution.tv_nsec > 0));
    long long realtime = nanoseconds(CLOCK_REALTIME), monotonic = nanoseconds(CLOCK_MONOTONIC);
    usleep(30000);
    long long difference = (nanoseconds(CLOCK_REALTIME) - realtime) - (nanoseconds(CLOCK_MONOTONIC) - monotonic);
    say("both clocks run at one speed", difference > -20000000 && difference < 20000000);
    return 0;
}
