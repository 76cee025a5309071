/* How a policy comes into force: the first one from root, each later one by a request that two people decided. */
#ifndef QN_POLICY_CHANGE_H
#define QN_POLICY_CHANGE_H

#include "server/dispatch.h"

/* At the start: brings the highest stored version into force; the shipped one if there is none. QN_ECORRUPT if it can't be read. */
int qn_policy_open(struct qn_core *c, struct qn_err *err);

/* Stores p (which it takes) as the next version and brings it into force, at once; undone with the message. v names who made it; its
 * number, hash and time are filled. Ceilings of devices follow the classes' names, open requests for another policy become void, and if
 * people may hold other roles now, every session ends. QN_ECONFLICT if another version came first. */
int qn_policy_apply(struct qn_core *c, struct qn_policy *p, struct qn_policy_version *v, const char *req, struct qn_err *err);

/* Each tick: after a class's hold became shorter, jobs that were held before are due earlier too, some at a time. */
int qn_policy_shorten(struct qn_core *c, struct qn_err *err);

/* Handlers. */
qn_handler qn_policy_init, qn_policy_show, qn_policy_list;

#endif
