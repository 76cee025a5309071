/* The printer's job that a release made there: whether it is still that one, what became of it, and its end if it must not go on. */
#ifndef QN_OUR_JOB_H
#define QN_OUR_JOB_H

#include "deliver/ipp-job.h"

struct qn_our_job {
    struct qn_ipp *printer;
    const char *code;          /* its name there */
    struct qn_ipp_job at;      /* id 0: none */
    struct qn_ipp_view view;   /* the last look */
    enum qn_fate fate;
};

/* Looks at it, until then at most: fills view and fate. QN_ENOTFOUND and fate lost if the printer does not know it, or was restarted and
 * gave its id to another one; any other code leaves both as they were: ask again. */
int qn_our_job_look(struct qn_our_job *o, int64_t until, struct qn_err *err);

/* True if, at the last look, a queue of quoin-cups kept it for later: its backend said so after it had begun. It must not come out when
 * nobody stands there any more. */
bool qn_our_job_given_back(const struct qn_our_job *o);

/* Sees to it that it does not go on: looks, and only if it is still ours and has not ended, cancels it. patient: looks on until it has
 * ended or the time is over, through losses of the network; else it is enough to have cancelled it. A code if it may still go on. */
int qn_our_job_settle(struct qn_our_job *o, int64_t until, bool patient, struct qn_err *err);

#endif
