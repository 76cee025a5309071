/* Listening sockets and the connections on them: packets in, packets out, nothing decided. */
#ifndef QN_PEER_H
#define QN_PEER_H

#include "server/core.h"

struct qn_arrival;
struct qn_op;
struct qn_claim;

struct qn_peer {
    uint64_t id;               /* never used twice: survives in what outlives a connection */
    int fd;
    enum qn_from from;
    unsigned uid;              /* of its process */
    struct event *readable, *writable;
    struct qn_msg *out[256];   /* bounded: a peer that does not read is closed */
    unsigned out_first, out_count;
    bool gone;                 /* closed at the end of the turn */
    bool ended;                /* the peer closed it: its last messages are heard in this turn, then it is freed */
    bool worker_ready;         /* sent worker.ready */
    struct qn_op *op;          /* the request a worker is working on */
    struct qn_arrival *arrival; /* the job an intake connection is bringing */
    char releasing[QN_UUID_TEXT]; /* the job a deliver process has; "" for none */
    struct qn_claim *claim;    /* and its place in the queue */
    bool stop;                 /* its owner wants it stopped */
    struct qn_peer *next;
};

/* An empty list of connections; then the listening sockets. */
int qn_peers_prepare(struct qn_core *c);

/* Creates the listening sockets in run-dir (mode 0666: the peer's uid is what counts, and is checked at accept).
 * QN_EIO, QN_EINVAL (unknown user). qn_peers_close() ends them and every connection. */
int qn_peers_open(struct qn_core *c, struct qn_err *err);
void qn_peers_close(struct qn_core *c);

/* The connection with that id, or NULL if it is gone. */
struct qn_peer *qn_peer_find(struct qn_core *c, uint64_t id);

/* First peer of the list (for workers); follow ->next. */
struct qn_peer *qn_peer_first(struct qn_core *c);

/* Queues a message (copied out of *m, which is left empty) and sends as much as the socket takes.
 * A full queue marks the peer gone. Only the turn calls this, after the commit. */
void qn_peer_send(struct qn_core *c, struct qn_peer *p, struct qn_msg *m);

/* Ends a connection at the end of the turn, logging why. */
void qn_peer_drop(struct qn_peer *p, const char *why);

/* Frees the connections marked gone or ended; calls qn_turn_lost() for each before. */
void qn_peers_reap(struct qn_core *c);

#endif
