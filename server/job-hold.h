/* A job comes in: job.begin gives intake a file and a key, job.commit makes it a held job. */
#ifndef QN_JOB_HOLD_H
#define QN_JOB_HOLD_H

#include "server/dispatch.h"

void qn_holds_open(struct qn_core *c);
void qn_holds_close(struct qn_core *c);

qn_handler qn_job_begin, qn_job_commit;

/* Each turn: goes on checking the tags of large files, a bounded number at a time. */
void qn_hold_work(struct qn_core *c);

/* True if a job of that class is on its way in. */
bool qn_hold_arriving(const struct qn_core *c, int class_);

/* An intake connection ended: what it was bringing is dropped (the unlinked file disappears with its descriptor). */
void qn_hold_lost(struct qn_core *c, struct qn_peer *p);

#endif
