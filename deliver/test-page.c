#include "config.h"

#include "deliver/test-page.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "deliver/convert.h"
#include "deliver/driver.h"
#include "deliver/ipp-job.h"
#include "deliver/probe.h"
#include "deliver/test-sheet.h"
#include "lib/clock.h"
#include "lib/log.h"

/* Somebody waits for it: what takes longer is left to the printer. */
enum { ALL_MS = 5500, CONVERT_MS = 15000, SETTLE_MS = 1000, PAUSE_LEAST_MS = 100, PAUSE_MOST_MS = 1000 };

struct test {
    const struct qn_msg *ask;
    const volatile int *stopping;
    struct qn_address address;
    struct qn_ipp printer;
    ipp_t *facts;
    char format[QN_CONVERT_FORMAT];
    bool convert;             /* it prints none of ours */
    struct qn_unseal *page;
    struct qn_ipp_job at;
    enum qn_cause cause;
    enum qn_reach reach;
    enum qn_fate fate;
    bool going;               /* it has the page and has not come to an end yet */
    int64_t impressions, sheets;
    int64_t until;            /* for all of it */
    struct qn_err err;
};

static bool step_address(struct test *t)
{
    int r = qn_driver_address(&t->address, t->ask, &t->err);

    t->printer.address = &t->address;
    t->cause = r == QN_EDENIED ? QN_CAUSE_CERTIFICATE : QN_CAUSE_ERROR;
    return r == 0 && qn_driver_ready(&t->printer, t->ask, t->until, &t->cause, &t->err) == 0;
}

static bool step_ask(struct test *t)
{
    ipp_attribute_t *formats;
    int r = qn_probe_ask(&t->printer, &t->facts, t->until, &t->err);

    t->cause = qn_outcome_cause(r);
    if (r != 0)
        return false;
    formats = ippFindAttribute(t->facts, "document-format-supported", IPP_TAG_MIMETYPE);
    for (unsigned i = 0; !t->format[0] && qn_sheet_format(i); i++)
        if (!formats || ippContainsString(formats, qn_sheet_format(i)))
            snprintf(t->format, sizeof t->format, "%s", qn_sheet_format(i));
    if (t->format[0])
        return true;
    snprintf(t->format, sizeof t->format, "%s", qn_sheet_format(0));
    t->cause = QN_CAUSE_FORMAT;
    t->convert = qn_driver_converts(t->ask);
    return t->convert || (qn_fail(&t->err, QN_EUNSUPPORTED, "the printer takes no format that a test page can be made in, nor that jobs "
                                                            "come in: give the device the driver \"everywhere\""), false);
}

static void said(ipp_t *facts, const char *what, const char *name, char out[QN_SHEET_TEXT])
{
    ipp_attribute_t *a = ippFindAttribute(facts, name, IPP_TAG_TEXT);
    const char *s = a ? ippGetString(a, 0, NULL) : NULL;
    char clean[120];

    if (s && *s) {
        qn_utf8_copy(clean, sizeof clean, s, strlen(s));
        snprintf(out, QN_SHEET_TEXT, "%s: %s", what, clean);
    }
}

static bool step_page(struct test *t)
{
    ipp_attribute_t *media = ippFindAttribute(t->facts, "media-default", IPP_TAG_KEYWORD);
    const char *paper = media ? ippGetString(media, 0, NULL) : NULL;
    struct qn_sheet s = { .letter = paper && strncmp(paper, "na_", 3) == 0 };
    struct qn_buf page = { 0 };
    char time[25];
    int r;

    snprintf(s.line[0], QN_SHEET_TEXT, "Quoin test page");
    snprintf(s.line[1], QN_SHEET_TEXT, "Device: %s", qn_msg_get(t->ask, "device"));
    snprintf(s.line[2], QN_SHEET_TEXT, "Time: %.16s UTC", qn_clock_format(qn_clock_wall(), time));
    snprintf(s.line[3], QN_SHEET_TEXT, "Job: %s", qn_msg_get(t->ask, "code"));
    snprintf(s.line[4], QN_SHEET_TEXT, "Sent as: %s%s", t->convert ? "what quoin-cups made of a PDF" : t->format,
             t->address.tls ? ", encrypted" : ", in clear");
    said(t->facts, "Printer", "printer-make-and-model", s.line[5]);
    if (s.line[5][0])
        said(t->facts, "Firmware", "printer-firmware-string-version", s.line[6]);
    (void)qn_sheet_make(&s, t->format, &page);
    r = qn_unseal_memory(&t->page, page.data, page.len, &t->err);
    qn_buf_free(&page);
    t->cause = QN_CAUSE_OURS;
    return r == 0;
}

static bool test_goes_on(void *ctx)
{
    const struct test *t = ctx;

    return !*t->stopping && qn_clock_boot() < t->until;
}

/* As its jobs are. */
static bool step_convert(struct test *t)
{
    json_t *options = json_object();
    int r = 0;

    if (t->convert) {
        t->until += CONVERT_MS;
        qn_ipp_close(&t->printer); /* it would not wait for us */
        r = qn_convert(t->page, t->ask, options, t->format, test_goes_on, t, &t->cause, &t->err);
        if (r != 0 && !test_goes_on(t))
            t->cause = QN_CAUSE_OURS;
    }
    json_decref(options);
    return r == 0;
}

static bool step_create(struct test *t)
{
    ipp_t *q = qn_ipp_request(&t->printer, IPP_OP_CREATE_JOB, 0);
    int r;

    ippAddString(q, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL, qn_msg_get(t->ask, "code"));
    r = qn_ipp_job_create(&t->printer, &q, &t->at, t->until, &t->cause, &t->err);
    if (r == 0)
        t->reach = QN_REACH_OPEN;
    return r == 0;
}

static bool step_send(struct test *t)
{
    struct qn_limit limit = { .until = t->until, .idle_ms = ALL_MS };
    bool begun = false;
    int r = qn_ipp_job_send(&t->printer, t->at.id, t->format, t->page, &begun, &limit, &t->cause, &t->err);

    if (begun)
        t->reach = r == 0 ? QN_REACH_SENT : QN_REACH_SENDING;
    return r == 0;
}

static bool step_follow(struct test *t)
{
    int pause = PAUSE_LEAST_MS;

    while (t->fate == QN_FATE_UNKNOWN) {
        struct qn_ipp_view v;
        int r = qn_ipp_job_look(&t->printer, t->at.id, &v, t->until, &t->err);

        t->cause = qn_outcome_cause(r);
        if (r != 0)
            return false;
        t->impressions = v.impressions;
        t->sheets = v.sheets;
        t->cause = v.bad_format ? QN_CAUSE_FORMAT : QN_CAUSE_END;
        if (v.state == IPP_JSTATE_COMPLETED)
            t->fate = QN_FATE_COMPLETED;
        else if (v.state == IPP_JSTATE_CANCELED || v.state == IPP_JSTATE_ABORTED)
            t->fate = v.impressions > 0 || v.sheets > 0 ? QN_FATE_SPOILT : QN_FATE_CLEAN;
        else if ((t->going = qn_clock_boot() + pause > t->until))
            return true;
        (void)poll(NULL, 0, t->fate == QN_FATE_UNKNOWN ? pause : 0);
        pause = pause * 2 < PAUSE_MOST_MS ? pause * 2 : PAUSE_MOST_MS;
    }
    return true;
}

static bool (*const steps[])(struct test *) = {
    step_address, step_ask, step_page, step_convert, step_create, step_send, step_follow,
};

bool qn_test_page_run(struct qn_msg *ask, int core, const volatile int *stopping, struct qn_msg *answer)
{
    struct test t = { .ask = ask, .stopping = stopping, .impressions = -1, .sheets = -1, .until = qn_clock_boot() + ALL_MS };
    size_t i = 0, all = sizeof steps / sizeof *steps;
    struct qn_outcome o;

    (void)core;
    while (i < all && !*stopping && steps[i](&t))
        i++;
    if (i < all)
        qn_log_err(QN_LOG_NOTICE, "test page", &t.err);
    if (i < all && t.at.id > 0 && t.fate == QN_FATE_UNKNOWN &&
        qn_ipp_job_cancel(&t.printer, t.at.id, qn_clock_boot() + SETTLE_MS, &t.err) != 0)
        qn_log_err(QN_LOG_NOTICE, "cancelling a test page", &t.err);
    o = qn_outcome_judge(t.cause, t.reach, t.fate);
    qn_msg_str(answer, "outcome", t.going ? "printing" : o.outcome);
    qn_msg_str(answer, "why", t.going ? "" : o.why);
    qn_msg_int(answer, "impressions", t.impressions);
    qn_msg_int(answer, "sheets", t.sheets);
    qn_unseal_free(&t.page);
    qn_ipp_close(&t.printer);
    ippDelete(t.facts);
    return true;
}
