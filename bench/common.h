/* What the benchmarks' programs share. A program that fails says why and ends with 1: a figure is never made of failures. */
#ifndef QN_BENCH_COMMON_H
#define QN_BENCH_COMMON_H

#include <stdint.h>
#include <sys/types.h>

/* Seconds of CLOCK_MONOTONIC. */
double bench_now(void);

/* Says why (with errno's text if set) and ends the process. */
_Noreturn void bench_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A document of `size` bytes (at least 64) with a PDF's beginning and end; the caller frees. */
uint8_t *bench_document(size_t size);

/* Forks a process that writes a document of `size` bytes (whole MiB) into a pipe. Returns the pipe's read end. */
int bench_feed(uint64_t size);

/* Runs work(client, ctx) in `clients` processes that start together. Returns the seconds from the start to the last one's end. */
double bench_clients(int clients, void (*work)(int client, void *ctx), void *ctx);

#endif
