#include "server/job-state.h"

#include <stddef.h>

#include "lib/err.h"

static const struct { int state; const char *name; } state_names[] = {
#define STATE(c, n, s, m) { n, s },
#include "server/job-state.def"
#undef STATE
};

static const struct { int from; enum qn_job_event event; int to; } changes[] = {
#define CHANGE(f, e, t, m) { QN_JOB_##f, QN_EVENT_##e, QN_JOB_##t },
#include "server/job-state.def"
#undef CHANGE
};

const char *qn_job_state_name(int state)
{
    for (size_t i = 0; i < sizeof state_names / sizeof *state_names; i++)
        if (state_names[i].state == state)
            return state_names[i].name;
    return "unknown";
}

int qn_job_state_next(int state, enum qn_job_event event)
{
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (changes[i].from == state && changes[i].event == event)
            return changes[i].to;
    return QN_ECONFLICT;
}
