/* What request.c and request-decide.c share. */
#ifndef QN_REQUEST_PRIVATE_H
#define QN_REQUEST_PRIVATE_H

#include "server/request.h"
#include "server/turn.h"

/* What an operation does; never NULL for a name of qn_operation_table. */
const struct qn_act *qn_act_find(const char *operation);

/* What is signed off: SHA-256 over the operation's name, the policy version (8 bytes) and the document, both texts with their lengths
 * before them. */
void qn_request_hash(const char *operation, int64_t base, const char *document, uint8_t out[32]);

/* May this person know of requests for an operation? */
bool qn_request_readable(const struct qn_who *who, const struct qn_operation *o);

/* Hash, approvers, changes and effect into an answer; the proposal's arrays are then gone. */
void qn_request_answer(struct qn_msg *out, const struct qn_request *rq, const struct qn_operation *o,
                       struct qn_proposal *pr);

/* The request of the message, if the asker may know of it: who may read requests, propose or approve its operation, or proposed it.
 * QN_ENOTFOUND otherwise. The caller frees the document. */
int qn_request_get(struct qn_core *c, const struct qn_who *who, const char *id, struct qn_request *out,
                   char **document_out,
                   struct qn_err *err);

/* Records that somebody tried what they may not, and answers so. QN_LATER. */
int qn_request_deny(struct qn_core *c, const struct qn_ask *ask, const struct qn_who *who, const char *request,
                    const char *reason,
                    const char *text, struct qn_err *err);

/* Ends an open request without its being done, and records why. by 0: nobody. */
int qn_request_close(struct qn_core *c, const struct qn_request *rq, const char *state, int64_t by,
                     const char *reason, const char *req,
                     struct qn_err *err);

/* True if the person of the session holds one of these roles, in the session and by the directory's last word. */
bool qn_who_has(const struct qn_who *who, const char *roles);

/* The approver is another human being than the requester: NULL, or a word for the record. */
int qn_request_same(struct qn_core *c, int64_t requester, int64_t approver, const char **reason, struct qn_err *err);

#endif
