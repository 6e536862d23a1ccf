/* Floating point and integers through the C library: formatting, parsing, rounding, special values, 64-bit and 128-bit arithmetic. */
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    static const double values[] = {0.0, -0.0, 1.0 / 3, 1e300, 5e-324, 1e21, 123456789.125, INFINITY, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        double v = values[i];
        printf("%g %.17g %a %.3e floor %g trunc %g rint %g\n", isnan(v) ? 0 : v, isnan(v) ? 0 : v, isnan(v) ? 0 : v, isnan(v) ? 0 : v, floor(v * 0.7), trunc(v), rint(v));
    }
    for (int i = 1; i <= 8; i++) {
        double x = i * 0.37;
        printf("sin %.12f cos %.12f exp %.12f log %.12f pow %.10f sqrt %.15f\n", sin(x), cos(x), exp(x), log(x), pow(x, 2.5), sqrt(x));
    }
    printf("%.9f %.9f\n", (double)sinf(1.5f), (double)fmaf(1.1f, 2.2f, 3.3f));
    printf("%a %a %a\n", strtod("0x1.fp3", NULL), strtod("1e-400", NULL), strtod("12345678901234567890e-5", NULL));
    uint64_t x = 0x9e3779b97f4a7c15u;
    unsigned __int128 product = (unsigned __int128)x * x;
    printf("%016llx%016llx\n", (unsigned long long)(product >> 64), (unsigned long long)product);
    printf("%d %d %d %lld\n", __builtin_clz(1234), __builtin_ctzll(4096), __builtin_popcountll(x), (long long)x / 7 % 1000);
    printf("%d %u %lld\n", (int)3.99, (unsigned)4e9, (long long)-1e15);
    printf("%lld %lld %lld\n", llround(2.5), llrint(2.5), llround(-2.5));
    return 0;
}
