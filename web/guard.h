/* What is checked before a handler runs: that the request comes from our own page, and that the core knows terminal
 * and session. */
#ifndef QN_GUARD_H
#define QN_GUARD_H

#include "web/web.h"

enum { QN_FORM_TOKEN_TEXT = 65 };

/* Cross-site requests. Sec-Fetch-Site, if present, has to be same-origin; Origin, if present, has to be https:// and
 * the Host. With neither (old panels) only if absent_ok. */
bool qn_guard_origin(const struct qn_admission *a, bool absent_ok);

/* The hex token for a form that posts to action: HMAC-SHA256 of "quoin form" under the session token where that
 * route needs a session, under the terminal's where it needs a terminal. False, and "", where it needs neither. */
bool qn_guard_token(const struct qn_request *rq, const char *action, char out[QN_FORM_TOKEN_TEXT]);

/* Checks everything the route needs, asking the core; fills rq->who or rq->place. False with the reply filled. */
bool qn_guard_pass(struct qn_request *rq);

/* Asks the core where this terminal stands and what it prints on (terminal.hello): rq->place, whatever its code. Negative with the reply
 * filled if the core can't be asked. */
int qn_guard_place(struct qn_request *rq);

#endif
