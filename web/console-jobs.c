/* For operators: held jobs without titles, and deleting one with a reason. */
#include "web/console.h"

#include <stdio.h>
#include <string.h>

#include "web/console-page.h"
#include "web/job-view.h"
#include "web/option-view.h"

static void job_row(struct qn_html *h, const json_t *row, int64_t now)
{
    const char *state = qn_job_text(row, "state"), *id = qn_job_text(row, "job");
    bool few = strcmp(qn_job_text(row, "output"), "short") == 0;
    char head[25];

    snprintf(head, sizeof head, "%s", id); /* of its 36 digits and dashes: left away on a narrow screen */
    qn_html_add(h, "<tr><td class=\"mono nowrap id\"><span class=\"head\">%s</span>%s</td><td class=\"masked\">\xe2\x80\xa2\xe2\x80\xa2"
                   "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2</td><td>%s</td><td>%s</td><td>%s%s</td><td>", head, id + strlen(head),
                qn_job_text(row, "owner"), qn_job_text(row, "queue"), qn_say(qn_say_find("state-", state, QN_SAY_STATE_OTHER)),
                few ? qn_say(QN_SAY_OUTPUT_FEW) : "");
    qn_view_class(h, qn_job_text(row, "classification"));
    qn_html_add(h, "</td><td class=\"nowrap\">");
    qn_view_size(h, qn_job_int(row, "length"));
    if (qn_job_int(row, "pages") > 0) {
        qn_html_add(h, "<br>");
        qn_pages_show(h, qn_job_int(row, "pages"));
    }
    qn_html_add(h, "</td>");
    qn_console_time_ms(h, qn_job_int(row, "received"));
    qn_html_add(h, "<td class=\"nowrap\">");
    qn_view_left(h, qn_job_int(row, "due") - now);
    qn_html_add(h, "</td><td><a href=\"/admin/job?job=%s\">%s</a></td></tr>\n", id, qn_say(QN_SAY_JOB_DELETE));
}

static void jobs_page(struct qn_request *rq, const struct qn_msg *answer)
{
    static const enum qn_say names[] = { QN_SAY_TH_JOB, QN_SAY_TH_TITLE, QN_SAY_TH_OWNER, QN_SAY_TH_QUEUE, QN_SAY_TH_STATE,
                                         QN_SAY_TH_CLASS, QN_SAY_TH_SIZE, QN_SAY_TH_RECEIVED, QN_SAY_TH_DUE, QN_SAY_NONE };
    struct qn_html *h = &rq->reply.html;
    json_t *rows = json_object_get(answer->f, "jobs");
    size_t n = json_array_size(rows);

    qn_console_open(rq, QN_SAY_CONSOLE_JOBS, QN_SAY_CONSOLE_JOBS);
    qn_html_add(h, "<p>%s</p>", qn_say(n ? QN_SAY_CONSOLE_MASKED : QN_SAY_CONSOLE_JOBS_NONE));
    if (n == 0) {
        qn_page_close(rq);
        return;
    }
    qn_console_table(h, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < n; i++)
        job_row(h, json_array_get(rows, i), qn_msg_get_int(answer, "now"));
    qn_console_pages(h, "/admin/jobs", "after",
                qn_msg_get_int(answer, "more") ? qn_job_text(json_array_get(rows, n - 1), "job") : NULL);
    qn_page_close(rq);
}

void qn_console_jobs(struct qn_request *rq)
{
    const char *after = qn_form_get(&rq->form, "after");
    struct qn_msg ask, answer;
    uint8_t raw[16];

    if (after && !qn_uuid_parse(raw, after)) {
        qn_console_bad(rq);
        return;
    }
    qn_ask_open(rq, &ask, "admin.jobs");
    qn_msg_int(&ask, "limit", QN_CONSOLE_ROWS);
    if (after)
        qn_msg_str(&ask, "after", after);
    if (qn_ask_ok(rq, &ask, &answer) != 0)
        return;
    jobs_page(rq, &answer);
    qn_msg_free(&answer);
}

/* The id in the form's "job", or NULL with the page of a bad request. */
static const char *job_asked(struct qn_request *rq)
{
    const char *id = qn_form_get(&rq->form, "job");
    uint8_t raw[16];

    if (id && qn_uuid_parse(raw, id))
        return id;
    qn_console_bad(rq);
    return NULL;
}

void qn_console_job(struct qn_request *rq)
{
    const char *id = job_asked(rq);
    struct qn_html *h = &rq->reply.html;

    if (!id)
        return;
    qn_console_open(rq, QN_SAY_CONSOLE_JOBS, QN_SAY_JOB_DELETE_TITLE);
    qn_html_add(h, "<div class=\"panel\"><p>%s</p><p class=\"mono\">%s</p>", qn_say(QN_SAY_JOB_DELETE_TEXT), id);
    qn_page_form(rq, "/admin/job/delete");
    qn_console_hidden(h, "job", id);
    qn_console_reason(h);
    qn_html_add(h, "<p class=\"acts\"><input class=\"danger\" type=\"submit\" value=\"%s\"> <a class=\"button\" href=\"/admin/jobs\">%s</a>"
                   "</p></form></div>", qn_say(QN_SAY_JOB_DELETE_DO), qn_say(QN_SAY_CANCEL));
    qn_page_close(rq);
}

void qn_console_job_delete(struct qn_request *rq)
{
    const char *id = job_asked(rq);
    struct qn_msg ask;

    if (!id)
        return;
    qn_ask_open(rq, &ask, "job.cancel");
    qn_msg_str(&ask, "job", id);
    if (qn_console_take(rq, &ask, "reason", 255))
        qn_console_act(rq, &ask, "/admin/jobs", "job");
}
