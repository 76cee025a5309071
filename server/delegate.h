/* An owner lets a named colleague release their jobs, for a time. */
#ifndef QN_DELEGATE_H
#define QN_DELEGATE_H

#include "server/dispatch.h"

enum { QN_DELEGATIONS_MAX = 20 }; /* given, and received, by one person at a time */

/* True if jobs of this class may be delegated: its policy says so, and does not ask for the directory's live word on their owner. */
bool qn_delegate_class(const struct qn_class *k);

/* The delegation by which this person may release this job of somebody else, into *out (the one that shows the title, if there are two),
 * and the owner, who may have left. QN_ENOTFOUND if there is none. */
int qn_delegate_find(struct qn_core *c, const struct qn_job *j, int64_t person, struct qn_delegation *out, struct qn_person *owner_out,
                     struct qn_err *err);

/* Ends every delegation that a person has given or received, records each and tells the other side. */
int qn_delegate_end_all(struct qn_core *c, const struct qn_person *p, const char *reason, const char *req, struct qn_err *err);

/* Handlers. */
qn_handler qn_delegate_add, qn_delegate_list, qn_delegate_revoke;

#endif
