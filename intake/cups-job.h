/* The one question that intake has for cupsd, and the reading of its answer: as much of IPP (RFC 8010, RFC 8011) in HTTP
 * (RFC 9112) as that needs. No socket here. */
#ifndef QN_CUPS_JOB_H
#define QN_CUPS_JOB_H

#include "lib/buf.h"
#include "lib/err.h"

enum { QN_CUPS_PROCESSING = 5, QN_CUPS_SHEETS = 2, QN_CUPS_ANSWER_MAX = 16384 };

/* What cupsd says of a job. A number that it does not give is -1, a text "". */
struct qn_cups_job {
    int32_t id, state, created, documents;
    char owner[256], uuid[64];
    char sheet[QN_CUPS_SHEETS][128]; /* the banner before and the one behind */
};

/* Adds a whole HTTP request of Get-Job-Attributes (RFC 8011 section 4.3.4) for job to out. user is who we are to cupsd
 * (Authorization: PeerCred, which it checks against the socket's peer); "" for nobody. */
void qn_cups_job_ask(struct qn_buf *out, int64_t job, const char *user);

/* Finds the body in the n bytes of an HTTP answer that have come. 0 once it is whole, QN_EAGAIN while it is not, QN_EAWAY for
 * any status but 200, QN_EINVAL for what is no such answer, is longer than QN_CUPS_ANSWER_MAX or comes in chunks. */
int qn_cups_job_body(const uint8_t *p, size_t n, const uint8_t **body, size_t *body_len, struct qn_err *err);

/* Reads the body. QN_ENOTFOUND if cupsd knows no such job, QN_EAWAY for any other refusal, QN_EINVAL for what is no IPP
 * answer, names an attribute of ours twice or gives it a value that does not fit; *out is then not to be used. */
int qn_cups_job_read(struct qn_cups_job *out, const uint8_t *p, size_t n, struct qn_err *err);

#endif
