#include "config.h"

#include "deliver/release.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "deliver/driver.h"
#include "deliver/ipp-job.h"
#include "deliver/ipp-printer.h"
#include "deliver/options.h"
#include "deliver/prepare.h"
#include "lib/clock.h"
#include "lib/log.h"

enum {
    CONTACT_MS = 10000,         /* connecting and each small request */
    DRIVER_MS = 30000,          /* until the queue of a device with a driver is there */
    BUSY_MS = 20000,            /* waiting for a busy printer */
    CORE_MS = 10000,            /* an answer of the core */
    DOCUMENT_MS = 4 * 3600000,  /* sending the whole document */
    STALL_MS = 15 * 60000,      /* the printer's job without any change */
    DRIVER_STALL_MS = 3600000,  /* the same where no count of pages shows that it is getting on */
    SETTLE_MS = 15000,          /* finding out what became of a job that went wrong */
    POLL_LEAST_MS = 100, POLL_MOST_MS = 2000,
};

struct release {
    struct qn_msg *job;
    int core;
    const volatile int *stopping;
    struct qn_address address;
    struct qn_unseal *document;
    struct qn_ipp printer;
    ipp_t *facts;
    struct qn_layout plan;
    struct qn_ipp_job at; /* the job at the printer */
    struct qn_ipp_view view;
    enum qn_cause cause;
    enum qn_reach reach;
    enum qn_fate fate;
    bool maybe_created;   /* a Create-Job went out and its answer got lost */
    bool core_gone;
    struct qn_err err;
};

static int64_t in(int64_t ms)
{
    return qn_clock_boot() + ms;
}

static bool release_stopping(struct release *r)
{
    if (!*r->stopping)
        return false;
    r->cause = QN_CAUSE_OURS;
    qn_fail(&r->err, QN_EAWAY, "being stopped");
    return true;
}

/* Sends a deliver.* message and waits for its ok. */
static bool release_tell(struct release *r, struct qn_msg *m)
{
    struct qn_msg answer;
    int code = qn_msg_call(r->core, m, &answer, CORE_MS, &r->err);

    qn_msg_free(m);
    r->core_gone = code != 0;
    if (code == 0 && answer.code != QN_OK)
        code = qn_fail(&r->err, answer.code, "core: %s", answer.text);
    qn_msg_free(&answer);
    if (code != 0)
        r->cause = QN_CAUSE_OURS;
    return code == 0;
}

static bool step_address(struct release *r)
{
    int code = qn_driver_address(&r->address, r->job, &r->err);

    r->cause = code == QN_EDENIED ? QN_CAUSE_CERTIFICATE : QN_CAUSE_ERROR;
    return code == 0;
}

static bool step_unseal(struct release *r)
{
    int code = qn_unseal_start(&r->document, r->job, &r->err);

    r->cause = code == QN_ECORRUPT ? QN_CAUSE_FILE : QN_CAUSE_OURS;
    return code == 0;
}

static bool step_driver(struct release *r)
{
    r->printer.address = &r->address;
    return !release_stopping(r) && qn_driver_ready(&r->printer, r->job, in(DRIVER_MS), &r->cause, &r->err) == 0;
}

static bool step_ask(struct release *r)
{
    if (release_stopping(r) || qn_ipp_printer_ask(&r->printer, qn_msg_get(r->job, "format"), json_object_get(r->job->f, "options"),
                                                  &r->facts, in(CONTACT_MS), &r->cause, &r->err) != 0)
        return false;
    qn_driver_facts(r->job, r->facts);
    return true;
}

static bool release_goes_on(void *ctx)
{
    struct release *r = ctx;
    struct pollfd p = { r->core, 0, 0 };

    r->core_gone = poll(&p, 1, 0) > 0;
    return !r->core_gone && !*r->stopping;
}

/* What the printer can't do of pages and layout is done before it gets anything. */
static bool step_prepare(struct release *r)
{
    int code = qn_layout_plan(&r->plan, json_object_get(r->job->f, "options"), qn_msg_get(r->job, "format"), r->facts, &r->err);

    r->cause = QN_CAUSE_OPTIONS;
    if (code == 0 && r->plan.passes > 0)
        qn_ipp_close(&r->printer); /* it would not wait for us */
    return code == 0 && qn_prepare(r->document, &r->plan, release_goes_on, r, &r->cause, &r->err) == 0;
}

static ipp_t *create_request(struct release *r)
{
    ipp_t *q = qn_ipp_request(&r->printer, IPP_OP_CREATE_JOB, 0);
    char left_out[256];

    ippAddString(q, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL, qn_msg_get(r->job, "code"));
    ippAddBoolean(q, IPP_TAG_OPERATION, "ipp-attribute-fidelity", 0);
    qn_options_add(q, r->plan.rest, r->facts, left_out, sizeof left_out);
    if (left_out[0])
        qn_log(QN_LOG_INFO, "%s job %s: the printer does not do %s", r->job->req, qn_msg_get(r->job, "job"), left_out);
    return q;
}

/* Create-Job, again with growing pauses while the printer is busy. */
static bool step_create(struct release *r)
{
    int64_t give_up = in(BUSY_MS);
    int pause = 250, code;

    do {
        ipp_t *q;

        if (release_stopping(r))
            return false;
        q = create_request(r);
        code = qn_ipp_job_create(&r->printer, &q, &r->at, in(CONTACT_MS), &r->cause, &r->err);
        if (code != QN_EAGAIN || in(pause) > give_up)
            break;
        (void)poll(NULL, 0, pause);
        pause = pause * 2 < 4000 ? pause * 2 : 4000;
    } while (true);
    if (code == 0)
        r->reach = QN_REACH_OPEN;
    else
        r->maybe_created = code != QN_EDENIED && code != QN_EAWAY && (!r->printer.answered || code == QN_EINVAL);
    return code == 0;
}

/* The uuid tells this job from another one that gets its id after the printer was switched off and on. */
static bool step_identify(struct release *r)
{
    int code = qn_ipp_job_look(&r->printer, r->at.id, &r->view, in(CONTACT_MS), &r->err);

    if (code != 0 && code != QN_EUNSUPPORTED && code != QN_ENOTFOUND) {
        r->cause = qn_outcome_cause(code);
        return false;
    }
    memcpy(r->at.uuid, r->view.uuid, sizeof r->at.uuid);
    r->at.up_time = r->view.up_time ? r->view.up_time : qn_ipp_printer_up_time(r->facts);
    return !release_stopping(r);
}

static bool step_created(struct release *r)
{
    struct qn_msg m;

    qn_msg_request(&m, "deliver.created", r->job->req);
    qn_msg_str(&m, "job", qn_msg_get(r->job, "job"));
    qn_msg_int(&m, "printer_job", r->at.id);
    qn_msg_str(&m, "printer_uuid", r->at.uuid);
    qn_msg_int(&m, "up_time", r->at.up_time);
    return release_tell(r, &m);
}

static bool step_send(struct release *r)
{
    bool begun = false;
    int code = qn_ipp_job_send(&r->printer, r->at.id, qn_msg_get(r->job, "format"), r->document, &begun, in(DOCUMENT_MS),
                               &r->cause, &r->err);

    if (begun)
        r->reach = code == 0 ? QN_REACH_SENT : QN_REACH_SENDING;
    return code == 0;
}

static bool step_sent(struct release *r)
{
    struct qn_msg m;

    qn_msg_request(&m, "deliver.sent", r->job->req);
    qn_msg_str(&m, "job", qn_msg_get(r->job, "job"));
    if (!release_tell(r, &m) && !r->core_gone)
        qn_log_err(QN_LOG_WARNING, "deliver.sent", &r->err); /* the printer has it all: that is followed to its end */
    return !r->core_gone;
}

static enum qn_fate fate_of(const struct qn_ipp_view *v)
{
    if (v->state == IPP_JSTATE_COMPLETED)
        return QN_FATE_COMPLETED;
    if (v->state != IPP_JSTATE_CANCELED && v->state != IPP_JSTATE_ABORTED)
        return QN_FATE_UNKNOWN;
    return v->untouched || (v->impressions == 0 && v->sheets <= 0) ? QN_FATE_CLEAN : QN_FATE_SPOILT;
}

/* Looks at our job. An id that now means another job, or a printer that was restarted, tells nothing about ours. */
static int release_look(struct release *r)
{
    struct qn_ipp_view v;
    int code = qn_ipp_job_look(&r->printer, r->at.id, &v, in(CONTACT_MS), &r->err);

    if (code != 0)
        return code;
    if (strcmp(v.uuid, r->at.uuid) != 0 || (v.up_time && v.up_time < r->at.up_time))
        return qn_fail(&r->err, QN_ENOTFOUND, "printer was restarted and its job %d is not ours", r->at.id);
    r->view = v;
    r->fate = fate_of(&v);
    return 0;
}

/* Waits, or less if the core goes away. */
static void release_wait(struct release *r, int ms)
{
    struct pollfd p = { r->core, POLLIN, 0 };

    if (poll(&p, 1, ms) > 0)
        r->core_gone = true; /* it has nothing to say while we work, so this is the end of the connection */
}

/* A queue of quoin-cups that could not print what it had begun keeps it for later, when nobody stands there any more. */
static bool given_back(const struct release *r)
{
    return r->address.socket && r->view.state != IPP_JSTATE_PROCESSING && !r->view.untouched;
}

/* Until the printer's job ends. False if it stalls, gets lost, or nobody is left to tell. */
static bool step_follow(struct release *r)
{
    int still = r->address.socket ? DRIVER_STALL_MS : STALL_MS, pause = POLL_LEAST_MS;
    int64_t stalled = in(still);
    struct qn_ipp_view last = r->view;

    while (!r->core_gone) {
        int code = release_look(r);

        if (code != 0) {
            r->cause = qn_outcome_cause(code);
            return false;
        }
        if (r->fate != QN_FATE_UNKNOWN)
            break;
        if (r->view.state != last.state || r->view.impressions != last.impressions || r->view.sheets != last.sheets)
            stalled = in(still);
        if (in(0) > stalled || given_back(r)) {
            r->cause = QN_CAUSE_STOPPED;
            qn_fail(&r->err, QN_ETIMEOUT, "printer's job has not moved for %d minutes, or was given up", still / 60000);
            return false;
        }
        last = r->view;
        release_wait(r, pause);
        pause = pause * 3 / 2 < POLL_MOST_MS ? pause * 3 / 2 : POLL_MOST_MS;
    }
    r->cause = r->view.bad_format ? QN_CAUSE_FORMAT : QN_CAUSE_END;
    if (r->fate != QN_FATE_COMPLETED && !r->core_gone)
        qn_fail(&r->err, QN_EUNSUPPORTED, "printer's job ended in state %d", r->view.state);
    return !r->core_gone;
}

/* After a failure with a job of ours at the printer: cancels it, so that nothing comes out later with nobody
 * there, and asks what became of it. Keeps the first error. */
static void release_settle(struct release *r)
{
    struct qn_err first = r->err;
    int64_t until = in(SETTLE_MS);
    int pause = POLL_LEAST_MS, code;

    qn_ipp_close(&r->printer);
    if (r->reach == QN_REACH_OPEN)
        until = in(CONTACT_MS); /* no byte of it is there: cancelling is all, and nobody has to wait for it */
    while ((code = qn_ipp_job_cancel(&r->printer, r->at.id, until, &r->err)) == QN_EAWAY && r->reach > QN_REACH_OPEN &&
           in(POLL_MOST_MS) < until)
        (void)poll(NULL, 0, POLL_MOST_MS); /* the network may come back, and with it certainty */
    while (code == 0 && r->reach > QN_REACH_OPEN && in(pause) < until && (code = release_look(r)) == 0 &&
           r->fate == QN_FATE_UNKNOWN) {
        (void)poll(NULL, 0, pause);
        pause *= 2;
    }
    if (code != 0)
        qn_log_err(QN_LOG_NOTICE, "after a failed release", &r->err);
    if (r->view.bad_format && r->cause == QN_CAUSE_ERROR)
        r->cause = QN_CAUSE_FORMAT;
    r->err = first;
}

static void release_orphans(struct release *r)
{
    struct qn_err err;
    int n;

    qn_ipp_close(&r->printer);
    n = qn_ipp_job_cancel_named(&r->printer, qn_msg_get(r->job, "code"), in(SETTLE_MS), &err);
    if (n < 0)
        qn_log_err(QN_LOG_NOTICE, "looking for a job that may have been left open", &err);
}

static bool (*const steps[])(struct release *) = {
    step_address, step_unseal, step_driver, step_ask, step_prepare, step_create, step_identify, step_created, step_send, step_sent,
    step_follow,
};

static void release_end(struct release *r, struct qn_msg *answer)
{
    struct qn_outcome o = qn_outcome_judge(r->cause, r->reach, r->fate);
    bool printed = strcmp(o.outcome, "printed") == 0;

    qn_log(printed ? QN_LOG_INFO : QN_LOG_WARNING, "%s job %s at %s: %s%s%s%s%s", r->job->req, qn_msg_get(r->job, "job"),
           qn_msg_get(r->job, "device"), o.outcome, o.why[0] ? ", " : "", o.why, printed ? "" : ": ", printed ? "" : r->err.text);
    qn_msg_str(answer, "outcome", o.outcome);
    qn_msg_str(answer, "why", o.why);
    qn_msg_int(answer, "impressions", r->at.id > 0 ? r->view.impressions : -1);
    qn_msg_int(answer, "sheets", r->at.id > 0 ? r->view.sheets : -1);
    qn_unseal_free(&r->document);
    qn_ipp_close(&r->printer);
    qn_layout_free(&r->plan);
    ippDelete(r->facts);
}

bool qn_release_run(struct qn_msg *job, int core, const volatile int *stopping, struct qn_msg *answer)
{
    struct release r = { .job = job, .core = core, .stopping = stopping };
    size_t i = 0, all = sizeof steps / sizeof *steps;

    while (i < all && steps[i](&r))
        i++;
    if (r.maybe_created)
        release_orphans(&r);
    else if (i < all && r.at.id > 0 && r.fate == QN_FATE_UNKNOWN && !(r.reach == QN_REACH_SENT && r.core_gone))
        release_settle(&r);
    release_end(&r, answer);
    return !r.core_gone;
}
