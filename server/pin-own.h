/* A person's PIN: a new one or one of their choice, after the password; unlocking it, for operators, who never see or set one. */
#ifndef QN_PIN_OWN_H
#define QN_PIN_OWN_H

#include "server/dispatch.h"

/* What changes a person's own badges and PIN needs the password: given in this session a short while ago, or just now to log in.
 * QN_EPROOF otherwise. */
int qn_own_proof(const struct qn_core *c, const struct qn_session *s, struct qn_err *err);
bool qn_own_proved(const struct qn_core *c, const struct qn_session *s);

/* Handlers. */
qn_handler qn_pin_new, qn_pin_choose, qn_pin_unlock;

#endif
