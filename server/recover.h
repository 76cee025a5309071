/* The way back into a house that nobody can keep any more: root, with the service stopped. It releases nothing, reads nothing, and
 * can't be done quietly. */
#ifndef QN_RECOVER_H
#define QN_RECOVER_H

#include "server/core.h"

/* what: "policy=N": a new version that says what version N says; "appoint=LOGIN,LOGIN": for an hour, these two hold the role security
 * (and user, if their groups say so; nothing else). The files of c are open and nobody else has them. Recorded under a signed head, with
 * the ticket; says on standard output what it did. QN_EINVAL, QN_ENOTFOUND (no such version), QN_ECONFLICT (it is in force). */
int qn_recover(struct qn_core *c, const char *what, const char *ticket, struct qn_err *err);

#endif
