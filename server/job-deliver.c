#include "server/job-deliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "server/job-ask.h"
#include "server/job-key.h"
#include "server/job-output.h"
#include "server/job-purge.h"
#include "server/job-queue.h"
#include "server/record.h"
#include "server/turn.h"

bool qn_deliver_busy(const struct qn_peer *p)
{
    return p->releasing[0] != '\0';
}

/* ---- ends ---- */

static int end_change(struct qn_core *c, struct qn_job *j, enum qn_job_event event, const char *why, struct qn_err *err)
{
    int to = qn_job_state_next(j->state, event);

    if (to < 0)
        return qn_fail(err, QN_ECONFLICT, "job %s is %s", j->id, qn_job_state_name(j->state));
    j->stage = QN_STAGE_NONE;
    j->lease = 0;
    snprintf(j->why, sizeof j->why, "%s", why);
    return qn_store_job_change(c->store, j, to, err);
}

static int end_record(struct qn_core *c, enum qn_audit_event ev, const struct qn_job *j, const char *why, struct qn_err *err)
{
    struct qn_device d = { 0 };

    if (j->device && qn_store_device(c->store, j->device, &d, err) == QN_EIO)
        return QN_EIO;
    return qn_record(c, ev, "", err, "{s:s, s:s, s:s, s:s, s:I, s:s, s:o*, s:o*, s:o*, s:s*}", "job", j->id, "owner_name",
                     j->owner_name, "device", d.name, "reason", why, "printer_job", (json_int_t)j->printer_job, "printer_uuid",
                     j->printer_uuid, "expected", qn_output_count(j->expected), "impressions", qn_output_count(j->impressions),
                     "sheets", qn_output_count(j->sheets), "output", j->output[0] ? j->output : NULL);
}

int qn_deliver_return(struct qn_core *c, struct qn_job *j, const char *why, struct qn_err *err)
{
    int r = end_change(c, j, QN_EVENT_RETURN, why, err);

    return r == 0 ? end_record(c, QN_AUDIT_RELEASE_FAILED, j, why, err) : r;
}

/* What is missing of it could not be had again once its key is destroyed: so its owner is asked first. */
static int end_short(struct qn_core *c, struct qn_job *j, struct qn_err *err)
{
    int r = qn_deliver_uncertain(c, j, "output-short", err);

    return r == 0 ? qn_output_tell(c, j, 0, err) : r;
}

int qn_deliver_printed(struct qn_core *c, struct qn_job *j, struct qn_err *err)
{
    const struct qn_class *k = qn_class_level(j->class_);
    bool saw = j->state == QN_JOB_UNCERTAIN;
    enum qn_job_event event = saw ? QN_EVENT_SAW : QN_EVENT_COMPLETE;
    int r = saw && j->output[0] ? 0 : qn_output_settle(c, j, err); /* the printer's count stays what it was */

    if (r != 0)
        return r;
    if (!saw && k && k->keep == 0 && qn_output_is_short(j))
        return end_short(c, j, err);
    j->released = c->now;
    if (k && c->now + k->keep < j->due)
        j->due = c->now + k->keep;
    if ((r = end_change(c, j, event, "", err)) != 0 || (r = end_record(c, QN_AUDIT_RELEASE_COMPLETED, j, "", err)) != 0)
        return r;
    if (!saw && qn_output_is_short(j) && (r = qn_output_tell(c, j, j->due, err)) != 0)
        return r;
    return k && k->keep == 0 ? qn_purge_job(c, j, "printed", err) : 0;
}

int qn_deliver_uncertain(struct qn_core *c, struct qn_job *j, const char *why, struct qn_err *err)
{
    int r = end_change(c, j, QN_EVENT_DOUBT, why, err);

    return r == 0 ? end_record(c, QN_AUDIT_RELEASE_UNCERTAIN, j, why, err) : r;
}

int qn_deliver_damaged(struct qn_core *c, struct qn_job *j, const char *why, struct qn_err *err)
{
    int r = end_change(c, j, QN_EVENT_DAMAGE, "damaged", err);

    qn_log(QN_LOG_ERR, "job %s is damaged: %s", j->id, why);
    return r == 0 ? end_record(c, QN_AUDIT_JOB_DAMAGED, j, why, err) : r;
}

int qn_deliver_end(struct qn_core *c, struct qn_job *j, const char *outcome, const char *why, struct qn_err *err)
{
    if (strcmp(outcome, "printed") == 0 && j->stage == QN_STAGE_SENT)
        return qn_deliver_printed(c, j, err);
    if (strcmp(outcome, "held") == 0)
        return qn_deliver_return(c, j, why, err);
    if (strcmp(outcome, "damaged") == 0)
        return qn_deliver_damaged(c, j, why, err);
    return j->stage >= QN_STAGE_CREATED ? qn_deliver_uncertain(c, j, why, err) : qn_deliver_return(c, j, why, err);
}

/* ---- handing over ---- */

void qn_deliver_device(struct qn_msg *m, const struct qn_device *d)
{
    qn_msg_str(m, "device", d->name);
    qn_msg_str(m, "uri", d->uri);
    if (d->driver[0])
        qn_msg_str(m, "driver", d->driver);
    if (d->ca[0])
        qn_msg_str(m, "ca", d->ca);
    if (d->pin[0])
        qn_msg_str(m, "pin", d->pin);
}

void qn_deliver_code(struct qn_msg *m, const struct qn_job *j)
{
    char code[17];

    snprintf(code, sizeof code, "q-%.10s", j->token);
    qn_msg_str(m, "code", code);
}

static void hand_job(struct qn_core *c, struct qn_msg *m, const struct qn_job *j, const uint8_t mac[32])
{
    char hex[65];

    qn_msg_str(m, "job", j->id);
    qn_msg_str(m, "format", j->format);
    qn_msg_int(m, "length", (int64_t)j->sum.length);
    qn_msg_str(m, "commitment", qn_hex(hex, j->sum.commitment, 32));
    qn_msg_str(m, "tags", qn_hex(hex, j->sum.tags, 32));
    qn_msg_str(m, "mac", qn_hex(hex, mac, 32));
    qn_deliver_code(m, j);
    qn_msg_int(m, "verify_max", qn_conf_int(c->conf, "verify-max"));
}

/* Fills the message with everything of the job, and what is expected of it; QN_ECORRUPT or QN_ENOTFOUND make the job damaged. */
static int hand_fill(struct qn_core *c, struct qn_msg *m, struct qn_job *j, json_t *changed, struct qn_err *err)
{
    uint8_t mac[32], *key = qn_job_key(c, j, err);
    json_t *options = NULL;
    struct qn_device d;
    int r, fd = -1;

    if (!key)
        return QN_ECORRUPT;
    r = qn_job_mac(c, j, key, mac, err);
    if (r == 0)
        r = qn_job_options(c, j, key, &options, err);
    if (r == 0)
        r = qn_spool_open_job(c->spool, j->id, &fd, err);
    if (r == 0) {
        qn_msg_fd(m, fd); /* transferred */
        r = qn_store_device(c->store, j->device, &d, err);
    }
    if (r == 0) {
        qn_deliver_device(m, &d);
        hand_job(c, m, j, mac);
        if (changed)
            json_object_update(options, changed);
        j->expected = qn_output_expected(j->pages, options);
        qn_msg_json(m, "options", json_incref(options));
        qn_msg_secret(m, QN_SECRET_KEY, key, QN_SEAL_KEY);
    }
    json_decref(options);
    qn_secret_free(&key);
    return r == QN_ENOTFOUND ? QN_ECORRUPT : r;
}

static void hand_undo(struct qn_core *c, void *arg)
{
    struct qn_peer *p = qn_peer_find(c, (uint64_t)(uintptr_t)arg);

    if (p)
        p->releasing[0] = '\0';
}

int qn_deliver_hand(struct qn_core *c, struct qn_peer *p, struct qn_job *j, json_t *changed, struct qn_err *err)
{
    struct qn_msg m;
    int r;

    qn_msg_request(&m, "deliver.job", NULL);
    r = hand_fill(c, &m, j, changed, err);
    if (r != 0) {
        qn_msg_free(&m);
        return r == QN_ECORRUPT ? qn_deliver_damaged(c, j, err->text, err) : r;
    }
    j->stage = QN_STAGE_HANDED;
    if ((r = qn_store_job_change(c->store, j, QN_JOB_RELEASING, err)) != 0) {
        qn_msg_free(&m);
        return r;
    }
    memcpy(p->releasing, j->id, sizeof p->releasing);
    p->stop = false;
    qn_turn_undo(c, hand_undo, (void *)(uintptr_t)p->id);
    m.seq = (int64_t)p->id;
    qn_turn_send(c, p->id, &m);
    return 0;
}

/* ---- what deliver says ---- */

/* The releasing job of this connection. */
static int deliver_current(struct qn_core *c, const struct qn_peer *p, const char *id, struct qn_job *j, struct qn_err *err)
{
    int r = qn_deliver_busy(p) && strcmp(p->releasing, id) == 0 ? qn_store_job(c->store, id, j, err)
                                                               : qn_fail(err, QN_ECONFLICT, "not the job of this process");

    if (r == 0 && j->state != QN_JOB_RELEASING)
        r = qn_fail(err, QN_ECONFLICT, "job %s is %s", id, qn_job_state_name(j->state));
    return r;
}

int qn_deliver_created(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                       struct qn_err *err)
{
    struct qn_job j;
    int r = deliver_current(c, p, qn_msg_get(in, "job"), &j, err);

    (void)who;
    (void)out;
    if (r == 0 && j.stage != QN_STAGE_HANDED)
        r = qn_fail(err, QN_ECONFLICT, "the printer's job is known already");
    if (r != 0)
        return r;
    j.stage = QN_STAGE_CREATED;
    j.printer_job = qn_msg_get_int(in, "printer_job");
    j.up_time = qn_msg_get_int(in, "up_time");
    snprintf(j.printer_uuid, sizeof j.printer_uuid, "%s", qn_msg_get(in, "printer_uuid"));
    return qn_store_job_change(c->store, &j, QN_JOB_RELEASING, err);
}

int qn_deliver_sent(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                    struct qn_err *err)
{
    struct qn_job j;
    int r = deliver_current(c, p, qn_msg_get(in, "job"), &j, err);

    (void)who;
    (void)out;
    if (r == 0 && j.stage != QN_STAGE_CREATED)
        r = qn_fail(err, QN_ECONFLICT, "sent before the printer's job was known");
    if (r != 0)
        return r;
    j.stage = QN_STAGE_SENT;
    return qn_store_job_change(c->store, &j, QN_JOB_RELEASING, err);
}

int qn_deliver_progress(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                        struct qn_err *err)
{
    struct qn_job j;
    int r = deliver_current(c, p, qn_msg_get(in, "job"), &j, err);

    (void)who;
    (void)out;
    if (r != 0)
        return r;
    qn_output_learn(&j, in);
    return qn_store_job_change(c->store, &j, QN_JOB_RELEASING, err);
}

struct verdict { struct qn_peer *peer; const struct qn_msg *answer; bool again; };

/* Not now: it waits, and is tried again. */
static int verdict_again(struct qn_core *c, struct qn_job *j, const char *why, struct qn_err *err)
{
    j->stage = QN_STAGE_CLAIMED;
    j->printer_job = j->up_time = 0;
    j->impressions = j->sheets = -1;
    j->printer_uuid[0] = '\0';
    snprintf(j->why, sizeof j->why, "%s", why);
    return qn_store_job_change(c->store, j, QN_JOB_RELEASING, err);
}

static int verdict_work(struct qn_core *c, void *arg, struct qn_err *err)
{
    struct verdict *v = arg;
    const char *outcome = qn_msg_get(v->answer, "outcome"), *why = qn_msg_get(v->answer, "why");
    struct qn_job j;
    int r = deliver_current(c, v->peer, v->peer->releasing, &j, err);

    if (r != 0)
        return r;
    if (v->answer->code != QN_OK)
        return qn_ask_take(c, &j, true, err);
    qn_output_learn(&j, v->answer);
    if (strcmp(outcome, "printing") == 0 && j.stage >= QN_STAGE_CREATED)
        return qn_ask_take(c, &j, false, err);
    if (strcmp(outcome, "held") == 0 && v->peer->stop)
        why = "stopped"; /* whatever else came in between: that is what they wanted */
    v->again = strcmp(outcome, "held") == 0 && qn_release_retries(c, v->peer->claim, why);
    return v->again ? verdict_again(c, &j, why, err) : qn_deliver_end(c, &j, outcome, why, err);
}

static void deliver_over(struct qn_core *c, struct qn_peer *p)
{
    if (p->stop)
        (void)qn_ask_stop(c, p->releasing); /* if it is asked about from now on */
    qn_release_over(c, &p->claim);
    p->releasing[0] = '\0';
}

void qn_deliver_answered(struct qn_core *c, struct qn_peer *p, const struct qn_msg *answer)
{
    struct verdict v = { p, answer, false };

    if (!qn_deliver_busy(p) || strcmp(answer->verb, "deliver.job") != 0) {
        qn_peer_drop(p, "an answer nobody waits for");
        return;
    }
    if (qn_turn_step(c, verdict_work, &v, "deliver.job") == 0 && v.again)
        qn_release_again(c, &p->claim, qn_msg_get(answer, "why"));
    deliver_over(c, p);
}

static int lost_work(struct qn_core *c, void *arg, struct qn_err *err)
{
    struct qn_peer *p = arg;
    struct qn_job j;
    int r = deliver_current(c, p, p->releasing, &j, err);

    return r == 0 ? qn_ask_take(c, &j, true, err) : r;
}

void qn_deliver_lost(struct qn_core *c, struct qn_peer *p)
{
    if (!qn_deliver_busy(p))
        return;
    qn_turn_step(c, lost_work, p, "lost deliver process");
    deliver_over(c, p);
}
