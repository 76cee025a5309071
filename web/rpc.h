/* Connections to the core: a small pool, one request at a time on each. */
#ifndef QN_RPC_H
#define QN_RPC_H

#include "lib/err.h"
#include "lib/msg.h"
#include "web/web.h"

/* A pool that dials path when it is needed. The caller frees with qn_rpc_free() when no thread uses it any more. */
struct qn_rpc *qn_rpc_new(const char *path);
void qn_rpc_free(struct qn_rpc **rpc);

/* Sends request and waits for its answer, 7 s at most in all; 17 and 27 s for a probe and a test page, which wait for a printer. 0 with
 * *answer filled, whatever its code (the caller frees it). Otherwise *answer is empty: QN_EAWAY (no core), QN_ETIMEOUT, QN_EEOF,
 * QN_EINVAL; the connection is dropped and the next request dials again. Any thread may call it. */
int qn_rpc_call(struct qn_rpc *rpc, struct qn_msg *request, struct qn_msg *answer, struct qn_err *err);

/* Starts a message of this request, with those of its proofs (terminal, certificate, session) that the verb takes. */
void qn_ask_open(const struct qn_request *rq, struct qn_msg *ask, const char *verb);

/* Sends it and frees it. 0 with *answer filled, whatever its code. Otherwise negative, and the reply is a page that
 * says "not available just now". */
int qn_ask(struct qn_request *rq, struct qn_msg *ask, struct qn_msg *answer);

/* Makes the reply a page for an answer whose code is not ok and that the caller has no page of its own for. Frees
 * *answer. */
void qn_ask_refused(struct qn_request *rq, struct qn_msg *answer);

/* qn_ask() for who can go on only with "ok": 0 with *answer filled, else negative with the reply made and nothing to free. */
int qn_ask_ok(struct qn_request *rq, struct qn_msg *ask, struct qn_msg *answer);

#endif
