/* People: from a name that somebody claims to a person of the directory with roles. */
#ifndef QN_AUTH_PERSON_H
#define QN_AUTH_PERSON_H

#include "server/core.h"

/* The directory login for a name as cupsd or a person says it, by qn_owner_map() with owner-realms. QN_EDENIED as there. */
int qn_person_map(const struct qn_core *c, const char *name, char out[256], struct qn_err *err);

/* The groups to which the policy in force gives a role or opens a zone, for a question to the directory; the caller's. */
json_t *qn_person_groups(void);

/* Takes what the directory said (an ok answer of ldap.find or ldap.bind) into the store: roles from its groups, without conflicting
 * pairs (recorded), and the time. If roles or status are not those of before, sessions end (qn_person_changed()). Fills *out. */
int qn_person_learn(struct qn_core *c, const struct qn_msg *answer, struct qn_person *out, struct qn_err *err);

/* Whether somebody may print in a zone: it is one that everybody may, or the directory last saw them in one of its groups. */
int qn_person_in_zone(struct qn_core *c, const struct qn_person *p, const char *zone, bool *in_out, struct qn_err *err);

/* Why a person may not act: NULL if nobody locked them, the directory says active and some role is held; else a word for the record. */
const char *qn_person_refusal(const struct qn_person *p);

/* True if the directory's last word on a person is not older than grace ms, and not older than the role mapping in force. */
bool qn_person_fresh(const struct qn_core *c, const struct qn_person *p, int64_t grace);

/* A request to the directory about a login, ready for qn_worker_ask(). */
void qn_person_question(struct qn_msg *out, const char *verb, const char *login, const char *req);

/* The same about a person who is known, by the id that never changes: whoever has that login by now is somebody else. */
void qn_person_again(struct qn_msg *out, const struct qn_person *person, const char *req);

#endif
