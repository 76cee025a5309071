#include "config.h"

#include "bench/common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

double bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void bench_die(const char *fmt, ...)
{
    int saved = errno;
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, ": %s\n", saved ? strerror(saved) : "failed");
    _exit(1);
}

uint8_t *bench_document(size_t size)
{
    static const char first[] = "%PDF-1.4\n", last[] = "\n%%EOF\n";
    uint8_t *p = malloc(size);
    uint32_t x = 2463534242;

    if (!p || size < 64)
        bench_die("a document of %zu bytes", size);
    for (size_t i = 0; i < size; i++) {
        x ^= x << 13, x ^= x >> 17, x ^= x << 5; /* bytes that don't compress */
        p[i] = (uint8_t)x;
    }
    memcpy(p, first, sizeof first - 1);
    memcpy(p + size - (sizeof last - 1), last, sizeof last - 1);
    return p;
}

static void feed(int fd, uint64_t size)
{
    uint8_t *piece = bench_document(PIECE);

    for (uint64_t at = 0; at < size;) {
        size_t from = at % PIECE;
        ssize_t n = write(fd, piece + from, PIECE - from);

        if (n <= 0)
            bench_die("feeding the pipe");
        at += (uint64_t)n;
    }
    _exit(0);
}

int bench_feed(uint64_t size)
{
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        bench_die("pipe");
    pid = fork();
    if (pid < 0)
        bench_die("fork");
    if (pid == 0) {
        close(ends[0]);
        feed(ends[1], size);
    }
    close(ends[1]);
    return ends[0];
}

double bench_clients(int clients, void (*work)(int client, void *ctx), void *ctx)
{
    int gate[2], status, bad = 0;
    double start;
    char c;

    if (pipe(gate) != 0)
        bench_die("pipe");
    for (int i = 0; i < clients; i++) {
        pid_t pid = fork();

        if (pid < 0)
            bench_die("fork");
        if (pid == 0) {
            close(gate[1]);
            if (read(gate[0], &c, 1) != 0) /* its end is the start */
                bench_die("waiting for the start");
            work(i, ctx);
            _exit(0);
        }
    }
    start = bench_now();
    close(gate[1]);
    for (int i = 0; i < clients; i++)
        if (wait(&status) > 0 && status != 0)
            bad++;
    if (bad)
        errno = 0, bench_die("%d of %d clients", bad, clients);
    return bench_now() - start;
}
