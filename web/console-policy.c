/* The policy in force in people's words, and its versions. */
#include "web/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "web/console-page.h"
#include "web/job-view.h"

/* "72h", "15m": "3 days", "15 min"; zero for none. */
static void period(struct qn_html *h, const char *text, enum qn_say zero)
{
    int64_t n = strtoll(text, NULL, 10);
    const char *unit = text + strspn(text, "0123456789");
    int64_t ms = n * (*unit == 's' ? 1000 : *unit == 'm' ? 60000 : *unit == 'h' ? 3600000 : *unit == 'd' ? 86400000 : 0);

    if (ms > 0)
        qn_view_left(h, ms);
    else
        qn_html_add(h, "%s", n == 0 ? qn_say(zero) : text);
}

static const char *yes_no(const json_t *o, const char *name)
{
    return qn_say(json_is_true(json_object_get(o, name)) ? QN_SAY_YES : QN_SAY_NO);
}

static const char *text_at(const json_t *texts, size_t i)
{
    const char *text = json_string_value(json_array_get(texts, i));

    return text ? text : "";
}

/* A list of texts with commas, or what stands for none. */
static void list(struct qn_html *h, const json_t *texts, const char *none)
{
    for (size_t i = 0; i < json_array_size(texts); i++)
        qn_html_add(h, "%s%s", i ? ", " : "", text_at(texts, i));
    if (!json_array_size(texts))
        qn_html_add(h, "%s", none);
}

static void class_row(struct qn_html *h, const json_t *o)
{
    const json_t *methods = json_object_get(o, "methods");

    qn_html_add(h, "<tr><td>");
    qn_view_class(h, qn_job_text(o, "name"));
    qn_html_add(h, "</td><td class=\"nowrap\">");
    period(h, qn_job_text(o, "hold"), QN_SAY_NO);
    qn_html_add(h, "</td><td class=\"nowrap\">");
    period(h, qn_job_text(o, "keep"), QN_SAY_NOT_KEPT);
    qn_html_add(h, "</td><td class=\"nowrap\">");
    period(h, qn_job_text(o, "window"), QN_SAY_NO);
    qn_html_add(h, "</td><td>");
    for (size_t i = 0; i < json_array_size(methods); i++) {
        const char *method = json_string_value(json_array_get(methods, i));
        enum qn_say known = method ? qn_say_find("method-", method, QN_SAY_NONE) : QN_SAY_NONE;

        qn_html_add(h, "%s%s", i ? ", " : "", known ? qn_say(known) : method);
    }
    qn_html_add(h, "</td><td class=\"nowrap\">");
    period(h, qn_job_text(o, "grace"), QN_SAY_NO_RELEASE);
    qn_html_add(h, "</td><td>%s</td><td>%s</td><td>%s</td><td>", yes_no(o, "unverified-owner"), yes_no(o, "plain-link"),
                yes_no(o, "delegation"));
    list(h, json_object_get(o, "zones"), qn_say(QN_SAY_POLICY_ANY_ZONE));
    qn_html_add(h, "</td><td>");
    list(h, json_object_get(o, "second"), qn_say(QN_SAY_NOBODY));
    qn_html_add(h, "</td></tr>\n");
}

static void classes(struct qn_html *h, const json_t *document)
{
    static const enum qn_say names[] = { QN_SAY_TH_CLASS, QN_SAY_TH_HOLD, QN_SAY_TH_KEEP, QN_SAY_TH_WINDOW, QN_SAY_TH_METHODS,
                                         QN_SAY_TH_GRACE, QN_SAY_TH_UNVERIFIED, QN_SAY_TH_PLAIN, QN_SAY_TH_DELEGATION, QN_SAY_TH_ZONES,
                                         QN_SAY_TH_SECOND };
    json_t *o;
    size_t i;

    qn_html_add(h, "<h2>%s</h2>\n", qn_say(QN_SAY_POLICY_CLASSES));
    qn_console_table(h, names, sizeof names / sizeof *names);
    json_array_foreach(json_object_get(document, "classes"), i, o)
        class_row(h, o);
    qn_console_pages(h, "", "", NULL);
}

static void queues(struct qn_html *h, const json_t *document)
{
    static const enum qn_say names[] = { QN_SAY_TH_QUEUE, QN_SAY_TH_CLASS };
    const char *queue;
    json_t *o;

    qn_html_add(h, "<div><h2>%s</h2>\n", qn_say(QN_SAY_POLICY_QUEUES));
    qn_console_table(h, names, sizeof names / sizeof *names);
    json_object_foreach(json_object_get(document, "queues"), queue, o) {
        qn_html_add(h, "<tr><td>%s</td><td>", strcmp(queue, "*") == 0 ? qn_say(QN_SAY_POLICY_OTHER_QUEUES) : queue);
        qn_view_class(h, json_is_string(o) ? json_string_value(o) : "");
        qn_html_add(h, "</td></tr>\n");
    }
    qn_console_pages(h, "", "", NULL);
    qn_html_add(h, "</div>\n");
}

static void mapping(struct qn_html *h, const json_t *document)
{
    static const enum qn_say names[] = { QN_SAY_TH_ROLE, QN_SAY_TH_GROUP };
    json_t *o;
    size_t i;

    qn_html_add(h, "<div><h2>%s</h2>\n", qn_say(QN_SAY_POLICY_ROLES));
    qn_console_table(h, names, sizeof names / sizeof *names);
    json_array_foreach(json_object_get(document, "roles"), i, o)
        qn_html_add(h, "<tr><td class=\"nowrap\">%s</td><td class=\"break\">%s</td></tr>\n", qn_job_text(o, "role"),
                    qn_job_text(o, "group"));
    qn_console_pages(h, "", "", NULL);
    qn_html_add(h, "</div>\n");
}

static void zones(struct qn_html *h, const json_t *document)
{
    static const enum qn_say names[] = { QN_SAY_TH_ZONE, QN_SAY_TH_GROUP };
    json_t *open = json_object_get(document, "zones"), *groups;
    const char *zone;

    qn_html_add(h, "<h2>%s</h2>\n", qn_say(QN_SAY_POLICY_ZONES));
    if (!json_object_size(open)) {
        qn_html_add(h, "<p>%s</p>\n", qn_say(QN_SAY_POLICY_ZONES_NONE));
        return;
    }
    qn_console_table(h, names, sizeof names / sizeof *names);
    json_object_foreach(open, zone, groups) {
        qn_html_add(h, "<tr><td class=\"nowrap\">%s</td><td class=\"break\">", zone);
        for (size_t i = 0; i < json_array_size(groups); i++)
            qn_html_add(h, "<div>%s</div>", text_at(groups, i));
        qn_html_add(h, "</td></tr>\n");
    }
    qn_console_pages(h, "", "", NULL);
}

/* ---- versions ---- */

static void origin(struct qn_html *h, const struct qn_msg *a)
{
    char time[25];

    qn_html_add(h, "<table class=\"facts\">");
    qn_console_row(h, QN_SAY_TH_AUTHOR, qn_msg_get(a, "author"));
    qn_console_row(h, QN_SAY_TH_APPROVER, qn_msg_get(a, "approver"));
    qn_console_row(h, QN_SAY_TH_TICKET, qn_msg_get(a, "ticket"));
    qn_html_add(h, "<tr><th>%s</th>", qn_say(QN_SAY_TH_SINCE));
    qn_console_time(h, qn_clock_format(qn_msg_get_int(a, "made"), time));
    qn_html_add(h, "</tr><tr><th>SHA-256</th><td class=\"mono\">%s</td></tr></table>\n", qn_msg_get(a, "hash"));
}

static void policy_title(struct qn_html *h, const struct qn_msg *a, bool force, const json_t *document)
{
    char number[24];

    snprintf(number, sizeof number, "%lld", (long long)qn_msg_get_int(a, "version"));
    qn_html_add(h, "<p>");
    qn_html_say(h, force ? QN_SAY_POLICY_IN_FORCE : QN_SAY_POLICY_VERSION, number);
    qn_html_add(h, " ");
    qn_html_say(h, strcmp(qn_job_text(document, "profile"), "compact") == 0 ? QN_SAY_PROFILE_COMPACT : QN_SAY_PROFILE_STANDARD, NULL);
    qn_html_add(h, "</p>\n");
}

static void version_row(struct qn_html *h, const json_t *row)
{
    char time[25];

    qn_html_add(h, "<tr><td><a href=\"/admin/policy?version=%lld\">%lld</a></td>", (long long)qn_job_int(row, "version"),
                (long long)qn_job_int(row, "version"));
    qn_console_time(h, qn_clock_format(qn_job_int(row, "made"), time));
    qn_html_add(h, "<td>%s</td><td>%s</td><td>%s</td></tr>\n", qn_job_text(row, "ticket"), qn_job_text(row, "author"),
                qn_job_text(row, "approver"));
}


static void versions(struct qn_request *rq, const json_t *rows)
{
    static const enum qn_say names[] = { QN_SAY_TH_VERSION, QN_SAY_TH_SINCE, QN_SAY_TH_TICKET, QN_SAY_TH_AUTHOR, QN_SAY_TH_APPROVER };
    struct qn_html *h = &rq->reply.html;
    size_t n = json_array_size(rows);
    char last[24];

    qn_html_add(h, "<h2>%s</h2>\n", qn_say(QN_SAY_POLICY_VERSIONS));
    qn_console_table(h, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < n; i++)
        version_row(h, json_array_get(rows, i));
    snprintf(last, sizeof last, "%lld", n ? (long long)qn_job_int(json_array_get(rows, n - 1), "version") : 0);
    qn_console_pages(h, "/admin/policy", "before", n == QN_CONSOLE_ROWS ? last : NULL);
}

static void policy_page(struct qn_request *rq, const struct qn_msg *a, const json_t *rows, bool force)
{
    json_t *document = json_loads(qn_msg_get(a, "document"), 0, NULL);
    struct qn_html *h = &rq->reply.html;

    qn_console_open(rq, QN_SAY_CONSOLE_POLICY, QN_SAY_CONSOLE_POLICY);
    policy_title(h, a, force, document);
    if (force && qn_console_may(rq, "security records"))
        qn_html_add(h, "<p><a class=\"button\" href=\"/admin/policy/change\">%s</a></p>\n", qn_say(QN_SAY_POLICY_CHANGE));
    if (!force)
        qn_html_add(h, "<p><a href=\"/admin/policy\">%s</a></p>\n", qn_say(QN_SAY_POLICY_BACK));
    classes(h, document);
    qn_html_add(h, "<div class=\"two\">");
    queues(h, document);
    mapping(h, document);
    qn_html_add(h, "</div>\n");
    zones(h, document);
    qn_html_add(h, "<div class=\"two\"><div><h2>%s</h2>\n", qn_say(QN_SAY_POLICY_DIFF));
    qn_console_texts(h, json_object_get(a->f, "changes"), QN_SAY_CHANGES_NONE);
    qn_console_document(h, qn_msg_get(a, "document"));
    qn_html_add(h, "</div><div><h2>%s</h2>\n", qn_say(QN_SAY_POLICY_ORIGIN));
    origin(h, a);
    qn_html_add(h, "</div></div>\n");
    versions(rq, rows);
    qn_page_close(rq);
    json_decref(document);
}

/* A number in the form, at least 0; -1 if there is none, -2 if it is none. */
static int64_t number(const struct qn_request *rq, const char *name)
{
    const char *text = qn_form_get(&rq->form, name);

    if (!text)
        return -1;
    return *text && strlen(text) <= 15 && text[strspn(text, "0123456789")] == '\0' ? strtoll(text, NULL, 10) : -2;
}

void qn_console_policy(struct qn_request *rq)
{
    int64_t version = number(rq, "version"), before = number(rq, "before");
    struct qn_msg ask, shown, list;

    if (version == -2 || before == -2) {
        qn_console_bad(rq);
        return;
    }
    qn_ask_open(rq, &ask, "policy.show");
    if (version >= 0)
        qn_msg_int(&ask, "version", version);
    if (qn_console_get(rq, &ask, "/admin/policy", &shown) != 0)
        return;
    qn_ask_open(rq, &ask, "policy.list");
    qn_msg_int(&ask, "limit", QN_CONSOLE_ROWS);
    if (before >= 0)
        qn_msg_int(&ask, "before", before);
    if (qn_console_get(rq, &ask, "/admin/policy", &list) == 0) {
        policy_page(rq, &shown, json_object_get(list.f, "versions"), version < 0);
        qn_msg_free(&list);
    }
    qn_msg_free(&shown);
}
