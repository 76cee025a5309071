/* seal-pipe FILE MIB: the bare program. Pipe -> AES-256-GCM in 16 KiB chunks -> write -> fsync, 256 KiB at a time. Prints seconds. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/common.h"

enum { CHUNK = 16384, TAG = 16, CHUNKS = 16, BATCH = CHUNK * CHUNKS };

static size_t seal(EVP_CIPHER_CTX *gcm, uint64_t *count, const uint8_t *in, size_t n, uint8_t *out)
{
    uint8_t nonce[12] = { 0 }, *start = out;
    int got;

    for (size_t at = 0; at < n; at += CHUNK) {
        size_t part = n - at < CHUNK ? n - at : CHUNK;

        memcpy(nonce, count, sizeof *count);
        ++*count;
        if (EVP_EncryptInit_ex(gcm, NULL, NULL, NULL, nonce) != 1 || EVP_EncryptUpdate(gcm, out, &got, in + at, (int)part) != 1 ||
            EVP_EncryptFinal_ex(gcm, out + got, &got) != 1 || EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_GCM_GET_TAG, TAG, out + part) != 1)
            bench_die("sealing");
        out += part + TAG;
    }
    return (size_t)(out - start);
}

static void copy(int from, int to)
{
    static uint8_t plain[BATCH], sealed[BATCH + CHUNKS * TAG];
    static const uint8_t key[32] = { 7 };
    EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
    uint64_t count = 0;
    ssize_t got = 1;

    if (!gcm || EVP_EncryptInit_ex(gcm, EVP_aes_256_gcm(), NULL, key, NULL) != 1)
        bench_die("AES-256-GCM");
    while (got > 0) {
        size_t have = 0, n;

        while (have < BATCH && (got = read(from, plain + have, BATCH - have)) > 0)
            have += (size_t)got;
        n = seal(gcm, &count, plain, have, sealed);
        if (got < 0 || write(to, sealed, n) != (ssize_t)n)
            bench_die("copying");
    }
    EVP_CIPHER_CTX_free(gcm);
}

int main(int argc, char **argv)
{
    double start;
    int from, to;

    if (argc != 3)
        return 2;
    to = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (to < 0)
        bench_die("%s", argv[1]);
    from = bench_feed(strtoull(argv[2], NULL, 10) << 20);
    (void)fcntl(from, F_SETPIPE_SZ, 1 << 20);
    start = bench_now();
    copy(from, to);
    if (fsync(to) != 0 || close(to) != 0)
        bench_die("fsync");
    printf("%.6f\n", bench_now() - start);
    return 0;
}
