/* The directory's word on a person, now: before what an administrator changes, before a release, and every few minutes for whoever
 * could still act (leavers and movers, CC6.2, CC6.3). */
#ifndef QN_AUTH_LIVE_H
#define QN_AUTH_LIVE_H

#include "server/core.h"

/* Asked less than two seconds ago: not asked again. */
bool qn_live_fresh(const struct qn_core *c, const struct qn_person *p);

/* The directory's last word on somebody is too old for a class with that grace, ms; none: a minute, since it is asked just before. */
bool qn_live_stale(const struct qn_core *c, const struct qn_person *p, int64_t grace);

/* Takes an answer about *p (ldap.find, NULL for none) into the store and fills *p afresh. The person whom the directory no longer has,
 * or whose login is somebody else's by now, gets the status "gone". QN_EAWAY without an answer: nothing is known, nothing changed. */
int qn_live_learn(struct qn_core *c, const struct qn_msg *answer, struct qn_person *p, const char *req, struct qn_err *err);

/* What follows when the directory says something else of a person than before (other roles, another status): every session ends, and
 * of whoever may not act any more every delegation; one record with the times. before is as the store had it. */
int qn_person_changed(struct qn_core *c, const struct qn_person *before, const struct qn_person *after, const char *req,
                      struct qn_err *err);

#endif
