/* Claimed jobs on their way to deliver processes: fair by owner, one at a time for a device. */
#ifndef QN_JOB_QUEUE_H
#define QN_JOB_QUEUE_H

#include "server/core.h"

void qn_releases_open(struct qn_core *c);
void qn_releases_close(struct qn_core *c);

/* Queues a claimed job for the pump; undone with the savepoint that claimed it. options: what the person changed of it (name to text;
 * a reference is taken), or NULL. */
void qn_release_queue(struct qn_core *c, const struct qn_job *j, json_t *options);

/* True if a job waits whose device is free. */
bool qn_release_waiting(struct qn_core *c);

/* Each turn: gives claimed jobs to deliver processes that wait. Those that no process takes for 10 s, or whose device stays busy for 10
 * minutes, go back to held with the reason. */
void qn_release_pump(struct qn_core *c);

/* How long a claim holds without being renewed. */
enum { QN_LEASE_MS = 60000 };

/* Each tick: renews the claims that a deliver process or the queue holds; a claim that nobody holds and whose lease is over is resolved as
 * after a crash. */
int qn_release_leases(struct qn_core *c, struct qn_err *err);

/* At start: every releasing job is returned to held or becomes uncertain, by its durable stage. */
int qn_release_recover(struct qn_core *c, struct qn_err *err);

#endif
