/* open-tcp FILE: the bare program. What seal-pipe wrote -> AES-256-GCM, each 16 KiB chunk verified -> TCP on loopback, 256 KiB at a
 * time. Prints seconds until the other end has read all of it. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/common.h"

enum { CHUNK = 16384, TAG = 16, CHUNKS = 16, BATCH = (CHUNK + TAG) * CHUNKS };

/* A process that reads a connection to its end; its descriptor's other end is returned. */
static int sink(pid_t *pid)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof sa;
    static char waste[1 << 16];
    int on = socket(AF_INET, SOCK_STREAM, 0), to = socket(AF_INET, SOCK_STREAM, 0), from;

    if (on < 0 || to < 0 || bind(on, (struct sockaddr *)&sa, sizeof sa) != 0 || listen(on, 1) != 0 ||
        getsockname(on, (struct sockaddr *)&sa, &len) != 0 || connect(to, (struct sockaddr *)&sa, len) != 0)
        bench_die("loopback");
    from = accept(on, NULL, NULL);
    if (from < 0 || (*pid = fork()) < 0)
        bench_die("sink");
    if (*pid == 0) {
        close(to);
        while (read(from, waste, sizeof waste) > 0)
            ;
        _exit(0);
    }
    close(from);
    close(on);
    return to;
}

static size_t chunk_open(EVP_CIPHER_CTX *gcm, uint64_t *count, uint8_t *in, size_t n, uint8_t *out)
{
    uint8_t nonce[12] = { 0 };
    int got, end;

    memcpy(nonce, count, sizeof *count);
    ++*count;
    if (n < TAG || EVP_DecryptInit_ex(gcm, NULL, NULL, NULL, nonce) != 1 ||
        EVP_DecryptUpdate(gcm, out, &got, in, (int)(n - TAG)) != 1 ||
        EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_GCM_SET_TAG, TAG, in + n - TAG) != 1 || EVP_DecryptFinal_ex(gcm, out + got, &end) != 1)
        bench_die("opening");
    return n - TAG;
}

static void copy(int from, int to)
{
    static uint8_t sealed[BATCH], plain[BATCH];
    static const uint8_t key[32] = { 7 };
    EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
    uint64_t count = 0;
    ssize_t got = 1;

    if (!gcm || EVP_DecryptInit_ex(gcm, EVP_aes_256_gcm(), NULL, key, NULL) != 1)
        bench_die("AES-256-GCM");
    while (got > 0) {
        size_t have = 0, n = 0;

        while (have < BATCH && (got = read(from, sealed + have, BATCH - have)) > 0)
            have += (size_t)got;
        for (size_t at = 0; at < have; at += CHUNK + TAG)
            n += chunk_open(gcm, &count, sealed + at, have - at < CHUNK + TAG ? have - at : CHUNK + TAG, plain + n);
        for (size_t at = 0; at < n;) {
            ssize_t sent = send(to, plain + at, n - at, 0);

            if (sent <= 0)
                bench_die("sending");
            at += (size_t)sent;
        }
    }
    EVP_CIPHER_CTX_free(gcm);
}

int main(int argc, char **argv)
{
    int from, to, status;
    double start;
    pid_t pid;

    if (argc != 2)
        return 2;
    from = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (from < 0)
        bench_die("%s", argv[1]);
    to = sink(&pid);
    start = bench_now();
    copy(from, to);
    close(to);
    if (waitpid(pid, &status, 0) != pid)
        bench_die("waiting");
    printf("%.6f\n", bench_now() - start);
    return 0;
}
