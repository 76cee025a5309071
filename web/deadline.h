/* Total deadlines of connections. The library's own timeout counts only inactivity, so a byte now and then holds a
 * connection for ever; here a thread shuts the socket of whoever is past the deadline of the phase he is in. */
#ifndef QN_DEADLINE_H
#define QN_DEADLINE_H

#include "lib/err.h"

enum qn_phase {
    QN_PHASE_TLS,   /* handshake: 5 s */
    QN_PHASE_HEAD,  /* request line and headers: 10 s */
    QN_PHASE_BODY,  /* body, and our own work on it: 30 s */
    QN_PHASE_REPLY, /* sending the reply: 30 s */
    QN_PHASE_IDLE,  /* until the next request begins: 15 s */
};

struct qn_deadline;

/* Starts the thread; once a process. */
void qn_deadline_start(void);

/* A connection whose handshake begins now. session is its gnutls_session_t, watched for the end of the handshake. */
struct qn_deadline *qn_deadline_add(int fd, void *session);

/* The connection enters a phase. Entering the one it is in changes nothing. */
void qn_deadline_enter(struct qn_deadline *d, enum qn_phase phase);

/* Before the descriptor is closed. */
void qn_deadline_remove(struct qn_deadline *d);

#endif
