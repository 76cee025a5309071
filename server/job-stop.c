/* A person at a terminal stops what is being printed. */
#include "server/job-release.h"

int qn_job_stop(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}
