/* Job states and the one function that allows a change (server/job-state.def is the table). */
#ifndef QN_JOB_STATE_H
#define QN_JOB_STATE_H

enum qn_job_state {
#define STATE(c, n, s, m) QN_JOB_##c = n,
#include "server/job-state.def"
#undef STATE
};

enum qn_job_event {
    QN_EVENT_COMMIT = 1, QN_EVENT_CLAIM, QN_EVENT_RETURN, QN_EVENT_COMPLETE, QN_EVENT_DOUBT, QN_EVENT_DAMAGE, QN_EVENT_SAW,
    QN_EVENT_AGAIN, QN_EVENT_ERASE,
};

enum qn_release_stage {
#define STAGE(c, n, s, m) QN_STAGE_##c = n,
#include "server/job-state.def"
#undef STAGE
};

/* "held" and so on; "unknown" for a number that is no state. Never NULL. */
const char *qn_job_state_name(int state);

/* The state that event leads to from state, or QN_ECONFLICT (negative) if the table has no such change. */
int qn_job_state_next(int state, enum qn_job_event event);

#endif
