/* Leavers and movers: everybody who could still do something is looked up again every five minutes. */
#ifndef QN_PERSON_SWEEP_H
#define QN_PERSON_SWEEP_H

#include "server/core.h"

/* True if the next questions may be asked now. */
bool qn_person_sweep_due(struct qn_core *c);

/* Asks the directory about the next few people whom it was last asked about more than five minutes ago, or before the policy changed.
 * At most fifty questions a second, and never more at once than half of the directory's workers: log-ins don't wait for it. At fifty a
 * second 10,000 people take 200 s, so each is seen at most nine minutes after the last time; 30,000 are seen within fifteen. With the
 * directory away nothing ends here: it is asked again after ten seconds, and the class's grace decides at the release. */
int qn_person_sweep(struct qn_core *c, void *arg, struct qn_err *err);

#endif
