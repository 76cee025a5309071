/* A connection to a printer, plain or TLS, on which nothing can take longer than it may. Own transport instead of
 * libcups' (which stays our IPP codec): libcups reconnects silently inside a request, without anybody checking the
 * certificate again, and its time-outs count inactivity only. */
#ifndef QN_LINK_H
#define QN_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deliver/address.h"

struct qn_link;

/* Until when something may take (qn_clock_boot()), how long it may stand still, ms, and what else ends it: ended() is asked at least
 * every second of waiting; NULL for nothing. */
struct qn_limit {
    int64_t until;
    int idle_ms;
    bool (*ended)(void *ctx);
    void *ctx;
};

/* What the peer of a link turned out to be, whether we believe it or not. */
struct qn_link_peer {
    bool shown;              /* it showed a certificate */
    uint8_t certificate[32]; /* SHA-256 of it */
};

/* Connects, and for ipps shakes hands and checks the certificate (qn_pin_check()) before returning. The caller
 * frees with qn_link_free(). QN_EAWAY: nobody there; QN_ETIMEOUT; QN_EDENIED: not the printer we know, nothing was
 * sent to it. */
int qn_link_open(struct qn_link **out, const struct qn_address *a, const struct qn_limit *limit, struct qn_err *err);

/* The same, and says whose certificate it was, also if it is refused. */
int qn_link_open_seen(struct qn_link **out, const struct qn_address *a, struct qn_link_peer *peer, const struct qn_limit *limit,
                      struct qn_err *err);

/* Closes at once, without waiting for the peer. */
void qn_link_free(struct qn_link **l);

/* Sends n bytes. QN_ECONFLICT if the peer answered or closed before it took them all (its answer can be read then);
 * QN_EEOF, QN_ETIMEOUT; QN_EAGAIN if the limit's ended() said so. */
int qn_link_write(struct qn_link *l, const void *p, size_t n, const struct qn_limit *limit, struct qn_err *err);

/* Reads 1 to n bytes; returns their number, 0 at the end, or QN_EEOF (broken off), QN_ETIMEOUT. */
int qn_link_read(struct qn_link *l, void *out, size_t n, const struct qn_limit *limit, struct qn_err *err);

/* Reads a line without its CRLF or LF into out (size bytes, terminated). Returns its length; QN_EEOF at the end,
 * QN_EINVAL if it is too long or holds a NUL, QN_ETIMEOUT. */
int qn_link_line(struct qn_link *l, char *out, size_t size, const struct qn_limit *limit, struct qn_err *err);

#endif
