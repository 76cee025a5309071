/* A job's data key under its shred key: bound to the job, its owner, its class and the shred key's name (quoin-job(5)). */
#ifndef QN_JOB_WRAP_H
#define QN_JOB_WRAP_H

#include "lib/buf.h"
#include "lib/err.h"
#include "server/store.h"

/* Adds the associated data to out: job id (16 bytes) || length-prefixed owner name || class (4 bytes) || length-prefixed shred
 * key id. QN_EINVAL for a job id that is none. */
int qn_job_wrap_aad(struct qn_buf *out, const struct qn_job *j, struct qn_err *err);

/* Fills j->wrapped with key under shred_key, bound to j's id, owner_name, class_ and shred. */
int qn_job_wrap(struct qn_job *j, const uint8_t shred_key[32], const uint8_t key[32], struct qn_err *err);

/* The reverse. QN_ECORRUPT if the row was edited or the shred key is another; key_out (32 bytes, locked memory) is then zeroed. */
int qn_job_unwrap(uint8_t key_out[32], const struct qn_job *j, const uint8_t shred_key[32], struct qn_err *err);

#endif
