/* Refusals of log-ins leave on the beat of a quarter of a second after the try began: whether a person was looked for in vain, or a
 * password or PIN was wrong, takes as long. */
#ifndef QN_AUTH_DELAY_H
#define QN_AUTH_DELAY_H

#include "server/turn.h"

enum { QN_DELAY_BEAT = 250 }; /* ms */

/* As qn_turn_refuse() and qn_turn_answer(), on the next beat after began (boot clock). Too many at once: now. */
void qn_delay_refuse(struct qn_core *c, const struct qn_ask *ask, int64_t began, int code, const char *text);
void qn_delay_answer(struct qn_core *c, const struct qn_ask *ask, int64_t began, struct qn_msg *m /* moved */);

/* Each turn: those whose time has come. */
void qn_delay_run(struct qn_core *c);

#endif
