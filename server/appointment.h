/* People whom root has given a role for an hour at a recovery (recover.h). */
#ifndef QN_APPOINTMENT_H
#define QN_APPOINTMENT_H

#include "server/core.h"

/* If that login is appointed: roles becomes the appointed role, and user if it was there: nothing else, so that no other role of theirs
 * excludes it. */
int qn_appointment_roles(struct qn_core *c, const char *login, char *roles, size_t size, struct qn_err *err);

/* Each tick: those whose hour is over; their sessions end, and their roles are asked again. */
int qn_appointments_end(struct qn_core *c, struct qn_err *err);

#endif
