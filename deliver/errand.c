#include "config.h"

#include "deliver/errand.h"

#include "deliver/ask.h"
#include "deliver/probe.h"
#include "deliver/release.h"
#include "deliver/test-page.h"

const struct qn_errand_line qn_errand_table[] = {
    { "deliver.job", qn_release_run },
    { "deliver.ask", qn_ask_run },
    { "deliver.probe", qn_probe_run },
    { "deliver.test", qn_test_page_run },
    { NULL, NULL },
};
