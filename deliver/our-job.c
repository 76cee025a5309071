#include "config.h"

#include "deliver/our-job.h"

#include <poll.h>
#include <string.h>

#include "lib/clock.h"

enum { PAUSE_LEAST_MS = 100, PAUSE_MOST_MS = 2000 };

static enum qn_fate fate_of(const struct qn_ipp_view *v)
{
    if (v->state == IPP_JSTATE_COMPLETED)
        return QN_FATE_COMPLETED;
    if (v->state != IPP_JSTATE_CANCELED && v->state != IPP_JSTATE_ABORTED)
        return QN_FATE_UNKNOWN;
    return v->untouched || (v->impressions == 0 && v->sheets <= 0) ? QN_FATE_CLEAN : QN_FATE_SPOILT;
}

int qn_our_job_look(struct qn_our_job *o, int64_t until, struct qn_err *err)
{
    struct qn_ipp_view v;
    int code = qn_ipp_job_look(o->printer, o->at.id, &v, until, err);

    if (code == 0 && (strcmp(v.uuid, o->at.uuid) != 0 || (v.up_time && v.up_time < o->at.up_time)))
        code = qn_fail(err, QN_ENOTFOUND, "printer was restarted and its job %d is not ours", o->at.id);
    if (code == QN_ENOTFOUND)
        o->fate = QN_FATE_LOST;
    if (code != 0)
        return code;
    o->view = v;
    o->fate = fate_of(&v);
    return 0;
}

bool qn_our_job_given_back(const struct qn_our_job *o)
{
    return o->printer->address->socket && o->fate == QN_FATE_UNKNOWN && o->view.state && o->view.state != IPP_JSTATE_PROCESSING &&
           !o->view.untouched;
}

/* It answers, but not what it was asked: our name still says which job is ours. */
static bool answers_badly(int code)
{
    return code == QN_EINVAL || code == QN_EUNSUPPORTED || code == QN_EFULL;
}

static int our_cancel(struct qn_our_job *o, int looked, int64_t until, struct qn_err *err)
{
    int r = looked;

    if (looked == 0)
        r = qn_ipp_job_cancel(o->printer, o->at.id, until, err);
    else if (answers_badly(looked))
        r = qn_ipp_job_cancel_named(o->printer, o->code, until, err);
    return r > 0 ? 0 : r;
}

int qn_our_job_settle(struct qn_our_job *o, int64_t until, bool patient, struct qn_err *err)
{
    bool cancelled = false;
    int pause = PAUSE_LEAST_MS;

    for (;;) {
        int r = qn_our_job_look(o, until, err);

        if (o->fate != QN_FATE_UNKNOWN)
            return 0;
        if (!cancelled)
            cancelled = (r = our_cancel(o, r, until, err)) == 0;
        if (cancelled && !patient)
            return 0;
        if (!patient || qn_clock_boot() + pause > until)
            return r != 0 ? r : qn_fail(err, QN_ETIMEOUT, "printer's job %d does not end", o->at.id);
        if (!cancelled || pause > PAUSE_LEAST_MS || r != 0)
            (void)poll(NULL, 0, pause);
        pause = pause * 2 < PAUSE_MOST_MS ? pause * 2 : PAUSE_MOST_MS;
    }
}
