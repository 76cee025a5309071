#include "server/device-errand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/secret.h"
#include "server/device-poll.h"
#include "server/device-state.h"
#include "server/job-deliver.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

enum { PROBE_MS = 15000, TEST_MS = 25000 };

/* An administrator's errand on its way. */
struct errand {
    struct qn_ask ask;
    struct qn_device d;      /* id 0: nobody has brought it in yet */
    char person[65];
};

static struct errand *errand_make(const struct qn_peer *p, const struct qn_who *who, const struct qn_msg *in, const struct qn_device *d)
{
    struct errand *e = qn_alloc(sizeof *e);

    qn_turn_remember(&e->ask, p, in);
    e->d = *d;
    snprintf(e->person, sizeof e->person, "%s", who->person.dir_id);
    return e;
}

static void errand_failed(struct qn_core *c, void *ctx, int code)
{
    const struct errand *e = ctx;

    qn_turn_refuse(c, &e->ask, code, "not now");
}

/* Hands the fields of a deliver process's answer on. */
static void errand_answer(struct qn_core *c, const struct errand *e, const struct qn_msg *answer)
{
    struct qn_msg out;

    qn_ask_answer(&out, &e->ask, answer->code, answer->text);
    if (answer->code == QN_OK)
        json_object_update(out.f, answer->f);
    qn_turn_answer(c, &e->ask, &out);
}

static int device_active(struct qn_core *c, const char *name, struct qn_device *d, struct qn_err *err)
{
    int r = qn_store_device_by_name(c->store, name, d, err);

    if (r == QN_ENOTFOUND)
        return qn_fail(err, r, "there is no device %s", name);
    if (r == 0 && strcmp(d->state, "active") != 0)
        return qn_fail(err, QN_ECONFLICT, "device %s is retired", name);
    return r;
}

/* ---- device.probe ---- */

static int probe_answered(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct errand *e = ctx;
    int r = 0;

    if (!answer)
        return qn_fail(err, QN_EAWAY, "no process to ask the printer");
    if (answer->code == QN_OK && e->d.id) {
        if ((r = qn_device_learn(c, &e->d, answer, err)) != 0)
            return r;
        qn_device_poll_done(c, e->d.id, qn_msg_get(answer, "state"));
    }
    if (answer->code == QN_OK)
        r = qn_record(c, QN_AUDIT_DEVICE_PROBED, e->ask.req, err, "{s:s, s:s, s:s, s:s, s:s}", "person", e->person, "device", e->d.name,
                      "uri", e->d.uri, "state", qn_msg_get(answer, "state"), "certificate", qn_msg_get(answer, "certificate"));
    if (r == 0)
        errand_answer(c, e, answer);
    return r;
}

/* A device that there is, or the members of one to come. */
static int probe_device(struct qn_core *c, const struct qn_msg *in, struct qn_device *d, struct qn_err *err)
{
    memset(d, 0, sizeof *d);
    if (qn_msg_has(in, "name") == qn_msg_has(in, "uri"))
        return qn_fail(err, QN_EINVAL, "either the name of a device or the URI of a printer");
    if (qn_msg_has(in, "name"))
        return device_active(c, qn_msg_get(in, "name"), d, err);
    snprintf(d->uri, sizeof d->uri, "%s", qn_msg_get(in, "uri"));
    snprintf(d->driver, sizeof d->driver, "%s", qn_msg_get(in, "driver"));
    snprintf(d->ca, sizeof d->ca, "%s", qn_msg_get(in, "ca"));
    snprintf(d->pin, sizeof d->pin, "%s", qn_msg_get(in, "pin"));
    return 0;
}

int qn_device_probe(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                    struct qn_err *err)
{
    struct qn_device d;
    struct qn_msg m;
    int r = probe_device(c, in, &d, err);

    (void)out;
    if (r != 0)
        return r;
    qn_msg_request(&m, "deliver.probe", in->req);
    qn_deliver_device(&m, &d);
    if (!d.id)
        qn_msg_str(&m, "device", "new"); /* it has no name yet */
    qn_worker_errand(c, &m, PROBE_MS, probe_answered, errand_failed, errand_make(p, who, in, &d));
    return QN_LATER;
}

/* ---- device.test ---- */

static int test_answered(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct errand *e = ctx;
    const char *outcome, *why;
    struct qn_msg out;
    int r;

    if (!answer)
        return qn_fail(err, QN_EAWAY, "no process to send the page, or the printer did not come to an end");
    outcome = answer->code == QN_OK ? qn_msg_get(answer, "outcome") : "held";
    why = answer->code == QN_OK ? qn_msg_get(answer, "why") : "no-deliver";
    r = qn_record(c, QN_AUDIT_DEVICE_TESTED, e->ask.req, err, "{s:s, s:s, s:s, s:s}", "person", e->person, "device", e->d.name, "outcome",
                  outcome, "reason", why);
    if (r != 0)
        return r;
    qn_ask_answer(&out, &e->ask, answer->code, answer->text);
    qn_msg_str(&out, "outcome", outcome);
    qn_msg_str(&out, "why", why);
    qn_turn_answer(c, &e->ask, &out);
    return 0;
}

int qn_device_test(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    struct qn_device d;
    struct qn_msg m;
    char code[17], hex[11];
    uint8_t raw[5];
    int r = device_active(c, qn_msg_get(in, "name"), &d, err);

    (void)out;
    if (r == 0 && d.locked)
        r = qn_fail(err, QN_ECONFLICT, "device %s is locked", d.name);
    if (r != 0)
        return r;
    qn_random(raw, sizeof raw);
    snprintf(code, sizeof code, "test-%s", qn_hex(hex, raw, sizeof raw));
    qn_msg_request(&m, "deliver.test", in->req);
    qn_deliver_device(&m, &d);
    qn_msg_str(&m, "code", code);
    qn_worker_errand(c, &m, TEST_MS, test_answered, errand_failed, errand_make(p, who, in, &d));
    return QN_LATER;
}
