/* A child of quoin-deliver: dials in, waits for one errand, does it, ends. */
#ifndef QN_WORKER_H
#define QN_WORKER_H

/* Runs in a fresh process with SIGTERM blocked and handled by the caller, who sets *stopping. Writes one byte to
 * busy when it was given work. Returns the exit status: 0 after a release or when stopped. */
int qn_worker_run(const char *socket_path, int busy, volatile int *stopping);

enum { QN_WORKER_GRACE = 20 }; /* seconds a release that has begun may take after SIGTERM */

#endif
