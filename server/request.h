/* Acts that two people decide: one proposes a document, another one signs off exactly that document, and only then it happens. */
#ifndef QN_REQUEST_H
#define QN_REQUEST_H

#include "server/dispatch.h"

/* A request as the code of its operation sees it, when it is proposed, shown and executed. */
struct qn_proposal {
    const struct qn_operation *operation;
    json_t *document;                  /* an object; what it must hold is the operation's business */
    const struct qn_person *requester;
    const struct qn_person *approver;  /* NULL until somebody approves */
    const char *ticket, *req;
    json_t *changes, *effect;          /* arrays that check() fills with sentences: what is different, what that does to jobs and people */
};

/* What an operation does; one line each in request.c's table, under the name that qn_operation_table has for it. check() refuses a
 * document that makes no sense now, whoever asks, and says what it would do; it changes nothing and runs again before execute(), which
 * does it, in the same transaction as the approval. Both: 0, QN_EINVAL (the document), QN_ECONFLICT (the world has changed),
 * QN_EDENIED (this approver may not, as they gain by it). */
struct qn_act {
    const char *operation;
    int (*check)(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);
    int (*execute)(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);
};

/* Handlers. */
qn_handler qn_request_propose, qn_request_list, qn_request_show, qn_request_approve, qn_request_reject, qn_request_withdraw;

#endif
