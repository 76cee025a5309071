/* What the three ways in have in common. */
#ifndef QN_LOGIN_H
#define QN_LOGIN_H

#include "web/web.h"

/* Sends a login message and frees it. 0: logged in, the reply sets the session's cookie. QN_EDENIED: no, whatever
 * the reason (people hear one sentence for all of them). QN_EAWAY: the directory can't be reached. QN_EINTERNAL: the
 * reply is filled already. */
int qn_login_send(struct qn_request *rq, struct qn_msg *ask);

/* The form fields "login" and "password", checked and sent; as above. */
int qn_login_password(struct qn_request *rq);

/* A page with fields for name and password that posts to action, after a notice (QN_SAY_NONE: without one). */
void qn_login_page(struct qn_request *rq, const char *action, enum qn_say title, enum qn_say notice);

/* The session ends: tells the core, takes the cookie away, goes to path (with "bye" in its query, so that it calls
 * qn_page_forget()). */
void qn_login_end(struct qn_request *rq, const char *path);

/* True if it may be sent to the core as a badge's number; as a PIN. */
bool qn_badge_ok(const char *badge);
bool qn_pin_ok(const char *pin);

#endif
