#include "config.h"

#include "deliver/test-page.h"

bool qn_test_page_run(struct qn_msg *ask, int core, const volatile int *stopping, struct qn_msg *answer)
{
    (void)ask;
    (void)core;
    (void)stopping;
    answer->code = QN_EUNSUPPORTED;
    return true;
}
