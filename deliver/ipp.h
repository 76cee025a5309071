/* A conversation with one printer: IPP requests and answers on one connection that is kept, and opened again when
 * it was lost. */
#ifndef QN_IPP_H
#define QN_IPP_H

#include <cups/ipp.h>

#include "deliver/http.h"

struct qn_ipp {
    const struct qn_address *address;
    struct qn_link *link; /* NULL when there is none */
    bool used;            /* it has carried an exchange already: the printer may have closed it meanwhile */
    int request;          /* last request id */
    bool answered;        /* the last request got a whole answer, of whatever status */
    char said[128];       /* the printer's last status message, cleaned; for the log */
};

/* Closes the connection. */
void qn_ipp_close(struct qn_ipp *p);

/* A request of that operation to the printer, or to its job if job > 0 (RFC 8011 section 4.1). Freed by who sends
 * it. */
ipp_t *qn_ipp_request(struct qn_ipp *p, ipp_op_t op, int job);

/* Sends *request (freed and nulled) and reads the answer: 0 with *reply (the caller's, ippDelete()) for whatever
 * status it has. Opens the connection if there is none; a request that only asks is repeated once if a kept
 * connection turns out to be closed. QN_EAWAY, QN_ETIMEOUT, QN_EEOF, QN_EDENIED (certificate), QN_EINVAL,
 * QN_EFULL, QN_EUNSUPPORTED (HTTP status). */
int qn_ipp_call(struct qn_ipp *p, ipp_t **request, ipp_t **reply, int64_t until, struct qn_err *err);

/* Connects if need be. */
int qn_ipp_open(struct qn_ipp *p, int64_t until, struct qn_err *err);

/* The bytes of a request, in front of which room for an HTTP head of a body of extra more bytes is written. */
int qn_ipp_encode(struct qn_ipp *p, ipp_t *request, uint64_t extra, struct qn_buf *out, struct qn_err *err);

/* Reads the answer to the last request. Closes the connection after any failure. */
int qn_ipp_answer(struct qn_ipp *p, ipp_t **reply, const struct qn_limit *limit, struct qn_err *err);

/* True if the n bytes are one well-framed IPP message within our bounds (groups, 20,000 values, collections 8
 * deep): libcups recurses for each nested collection, so that a hostile answer would eat the stack. */
bool qn_ipp_framed(const uint8_t *b, size_t n);

#endif
