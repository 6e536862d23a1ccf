#if __riscv
#include <stddef.h>
#include <stdint.h>
static char heap[1<<20]; static size_t top;
int posix_memalign(void **p, size_t a, size_t n) { top = (top + a - 1) & ~(a-1); *p = heap + top; top += n; return 0; }
void free(void *p) {}
void *memset(void *d, int c, size_t n) { char *q = d; while (n--) *q++ = c; return d; }
void *memcpy(void *d, const void *s, size_t n) { char *q = d; const char *r = s; while (n--) *q++ = *r++; return d; }
void *memmove(void *d, const void *s, size_t n) { return memcpy(d, s, n); }
int memcmp(const void *d, const void *s, size_t n) { return 0; }
#else
int main(void) { return 1; }
#endif
