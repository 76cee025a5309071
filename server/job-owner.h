/* What owners do with their jobs besides printing them, and jobs whose owner the directory could not name yet. */
#ifndef QN_JOB_OWNER_H
#define QN_JOB_OWNER_H

#include "server/dispatch.h"

qn_handler qn_job_list, qn_job_delete;

/* The job of that id if it is the session's person's own and not erased; QN_ENOTFOUND for any other, whether it exists or not. */
int qn_job_own(struct qn_core *c, const struct qn_who *who, const char *id, struct qn_job *out, struct qn_err *err);

/* Each tick: asks the directory about the oldest pending owners. */
int qn_job_owners_ask(struct qn_core *c, struct qn_err *err);

#endif
