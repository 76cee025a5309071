/* Terminals and sessions: the credential comes with every request and is checked here, never believed from the web process. */
#ifndef QN_AUTH_SESSION_H
#define QN_AUTH_SESSION_H

#include "server/dispatch.h"

/* The enrolled terminal, not locked, whose credential came with the message, over a connection that proved to hold its certificate if it
 * needs one. QN_EDENIED otherwise; *out is then empty, but for its name if only the certificate was not the right one. */
int qn_terminal_check(struct qn_core *c, const struct qn_msg *in, struct qn_terminal *out, struct qn_err *err);

/* The live session whose token came with the message: of the kind of this socket, of this terminal, of this uid's shell, not idle or
 * too old, of a person who may act and has the roles they logged in with. Marks it used, fills who->session and who->person.
 * QN_EDENIED otherwise. */
int qn_session_check(struct qn_core *c, const struct qn_peer *p, const struct qn_msg *in, struct qn_who *who, struct qn_err *err);

/* Makes a session for a person who has just proved who they are, replacing an older one at the same terminal; puts token and person
 * into out and records auth.ok. A password is a proof as session.prove takes one. uid: of the peer. */
int qn_session_make(struct qn_core *c, enum qn_from from, unsigned uid, const struct qn_terminal *terminal, const struct qn_person *person,
                    unsigned method, bool live, struct qn_msg *out, struct qn_err *err);

/* How long sessions of a kind may idle and last, ms. */
void qn_session_limits(const struct qn_core *c, int kind, int64_t *idle, int64_t *whole);

/* Handlers. */
qn_handler qn_terminal_enrol, qn_terminal_hello, qn_session_show, qn_session_logout;

#endif
