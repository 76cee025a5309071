/* quoin-cups: a private cupsd in memory, through which quoin-deliver reaches printers that need a driver. See quoin-cups(8). */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "cups/run-backend.h"
#include "cups/serve.h"
#include "cups/tree.h"
#include "lib/log.h"
#include "lib/program.h"

/* Memory may be written to a swap area, whose key or lack of one we can't see. */
static void warn_of_swap(void)
{
    FILE *f = fopen("/proc/swaps", "re");
    char line[256];
    int lines = 0;

    while (f && fgets(line, sizeof line, f))
        lines++;
    if (f)
        fclose(f);
    if (lines > 1)
        qn_log(QN_LOG_NOTICE, "this machine swaps: see quoin-cups(8) about documents in memory");
}

static int run(const struct qn_conf *conf, struct qn_err *err)
{
    char dir[QN_CUPS_PATH];
    struct qn_err late;
    int r = qn_cups_tree_path(dir, conf, err);

    if (r == 0)
        r = qn_cups_tree_check(dir, conf, err);
    if (r == 0)
        r = qn_cups_tree_wipe(dir, err);
    if (r == 0)
        r = qn_cups_tree_make(dir, conf, err);
    if (r != 0)
        return r;
    warn_of_swap();
    r = qn_cups_serve(dir, err);
    if (qn_cups_tree_wipe(dir, &late) != 0)
        qn_log_err(QN_LOG_ERR, "documents may be left in memory", &late);
    return r;
}

int main(int argc, char **argv)
{
    int r = qn_cups_backend_run(argc, argv);
    struct qn_conf *conf;
    struct qn_err err;
    const char *path;
    bool check;

    if (r >= 0)
        return r;
    if ((r = qn_program_options(argc, argv, "quoin-cups", &path, &check)) != 0)
        return r;
    if (qn_program_configure(&conf, path, "quoin-cups", &err) != 0) {
        qn_log_err(QN_LOG_ERR, "configuration", &err);
        return 1;
    }
    if (!check && !qn_conf_int(conf, "cups"))
        qn_log(QN_LOG_INFO, "cups = false: there is nothing to do");
    else if (!check && geteuid() == 0)
        r = qn_fail(&err, QN_EDENIED, "filters and backends must not be root's: start this as the user of its own");
    else if (!check)
        r = run(conf, &err);
    if (r != 0)
        qn_log_err(QN_LOG_ERR, "can't go on", &err);
    qn_conf_free(&conf);
    return r == 0 ? 0 : 1;
}
