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
    const json_t *groups;              /* those of the act's groups() that the approver is in, as the directory said now; else NULL */
    int64_t base;                      /* policy version that the request was made under */
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
    json_t *(*groups)(const json_t *document); /* groups about which the directory is asked for the approver first; NULL: none */
};

/* Each tick: requests whose time is over end. */
int qn_requests_expire(struct qn_core *c, struct qn_err *err);

/* Ends every open request for another policy: what they were made for is no longer there. */
int qn_requests_void(struct qn_core *c, const char *reason, struct qn_err *err);

/* A person's login (or, without one, the directory's id) and the directory's id, each if not NULL. */
int qn_request_person(struct qn_core *c, int64_t id, char login[256], char dir_id[256], struct qn_err *err);

/* Puts an array of sentences (stolen) into a field: clean, at most 40 and 8 KB of them. */
void qn_request_sentences(struct qn_msg *out, const char *field, json_t *sentences);

/* Handlers. */
qn_handler qn_request_propose, qn_request_list, qn_request_show, qn_request_approve, qn_request_reject, qn_request_withdraw;

#endif
