/* random_get: 64 KiB of random bytes look random (every byte value appears about as often, two calls differ), zero bytes are no error. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    static unsigned char bytes[65536], others[65536];
    for (size_t at = 0; at < sizeof bytes; at += 256) {
        if (getentropy(bytes + at, 256) != 0 || getentropy(others + at, 256) != 0) {
            puts("getentropy failed");
            return 1;
        }
    }
    int counts[256] = {0}, least = 65536, most = 0;
    long ones = 0;
    for (size_t at = 0; at < sizeof bytes; at++) counts[bytes[at]]++, ones += __builtin_popcount(bytes[at]);
    for (int value = 0; value < 256; value++) {
        if (counts[value] < least) least = counts[value];
        if (counts[value] > most) most = counts[value];
    }
    /* 256 expected of each, standard deviation 16: eight deviations either side happen once in 10^13 runs. */
    printf("every value appears about as often: %s\n", least > 128 && most < 384 ? "yes" : "NO");
    printf("half of the bits are set: %s\n", ones > 260000 && ones < 264300 ? "yes" : "NO");
    printf("two calls differ: %s\n", memcmp(bytes, others, sizeof bytes) != 0 ? "yes" : "NO");
    printf("nothing asked, nothing wrong: %s\n", getentropy(bytes, 0) == 0 ? "yes" : "NO");
    return 0;
}
