/* What waits for a second person: the list, one request with what it changes, and the second person's word. */
#include "web/console.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "web/console-page.h"
#include "web/job-view.h"

static void operation(struct qn_html *h, const char *name)
{
    enum qn_say known = qn_say_find("op-", name, QN_SAY_NONE);

    qn_html_add(h, "%s", known ? qn_say(known) : name);
}

static void state(struct qn_html *h, const char *name)
{
    enum qn_say known = qn_say_find("request-", name, QN_SAY_NONE);

    qn_html_add(h, "<span class=\"state %s\">%s</span>", name, known ? qn_say(known) : name);
}

/* When it expires, in a list of open ones; else who decided it. */
static void last_cell(struct qn_html *h, const json_t *row, int64_t now, bool open)
{
    const char *decider = qn_job_text(row, "decider");

    qn_html_add(h, "<td class=\"nowrap\">");
    if (open)
        qn_view_left(h, qn_job_int(row, "expires") - now);
    else
        qn_html_add(h, "%s", *decider ? decider : qn_say(QN_SAY_NOBODY));
    qn_html_add(h, "</td></tr>\n");
}

static void list_row(struct qn_html *h, const json_t *row, int64_t now, bool open)
{
    qn_html_add(h, "<tr><td><a href=\"/admin/request?id=%s\">", qn_job_text(row, "id"));
    operation(h, qn_job_text(row, "operation"));
    qn_html_add(h, "</a></td><td>%s", qn_job_text(row, "requester"));
    if (qn_job_int(row, "mine"))
        qn_html_add(h, " <span class=\"yours\">%s</span>", qn_say(QN_SAY_YOURS));
    qn_html_add(h, "</td><td>%s</td><td>", qn_job_text(row, "ticket"));
    state(h, qn_job_text(row, "state"));
    qn_html_add(h, "</td><td class=\"nowrap\">");
    qn_view_left(h, now - qn_job_int(row, "made"));
    qn_html_add(h, "</td>");
    last_cell(h, row, now, open);
}

static void list_page(struct qn_request *rq, const struct qn_msg *answer, bool open)
{
    const enum qn_say names[] = { QN_SAY_TH_WHAT, QN_SAY_TH_WHO, QN_SAY_TH_TICKET, QN_SAY_TH_STATE, QN_SAY_TH_AGE,
                                  open ? QN_SAY_TH_EXPIRES : QN_SAY_TH_DECIDER };
    const json_t *rows = json_object_get(answer->f, "requests");
    struct qn_html *h = &rq->reply.html;
    size_t n = json_array_size(rows);

    qn_console_open(rq, QN_SAY_CONSOLE_REQUESTS, QN_SAY_CONSOLE_REQUESTS);
    qn_html_add(h, "<p>%s <a href=\"/admin/requests%s\">%s</a></p>\n",
                qn_say(n ? QN_SAY_REQUESTS_TEXT : open ? QN_SAY_REQUESTS_NONE_OPEN : QN_SAY_REQUESTS_NONE), open ? "?all=1" : "",
                qn_say(open ? QN_SAY_REQUESTS_ALL : QN_SAY_REQUESTS_OPEN));
    if (n == 0) {
        qn_page_close(rq);
        return;
    }
    qn_console_table(h, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < n; i++)
        list_row(h, json_array_get(rows, i), qn_msg_get_int(answer, "now"), open);
    qn_console_pages(h, "/admin/requests", open ? "before" : "all=1&before",
                     qn_msg_get_int(answer, "more") ? qn_job_text(json_array_get(rows, n - 1), "id") : NULL);
    qn_page_close(rq);
}

void qn_console_requests(struct qn_request *rq)
{
    const char *before = qn_form_get(&rq->form, "before");
    bool open = !qn_form_get(&rq->form, "all");
    struct qn_msg ask, answer;
    uint8_t raw[16];

    if (before && !qn_uuid_parse(raw, before)) {
        qn_console_bad(rq);
        return;
    }
    qn_ask_open(rq, &ask, "request.list");
    qn_msg_int(&ask, "limit", QN_CONSOLE_ROWS);
    qn_msg_int(&ask, "open", open);
    if (before)
        qn_msg_str(&ask, "before", before);
    if (qn_console_get(rq, &ask, "/admin/requests", &answer) != 0)
        return;
    list_page(rq, &answer, open);
    qn_msg_free(&answer);
}

/* ---- one request ---- */

static void facts(struct qn_html *h, const struct qn_msg *a)
{
    char time[25];

    qn_html_add(h, "<table class=\"facts\"><tr><th>%s</th><td>", qn_say(QN_SAY_TH_STATE));
    state(h, qn_msg_get(a, "state"));
    qn_html_add(h, "</td></tr>\n");
    qn_console_row(h, QN_SAY_TH_WHO, qn_msg_get(a, "requester"));
    qn_console_row(h, QN_SAY_TH_TICKET, qn_msg_get(a, "ticket"));
    qn_html_add(h, "<tr><th>%s</th>", qn_say(QN_SAY_TH_MADE));
    qn_console_time(h, qn_clock_format(qn_msg_get_int(a, "made"), time));
    qn_html_add(h, "</tr><tr><th>%s</th>", qn_say(QN_SAY_TH_EXPIRES_AT));
    qn_console_time(h, qn_clock_format(qn_msg_get_int(a, "expires"), time));
    qn_html_add(h, "</tr>\n");
    if (*qn_msg_get(a, "decider")) {
        qn_console_row(h, QN_SAY_TH_DECIDER, qn_msg_get(a, "decider"));
        qn_html_add(h, "<tr><th>%s</th>", qn_say(QN_SAY_TH_DECIDED));
        qn_console_time_ms(h, qn_msg_get_int(a, "decided"));
        qn_html_add(h, "</tr>\n");
    }
    if (*qn_msg_get(a, "reason"))
        qn_console_row(h, QN_SAY_REASON, qn_msg_get(a, "reason"));
    qn_html_add(h, "<tr><th>%s</th><td>", qn_say(QN_SAY_TH_SECOND));
    qn_console_words(h, json_object_get(a->f, "approvers"));
    qn_html_add(h, "</td></tr></table>\n");
}

static void approve_form(struct qn_request *rq, const struct qn_msg *a)
{
    struct qn_html *h = &rq->reply.html;
    char shorter[17];

    snprintf(shorter, sizeof shorter, "%s", qn_msg_get(a, "hash"));
    qn_page_form(rq, "/admin/request/approve");
    qn_console_hidden(h, "id", qn_msg_get(a, "id"));
    qn_console_hidden(h, "hash", qn_msg_get(a, "hash"));
    qn_html_add(h, "<p>");
    qn_html_say(h, QN_SAY_APPROVE_TEXT, shorter);
    qn_html_add(h, "</p><p><input class=\"go\" type=\"submit\" value=\"%s\"></p></form>\n", qn_say(QN_SAY_APPROVE));
}

static void decide(struct qn_request *rq, const struct qn_msg *a)
{
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<div class=\"panel\">");
    if (qn_msg_get_int(a, "mine")) {
        qn_html_add(h, "<p>%s</p>", qn_say(QN_SAY_REQUEST_MINE));
        qn_page_form(rq, "/admin/request/withdraw");
        qn_console_hidden(h, "id", qn_msg_get(a, "id"));
        qn_html_add(h, "<p><input class=\"danger\" type=\"submit\" value=\"%s\"></p></form>", qn_say(QN_SAY_WITHDRAW));
    } else {
        approve_form(rq, a);
        qn_page_form(rq, "/admin/request/reject");
        qn_console_hidden(h, "id", qn_msg_get(a, "id"));
        qn_console_reason(h);
        qn_html_add(h, "<p><input class=\"danger\" type=\"submit\" value=\"%s\"></p></form>", qn_say(QN_SAY_REJECT));
    }
    qn_html_add(h, "</div>\n");
}

/* Who holds one of the roles that may approve it, or proposed it, is offered something to do. */
static bool may_decide(const struct qn_request *rq, const struct qn_msg *a)
{
    const json_t *approvers = json_object_get(a->f, "approvers");

    if (strcmp(qn_msg_get(a, "state"), "open") != 0)
        return false;
    for (size_t i = 0; i < json_array_size(approvers); i++)
        if (qn_request_role(rq, json_string_value(json_array_get(approvers, i))))
            return true;
    return qn_msg_get_int(a, "mine") != 0;
}

static void request_page(struct qn_request *rq, const struct qn_msg *a)
{
    enum qn_say known = qn_say_find("op-", qn_msg_get(a, "operation"), QN_SAY_CONSOLE_REQUESTS);
    struct qn_html *h = &rq->reply.html;

    qn_console_open(rq, QN_SAY_CONSOLE_REQUESTS, known);
    qn_html_add(h, "<div class=\"two\"><div><h2>%s</h2>\n", qn_say(QN_SAY_CHANGES));
    qn_console_texts(h, json_object_get(a->f, "changes"), QN_SAY_CHANGES_NONE);
    qn_html_add(h, "<h2>%s</h2>\n", qn_say(QN_SAY_EFFECT));
    qn_console_texts(h, json_object_get(a->f, "effect"), QN_SAY_EFFECT_NONE);
    qn_console_document(h, qn_msg_get(a, "document"));
    qn_html_add(h, "<p class=\"small\">%s <span class=\"mono\">%s</span></p></div><div>\n", qn_say(QN_SAY_HASH), qn_msg_get(a, "hash"));
    facts(h, a);
    if (may_decide(rq, a))
        decide(rq, a);
    qn_html_add(h, "</div></div>\n");
    qn_page_close(rq);
}

void qn_console_request(struct qn_request *rq)
{
    const char *id = qn_form_get(&rq->form, "id");
    struct qn_msg ask, answer;
    uint8_t raw[16];

    if (!id || !qn_uuid_parse(raw, id)) {
        qn_console_bad(rq);
        return;
    }
    qn_ask_open(rq, &ask, "request.show");
    qn_msg_str(&ask, "id", id);
    if (qn_console_get(rq, &ask, "/admin/requests", &answer) != 0)
        return;
    request_page(rq, &answer);
    qn_msg_free(&answer);
}

/* Sends verb with the form's id and one more field, if it has one. */
static void request_act(struct qn_request *rq, const char *verb, const char *field, size_t max, const char *done)
{
    const char *id = qn_form_get(&rq->form, "id");
    struct qn_msg ask;
    uint8_t raw[16];

    if (!id || !qn_uuid_parse(raw, id)) {
        qn_console_bad(rq);
        return;
    }
    qn_ask_open(rq, &ask, verb);
    qn_msg_str(&ask, "id", id);
    if (!field || qn_console_take(rq, &ask, field, max))
        qn_console_act(rq, &ask, "/admin/requests", done);
}

void qn_console_approve(struct qn_request *rq)
{
    const char *hash = qn_form_get(&rq->form, "hash");

    if (!hash || strlen(hash) != 64 || strspn(hash, "0123456789abcdef") != 64)
        qn_console_bad(rq);
    else
        request_act(rq, "request.approve", "hash", 64, "approved");
}

void qn_console_reject(struct qn_request *rq)
{
    request_act(rq, "request.reject", "reason", 255, "rejected");
}

void qn_console_withdraw(struct qn_request *rq)
{
    request_act(rq, "request.withdraw", NULL, 0, "withdrawn");
}
