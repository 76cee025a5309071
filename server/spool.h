/* The spool folder: unlinked files while a job arrives, one file a held job, written once. */
#ifndef QN_SPOOL_H
#define QN_SPOOL_H

#include <stdint.h>

#include "lib/err.h"
#include "lib/id.h"

struct qn_spool;

/* Opens the folder spool in dir (the state-dir), creating it (0700). The caller closes. All job arguments are ids as text;
 * what is none is QN_EINVAL. */
int qn_spool_open(struct qn_spool **out, const char *dir, struct qn_err *err);
void qn_spool_close(struct qn_spool **s);

/* A fresh O_TMPFILE in the job's folder. *write_fd is for intake (the core closes its copy after sending it), *read_fd is the
 * core's own read-only description of the same file. */
int qn_spool_new(struct qn_spool *s, const char *job, int *write_fd, int *read_fd, struct qn_err *err);

/* Proves that nobody can write any more (read lease, released again). QN_ECONFLICT while a writer is left. */
int qn_spool_quiet(int read_fd, struct qn_err *err);

/* Gives the file its name in the job's folder (linkat through /proc/self/fd); the folder is remembered for qn_spool_sync(). */
int qn_spool_link(struct qn_spool *s, const char *job, int read_fd, struct qn_err *err);

/* fsyncs every folder touched since the last call (before the commit). */
int qn_spool_sync(struct qn_spool *s, struct qn_err *err);

/* Opens a held job's file for reading: O_NOFOLLOW, regular, one link, owned by us. QN_ENOTFOUND, QN_ECORRUPT. */
int qn_spool_open_job(struct qn_spool *s, const char *job, int *fd_out, struct qn_err *err);

/* Unlinks a job's file (missing is fine) and its folder when empty and past. */
int qn_spool_unlink(struct qn_spool *s, const char *job, struct qn_err *err);

/* At start: for each file in the newest `folders` folders asks keep(); unlinks those it says 0 for. Returns how many, or a code:
 * a negative answer of keep() ends the sweep with that code. Names that are not a job's are logged and left alone. */
int qn_spool_sweep(struct qn_spool *s, int folders, int (*keep)(void *ctx, const char *job), void *ctx, struct qn_err *err);

/* Free bytes on the spool's disk for us. */
int64_t qn_spool_free_bytes(const struct qn_spool *s);

#endif
