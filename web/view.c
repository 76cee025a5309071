/* Sizes, periods and classes in people's words. */
#include "web/job-view.h"

#include <stdio.h>
#include <string.h>

void qn_view_size(struct qn_html *h, int64_t bytes)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
    size_t u = 0;
    int64_t tenths = bytes < 0 ? 0 : bytes > INT64_MAX / 10 ? INT64_MAX : bytes * 10;

    while (tenths >= 10000 && u + 1 < sizeof units / sizeof *units) {
        tenths /= 1000;
        u++;
    }
    if (u == 0 || tenths >= 100)
        qn_html_add(h, "%lld %s", (long long)(tenths / 10), units[u]);
    else
        qn_html_add(h, "%lld.%lld %s", (long long)(tenths / 10), (long long)(tenths % 10), units[u]);
}

static void period(struct qn_html *h, enum qn_say unit, int64_t n)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)n);
    qn_html_say(h, unit, text);
}

void qn_view_left(struct qn_html *h, int64_t left_ms)
{
    int64_t minutes = left_ms / 60000;

    if (left_ms <= 0) {
        qn_html_say(h, QN_SAY_LEFT_NONE, NULL);
    } else if (minutes < 1) {
        qn_html_say(h, QN_SAY_MINUTE, NULL);
    } else if (minutes < 60) {
        period(h, QN_SAY_MINUTES, minutes);
    } else if (minutes < 72 * 60) {
        period(h, QN_SAY_HOURS, minutes / 60);
        if (minutes < 10 * 60 && minutes % 60) {
            qn_html_add(h, " ");
            period(h, QN_SAY_MINUTES, minutes % 60);
        }
    } else {
        period(h, QN_SAY_DAYS, minutes / (24 * 60));
    }
}

void qn_view_class(struct qn_html *h, const char *name)
{
    enum qn_say known = qn_say_find("class-", name, QN_SAYINGS);

    if (known == QN_SAYINGS)
        qn_html_add(h, "<span class=\"class\">%s</span>", name);
    else
        qn_html_add(h, "<span class=\"class %s\">%s</span>", name, qn_say(known));
}
