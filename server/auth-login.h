/* Logging in: badge + PIN, or user name + password. Every failure is counted before the proof is looked at, answered alike, and
 * recorded with its true reason. */
#ifndef QN_AUTH_LOGIN_H
#define QN_AUTH_LOGIN_H

#include "server/dispatch.h"

qn_handler qn_login_badge, qn_login_password;

/* Not a log-in, but the proof that a second person stands at the terminal: the badge and PIN of message in, verified, counted and recorded
 * as login.badge does it; no session. done() gets the person, whom the directory has just confirmed or, while it is away, within the
 * longest grace; NULL: refused, with the reason in the log. It runs in this turn or in a later one, once, or failed() does; if done()
 * returns a negative code in a later turn, what it did is undone and failed() follows. ctx stays the caller's. Returns 0 or a negative
 * code. */
typedef int qn_second_done(struct qn_core *c, void *ctx, const struct qn_person *second, struct qn_err *err);
typedef void qn_second_failed(struct qn_core *c, void *ctx, int code);
int qn_login_second(struct qn_core *c, const struct qn_peer *p, const struct qn_who *who, const struct qn_msg *in, qn_second_done *done,
                    qn_second_failed *failed, void *ctx, struct qn_err *err);

#endif
