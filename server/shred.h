/* Which shred key a job gets, and the end of those whose window is over. */
#ifndef QN_SHRED_H
#define QN_SHRED_H

#include "server/core.h"

/* The id of the key for jobs of a class due at that time; makes the key (keystore, row, record) if it is not there yet. */
int qn_shred_for(struct qn_core *c, int class_, int64_t due, char *id_out, size_t size, struct qn_err *err);

/* Makes the keys for jobs that may arrive soon, all in one generation, so that no arrival waits for it. */
int qn_shred_ahead(struct qn_core *c, struct qn_err *err);

/* Keys whose window is over and whose jobs are all erased: first marked (this turn), then, once that is durable, destroyed and recorded. */
int qn_shred_end(struct qn_core *c, struct qn_err *err);

#endif
