/* What only the core can do with a held job: its data key, its title, its options. */
#ifndef QN_JOB_KEY_H
#define QN_JOB_KEY_H

#include "server/core.h"

/* The data key (32 bytes, locked memory) from the row; the caller frees with qn_secret_free(). NULL with QN_ECORRUPT (row or keystore
 * do not fit each other: an edited row) or QN_ENOTFOUND (shred key destroyed). */
uint8_t *qn_job_key(struct qn_core *c, const struct qn_job *j, struct qn_err *err);

/* The title as clean UTF-8 into out (1,024 bytes); options as an object the caller decrefs. QN_ECORRUPT if they were changed. */
int qn_job_title(struct qn_core *c, const struct qn_job *j, const uint8_t *key, char out[1024], struct qn_err *err);
int qn_job_options(struct qn_core *c, const struct qn_job *j, const uint8_t *key, json_t **out, struct qn_err *err);

/* The MAC over the submit-time metadata as the row has it now; equals the file's header unless either was changed. */
int qn_job_mac(struct qn_core *c, const struct qn_job *j, const uint8_t *key, uint8_t out[32], struct qn_err *err);

#endif
