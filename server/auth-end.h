/* How sessions end: each end is a record with its reason. */
#ifndef QN_AUTH_END_H
#define QN_AUTH_END_H

#include "server/core.h"

/* Ends every session of a person (at a terminal, unless that is 0), or of everybody at a terminal (person NULL), and records how many
 * and why if there were any. count_out, which may be NULL: how many. */
int qn_session_end_all(struct qn_core *c, const struct qn_person *person, const struct qn_terminal *terminal, const char *reason,
                       const char *req, int64_t *count_out, struct qn_err *err);

/* Each tick: ends what was idle too long or is too old, a batch of each kind. */
int qn_session_sweep(struct qn_core *c, struct qn_err *err);

#endif
