/* sha256sum [FILE...]: the digests of files or of standard input (FIPS 180-4, section 6.2). */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotated(uint32_t value, int count) { return value >> count | value << (32 - count); }

static void take_block(uint32_t state[8], const unsigned char *block) {
    uint32_t schedule[64], v[8];
    for (int t = 0; t < 16; t++)
        schedule[t] = (uint32_t)block[4 * t] << 24 | block[4 * t + 1] << 16 | block[4 * t + 2] << 8 | block[4 * t + 3];
    for (int t = 16; t < 64; t++) {
        uint32_t a = schedule[t - 15], b = schedule[t - 2];
        schedule[t] = schedule[t - 16] + (rotated(a, 7) ^ rotated(a, 18) ^ a >> 3) + schedule[t - 7] + (rotated(b, 17) ^ rotated(b, 19) ^ b >> 10);
    }
    memcpy(v, state, sizeof v);
    for (int t = 0; t < 64; t++) {
        uint32_t first = v[7] + (rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + round_constants[t]
                         + schedule[t];
        uint32_t second = (rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += first;
        v[0] = first + second;
    }
    for (int i = 0; i < 8; i++) state[i] += v[i];
}

static int digest(FILE *file, const char *name) {
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    static unsigned char buffer[65536 + 128];
    uint64_t total = 0;
    size_t count;
    while ((count = fread(buffer, 1, 65536, file)) == 65536) {
        for (size_t at = 0; at < count; at += 64) take_block(state, buffer + at);
        total += count;
    }
    if (ferror(file)) return -1;
    total += count;
    size_t padded = (count + 9 + 63) / 64 * 64;
    memset(buffer + count, 0, padded - count);
    buffer[count] = 0x80;
    for (int i = 0; i < 8; i++) buffer[padded - 1 - i] = (unsigned char)(total * 8 >> 8 * i);
    for (size_t at = 0; at < padded; at += 64) take_block(state, buffer + at);
    for (int i = 0; i < 8; i++) printf("%08x", state[i]);
    printf("  %s\n", name);
    return 0;
}

int main(int argc, char **argv) {
    int status = 0;
    if (argc == 1) return digest(stdin, "-") < 0;
    for (int index = 1; index < argc; index++) {
        FILE *file = fopen(argv[index], "rb");
        if (file == NULL || digest(file, argv[index]) < 0) {
            fprintf(stderr, "sha256sum: %s: %s\n", argv[index], strerror(errno));
            status = 1;
        }
        if (file != NULL) fclose(file);
    }
    return status;
}
