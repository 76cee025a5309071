#include "config.h"

#include "deliver/release.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "deliver/convert.h"
#include "deliver/core-line.h"
#include "deliver/driver.h"
#include "deliver/ipp-printer.h"
#include "deliver/options.h"
#include "deliver/our-job.h"
#include "deliver/prepare.h"
#include "lib/clock.h"
#include "lib/log.h"

enum {
    CONTACT_MS = 10000,         /* connecting and each small request */
    DRIVER_MS = 30000,          /* until the queue of a device with a driver is there */
    BUSY_MS = 2000,             /* waiting for a busy printer; the core tries again later */
    DOCUMENT_MS = 4 * 3600000,  /* sending the whole document */
    STILL_MS = 60000,           /* not a byte of it is taken */
    QUIET_MS = 20000,           /* the printer's job without any change: the core asks from then on */
    SETTLE_MS = 15000,          /* finding out what became of a job that went wrong */
    PROGRESS_MS = 1000,         /* pages are told of at most that often */
    IDENTIFY_TRIES = 3, IDENTIFY_PAUSE_MS = 200,
    POLL_LEAST_MS = 100, POLL_MOST_MS = 2000,
};

struct release {
    struct qn_msg *job;
    struct qn_core_line core;
    const volatile int *stopping;
    struct qn_address address;
    struct qn_unseal *document;
    struct qn_ipp printer;
    ipp_t *facts;
    char format[QN_CONVERT_FORMAT]; /* of what the printer gets */
    bool convert;           /* it does not print the document's own */
    struct qn_layout plan;
    struct qn_our_job ours; /* the job at the printer */
    enum qn_cause cause;
    enum qn_reach reach;
    bool maybe_created;     /* a Create-Job went out and its answer got lost */
    struct qn_err err;
};

static int64_t in(int64_t ms)
{
    return qn_clock_boot() + ms;
}

/* Nothing new is begun any more: its owner says so, or whoever stops this service. */
static bool release_stopping(struct release *r)
{
    qn_core_hear(&r->core, 0);
    if (!*r->stopping && !r->core.stop && !r->core.gone)
        return false;
    r->cause = r->core.stop ? QN_CAUSE_STOP : QN_CAUSE_OURS;
    qn_fail(&r->err, QN_EAWAY, r->core.stop ? "stopped by its owner" : r->core.gone ? "the core is gone" : "being stopped");
    return true;
}

/* Sends a deliver.* message of this job, whose verb's fields are in it, and waits for its ok. */
static bool release_tell(struct release *r, struct qn_msg *m)
{
    qn_msg_str(m, "job", qn_msg_get(r->job, "job"));
    if (qn_core_tell(&r->core, m, &r->err) == 0)
        return true;
    r->cause = QN_CAUSE_OURS;
    return false;
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

static bool release_ask(struct release *r)
{
    return !release_stopping(r) && qn_ipp_printer_ask(&r->printer, r->format, json_object_get(r->job->f, "options"), &r->facts,
                                                      in(CONTACT_MS), &r->cause, &r->err) == 0;
}

/* A printer that does not print this may get it converted. */
static bool step_ask(struct release *r)
{
    snprintf(r->format, sizeof r->format, "%s", qn_msg_get(r->job, "format"));
    if (release_ask(r)) {
        qn_driver_facts(r->job, r->facts);
        return true;
    }
    r->convert = r->cause == QN_CAUSE_FORMAT && qn_driver_converts(r->job);
    if (r->convert)
        r->facts = ippNew(); /* of pages and layout it does nothing by itself */
    return r->convert;
}

static bool release_goes_on(void *ctx)
{
    return !release_stopping(ctx);
}

/* What the printer can't do of pages and layout is done before it gets anything. */
static bool step_prepare(struct release *r)
{
    int code = qn_layout_plan(&r->plan, json_object_get(r->job->f, "options"), qn_msg_get(r->job, "format"), r->facts, &r->err);

    r->cause = QN_CAUSE_OPTIONS;
    if (code == 0 && r->plan.passes > 0)
        qn_ipp_close(&r->printer); /* it would not wait for us */
    if (code == 0)
        code = qn_prepare(r->document, &r->plan, release_goes_on, r, &r->cause, &r->err);
    if (code != 0)
        (void)release_stopping(r); /* then it failed because of that */
    return code == 0;
}

static bool step_convert(struct release *r)
{
    if (!r->convert)
        return true;
    qn_ipp_close(&r->printer); /* it would not wait for us */
    ippDelete(r->facts);
    r->facts = NULL;
    if (qn_convert(r->document, r->job, r->plan.rest, r->format, release_goes_on, r, &r->cause, &r->err) == 0)
        return release_ask(r);
    (void)release_stopping(r); /* then it failed because of that */
    return false;
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
        code = qn_ipp_job_create(&r->printer, &q, &r->ours.at, in(CONTACT_MS), &r->cause, &r->err);
        if (code != QN_EAGAIN || in(pause) > give_up)
            break;
        qn_core_hear(&r->core, pause);
        pause *= 2;
    } while (true);
    if (code == 0)
        r->reach = QN_REACH_OPEN;
    else
        r->maybe_created = code != QN_EDENIED && code != QN_EAWAY && (!r->printer.answered || code == QN_EINVAL);
    return code == 0;
}

/* The uuid tells this job from another one that gets its id after the printer was switched off and on. A printer that won't say which
 * job this is could not be asked about it later either: it gets no document. */
static bool step_identify(struct release *r)
{
    struct qn_our_job *o = &r->ours;
    int code = 0;

    for (int tries = 0; tries < IDENTIFY_TRIES; tries++) {
        if (tries > 0)
            (void)poll(NULL, 0, IDENTIFY_PAUSE_MS);
        code = qn_ipp_job_look(&r->printer, o->at.id, &o->view, in(CONTACT_MS), &r->err);
        if (code != QN_EUNSUPPORTED)
            break;
    }
    if (code != 0) {
        r->cause = qn_outcome_cause(code);
        return false;
    }
    memcpy(o->at.uuid, o->view.uuid, sizeof o->at.uuid);
    o->at.up_time = o->view.up_time ? o->view.up_time : qn_ipp_printer_up_time(r->facts);
    return !release_stopping(r);
}

static bool step_created(struct release *r)
{
    struct qn_msg m;

    qn_msg_request(&m, "deliver.created", r->job->req);
    qn_msg_int(&m, "printer_job", r->ours.at.id);
    qn_msg_str(&m, "printer_uuid", r->ours.at.uuid);
    qn_msg_int(&m, "up_time", r->ours.at.up_time);
    return release_tell(r, &m) && !release_stopping(r);
}

/* In the middle of the document: only what makes it worthless ends it, not this service's being stopped. */
static bool sending_ended(void *ctx)
{
    struct release *r = ctx;

    qn_core_hear(&r->core, 0);
    return r->core.stop || r->core.gone;
}

static bool step_send(struct release *r)
{
    struct qn_limit limit = { in(DOCUMENT_MS), STILL_MS, sending_ended, r };
    bool begun = false;
    int code = qn_ipp_job_send(&r->printer, r->ours.at.id, r->format, r->document, &begun, &limit,
                               &r->cause, &r->err);

    if (begun)
        r->reach = code == 0 ? QN_REACH_SENT : QN_REACH_SENDING;
    if (code == QN_EAGAIN && r->cause != QN_CAUSE_BUSY)
        r->cause = r->core.stop ? QN_CAUSE_STOP : QN_CAUSE_OURS;
    return code == 0;
}

static bool step_sent(struct release *r)
{
    struct qn_msg m;

    qn_msg_request(&m, "deliver.sent", r->job->req);
    if (!release_tell(r, &m) && !r->core.gone)
        qn_log_err(QN_LOG_WARNING, "deliver.sent", &r->err); /* the printer has it all: that is followed to its end */
    return !r->core.gone;
}

static bool view_moved(const struct qn_ipp_view *a, const struct qn_ipp_view *b)
{
    return a->state != b->state || a->impressions != b->impressions || a->sheets != b->sheets;
}

/* Pages came out since they were told of last. */
static void follow_tell(struct release *r, struct qn_ipp_view *told, int64_t *next)
{
    const struct qn_ipp_view *v = &r->ours.view;
    struct qn_err err = r->err;
    struct qn_msg m;

    if ((v->impressions == told->impressions && v->sheets == told->sheets) || in(0) < *next)
        return;
    qn_msg_request(&m, "deliver.progress", r->job->req);
    qn_msg_int(&m, "impressions", v->impressions);
    qn_msg_int(&m, "sheets", v->sheets);
    if (!release_tell(r, &m) && !r->core.gone)
        qn_log_err(QN_LOG_WARNING, "deliver.progress", &r->err);
    r->err = err;
    *told = *v;
    *next = in(PROGRESS_MS);
}

/* True while the printer's job goes on and somebody should go on looking. */
static bool follow_goes_on(struct release *r, int64_t quiet)
{
    if (r->ours.fate != QN_FATE_UNKNOWN || r->core.gone || r->core.stop)
        return false;
    if (in(0) <= quiet && !qn_our_job_given_back(&r->ours))
        return true;
    r->cause = r->err.code ? qn_outcome_cause(r->err.code) : QN_CAUSE_STOPPED;
    return false;
}

/* Until the printer's job ends, the owner stops it, or nothing moves, by its word or because it says none: then the core asks later, and
 * no process waits. False if that is not its own end. */
static bool step_follow(struct release *r)
{
    struct qn_ipp_view last = r->ours.view, told = last;
    int64_t quiet = in(QUIET_MS), next = 0;
    int pause = POLL_LEAST_MS;

    while (true) {
        r->err = (struct qn_err){ 0 };
        if (qn_our_job_look(&r->ours, in(CONTACT_MS), &r->err) == 0 && view_moved(&r->ours.view, &last))
            quiet = in(QUIET_MS);
        last = r->ours.view;
        follow_tell(r, &told, &next);
        if (!follow_goes_on(r, quiet))
            break;
        qn_core_hear(&r->core, pause);
        pause = pause * 3 / 2 < POLL_MOST_MS ? pause * 3 / 2 : POLL_MOST_MS;
    }
    if (r->core.gone || (r->ours.fate == QN_FATE_UNKNOWN && !r->core.stop))
        return false;
    r->cause = r->core.stop ? QN_CAUSE_STOP : r->ours.view.bad_format ? QN_CAUSE_FORMAT : QN_CAUSE_END;
    if (r->ours.fate != QN_FATE_COMPLETED && !r->err.code)
        qn_fail(&r->err, QN_EUNSUPPORTED, "printer's job is in state %d", r->ours.view.state);
    return r->ours.fate != QN_FATE_UNKNOWN;
}

/* It must not go on: not all of it is there, or its owner stopped it. Keeps the first error. */
static void release_settle(struct release *r)
{
    bool patient = r->reach > QN_REACH_OPEN; /* else no byte of it is there, and nobody has to wait for it */
    struct qn_err err;

    qn_ipp_close(&r->printer);
    if (qn_our_job_settle(&r->ours, in(patient ? SETTLE_MS : CONTACT_MS), patient, &err) != 0)
        qn_log_err(QN_LOG_NOTICE, "after a failed release", &err);
    if (r->ours.view.bad_format && r->cause == QN_CAUSE_ERROR)
        r->cause = QN_CAUSE_FORMAT;
}

static void release_orphans(struct release *r)
{
    struct qn_err err;
    int n;

    qn_ipp_close(&r->printer);
    n = qn_ipp_job_cancel_named(&r->printer, r->ours.code, in(SETTLE_MS), &err);
    if (n < 0)
        qn_log_err(QN_LOG_NOTICE, "looking for a job that may have been left open", &err);
}

static bool (*const steps[])(struct release *) = {
    step_address, step_unseal, step_driver, step_ask, step_prepare, step_convert, step_create, step_identify, step_created,
    step_send, step_sent, step_follow,
};

static void release_end(struct release *r, struct qn_msg *answer)
{
    struct qn_outcome o = qn_outcome_judge(r->cause, r->reach, r->ours.fate);
    bool printed = strcmp(o.outcome, "printed") == 0;

    qn_log(printed ? QN_LOG_INFO : QN_LOG_WARNING, "%s job %s at %s: %s%s%s%s%s", r->job->req, qn_msg_get(r->job, "job"),
           qn_msg_get(r->job, "device"), o.outcome, o.why[0] ? ", " : "", o.why, printed ? "" : ": ", printed ? "" : r->err.text);
    qn_msg_str(answer, "outcome", o.outcome);
    qn_msg_str(answer, "why", o.why);
    qn_msg_int(answer, "impressions", r->ours.at.id > 0 ? r->ours.view.impressions : -1);
    qn_msg_int(answer, "sheets", r->ours.at.id > 0 ? r->ours.view.sheets : -1);
    qn_unseal_free(&r->document);
    qn_ipp_close(&r->printer);
    qn_layout_free(&r->plan);
    ippDelete(r->facts);
}

bool qn_release_run(struct qn_msg *job, int core, const volatile int *stopping, struct qn_msg *answer)
{
    struct release r = { .job = job, .core = { .sock = core, .job = qn_msg_get(job, "job") }, .stopping = stopping };
    size_t i = 0, all = sizeof steps / sizeof *steps;

    r.ours.printer = &r.printer;
    r.ours.code = qn_msg_get(job, "code");
    while (i < all && steps[i](&r))
        i++;
    if (r.maybe_created)
        release_orphans(&r);
    else if (i < all && r.ours.at.id > 0 && r.ours.fate == QN_FATE_UNKNOWN &&
             (r.reach < QN_REACH_SENT || r.core.stop || qn_our_job_given_back(&r.ours)))
        release_settle(&r);
    release_end(&r, answer);
    return !r.core.gone;
}
