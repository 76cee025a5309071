#include "web/notice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "web/job-view.h"
#include "web/page.h"
#include "web/rpc.h"

/* What may follow the first sentence, and as what. */
static const struct { const char *fact; enum qn_say say; bool is_time; } facts[] = {
    { "label", QN_SAY_FACT_LABEL, false },
    { "until", QN_SAY_FACT_UNTIL, true },
    { "device", QN_SAY_FACT_DEVICE, false },
    { "queue", QN_SAY_FACT_QUEUE, false },
    { "reason", QN_SAY_FACT_REASON, false },
    { "impressions", QN_SAY_FACT_IMPRESSIONS, false },
    { "sheets", QN_SAY_FACT_SHEETS, false },
    { "expected", QN_SAY_FACT_EXPECTED, false },
    { "again", QN_SAY_FACT_AGAIN, true },
};

void qn_view_time(struct qn_html *h, int64_t ms)
{
    time_t t = (time_t)(ms / 1000);
    struct tm tm;
    char text[64];

    if (localtime_r(&t, &tm) && strftime(text, sizeof text, "%Y-%m-%d %H:%M %Z", &tm) > 0)
        qn_html_add(h, "%s", text);
}

static void fact_add(struct qn_html *h, const char *text, enum qn_say say, bool is_time)
{
    struct qn_html when;

    if (!*text)
        return;
    qn_html_open(&when);
    if (is_time)
        qn_view_time(&when, strtoll(text, NULL, 10));
    qn_html_add(h, " ");
    qn_html_say(h, say, is_time ? when.buf.data : text);
    qn_html_free(&when);
}

static void notice_add(struct qn_request *rq, const json_t *row)
{
    struct qn_html *h = &rq->reply.html;
    const json_t *have = json_object_get(row, "facts");
    enum qn_say say = qn_say_find("notice-", qn_job_text(row, "word"), QN_SAY_NOTICE_OTHER);

    qn_html_add(h, "<div class=\"ask told\"><p>");
    qn_html_say(h, say, qn_job_text(have, "who"));
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        fact_add(h, qn_job_text(have, facts[i].fact), facts[i].say, facts[i].is_time);
    qn_html_add(h, "</p>");
    qn_page_form(rq, rq->web->instance == QN_KIOSK ? "/kiosk/seen" : "/me/seen");
    qn_html_add(h, "<input type=\"hidden\" name=\"id\" value=\"%lld\"><input type=\"submit\" value=\"%s\"></form></div>\n",
                (long long)qn_job_int(row, "id"), qn_say(QN_SAY_NOTICE_SEEN));
}

void qn_notices_show(struct qn_request *rq, unsigned max)
{
    struct qn_msg ask, answer;
    struct qn_err err;
    const json_t *rows;

    qn_ask_open(rq, &ask, "notice.list");
    if (qn_rpc_call(rq->web->rpc, &ask, &answer, &err) == 0) {
        rows = answer.code == QN_OK ? json_object_get(answer.f, "notices") : NULL;
        for (size_t i = 0; i < json_array_size(rows) && i < max; i++)
            notice_add(rq, json_array_get(rows, i));
        qn_msg_free(&answer);
    }
    qn_msg_free(&ask);
}

int qn_notice_seen(struct qn_request *rq)
{
    const char *id = qn_form_get(&rq->form, "id");
    struct qn_msg ask, answer;
    int r;

    if (!id || !*id || strlen(id) > 18 || strspn(id, "0123456789") != strlen(id) || strtoll(id, NULL, 10) < 1) {
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
        return QN_EINVAL;
    }
    qn_ask_open(rq, &ask, "notice.seen");
    qn_msg_int(&ask, "id", strtoll(id, NULL, 10));
    if ((r = qn_ask_ok(rq, &ask, &answer)) != 0)
        return r;
    qn_msg_free(&answer);
    return 0;
}
