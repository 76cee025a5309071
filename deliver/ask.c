#include "config.h"

#include "deliver/ask.h"

#include <stdio.h>
#include <string.h>

#include "deliver/driver.h"
#include "deliver/our-job.h"
#include "lib/clock.h"
#include "lib/log.h"

enum { CONTACT_MS = 10000, SETTLE_MS = 15000 };

struct ask {
    struct qn_msg *m;
    struct qn_address address;
    struct qn_ipp printer;
    struct qn_our_job ours;
    struct qn_err err;
};

static int64_t in(int64_t ms)
{
    return qn_clock_boot() + ms;
}

/* No byte of it can have left: an open job of ours may be there, and must not stay. */
static void ask_orphan(struct ask *a)
{
    (void)qn_ipp_job_cancel_named(&a->printer, a->ours.code, in(SETTLE_MS), &a->err);
}

/* What was not sent in whole must not come out. */
static void ask_settle(struct ask *a)
{
    (void)qn_our_job_settle(&a->ours, in(SETTLE_MS), true, &a->err);
}

static void ask_look(struct ask *a)
{
    (void)qn_our_job_look(&a->ours, in(CONTACT_MS), &a->err);
    if (qn_our_job_given_back(&a->ours))
        ask_settle(a);
}

/* What to do at each stage, and how far the document may have got. */
static const struct stage {
    const char *name;
    enum qn_reach reach;
    void (*look)(struct ask *a);
} stages[] = {
    { "handed", QN_REACH_NOTHING, ask_orphan },
    { "created", QN_REACH_SENDING, ask_settle },
    { "sent", QN_REACH_SENT, ask_look },
};

static const struct stage *stage_find(const char *name)
{
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (strcmp(stages[i].name, name) == 0)
            return &stages[i];
    return NULL;
}

static enum qn_cause ask_cause(const struct ask *a, const struct stage *s, bool cancel)
{
    if (cancel)
        return QN_CAUSE_STOP;
    if (a->ours.view.bad_format)
        return QN_CAUSE_FORMAT;
    return s->reach == QN_REACH_SENT ? QN_CAUSE_END : QN_CAUSE_LOST;
}

static void ask_end(struct ask *a, const struct qn_outcome *o, struct qn_msg *answer)
{
    bool seen = a->ours.view.state != 0;

    qn_log(QN_LOG_INFO, "%s job %s at %s, asked about: %s%s%s%s%s", a->m->req, qn_msg_get(a->m, "job"), qn_msg_get(a->m, "device"),
           o->outcome, o->why[0] ? ", " : "", o->why, a->err.code ? ": " : "", a->err.text);
    qn_msg_str(answer, "outcome", o->outcome);
    qn_msg_str(answer, "why", o->why);
    qn_msg_int(answer, "impressions", seen ? a->ours.view.impressions : -1);
    qn_msg_int(answer, "sheets", seen ? a->ours.view.sheets : -1);
    qn_ipp_close(&a->printer);
}

static int ask_begin(struct ask *a, const struct stage *s)
{
    struct qn_our_job *o = &a->ours;

    a->printer.address = &a->address;
    o->printer = &a->printer;
    o->code = qn_msg_get(a->m, "code");
    o->at.id = (int)qn_msg_get_int(a->m, "printer_job");
    o->at.up_time = (int)qn_msg_get_int(a->m, "up_time");
    snprintf(o->at.uuid, sizeof o->at.uuid, "%s", qn_msg_get(a->m, "printer_uuid"));
    if (!s || (s->reach > QN_REACH_NOTHING && o->at.id < 1))
        return qn_fail(&a->err, QN_EINVAL, "asked about no job of stage %s", qn_msg_get(a->m, "stage"));
    return qn_driver_address(&a->address, a->m, &a->err);
}

bool qn_ask_run(struct qn_msg *m, int core, const volatile int *stopping, struct qn_msg *answer)
{
    struct ask a = { .m = m };
    const struct stage *s = stage_find(qn_msg_get(m, "stage"));
    bool cancel = qn_msg_get_int(m, "cancel") != 0;
    struct qn_outcome o;

    (void)core;
    (void)stopping; /* it takes seconds */
    answer->code = ask_begin(&a, s);
    if (!s || answer->code != QN_OK) {
        qn_log_err(QN_LOG_ERR, "asking about a job", &a.err);
        return true;
    }
    if (cancel && s->reach == QN_REACH_SENT)
        ask_settle(&a);
    else
        s->look(&a);
    o = qn_outcome_judge(ask_cause(&a, s, cancel), s->reach, a.ours.fate);
    ask_end(&a, &o, answer);
    return true;
}
