/* The core, as one errand knows it: told of each step, and heard when it says that the owner wants it stopped. */
#ifndef QN_CORE_LINE_H
#define QN_CORE_LINE_H

#include "lib/msg.h"

struct qn_core_line {
    int sock;
    const char *job;   /* the errand's */
    bool stop;         /* deliver.stop came for it */
    bool gone;         /* the connection ended, or what came on it makes no sense: nobody is left to tell */
};

/* Sends *m (freed) and waits for its ok. A negative code with the reason; gone says whether that was the connection's fault. A
 * deliver.stop that comes meanwhile is kept. */
int qn_core_tell(struct qn_core_line *l, struct qn_msg *m, struct qn_err *err);

/* Takes what has come; waits at most ms for it. */
void qn_core_hear(struct qn_core_line *l, int ms);

#endif
