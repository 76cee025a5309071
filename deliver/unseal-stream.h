/* The document of a sealed file, authenticated before a byte of it is given. */
#ifndef QN_UNSEAL_STREAM_H
#define QN_UNSEAL_STREAM_H

#include "lib/msg.h"
#include "lib/seal.h"

struct qn_unseal;

/* Opens what a deliver.job message names: takes its descriptor and wipes its key. Checks header, size, commitment
 * and last chunk, and all of the file if the document is no longer than verify_max. The caller frees with
 * qn_unseal_free(). QN_ECORRUPT with the reason; QN_EINVAL if the message holds no id, key or file; QN_EIO. */
int qn_unseal_start(struct qn_unseal **out, struct qn_msg *job, struct qn_err *err);
void qn_unseal_free(struct qn_unseal **s);

/* From now on gives the bytes of fd, a memfd of a whole document, instead. Owns it then. QN_EIO if it can't be read. */
int qn_unseal_replace(struct qn_unseal *s, int fd, struct qn_err *err);

/* A document that was never sealed: a copy of n bytes in memory. QN_EIO if there is none. The caller frees with qn_unseal_free(). */
int qn_unseal_memory(struct qn_unseal **out, const void *bytes, size_t n, struct qn_err *err);

/* Bytes of the document. */
uint64_t qn_unseal_length(const struct qn_unseal *s);

/* The next bytes, valid until the next call; *n = 0 at the end. QN_ECORRUPT: nothing of what failed is given. */
int qn_unseal_next(struct qn_unseal *s, const uint8_t **data, size_t *n, struct qn_err *err);

#endif
