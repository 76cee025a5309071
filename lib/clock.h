/* The only place that reads clocks. A build made with --enable-test-clock adds an offset read from a file. */
#ifndef QN_CLOCK_H
#define QN_CLOCK_H

#include <stdint.h>

/* Wall clock, milliseconds since 1970 UTC. */
int64_t qn_clock_wall(void);

/* Milliseconds since the machine started, counting suspend (CLOCK_BOOTTIME); never set back. For deadlines too. */
int64_t qn_clock_boot(void);

/* Writes "2026-11-20T08:14:03.512Z" for a wall time in milliseconds; out has room for 25 bytes. Returns out. */
char *qn_clock_format(int64_t wall_ms, char out[25]);

#ifdef QN_TEST_CLOCK
/* Test builds only: path of a file of two decimal numbers, "wall-offset-ms boot-offset-ms", read at each call. */
void qn_clock_test_file(const char *path);
#endif

#endif
