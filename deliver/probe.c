#include "config.h"

#include "deliver/probe.h"

bool qn_probe_run(struct qn_msg *ask, int core, const volatile int *stopping, struct qn_msg *answer)
{
    (void)ask;
    (void)core;
    (void)stopping;
    answer->code = QN_EUNSUPPORTED;
    return true;
}
