#include "config.h"

#include "deliver/ask.h"

bool qn_ask_run(struct qn_msg *ask, int core, const volatile int *stopping, struct qn_msg *answer)
{
    (void)ask;
    (void)core;
    (void)stopping;
    answer->code = QN_EUNSUPPORTED;
    return true;
}
