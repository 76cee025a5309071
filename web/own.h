/* A person's own badges and PIN, as the terminal and the portal change them. */
#ifndef QN_OWN_H
#define QN_OWN_H

#include "web/web.h"

/* True if the password was given a short while ago: what follows does not need it again. */
bool qn_own_proved(const struct qn_request *rq);

/* Each sends what the form holds and says what came of it in *say_out; *good_out: it was done. 0, or negative with the reply filled. A
 * form field "password" is given to the core first. */
int qn_own_claim(struct qn_request *rq, enum qn_say *say_out, bool *good_out); /* fields "badge", "label" */
int qn_own_lost(struct qn_request *rq, enum qn_say *say_out, bool *good_out);  /* field "id" */
int qn_own_choose(struct qn_request *rq, enum qn_say *say_out, bool *good_out); /* fields "pin", "again" */

/* A new PIN, on a page of its own that shows it once and goes on to next. As above; with *good_out the reply is that page. */
int qn_own_pin(struct qn_request *rq, const char *next, enum qn_say *say_out, bool *good_out);

/* The answer of badge.list, which the caller frees; negative with the reply filled. */
int qn_own_list(struct qn_request *rq, struct qn_msg *answer);

/* What is said of a PIN in that state, a word of badge.list. */
enum qn_say qn_own_pin_say(const char *state);

#endif
