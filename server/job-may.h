/* Whether a job may go to a device: asked when somebody releases it, and once more when it is handed over, which may be hours later. */
#ifndef QN_JOB_MAY_H
#define QN_JOB_MAY_H

#include "server/core.h"
#include "server/job-second.h"

/* A job, where it shall come out, and everybody whom that concerns, each as the store has them now. */
struct qn_may {
    const struct qn_job *job;
    const struct qn_device *device;
    const struct qn_terminal *terminal;
    const struct qn_person *person;    /* who releases it */
    const struct qn_person *owner;     /* person, unless a colleague lets them */
    const struct qn_second *second;
    const char *method, *req;          /* how person logged in; of the message, for records */
    bool waited;                       /* decided before: nobody is there to be asked again */
};

/* Why it may not go there now, a key of the catalogue; NULL: it may. The second person comes last, and what is wrong with one who proved
 * who they are is recorded. Of one that waited: QN_EAGAIN if the directory's word on one of the two is older than the policy's roles and
 * zones; a newer one comes by itself (person-sweep.h). */
int qn_job_may(struct qn_core *c, const struct qn_may *m, const char **why_out, struct qn_err *err);

/* What a claimed job keeps of its release. */
struct qn_release_by { int64_t person, second; char method[16]; }; /* second 0: its class needed none */

/* The same of a claimed job, by its row and what was kept. What became wrong with a colleague who released it is "delegate": the reason is
 * for the owner. */
int qn_job_may_still(struct qn_core *c, const struct qn_job *j, const struct qn_release_by *by, const char **why_out, struct qn_err *err);

#endif
