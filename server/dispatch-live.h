/* A message that waits for the directory's word on whoever sent it. */
#ifndef QN_DISPATCH_LIVE_H
#define QN_DISPATCH_LIVE_H

#include "server/dispatch.h"
#include "server/turn.h"

/* Keeps the message (moved) and asks the directory about who->person. When it answers, terminal, session, roles and proof are checked
 * as they are then, and the message is dispatched once more: its person is fresh by now. A directory that is away is a no:
 * administrators have no grace. Always QN_LATER. */
int qn_dispatch_ask(struct qn_core *c, struct qn_peer *p, const struct qn_dispatch *d, const struct qn_who *who, struct qn_msg *in);

/* All that is checked before a handler runs, but the directory: fills *who. A refusal that is worth a record puts its word in *reason,
 * else NULL. QN_EDENIED, QN_EPROOF. */
int qn_dispatch_check(struct qn_core *c, const struct qn_peer *p, const struct qn_dispatch *d, const struct qn_msg *in,
                      struct qn_who *who, const char **reason, struct qn_err *err);

/* Records that an act was refused, and refuses it. Returns QN_LATER, or a failure of the record. */
int qn_dispatch_deny(struct qn_core *c, const struct qn_ask *ask, const struct qn_person *person, const char *reason, int code,
                     const char *text, struct qn_err *err);

#endif
