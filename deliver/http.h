/* The little of HTTP/1.1 that IPP needs (RFC 8010 section 4, RFC 9112). Everything that comes back is bounded. */
#ifndef QN_HTTP_H
#define QN_HTTP_H

#include "deliver/link.h"
#include "lib/buf.h"

enum { QN_HTTP_ANSWER_MAX = 1024 * 1024 }; /* bytes of an answer's body */

/* Adds the head of a POST of exactly length bytes: never chunked, because a printer takes a chunked stream that
 * was cut for a complete one. */
void qn_http_head(struct qn_buf *out, const struct qn_address *a, uint64_t length);

/* Reads one answer (after any 1xx) into body, which the caller frees, and sets *close_out if the connection can't
 * be used again. QN_EUNSUPPORTED with the status if it is not 200 (no redirect is ever followed); QN_EINVAL if it
 * is not HTTP or not IPP; QN_EFULL if it is too long; QN_EEOF if the printer closed before its end; QN_ETIMEOUT. */
int qn_http_answer(struct qn_link *l, struct qn_buf *body, bool *close_out, const struct qn_limit *limit,
                   struct qn_err *err);

#endif
