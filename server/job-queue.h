/* Claimed jobs on their way to deliver processes: fair by person, one at a time for a device, tried again while their printer is busy. */
#ifndef QN_JOB_QUEUE_H
#define QN_JOB_QUEUE_H

#include "server/job-may.h"
#include "server/peer.h"

/* A claimed job: it waits, or a deliver process has it. */
struct qn_claim;

void qn_releases_open(struct qn_core *c);
void qn_releases_close(struct qn_core *c);

/* Queues a claimed job for the pump; undone with the savepoint that claimed it. by: who released it. options: what the person changed of
 * it (name to text; a reference is taken), or NULL. */
void qn_release_queue(struct qn_core *c, const struct qn_job *j, const struct qn_release_by *by, json_t *options);

/* True if it waits or a process has it. */
bool qn_release_has(struct qn_core *c, const char *job);

/* Takes a waiting job out of the queue; undone with the savepoint that gave it back. */
void qn_release_withdraw(struct qn_core *c, const char *job);

/* True if a job waits that could go to its device now. */
bool qn_release_waiting(struct qn_core *c);

/* Each turn: gives claimed jobs to deliver processes that wait, one person after the other. Back to held, with the reason, go those that
 * may not go to their device any more, those that could not go out for as long as retry-for says, and all of them when there was no deliver
 * process at all for 10 s. */
void qn_release_pump(struct qn_core *c);

/* The release that a process has is over: its device is free for the next. */
void qn_release_over(struct qn_core *c, struct qn_claim **claim);

/* True if a release that ended with this reason is tried again instead of being held again. */
bool qn_release_retries(struct qn_core *c, const struct qn_claim *claim, const char *why);

/* Back into the queue, after a pause that grows: the device's if its printer is busy, else the job's own. */
void qn_release_again(struct qn_core *c, struct qn_claim **claim, const char *why);

/* Nothing is given to that device until then (boot clock). 0: at once again. */
void qn_release_block(struct qn_core *c, int64_t device, int64_t until);

/* How long a claim holds without being renewed. */
enum { QN_LEASE_MS = 60000 };

/* Each tick: renews the claims of the queue and of deliver processes. */
int qn_release_renew(struct qn_core *c, struct qn_err *err);

/* Renews one claim if half of it is over; *lease is what is known of it, and is kept. 1 if it wrote, 0 if not, or a code. */
int qn_lease_renew(struct qn_core *c, const char *job, int64_t *lease, struct qn_err *err);

#endif
