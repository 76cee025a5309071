/* At a desk: which colleague may print my jobs, and whose I may print. */
#include "web/portal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/job-view.h"
#include "web/notice.h"
#include "web/page.h"
#include "web/rpc.h"

static const int periods[] = { 1, 3, 7, 14, 30, 90 }; /* days */
enum { PERIODS = sizeof periods / sizeof *periods, LOGIN_MAX = 255, DAY_MS = 24 * 3600 * 1000 };

/* The answer of delegate.list, which the caller frees; negative with the reply filled. */
static int list_ask(struct qn_request *rq, struct qn_msg *answer)
{
    struct qn_msg ask;

    qn_ask_open(rq, &ask, "delegate.list");
    return qn_ask_ok(rq, &ask, answer);
}

static void row_add(struct qn_request *rq, const json_t *row, bool mine)
{
    struct qn_html *h = &rq->reply.html, when;

    qn_html_add(h, "<tr><td><b>");
    qn_html_cut(h, qn_job_text(row, mine ? "delegate" : "owner"), 60);
    qn_html_add(h, "</b><span class=\"meta\">%s \xc2\xb7 %s \xc2\xb7 ",
                qn_say(*qn_job_text(row, "job") ? QN_SAY_COLLEAGUES_ONE : QN_SAY_COLLEAGUES_EVERY),
                qn_say(qn_job_int(row, "title") ? QN_SAY_COLLEAGUES_TITLES_YES : QN_SAY_COLLEAGUES_TITLES_NO));
    qn_html_open(&when);
    qn_view_time(&when, qn_job_int(row, "until"));
    qn_html_say(h, QN_SAY_COLLEAGUES_THEN, when.buf.data);
    qn_html_free(&when);
    qn_html_add(h, "</span></td><td class=\"end\">");
    qn_page_form(rq, "/me/colleagues/end");
    qn_html_add(h, "<input type=\"hidden\" name=\"id\" value=\"%lld\">"
                   "<input class=\"danger\" type=\"submit\" value=\"%s\"></form></td></tr>",
                (long long)qn_job_int(row, "id"), qn_say(QN_SAY_COLLEAGUES_END));
}

/* Those given, or those received. */
static bool table_add(struct qn_request *rq, const json_t *rows, bool mine)
{
    struct qn_html *h = &rq->reply.html;
    bool any = false;

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);

        if ((qn_job_int(row, "mine") != 0) != mine)
            continue;
        if (!any)
            qn_html_add(h, "<h2>%s</h2><table class=\"jobs people\">", qn_say(mine ? QN_SAY_COLLEAGUES_GIVEN : QN_SAY_COLLEAGUES_RECEIVED));
        any = true;
        row_add(rq, row, mine);
    }
    if (any)
        qn_html_add(h, "</table>");
    return any;
}

static void what_field(struct qn_request *rq, const struct qn_job_list *list)
{
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<p><label for=\"what\">%s</label><select id=\"what\" name=\"what\"><option value=\"all\">%s</option>",
                qn_say(QN_SAY_COLLEAGUES_WHAT), qn_say(QN_SAY_COLLEAGUES_ALL));
    for (size_t i = 0; i < json_array_size(list->jobs); i++) {
        const json_t *row = json_array_get(list->jobs, i);

        if (*qn_job_text(row, "owner"))
            continue;
        qn_html_add(h, "<option value=\"%s\">", qn_job_text(row, "job"));
        qn_job_view_title(h, row);
        qn_html_add(h, "</option>");
    }
    qn_html_add(h, "</select></p>");
}

static void until_field(struct qn_html *h)
{
    qn_html_add(h, "<p><label for=\"days\">%s</label><select id=\"days\" name=\"days\">", qn_say(QN_SAY_COLLEAGUES_UNTIL));
    for (int i = 0; i < PERIODS; i++) {
        char n[8];

        snprintf(n, sizeof n, "%d", periods[i]);
        qn_html_add(h, "<option value=\"%s\">", n);
        qn_html_say(h, i == 0 ? QN_SAY_COLLEAGUES_DAY : QN_SAY_DAYS, n);
        qn_html_add(h, "</option>");
    }
    qn_html_add(h, "</select></p>");
}

static void form_add(struct qn_request *rq, const struct qn_job_list *list)
{
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<h2>%s</h2>", qn_say(QN_SAY_COLLEAGUES_ADD));
    qn_page_form(rq, "/me/colleagues/add");
    qn_html_add(h, "<div class=\"card fields\"><p class=\"wide\"><label for=\"login\">%s</label>"
                   "<input id=\"login\" name=\"login\" type=\"text\" "
                   "maxlength=\"255\" autocomplete=\"off\" autocapitalize=\"off\" spellcheck=\"false\"></p>",
                qn_say(QN_SAY_COLLEAGUES_LOGIN));
    what_field(rq, list);
    until_field(h);
    qn_html_add(h, "<p class=\"wide check\"><input type=\"checkbox\" id=\"title\" name=\"title\" value=\"1\">"
                   "<label for=\"title\">%s</label></p>"
                   "<p class=\"acts\"><input class=\"go\" type=\"submit\" value=\"%s\"></p></div></form>",
                qn_say(QN_SAY_COLLEAGUES_TITLES), qn_say(QN_SAY_COLLEAGUES_DO));
}

static void colleagues_page(struct qn_request *rq, enum qn_say notice, bool bad)
{
    struct qn_html *h = &rq->reply.html;
    struct qn_job_list list;
    struct qn_msg answer;
    const json_t *rows;
    bool any;

    if (list_ask(rq, &answer) != 0)
        return;
    if (qn_job_list_ask(rq, &list, QN_JOBS_SHOWN) != 0) {
        qn_msg_free(&answer);
        return;
    }
    qn_page_open(rq, &(struct qn_page){ QN_SAY_COLLEAGUES_TITLE, 200, 0, NULL });
    qn_portal_nav(rq, "/me/colleagues");
    if (notice)
        qn_page_notice(rq, notice, bad);
    qn_html_add(h, "<h1>%s</h1><p>%s</p>", qn_say(QN_SAY_COLLEAGUES_TITLE), qn_say(QN_SAY_COLLEAGUES_TEXT));
    rows = json_object_get(answer.f, "delegations");
    any = table_add(rq, rows, true);
    if (!table_add(rq, rows, false) && !any)
        qn_html_add(h, "<p class=\"small\">%s</p>", qn_say(QN_SAY_COLLEAGUES_NONE));
    form_add(rq, &list);
    qn_page_close(rq);
    qn_job_list_free(&list);
    qn_msg_free(&answer);
}

void qn_portal_colleagues(struct qn_request *rq)
{
    colleagues_page(rq, QN_SAY_NONE, false);
}

/* Days of the form, 0 for what it does not offer. */
static int days_of(const struct qn_request *rq)
{
    const char *text = qn_form_get(&rq->form, "days");

    for (int i = 0; text && i < PERIODS; i++) {
        char n[8];

        snprintf(n, sizeof n, "%d", periods[i]);
        if (strcmp(n, text) == 0)
            return periods[i];
    }
    return 0;
}

/* What to tell of an answer's code. */
static enum qn_say add_say(int code)
{
    switch (code) {
    case QN_OK: return QN_SAY_COLLEAGUES_MADE;
    case QN_ENOTFOUND: return QN_SAY_COLLEAGUES_NOBODY;
    case QN_EDENIED: return QN_SAY_COLLEAGUES_NOT;
    case QN_EFULL: return QN_SAY_COLLEAGUES_FULL;
    default: return QN_SAY_AWAY_TEXT;
    }
}

static int64_t core_now(struct qn_request *rq)
{
    struct qn_job_list list;
    int64_t now;

    if (qn_job_list_ask(rq, &list, 1) != 0)
        return 0;
    now = list.now;
    qn_job_list_free(&list);
    return now;
}

void qn_portal_colleague_add(struct qn_request *rq)
{
    const char *login = qn_form_get(&rq->form, "login"), *what = qn_form_get(&rq->form, "what");
    int days = days_of(rq);
    struct qn_msg ask, answer;
    uint8_t raw[16];
    int64_t now;
    int code;

    if (!login || strlen(login) > LOGIN_MAX || !what || (strcmp(what, "all") != 0 && !qn_uuid_parse(raw, what)) || !days) {
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
        return;
    }
    if (!*login) {
        colleagues_page(rq, QN_SAY_COLLEAGUES_NOBODY, true);
        return;
    }
    if ((now = core_now(rq)) == 0)
        return;
    qn_ask_open(rq, &ask, "delegate.add");
    qn_msg_str(&ask, "login", login);
    if (strcmp(what, "all") != 0)
        qn_msg_str(&ask, "job", what);
    qn_msg_int(&ask, "until", now + (int64_t)days * DAY_MS);
    qn_msg_int(&ask, "title", qn_form_get(&rq->form, "title") != NULL);
    if (qn_ask(rq, &ask, &answer) != 0)
        return;
    code = answer.code;
    qn_msg_free(&answer);
    colleagues_page(rq, add_say(code), code != QN_OK);
}

void qn_portal_colleague_end(struct qn_request *rq)
{
    const char *id = qn_form_get(&rq->form, "id");
    struct qn_msg ask, answer;

    if (!id || !*id || strlen(id) > 18 || strspn(id, "0123456789") != strlen(id) || strtoll(id, NULL, 10) < 1) {
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
        return;
    }
    qn_ask_open(rq, &ask, "delegate.revoke");
    qn_msg_int(&ask, "id", strtoll(id, NULL, 10));
    if (qn_ask(rq, &ask, &answer) != 0)
        return;
    if (answer.code != QN_OK && answer.code != QN_ENOTFOUND) {
        qn_ask_refused(rq, &answer);
        return;
    }
    qn_msg_free(&answer);
    colleagues_page(rq, QN_SAY_COLLEAGUES_ENDED, false);
}
