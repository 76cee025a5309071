#include "config.h"

#include "lib/program.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/sandbox.h"

int qn_program_options(int argc, char **argv, const char *program, const char **path, bool *check)
{
    bool good = true;
    int opt;

    *path = QN_SYSCONFDIR "/quoin.conf";
    *check = false;
    qn_log_open(program, QN_LOG_INFO);
    qn_sandbox_start();
    while ((opt = getopt(argc, argv, "c:t")) != -1) {
        if (opt == 'c')
            *path = optarg;
        *check |= opt == 't';
        good &= opt != '?';
    }
    if (good && optind == argc)
        return 0;
    fprintf(stderr, "usage: %s [-t] [-c FILE]\n", program);
    return 2;
}

int qn_program_configure(struct qn_conf **conf, const char *path, const char *program, struct qn_err *err)
{
    int r = qn_conf_read(conf, path, err);

    if (r != 0)
        return r;
    qn_log_open(program, (enum qn_log_level)qn_conf_int(*conf, "log-level"));
#ifdef QN_TEST_CLOCK
    qn_clock_test_file(qn_conf_text(*conf, "test-clock"));
#endif
    return 0;
}
