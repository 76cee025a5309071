#include "server/job-output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/device-link.h"
#include "server/notice.h"

enum { RANGE_MAX = 0x7fffffff, PAGES_MAX = 100000000 };

/* ---- what is asked for ---- */

/* Decimal from *at, which moves behind it; 1 .. RANGE_MAX, else 0. */
static int64_t number(const char **at)
{
    size_t digits = strspn(*at, "0123456789");
    int64_t n = digits > 0 && digits <= 10 ? strtoll(*at, NULL, 10) : 0;

    *at += digits;
    return n <= RANGE_MAX ? n : 0;
}

/* An option that is a plain number; otherwise if it isn't there, 0 if it can't be read. */
static int64_t option_number(const json_t *options, const char *name, int64_t otherwise)
{
    const json_t *v = json_object_get(options, name);
    const char *s = json_string_value(v);
    int64_t n;

    if (!v)
        return otherwise;
    n = s ? number(&s) : 0;
    return s && !*s ? n : 0;
}

/* How many of the pages are in ascending ranges such as "1-3,7,9-"; 0 if they are none or can't be read. */
static int64_t ranges_count(const char *s, int64_t pages)
{
    int64_t sum = 0, before = 0;

    for (;;) {
        bool open = *s == '-';
        int64_t low = open ? 1 : number(&s), high = low;

        if (*s == '-') {
            s++;
            high = open || (*s && *s != ',') ? number(&s) : RANGE_MAX;
        }
        if (low <= before || high < low)
            return 0;
        before = high;
        if (low <= pages)
            sum += (high < pages ? high : pages) - low + 1;
        if (!*s)
            return sum;
        if (*s++ != ',')
            return 0;
    }
}

int64_t qn_output_expected(int64_t pages, const json_t *options)
{
    const char *ranges = json_string_value(json_object_get(options, "page-ranges"));
    int64_t copies = option_number(options, "copies", 1), up = option_number(options, "number-up", 1);

    if (pages < 1 || pages > PAGES_MAX || copies < 1 || up < 1 || json_object_get(options, "page-set"))
        return -1;
    if (ranges)
        pages = ranges_count(ranges, pages);
    return pages > 0 ? (pages + up - 1) / up * copies : -1;
}

/* ---- what came ---- */

/* How a count stands to what was asked for. MAYBE: enough if both sides were printed, which the printer may do unasked. */
enum { NOT_SAID, TOO_FEW, MAYBE, ENOUGH, STANDS };

static int stand(int64_t count, int64_t sides, int64_t expected)
{
    return count < 1 ? NOT_SAID : count >= expected ? ENOUGH : count * sides >= expected ? MAYBE : TOO_FEW;
}

const char *qn_output_judge(int64_t expected, int64_t impressions, int64_t sheets, bool driver)
{
    static const char *const words[STANDS][STANDS] = {
        /* sheets:     not said     too few    maybe        enough */
        [NOT_SAID] = { "unknown",   "short",   "unknown",   "confirmed" },
        [TOO_FEW] =  { "short",     "short",   "short",     "unknown" },
        [ENOUGH] =   { "confirmed", "unknown", "confirmed", "confirmed" },
    };

    if (driver || expected < 1)
        return "unknown";
    sheets = sheets > RANGE_MAX ? RANGE_MAX : sheets;
    return words[stand(impressions, 1, expected)][stand(sheets, 2, expected)];
}

void qn_output_learn(struct qn_job *j, const struct qn_msg *m)
{
    if (qn_msg_has(m, "impressions") && qn_msg_get_int(m, "impressions") >= 0)
        j->impressions = qn_msg_get_int(m, "impressions");
    if (qn_msg_has(m, "sheets") && qn_msg_get_int(m, "sheets") >= 0)
        j->sheets = qn_msg_get_int(m, "sheets");
}

int qn_output_settle(struct qn_core *c, struct qn_job *j, struct qn_err *err)
{
    struct qn_device d = { 0 };
    int r = j->device ? qn_store_device(c->store, j->device, &d, err) : 0;

    if (r == 0)
        snprintf(j->output, sizeof j->output, "%s", qn_output_judge(j->expected, j->impressions, j->sheets, qn_device_link_queued(&d)));
    return r;
}

bool qn_output_is_short(const struct qn_job *j)
{
    return strcmp(j->output, "short") == 0;
}

const char *qn_output_shown(const struct qn_job *j)
{
    return j->state == QN_JOB_HELD ? "" : j->output;
}

/* A number as a notice has its facts: text. */
static json_t *fact(int64_t n)
{
    return n < 1 ? NULL : json_sprintf("%lld", (long long)n);
}

int qn_output_tell(struct qn_core *c, const struct qn_job *j, int64_t until, struct qn_err *err)
{
    struct qn_device d = { 0 };
    int r = j->device ? qn_store_device(c->store, j->device, &d, err) : 0;

    if (r != 0 || !j->owner)
        return r;
    return qn_notice_add(c, j->owner, "output-short", json_pack("{s:s, s:o*, s:o*, s:o*, s:o*}", "device", d.name, "impressions",
                         fact(j->impressions), "sheets", j->impressions < 1 ? fact(j->sheets) : NULL, "expected", fact(j->expected),
                         "again", fact(until)), err);
}

json_t *qn_output_count(int64_t n)
{
    return n < 0 ? NULL : json_integer(n);
}
