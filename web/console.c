/* For administrators and auditors: held jobs without titles, and the latest records. Who sees which, the core
 * decides. */
#include "web/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "web/job-view.h"
#include "web/login.h"
#include "web/page.h"
#include "web/rpc.h"

enum { PAGE = 25 };

static const struct { const char *path; enum qn_say name; const char *role; } pages[] = {
    { "/admin/jobs", QN_SAY_CONSOLE_JOBS, "operator" },
    { "/admin/audit", QN_SAY_CONSOLE_AUDIT, "auditor" },
};

void qn_console_home(struct qn_request *rq)
{
    qn_page_redirect(rq, "/admin");
}

void qn_console_login_form(struct qn_request *rq)
{
    qn_login_page(rq, "/admin/login", QN_SAY_CONSOLE_TITLE, QN_SAY_NONE);
}

void qn_console_login(struct qn_request *rq)
{
    int r = qn_login_password(rq);

    if (r == 0)
        qn_page_redirect(rq, "/admin");
    else if (r != QN_EINTERNAL)
        qn_login_page(rq, "/admin/login", QN_SAY_CONSOLE_TITLE, r == QN_EAWAY ? QN_SAY_LOGIN_AWAY_DESK : QN_SAY_LOGIN_NO);
}

void qn_console_logout(struct qn_request *rq)
{
    qn_login_end(rq, "/admin/login?bye=1");
}

/* To the first page that the person's roles have; if there is none, says so. */
void qn_console_start(struct qn_request *rq)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (qn_request_role(rq, pages[i].role)) {
            qn_page_redirect(rq, pages[i].path);
            return;
        }
    qn_page_open(rq, &(struct qn_page){ QN_SAY_CONSOLE_TITLE, 200, 0, NULL });
    qn_html_add(&rq->reply.html, "<h1>%s</h1><p>%s</p>", qn_say(QN_SAY_CONSOLE_TITLE), qn_say(QN_SAY_CONSOLE_NOTHING));
    qn_page_close(rq);
}

static void console_open(struct qn_request *rq, enum qn_say title)
{
    struct qn_html *h = &rq->reply.html;

    qn_page_open(rq, &(struct qn_page){ title, 200, 0, NULL });
    qn_html_add(h, "<ul class=\"nav\">");
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (pages[i].name == title)
            qn_html_add(h, "<li><b>%s</b></li>", qn_say(pages[i].name));
        else if (qn_request_role(rq, pages[i].role))
            qn_html_add(h, "<li><a href=\"%s\">%s</a></li>", pages[i].path, qn_say(pages[i].name));
    }
    qn_html_add(h, "</ul><h1>%s</h1>\n", qn_say(title));
}

static void table_head(struct qn_html *h, const enum qn_say *names, size_t n)
{
    qn_html_add(h, "<table class=\"list\"><tr>");
    for (size_t i = 0; i < n; i++)
        qn_html_add(h, "<th>%s</th>", qn_say(names[i]));
    qn_html_add(h, "</tr>\n");
}

static void table_pages(struct qn_html *h, const char *path, const char *cursor, const char *next)
{
    qn_html_add(h, "</table><p class=\"acts\">");
    if (next)
        qn_html_add(h, "<a class=\"button\" href=\"%s?%s=%s\">%s</a> ", path, cursor, next, qn_say(QN_SAY_NEXT_PAGE));
    qn_html_add(h, "<a class=\"button\" href=\"%s\">%s</a></p>", path, qn_say(QN_SAY_FIRST_PAGE));
}

static void time_cell(struct qn_html *h, const char *time)
{
    qn_html_add(h, "<td class=\"nowrap\">");
    if (strlen(time) == 24 && time[10] == 'T') {
        char text[20];

        snprintf(text, sizeof text, "%.10s %.8s", time, time + 11);
        qn_html_add(h, "%s", text);
    } else {
        qn_html_add(h, "%s", time);
    }
    qn_html_add(h, "</td>");
}

static void job_row(struct qn_html *h, const json_t *row, int64_t now)
{
    const char *state = qn_job_text(row, "state");
    char time[25];

    qn_html_add(h, "<tr><td class=\"mono\">%s</td><td class=\"masked\">\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"
                   "\xe2\x80\xa2\xe2\x80\xa2</td><td>%s</td><td>%s</td><td>%s</td><td>", qn_job_text(row, "job"),
                qn_job_text(row, "owner"), qn_job_text(row, "queue"), qn_say(qn_say_find("state-", state, QN_SAY_STATE_OTHER)));
    qn_view_class(h, qn_job_text(row, "classification"));
    qn_html_add(h, "</td><td class=\"nowrap\">");
    qn_view_size(h, qn_job_int(row, "length"));
    qn_html_add(h, "</td>");
    time_cell(h, qn_clock_format(qn_job_int(row, "received"), time));
    qn_html_add(h, "<td class=\"nowrap\">");
    qn_view_left(h, qn_job_int(row, "due") - now);
    qn_html_add(h, "</td></tr>\n");
}

static void jobs_page(struct qn_request *rq, const struct qn_msg *answer)
{
    static const enum qn_say names[] = { QN_SAY_TH_JOB, QN_SAY_TH_TITLE, QN_SAY_TH_OWNER, QN_SAY_TH_QUEUE, QN_SAY_TH_STATE,
                                         QN_SAY_TH_CLASS, QN_SAY_TH_SIZE, QN_SAY_TH_RECEIVED, QN_SAY_TH_DUE };
    struct qn_html *h = &rq->reply.html;
    json_t *rows = json_object_get(answer->f, "jobs");
    size_t n = json_array_size(rows);

    console_open(rq, QN_SAY_CONSOLE_JOBS);
    qn_html_add(h, "<p>%s</p>", qn_say(n ? QN_SAY_CONSOLE_MASKED : QN_SAY_CONSOLE_JOBS_NONE));
    table_head(h, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < n; i++)
        job_row(h, json_array_get(rows, i), qn_msg_get_int(answer, "now"));
    table_pages(h, "/admin/jobs", "after",
                n && qn_msg_get_int(answer, "more") ? qn_job_text(json_array_get(rows, n - 1), "job") : NULL);
    qn_page_close(rq);
}

void qn_console_jobs(struct qn_request *rq)
{
    const char *after = qn_form_get(&rq->form, "after");
    struct qn_msg ask, answer;
    uint8_t raw[16];

    if (after && !qn_uuid_parse(raw, after)) {
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
        return;
    }
    qn_ask_open(rq, &ask, "admin.jobs");
    qn_msg_int(&ask, "limit", PAGE);
    if (after)
        qn_msg_str(&ask, "after", after);
    if (qn_ask(rq, &ask, &answer) != 0)
        return;
    if (answer.code != QN_OK) {
        qn_ask_refused(rq, &answer);
        return;
    }
    jobs_page(rq, &answer);
    qn_msg_free(&answer);
}

/* One member of a record, "name value". */
static void detail(struct qn_html *h, const char *name, const json_t *value)
{
    char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

    qn_html_add(h, "<span class=\"pair\"><i>%s</i> %s</span> ", name, text ? text : json_string_value(value));
    free(text);
}

static void record_row(struct qn_html *h, const json_t *row)
{
    static const char *const shown[] = { "v", "seq", "ts", "boot", "ev", NULL };
    const char *entry = qn_job_text(row, "entry");
    json_t *record = json_loads(entry, 0, NULL), *value;
    const char *name;

    qn_html_add(h, "<tr><td>%lld</td>", (long long)qn_job_int(row, "seq"));
    if (!json_is_object(record)) { /* not a form we know: shown as it is */
        qn_html_add(h, "<td></td><td></td><td class=\"mono\">%s</td></tr>\n", entry);
        json_decref(record);
        return;
    }
    if (json_is_integer(json_object_get(record, "ts"))) {
        char time[25];

        time_cell(h, qn_clock_format(qn_job_int(record, "ts"), time));
    } else {
        time_cell(h, qn_job_text(record, "ts"));
    }
    qn_html_add(h, "<td class=\"nowrap\"><b>%s</b></td><td>", qn_job_text(record, "ev"));
    json_object_foreach(record, name, value) {
        size_t i = 0;

        while (shown[i] && strcmp(shown[i], name) != 0)
            i++;
        if (!shown[i])
            detail(h, name, value);
    }
    qn_html_add(h, "</td></tr>\n");
    json_decref(record);
}

static void audit_page(struct qn_request *rq, const struct qn_msg *answer)
{
    static const enum qn_say names[] = { QN_SAY_TH_NUMBER, QN_SAY_TH_TIME, QN_SAY_TH_EVENT, QN_SAY_TH_DETAILS };
    struct qn_html *h = &rq->reply.html;
    json_t *rows = json_object_get(answer->f, "records");
    size_t n = json_array_size(rows);
    int64_t last = n ? qn_job_int(json_array_get(rows, n - 1), "seq") : 0;
    char text[24];

    console_open(rq, QN_SAY_CONSOLE_AUDIT);
    snprintf(text, sizeof text, "%lld", (long long)qn_msg_get_int(answer, "size"));
    qn_html_add(h, "<p>");
    qn_html_say(h, n ? QN_SAY_CONSOLE_SIZE : QN_SAY_CONSOLE_AUDIT_NONE, text);
    qn_html_add(h, "</p>");
    table_head(h, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < n; i++)
        record_row(h, json_array_get(rows, i));
    snprintf(text, sizeof text, "%lld", (long long)last);
    table_pages(h, "/admin/audit", "before", n && last > 0 ? text : NULL);
    qn_page_close(rq);
}

void qn_console_audit(struct qn_request *rq)
{
    const char *before = qn_form_get(&rq->form, "before");
    struct qn_msg ask, answer;

    if (before && (!*before || strlen(before) > 15 || before[strspn(before, "0123456789")])) {
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
        return;
    }
    qn_ask_open(rq, &ask, "admin.audit");
    qn_msg_int(&ask, "limit", PAGE);
    if (before)
        qn_msg_int(&ask, "before", strtoll(before, NULL, 10));
    if (qn_ask(rq, &ask, &answer) != 0)
        return;
    if (answer.code != QN_OK) {
        qn_ask_refused(rq, &answer);
        return;
    }
    audit_page(rq, &answer);
    qn_msg_free(&answer);
}
