// What a C program needs to run bare in `qemu-system-riscv64 -M virt -bios none`: output on the serial port, the machine switched off at the
// end, and a line with the instructions retired and the time taken from before the program's main to after it. No files, no other processes.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

// The devices of the virt machine.
static volatile uint8_t *const serial = (uint8_t *)0x10000000;
static volatile uint32_t *const finisher = (uint32_t *)0x100000;
static volatile uint64_t *const timer = (uint64_t *)0x200bff8;
static const uint64_t timerFrequency = 10000000;

static int put(char byte, FILE *stream) {
    (void)stream;
    while (!(serial[5] & 0x20)) {}
    *serial = (uint8_t)byte;
    return (unsigned char)byte;
}

static FILE output = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdin = &output;
FILE *const stdout = &output;
FILE *const stderr = &output;

void _exit(int code) {
    *finisher = code ? ((uint32_t)code << 16 | 0x3333) : 0x5555;
    for (;;) {}
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    time->tv_sec = (time_t)(*timer / timerFrequency);
    time->tv_usec = (suseconds_t)(*timer % timerFrequency / (timerFrequency / 1000000));
    return 0;
}

clock_t times(struct tms *buffer) {
    buffer->tms_utime = (clock_t)(*timer / (timerFrequency / CLOCKS_PER_SEC));
    buffer->tms_stime = buffer->tms_cutime = buffer->tms_cstime = 0;
    return buffer->tms_utime;
}

// What is not there says so.
#define ABSENT(declaration) declaration { errno = ENOSYS; return -1; }
ABSENT(int open(const char *path, int flags, ...))
ABSENT(int close(int descriptor))
ABSENT(ssize_t read(int descriptor, void *bytes, size_t count))
ABSENT(ssize_t write(int descriptor, const void *bytes, size_t count))
ABSENT(off_t lseek(int descriptor, off_t offset, int whence))
ABSENT(int unlink(const char *path))
ABSENT(int rename(const char *from, const char *to))
ABSENT(int system(const char *command))
ABSENT(int fstat(int descriptor, struct stat *status))
ABSENT(int kill(int process, int signal))
ABSENT(int mkstemp(char *path))
const int __ENOMEM = ENOMEM, __EINVAL = EINVAL; // names the allocator of wasi-libc uses
int getpid(void) { return 1; }
int isatty(int descriptor) { (void)descriptor; return 0; }
FILE *tmpfile(void) { errno = ENOSYS; return NULL; }
char *tmpnam(char *name) { (void)name; errno = ENOSYS; return NULL; }

// The heap is the rest of the machine's memory: the C library's allocator takes it from here.
extern char __heap_start[], __heap_end[];

void *sbrk(intptr_t count) {
    static char *end = __heap_start;
    char *start = end;
    if (count > __heap_end - end || count < __heap_start - end) {
        errno = ENOMEM;
        return (void *)-1;
    }
    end += count;
    return start;
}

int program_main(int count, char **arguments);
extern char *program_arguments[];

static uint64_t retired(void) {
    uint64_t count;
    __asm__ volatile("csrr %0, minstret" : "=r"(count));
    return count;
}

static uint64_t firstRetired, firstTime;

static void report(void) {
    uint64_t instructions = retired() - firstRetired, time = *timer - firstTime;
    printf("\nstatistics: %llu instructions, %llu.%06llu s\n", (unsigned long long)instructions, (unsigned long long)(time / timerFrequency),
           (unsigned long long)(time % timerFrequency / (timerFrequency / 1000000)));
}

int main(void) {
    int count = 0;
    while (program_arguments[count]) count++;
    firstTime = *timer;
    firstRetired = retired();
    atexit(report);
    return program_main(count, program_arguments);
}
