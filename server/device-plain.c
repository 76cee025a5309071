#include "config.h"

#include "server/device-plain.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "server/clock-two.h"
#include "server/device-link.h"
#include "server/policy-diff.h"
#include "server/record.h"
#include "server/request-members.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)
enum { YEAR_DAYS = 366, BATCH = 20 };

bool qn_device_plain(const struct qn_device *d)
{
    return !qn_device_link_encrypted(d);
}

bool qn_device_plain_ok(const struct qn_core *c, const struct qn_device *d)
{
    return !qn_device_plain(d) || (d->plain_until && !qn_clock_any_past(c, d->plain_until));
}

/* The end of a day "2026-12-31", ms; 0 if there is no such day. */
static int64_t day_end(const char *text)
{
    struct tm day = { 0 }, again;
    char back[11];
    time_t t;

    if (strlen(text) != 10 || sscanf(text, "%4d-%2d-%2d", &day.tm_year, &day.tm_mon, &day.tm_mday) != 3)
        return 0;
    day.tm_year -= 1900;
    day.tm_mon -= 1;
    t = timegm(&day);
    if (t == (time_t)-1 || !gmtime_r(&t, &again) || strftime(back, sizeof back, "%Y-%m-%d", &again) != 10 || strcmp(back, text) != 0)
        return 0;
    return (int64_t)t * 1000 + DAY_MS;
}

const char *qn_device_plain_day(int64_t until, char out[11])
{
    time_t t = (time_t)((until - 1) / 1000);
    struct tm day;

    out[0] = '\0';
    if (until > 0 && gmtime_r(&t, &day))
        (void)strftime(out, 11, "%Y-%m-%d", &day);
    return out;
}

int qn_device_plain_read(const struct qn_core *c, const json_t *document, struct qn_device *d, struct qn_err *err)
{
    const char *until = qn_member_text(document, "plain-until"), *reason = qn_member_text(document, "plain-reason");

    if (!*until && !*reason)
        return 0;
    if (!*until || !*reason)
        return qn_fail(err, QN_EINVAL, "a device: an exception needs both \"plain-until\" and \"plain-reason\"");
    if (!qn_device_plain(d))
        return qn_fail(err, QN_EINVAL, "a device: its link needs no exception, it is not in clear");
    d->plain_until = day_end(until);
    if (d->plain_until == 0)
        return qn_fail(err, QN_EINVAL, "a device: \"plain-until\" is no day (2026-12-31)");
    if (qn_clock_any_past(c, d->plain_until))
        return qn_fail(err, QN_EINVAL, "a device: \"plain-until\" is over");
    if (d->plain_until > c->now + (YEAR_DAYS + 1) * DAY_MS)
        return qn_fail(err, QN_EINVAL, "a device: \"plain-until\" is more than a year ahead");
    snprintf(d->plain_reason, sizeof d->plain_reason, "%s", reason);
    return 0;
}

void qn_device_plain_effect(const struct qn_device *d, json_t *effect)
{
    char day[11];

    if (!qn_device_plain(d))
        return;
    if (d->plain_until)
        qn_sentence(effect, "the link to it is not encrypted: classes that allow that are released on it until %s",
                    qn_device_plain_day(d->plain_until, day));
    else
        qn_sentence(effect, "the link to it is not encrypted and has no exception: nothing is released on it");
}

/* ---- ends ---- */

struct ending { struct qn_core *c; struct qn_err *err; int r; };

static int end_row(void *ctx, const struct qn_device *d)
{
    struct ending *x = ctx;
    char day[11];

    x->r = qn_store_device_plain_over(x->c->store, d->id, x->err);
    if (x->r == 0)
        x->r = qn_record(x->c, QN_AUDIT_DEVICE_EXCEPTION, "", x->err, "{s:s, s:s, s:s, s:s}", "device", d->name, "uri", d->uri, "until",
                         qn_device_plain_day(d->plain_until, day), "reason", d->plain_reason);
    return x->r;
}

int qn_device_plain_end(struct qn_core *c, struct qn_err *err)
{
    struct ending x = { c, err, 0 };
    int64_t now = c->now > c->steady ? c->now : c->steady;
    int r = qn_store_device_each_over(c->store, now, BATCH, end_row, &x, err);

    return r < 0 ? r : x.r;
}
