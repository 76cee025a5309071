/* Asks cupsd itself about the job: every filter runs as the backend's user and could imitate it. */
#ifndef QN_CONFIRM_H
#define QN_CONFIRM_H

#include "intake/ticket.h"

enum { QN_CONFIRM_MS = 3000 };

/* Looks up who we are once, before the listener forks. */
void qn_confirm_warm(void);

/* Get-Job-Attributes on cupsd's socket. Fills ticket->confirmed and raises its classification by the job's banner names.
 * Fails with *why: UNCONFIRMED (cupsd away: try again), IMPOSTOR (no such job, or another owner, uuid, time or state),
 * SEVERAL (piped, and not the only document of its job). */
int qn_confirm(struct qn_ticket *ticket, const char *socket_path, enum qn_hand_why *why, struct qn_err *err);

#endif
