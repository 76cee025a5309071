/* The end of a job: wrapped key, title and options go in the transaction that records it, the WAL is truncated after the commit,
 * then the file is unlinked. */
#ifndef QN_JOB_PURGE_H
#define QN_JOB_PURGE_H

#include "server/core.h"

/* Erases one job (any state but releasing) for a reason, with its record. */
int qn_purge_job(struct qn_core *c, struct qn_job *j, const char *reason, struct qn_err *err);

/* Erases jobs that both clocks call due, oldest first, at most limit, each in a savepoint of its own: one that can't be erased does
 * not keep the others. Not inside a savepoint. Returns how many, or a code. */
int qn_purge_due(struct qn_core *c, int limit, struct qn_err *err);

/* Tries again to unlink files of erased jobs that could not be unlinked. */
void qn_purge_left(struct qn_core *c);

#endif
