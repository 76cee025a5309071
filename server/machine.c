#include "server/machine.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "lib/secret.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

enum { CODE_MINUTES = 15 };

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

int qn_machine_device_add(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                          struct qn_msg *out, struct qn_err *err)
{
    const struct qn_class *k = qn_class_named(qn_msg_get(in, "ceiling"));
    const char *uri = qn_msg_get(in, "uri");
    struct qn_device d = { 0 };
    int r;

    (void)p;
    (void)who;
    (void)out;
    if (!k)
        return qn_fail(err, QN_EINVAL, "there is no class %s", qn_msg_get(in, "ceiling"));
    if (strncmp(uri, "ipp://", 6) != 0 && strncmp(uri, "ipps://", 7) != 0)
        return qn_fail(err, QN_EINVAL, "a device's URI begins with ipp:// or ipps://");
    if (strncmp(uri, "ipps://", 7) == 0 && !qn_msg_has(in, "ca") && !qn_msg_has(in, "pin"))
        return qn_fail(err, QN_EINVAL, "an ipps:// device needs a CA file or the pin of its certificate");
    snprintf(d.name, sizeof d.name, "%s", qn_msg_get(in, "name"));
    snprintf(d.uri, sizeof d.uri, "%s", uri);
    snprintf(d.location, sizeof d.location, "%s", qn_msg_get(in, "location"));
    snprintf(d.ca, sizeof d.ca, "%s", qn_msg_get(in, "ca"));
    snprintf(d.pin, sizeof d.pin, "%s", qn_msg_get(in, "pin"));
    d.ceiling = k->level;
    if ((r = qn_store_device_put(c->store, &d, err)) != 0)
        return r;
    return qn_record(c, QN_AUDIT_DEVICE_SET, in->req, err, "{s:s, s:s, s:s, s:s}", "device", d.name, "uri", d.uri, "ceiling",
                     k->name, "by", "root");
}

/* 20 characters of base 32 without the look-alikes: 100 bits. */
static void code_make(char out[21])
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    uint8_t raw[20];

    qn_random(raw, sizeof raw);
    for (size_t i = 0; i < 20; i++)
        out[i] = letters[raw[i] & 31];
    out[20] = '\0';
    qn_wipe(raw, sizeof raw);
}

int qn_machine_terminal_add(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                            struct qn_msg *out, struct qn_err *err)
{
    struct qn_terminal t = { .state = "waiting", .code_until = c->steady + CODE_MINUTES * 60000 };
    struct qn_device d;
    char code[21];
    int r = qn_store_device_by_name(c->store, qn_msg_get(in, "device"), &d, err);

    (void)p;
    (void)who;
    if (r == QN_ENOTFOUND)
        return qn_fail(err, QN_ENOTFOUND, "there is no device %s", qn_msg_get(in, "device"));
    if (r != 0)
        return r;
    t.device = d.id;
    snprintf(t.name, sizeof t.name, "%s", qn_msg_get(in, "name"));
    code_make(code);
    SHA256((const unsigned char *)code, 20, t.code);
    r = qn_store_terminal_put(c->store, &t, err);
    if (r == 0)
        r = qn_record(c, QN_AUDIT_TERMINAL_SET, in->req, err, "{s:s, s:s, s:s, s:s}", "terminal", t.name, "device", d.name,
                      "state", "waiting", "by", "root");
    if (r == 0)
        qn_msg_secret(out, QN_SECRET_CODE, code, 20);
    qn_wipe(code, sizeof code);
    return r;
}
