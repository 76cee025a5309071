/* The password again, in a running session, before a sensitive act. */
#ifndef QN_AUTH_PROVE_H
#define QN_AUTH_PROVE_H

#include "server/dispatch.h"

/* True if the session's own person gave the password in it within the last five minutes. */
bool qn_session_proved(const struct qn_core *c, const struct qn_session *s);

/* Handler: one bind by the directory as the session's own person, under the same throttle as a log-in. */
qn_handler qn_session_prove;

#endif
