/* People: why one may do what they may, for security and auditors; PIN and badges, for operators. */
#include "web/console.h"

#include <stdio.h>
#include <string.h>

#include "web/console-page.h"
#include "web/job-view.h"

static void find_form(struct qn_request *rq)
{
    const char *login = qn_form_get(&rq->form, "login");
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<form method=\"get\" action=\"/admin/people\" class=\"panel line\"><p><label>%s<input name=\"login\" type=\"text\" "
                   "maxlength=\"255\" required value=\"%s\" autocomplete=\"off\" autocapitalize=\"off\" spellcheck=\"false\"></label></p>",
                qn_say(QN_SAY_LOGIN_NAME), login ? login : "");
    qn_html_add(h, "<p><input class=\"go\" type=\"submit\" value=\"%s\"></p></form>\n", qn_say(QN_SAY_PEOPLE_FIND));
}

static void help_form(struct qn_request *rq, const char *action, enum qn_say title, enum qn_say text, enum qn_say button)
{
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<div class=\"panel\"><h2>%s</h2><p>%s</p>", qn_say(title), qn_say(text));
    qn_page_form(rq, action);
    qn_html_add(h, "<p><label>%s<input name=\"login\" type=\"text\" maxlength=\"255\" required autocomplete=\"off\" autocapitalize=\"off\" "
                   "spellcheck=\"false\"></label></p>", qn_say(QN_SAY_LOGIN_NAME));
    qn_console_reason(h);
    qn_html_add(h, "<p><input class=\"danger\" type=\"submit\" value=\"%s\"></p></form></div>\n", qn_say(button));
}

/* ---- why ---- */

static void account(struct qn_html *h, const struct qn_msg *a)
{
    enum qn_say status = qn_say_find("account-", qn_msg_get(a, "status"), QN_SAY_ACCOUNT_OTHER);
    bool active = strcmp(qn_msg_get(a, "status"), "active") == 0;

    qn_html_add(h, "<h2>%s <span class=\"quiet\">%s</span></h2><ol class=\"why\">\n", qn_msg_get(a, "display"), qn_msg_get(a, "login"));
    qn_html_add(h, "<li class=\"%s\">%s <span class=\"hint\">%s <span class=\"mono\">%s</span></span></li>\n", active ? "yes" : "no",
                qn_say(status), qn_say(QN_SAY_PEOPLE_ID), qn_msg_get(a, "id"));
    if (*qn_msg_get(a, "locked")) {
        qn_html_add(h, "<li class=\"no\">");
        qn_html_say(h, QN_SAY_PEOPLE_LOCKED, qn_msg_get(a, "locked"));
        qn_html_add(h, "</li>\n");
    }
    if (json_array_size(json_object_get(a->f, "accounts"))) {
        qn_html_add(h, "<li>%s ", qn_say(QN_SAY_PEOPLE_ACCOUNTS));
        qn_console_words(h, json_object_get(a->f, "accounts"));
        qn_html_add(h, "</li>\n");
    }
}

static void groups(struct qn_html *h, const struct qn_msg *a)
{
    json_t *row, *rows = json_object_get(a->f, "groups");
    size_t i;

    qn_html_add(h, "<li>%s", qn_say(json_array_size(rows) ? QN_SAY_PEOPLE_GROUPS : QN_SAY_PEOPLE_NO_GROUPS));
    if (json_array_size(rows)) {
        qn_html_add(h, "<table class=\"facts\">");
        json_array_foreach(rows, i, row)
            qn_html_add(h, "<tr><td class=\"break\">%s</td><td class=\"nowrap\">\xe2\x86\x92 <b>%s</b></td></tr>",
                        qn_job_text(row, "group"), qn_job_text(row, "role"));
        qn_html_add(h, "</table>");
    }
    qn_html_add(h, "</li>\n");
}

static void conflicts(struct qn_html *h, const struct qn_msg *a)
{
    json_t *row, *rows = json_object_get(a->f, "conflicts");
    size_t i;

    json_array_foreach(rows, i, row) {
        bool excepted = qn_job_int(row, "excepted") != 0;

        qn_html_add(h, "<li class=\"%s\">%s + %s: %s</li>\n", excepted ? "" : "no", qn_job_text(row, "a"), qn_job_text(row, "b"),
                    qn_say(excepted ? QN_SAY_PEOPLE_EXCEPTED : QN_SAY_PEOPLE_CONFLICT));
    }
}

static const char *help_of(const json_t *rows, const char *permission)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
        if (strcmp(qn_job_text(row, "permission"), permission) == 0)
            return qn_job_text(row, "help");
    return "";
}

static void permissions(struct qn_html *h, const struct qn_msg *a, const json_t *help)
{
    const json_t *roles = json_object_get(a->f, "roles"), *may = json_object_get(a->f, "permissions");

    qn_html_add(h, "<li class=\"%s\">%s <b>", json_array_size(roles) ? "yes" : "no",
                qn_say(json_array_size(roles) ? QN_SAY_PEOPLE_ROLES : QN_SAY_PEOPLE_NO_ROLES));
    qn_console_words(h, roles);
    qn_html_add(h, "</b></li>\n<li>%s", qn_say(json_array_size(may) ? QN_SAY_PEOPLE_MAY : QN_SAY_PEOPLE_MAY_NOT));
    if (json_array_size(may))
        qn_html_add(h, "<table class=\"facts\">");
    for (size_t i = 0; i < json_array_size(may); i++) {
        const char *name = json_string_value(json_array_get(may, i));

        qn_html_add(h, "<tr><th>%s</th><td>%s</td></tr>", name, help_of(help, name));
    }
    if (json_array_size(may))
        qn_html_add(h, "</table>");
    qn_html_add(h, "</li>\n");
}

/* The zones that the policy keeps to groups; nothing if it keeps none. */
static void zones(struct qn_html *h, const struct qn_msg *a)
{
    json_t *row, *rows = json_object_get(a->f, "zones");
    size_t i;

    if (!json_array_size(rows))
        return;
    qn_html_add(h, "<li>%s<table class=\"facts\">", qn_say(QN_SAY_PEOPLE_ZONES));
    json_array_foreach(rows, i, row) {
        const char *group = qn_job_text(row, "group");

        qn_html_add(h, "<tr><th>%s</th><td class=\"break\">%s</td></tr>", qn_job_text(row, "zone"),
                    *group ? group : qn_say(QN_SAY_PEOPLE_ZONE_NOT));
    }
    qn_html_add(h, "</table></li>\n");
}

static void credentials(struct qn_html *h, const struct qn_msg *a)
{
    char number[24];

    qn_html_add(h, "<li>");
    snprintf(number, sizeof number, "%lld", (long long)qn_msg_get_int(a, "badges"));
    qn_html_say(h, QN_SAY_PEOPLE_BADGES, number);
    qn_html_add(h, " %s ", qn_say(qn_say_find("their-pin-", qn_msg_get(a, "pin"), QN_SAY_THEIR_PIN_OTHER)));
    snprintf(number, sizeof number, "%lld", (long long)qn_msg_get_int(a, "sessions"));
    qn_html_say(h, QN_SAY_PEOPLE_SESSIONS, number);
    qn_html_add(h, "</li></ol>\n");
}

/* help: roles.show's permissions, for what the words mean. */
static void why(struct qn_html *h, const struct qn_msg *a, const json_t *help)
{
    qn_html_add(h, "<div class=\"panel\">");
    account(h, a);
    groups(h, a);
    conflicts(h, a);
    permissions(h, a, help);
    zones(h, a);
    credentials(h, a);
    qn_html_add(h, "</div>\n");
}

static void people_page(struct qn_request *rq, const struct qn_msg *a, const json_t *help)
{
    struct qn_html *h = &rq->reply.html;

    qn_console_open(rq, QN_SAY_CONSOLE_PEOPLE, QN_SAY_CONSOLE_PEOPLE);
    if (qn_console_may(rq, "security auditor")) {
        qn_html_add(h, "<p>%s</p>", qn_say(QN_SAY_PEOPLE_TEXT));
        find_form(rq);
    }
    if (a)
        why(h, a, help);
    if (qn_console_may(rq, "operator")) {
        qn_html_add(h, "<div class=\"two\">");
        help_form(rq, "/admin/people/pin", QN_SAY_PIN_UNLOCK, QN_SAY_PIN_UNLOCK_TEXT, QN_SAY_PIN_UNLOCK_DO);
        help_form(rq, "/admin/people/badges", QN_SAY_BADGES_LOST, QN_SAY_BADGES_LOST_TEXT, QN_SAY_BADGES_LOST_DO);
        qn_html_add(h, "</div>\n");
    }
    qn_page_close(rq);
}

void qn_console_people(struct qn_request *rq)
{
    const char *login = qn_form_get(&rq->form, "login");
    struct qn_msg ask, answer, model;

    if (!login || !*login) {
        people_page(rq, NULL, NULL);
        return;
    }
    if (strlen(login) > 255) {
        qn_console_bad(rq);
        return;
    }
    qn_ask_open(rq, &ask, "person.why");
    qn_msg_str(&ask, "login", login);
    if (qn_console_get(rq, &ask, "/admin/people", &answer) != 0)
        return;
    qn_ask_open(rq, &ask, "roles.show");
    if (qn_console_get(rq, &ask, "/admin/people", &model) == 0) {
        people_page(rq, &answer, json_object_get(model.f, "permissions"));
        qn_msg_free(&model);
    }
    qn_msg_free(&answer);
}

static void help_act(struct qn_request *rq, const char *verb, const char *done)
{
    struct qn_msg ask;

    qn_ask_open(rq, &ask, verb);
    if (qn_console_take(rq, &ask, "login", 255) && qn_console_take(rq, &ask, "reason", 255))
        qn_console_act(rq, &ask, "/admin/people", done);
}

void qn_console_pin_unlock(struct qn_request *rq)
{
    help_act(rq, "pin.unlock", "pin");
}

void qn_console_badge_revoke(struct qn_request *rq)
{
    help_act(rq, "badge.revoke", "badges");
}
