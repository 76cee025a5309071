#include "server/machine.h"

#include <stdio.h>
#include <string.h>

#include "server/turn.h"
#include "server/worker.h"

#ifndef PACKAGE_VERSION
#include "config.h"
#endif

static int status_counts(struct qn_core *c, struct qn_msg *out, struct qn_err *err)
{
    static const struct { const char *field; int state; } counted[] = {
        { "releasing", QN_JOB_RELEASING }, { "uncertain", QN_JOB_UNCERTAIN },
    };
    struct qn_job_totals totals;
    int64_t n;
    int r = qn_store_job_totals(c->store, NULL, &totals, err);

    for (size_t i = 0; i < sizeof counted / sizeof *counted && r == 0; i++)
        if ((r = qn_store_job_count_state(c->store, counted[i].state, &n, err)) == 0)
            qn_msg_int(out, counted[i].field, n);
    if (r == 0) {
        qn_msg_int(out, "held", totals.jobs);
        qn_msg_int(out, "held_bytes", totals.bytes);
    }
    return r;
}

static int overdue_count(void *ctx, const struct qn_job *j)
{
    (void)j;
    ++*(int64_t *)ctx;
    return 0;
}

int qn_machine_status(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                      struct qn_err *err)
{
    const char *verb;
    int64_t overdue = 0;
    char n[3][16];
    int r = status_counts(c, out, err);

    (void)p;
    (void)who;
    (void)in;
    if (r == 0)
        r = qn_store_job_each_due(c->store, c->now, 1000, overdue_count, &overdue, err);
    if (r < 0)
        return r;
    snprintf(n[0], sizeof n[0], "%u", qn_worker_count(c, QN_FROM_LDAP));
    snprintf(n[1], sizeof n[1], "%u", qn_worker_count(c, QN_FROM_PIN));
    snprintf(n[2], sizeof n[2], "%u", qn_worker_count(c, QN_FROM_DELIVER));
    qn_msg_str(out, "version", PACKAGE_VERSION);
    qn_msg_int(out, "policy", qn_policy()->version);
    qn_msg_str(out, "profile", qn_policy()->compact ? "compact" : "standard");
    qn_msg_int(out, "uptime", c->boot > c->started ? c->boot - c->started : 0);
    qn_msg_int(out, "overdue", overdue);
    qn_msg_int(out, "records", qn_audit_size(c->audit));
    qn_msg_json(out, "workers", json_pack("{s:s, s:s, s:s}", "ldap", n[0], "pin", n[1], "deliver", n[2]));
    qn_msg_int(out, "slowest_us", qn_turn_slowest(c, &verb));
    qn_msg_str(out, "slowest_verb", verb);
    return 0;
}
