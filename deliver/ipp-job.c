#include "config.h"

#include "deliver/ipp-job.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"

enum { EARLY_ANSWER_MS = 3000, ENDED_MS = 500, NAMED_MAX = 20 };

static bool status_ok(ipp_t *reply)
{
    return ippGetStatusCode(reply) <= IPP_STATUS_OK_CONFLICTING;
}

static int refused(struct qn_ipp *p, const char *what, ipp_t *reply, enum qn_cause *cause, struct qn_err *err)
{
    int status = (int)ippGetStatusCode(reply);

    *cause = qn_outcome_status(status);
    return qn_fail(err, *cause == QN_CAUSE_BUSY ? QN_EAGAIN : QN_EUNSUPPORTED, "%s: status 0x%04x %s", what,
                   (unsigned)status, p->said);
}

static int64_t integer_of(ipp_t *from, const char *name, int64_t otherwise)
{
    ipp_attribute_t *a = ippFindAttribute(from, name, IPP_TAG_INTEGER);
    int v = a ? ippGetInteger(a, 0) : -1;

    return v >= 0 ? v : otherwise;
}

int qn_ipp_job_create(struct qn_ipp *p, ipp_t **request, struct qn_ipp_job *job, int64_t until, enum qn_cause *cause,
                      struct qn_err *err)
{
    ipp_t *reply = NULL;
    int r = qn_ipp_call(p, request, &reply, until, err);
    int64_t id;

    job->id = 0;
    *cause = qn_outcome_cause(r);
    if (r != 0)
        return r;
    id = integer_of(reply, "job-id", 0);
    if (!status_ok(reply)) {
        r = refused(p, "Create-Job", reply, cause, err);
    } else if (id < 1) {
        *cause = QN_CAUSE_ERROR;
        r = qn_fail(err, QN_EINVAL, "Create-Job: no job id");
    } else {
        job->id = (int)id;
    }
    ippDelete(reply);
    return r;
}

static bool format_reason(ipp_t *reply)
{
    static const char *const reasons[] = {
        "document-format-error", "unsupported-document-format", "document-unprintable-error",
    };
    ipp_attribute_t *a = ippFindAttribute(reply, "job-state-reasons", IPP_TAG_KEYWORD);

    for (size_t i = 0; a && i < sizeof reasons / sizeof *reasons; i++)
        if (ippContainsString(a, reasons[i]))
            return true;
    return false;
}

/* time-at-processing is "no-value" until the first time (RFC 8011 section 5.3.14.2). */
static bool never_began(ipp_t *reply)
{
    ipp_attribute_t *a = ippFindAttribute(reply, "time-at-processing", IPP_TAG_ZERO);

    return a && ippGetValueTag(a) == IPP_TAG_NOVALUE;
}

static void view_fill(struct qn_ipp_view *view, ipp_t *reply, bool counts)
{
    ipp_attribute_t *state = ippFindAttribute(reply, "job-state", IPP_TAG_ENUM);
    ipp_attribute_t *uuid = ippFindAttribute(reply, "job-uuid", IPP_TAG_URI);
    const char *s = uuid ? ippGetString(uuid, 0, NULL) : NULL;

    view->state = state ? ippGetInteger(state, 0) : 0;
    view->impressions = counts ? integer_of(reply, "job-impressions-completed", -1) : -1;
    view->sheets = counts ? integer_of(reply, "job-media-sheets-completed", -1) : -1;
    view->untouched = never_began(reply);
    view->up_time = (int)integer_of(reply, "job-printer-up-time", 0);
    view->bad_format = format_reason(reply);
    if (s)
        qn_utf8_copy(view->uuid, sizeof view->uuid, s, strlen(s));
}

int qn_ipp_job_look(struct qn_ipp *p, int id, struct qn_ipp_view *view, int64_t until, struct qn_err *err)
{
    static const char *const names[] = {
        "job-id", "job-impressions-completed", "job-media-sheets-completed", "job-printer-up-time",
        "job-state", "job-state-reasons", "job-uuid", "time-at-processing",
    };
    ipp_t *request = qn_ipp_request(p, IPP_OP_GET_JOB_ATTRIBUTES, id), *reply = NULL;
    int r;

    memset(view, 0, sizeof *view);
    view->impressions = view->sheets = -1;
    ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes", sizeof names / sizeof *names, NULL,
                  names);
    r = qn_ipp_call(p, &request, &reply, until, err);
    if (r != 0)
        return r;
    if (!status_ok(reply))
        r = qn_fail(err, ippGetStatusCode(reply) == IPP_STATUS_ERROR_NOT_FOUND ? QN_ENOTFOUND : QN_EUNSUPPORTED,
                    "Get-Job-Attributes: status 0x%04x %s", (unsigned)ippGetStatusCode(reply), p->said);
    else if (integer_of(reply, "job-id", id) != id)
        r = qn_fail(err, QN_EINVAL, "Get-Job-Attributes: printer tells of another job");
    else
        view_fill(view, reply, !p->address->socket);
    ippDelete(reply);
    return r;
}

static int send_all(struct qn_ipp *p, const struct qn_buf *head, struct qn_unseal *s, const struct qn_limit *limit,
                    struct qn_err *err)
{
    int64_t asked = qn_clock_boot();
    const uint8_t *data;
    size_t n = 0;
    int r = qn_link_write(p->link, head->data, head->len, limit, err);

    while (r == 0 && (r = qn_unseal_next(s, &data, &n, err)) == 0 && n > 0) {
        if ((r = qn_link_write(p->link, data, n, limit, err)) == 0 && limit->ended && qn_clock_boot() - asked > ENDED_MS) {
            asked = qn_clock_boot(); /* a fast printer is never waited for */
            r = limit->ended(limit->ctx) ? qn_fail(err, QN_EAGAIN, "broken off by us") : 0;
        }
    }
    return r;
}

static int send_answer(struct qn_ipp *p, int wrote, const struct qn_limit *limit, enum qn_cause *cause,
                       struct qn_err *err)
{
    struct qn_limit soon = { .until = qn_clock_boot() + EARLY_ANSWER_MS, .idle_ms = EARLY_ANSWER_MS };
    ipp_t *reply = NULL;
    int r = qn_ipp_answer(p, &reply, wrote == 0 ? limit : &soon, err);

    *cause = qn_outcome_cause(r);
    if (r != 0)
        return r;
    if (!status_ok(reply)) {
        r = refused(p, "Send-Document", reply, cause, err);
    } else if (wrote != 0) {
        *cause = QN_CAUSE_ERROR;
        r = qn_fail(err, QN_EINVAL, "printer says that it has the document before it had");
    }
    if (r != 0)
        qn_ipp_close(p);
    ippDelete(reply);
    return r;
}

static ipp_t *send_request(struct qn_ipp *p, int id, const char *format)
{
    ipp_t *q = qn_ipp_request(p, IPP_OP_SEND_DOCUMENT, id);

    ippAddString(q, IPP_TAG_OPERATION, IPP_TAG_MIMETYPE, "document-format", NULL, format);
    ippAddBoolean(q, IPP_TAG_OPERATION, "last-document", 1);
    return q;
}

int qn_ipp_job_send(struct qn_ipp *p, int id, const char *format, struct qn_unseal *s, bool *begun, const struct qn_limit *limit,
                    enum qn_cause *cause, struct qn_err *err)
{
    struct qn_buf head = { 0 };
    ipp_t *request = send_request(p, id, format);
    int r = qn_ipp_encode(p, request, qn_unseal_length(s), &head, err);

    *begun = false;
    ippDelete(request);
    if (r == 0)
        r = qn_ipp_open(p, qn_clock_boot() + 10000, err);
    if (r == 0) {
        *begun = true;
        r = send_all(p, &head, s, limit, err);
    }
    qn_buf_free(&head);
    *cause = qn_outcome_cause(r);
    if (r == 0 || r == QN_ECONFLICT)
        return send_answer(p, r, limit, cause, err);
    qn_ipp_close(p);
    return r;
}

int qn_ipp_job_cancel(struct qn_ipp *p, int id, int64_t until, struct qn_err *err)
{
    ipp_t *request = qn_ipp_request(p, IPP_OP_CANCEL_JOB, id), *reply = NULL;
    int r = qn_ipp_call(p, &request, &reply, until, err);

    if (r == 0 && !status_ok(reply) && ippGetStatusCode(reply) != IPP_STATUS_ERROR_NOT_POSSIBLE)
        r = qn_fail(err, QN_EUNSUPPORTED, "Cancel-Job: status 0x%04x %s", (unsigned)ippGetStatusCode(reply), p->said);
    ippDelete(reply);
    return r;
}

static bool is_named(ipp_attribute_t *a, const char *name)
{
    ipp_tag_t tag = ippGetValueTag(a);
    const char *s = tag == IPP_TAG_NAME || tag == IPP_TAG_NAMELANG ? ippGetString(a, 0, NULL) : NULL;

    return s && strcmp(s, name) == 0;
}

/* Collects the ids of the jobs in a Get-Jobs answer whose name is ours. */
static int named_ids(ipp_t *reply, const char *name, int ids[NAMED_MAX])
{
    ipp_attribute_t *a = ippFirstAttribute(reply);
    int n = 0, id = 0;
    bool ours = false;

    for (; n < NAMED_MAX; a = ippNextAttribute(reply)) {
        const char *what = a ? ippGetName(a) : NULL;

        if (!what) { /* between two jobs, and at the end */
            if (ours && id > 0)
                ids[n++] = id;
            ours = false;
            id = 0;
            if (!a)
                break;
        } else if (strcmp(what, "job-id") == 0 && ippGetValueTag(a) == IPP_TAG_INTEGER) {
            id = ippGetInteger(a, 0);
        } else if (strcmp(what, "job-name") == 0) {
            ours = is_named(a, name);
        }
    }
    return n;
}

int qn_ipp_job_cancel_named(struct qn_ipp *p, const char *name, int64_t until, struct qn_err *err)
{
    static const char *const names[] = { "job-id", "job-name" };
    ipp_t *request = qn_ipp_request(p, IPP_OP_GET_JOBS, 0), *reply = NULL;
    int ids[NAMED_MAX], n = 0, r;

    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "which-jobs", NULL, "not-completed");
    ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "limit", 100);
    ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes", 2, NULL, names);
    r = qn_ipp_call(p, &request, &reply, until, err);
    if (r == 0 && status_ok(reply))
        n = named_ids(reply, name, ids);
    ippDelete(reply);
    for (int i = 0; i < n && r == 0; i++)
        r = qn_ipp_job_cancel(p, ids[i], until, err);
    return r == 0 ? n : r;
}
