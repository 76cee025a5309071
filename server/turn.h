/* One turn of the loop: every message that is ready, one transaction, one commit, then the answers. */
#ifndef QN_TURN_H
#define QN_TURN_H

#include "server/peer.h"

/* A request whose answer comes from a later turn. */
struct qn_ask {
    uint64_t peer;
    int64_t seq;
    char verb[32], req[QN_REQUEST_TEXT];
};

void qn_turn_open(struct qn_core *c);
void qn_turn_close(struct qn_core *c);

/* True while the turn takes more messages; then takes one (moved out of *m). */
bool qn_turn_room(const struct qn_core *c);
void qn_turn_take(struct qn_core *c, struct qn_peer *p, struct qn_msg *m);

/* Runs the turn. An I/O error of the store, or a commit of unknown fate, ends the process: its supervisor starts it again,
 * and recovery decides by what is durable. */
void qn_turn_run(struct qn_core *c);

/* A connection is about to be freed: what it was in the middle of is resolved in a turn of its own. */
void qn_turn_lost(struct qn_core *c, struct qn_peer *p);

/* For handlers and continuations. What they queue happens after the commit, and not at all if the message is undone. */
void qn_turn_send(struct qn_core *c, uint64_t peer, struct qn_msg *m);       /* *m is moved */
void qn_turn_remember(struct qn_ask *out, const struct qn_peer *p, const struct qn_msg *in);
void qn_turn_answer(struct qn_core *c, const struct qn_ask *ask, struct qn_msg *m /* moved */);
void qn_turn_refuse(struct qn_core *c, const struct qn_ask *ask, int code, const char *text);
void qn_turn_after(struct qn_core *c, void (*act)(struct qn_core *c, void *arg), void *arg); /* after the commit */
void qn_turn_undo(struct qn_core *c, void (*act)(struct qn_core *c, void *arg), void *arg);  /* if this work is undone */

/* Runs work in a savepoint of the running turn; undoes it if it returns a negative code. */
int qn_turn_step(struct qn_core *c, int (*work)(struct qn_core *c, void *arg, struct qn_err *err), void *arg,
                 const char *what);

/* An empty answer to ask, code ok. */
void qn_ask_answer(struct qn_msg *out, const struct qn_ask *ask, int code, const char *text);

/* What was queued for after the commit, where the commit was not qn_turn_run()'s. */
void qn_turn_settle(struct qn_core *c);

/* Slowest handler so far. */
int64_t qn_turn_slowest(const struct qn_core *c, const char **verb_out);

#endif
