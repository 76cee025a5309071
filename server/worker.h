/* Workers dial in and wait; a request to one has a deadline and a continuation that runs in the turn of its answer. */
#ifndef QN_WORKER_H
#define QN_WORKER_H

#include "server/dispatch.h"

struct qn_op;

/* The continuation: answer is the worker's, or NULL when it died, hung or none came in time. Runs in a savepoint of the turn. It must
 * answer whoever asked; ctx is freed with free() afterwards. A negative code undoes what it did: then failed() is called, which
 * only answers. */
typedef int qn_op_done(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err);
typedef void qn_op_failed(struct qn_core *c, void *ctx, int code);

void qn_workers_open(struct qn_core *c);
void qn_workers_close(struct qn_core *c);

/* Queues a request (moved) for the next free worker of a kind (QN_FROM_LDAP or QN_FROM_PIN); it leaves after the commit.
 * ctx is the op's from now on. Undone with the message that made it. */
void qn_worker_ask(struct qn_core *c, enum qn_from kind, struct qn_msg *m, qn_op_done *done, qn_op_failed *failed, void *ctx);

/* An errand for a deliver process that is waiting: ended without an answer after ms. Releases go first for 5 s, and at most QN_ERRANDS
 * run at once, or as many as half of max-deliver. One errand, one process: it then ends. */
enum { QN_ERRANDS = 4 };
void qn_worker_errand(struct qn_core *c, struct qn_msg *m, int64_t ms, qn_op_done *done, qn_op_failed *failed, void *ctx);

/* Handler of worker.ready. */
qn_handler qn_worker_ready;

/* A worker's answer came; a worker's connection ended. Both run the continuation in a savepoint of its own. */
void qn_worker_answered(struct qn_core *c, struct qn_peer *p, const struct qn_msg *answer);
void qn_worker_lost(struct qn_core *c, struct qn_peer *p);

/* Each turn: hands queued requests to free workers, ends those past their deadline. */
void qn_worker_pump(struct qn_core *c);

/* Ready connections of a kind. */
unsigned qn_worker_count(struct qn_core *c, enum qn_from kind);

#endif
