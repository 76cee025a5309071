#include "web/console-page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/document.h"

static const struct { const char *path; enum qn_say name; const char *roles; } menu[] = {
    { "/admin/jobs", QN_SAY_CONSOLE_JOBS, "operator" },
    { "/admin/requests", QN_SAY_CONSOLE_REQUESTS, "security records device-admin key-custodian auditor" },
    { "/admin/policy", QN_SAY_CONSOLE_POLICY, "security records auditor" },
    { "/admin/roles", QN_SAY_CONSOLE_ROLES, "security records auditor" },
    { "/admin/people", QN_SAY_CONSOLE_PEOPLE, "security auditor operator" },
    { "/admin/contain", QN_SAY_CONSOLE_CONTAIN, "security" },
    { "/admin/devices", QN_SAY_CONSOLE_DEVICES, "operator device-admin security" },
    { "/admin/audit", QN_SAY_CONSOLE_AUDIT, "auditor" },
};

bool qn_console_may(const struct qn_request *rq, const char *roles)
{
    char role[32];

    while (*roles) {
        size_t n = strcspn(roles, " ");

        snprintf(role, sizeof role, "%.*s", (int)n, roles);
        if (qn_request_role(rq, role))
            return true;
        roles += n + (roles[n] == ' ');
    }
    return false;
}

const char *qn_console_first(const struct qn_request *rq)
{
    if (qn_request_role(rq, "auditor"))
        return "/admin/audit";
    for (size_t i = 0; i < sizeof menu / sizeof *menu; i++)
        if (qn_console_may(rq, menu[i].roles))
            return menu[i].path;
    return NULL;
}

static void console_done(struct qn_request *rq)
{
    const char *done = qn_form_get(&rq->form, "done");
    enum qn_say what = done ? qn_say_find("done-", done, QN_SAY_NONE) : QN_SAY_NONE;

    if (what && strcmp(rq->route->method, "GET") == 0)
        qn_page_notice(rq, what, false);
}

void qn_console_open(struct qn_request *rq, enum qn_say at, enum qn_say title)
{
    struct qn_html *h = &rq->reply.html;

    qn_page_open(rq, &(struct qn_page){ title, 200, 0, NULL });
    qn_html_add(h, "<ul class=\"nav\">");
    for (size_t i = 0; i < sizeof menu / sizeof *menu; i++) {
        if (!qn_console_may(rq, menu[i].roles))
            continue;
        qn_html_add(h, "<li><a href=\"%s\"", menu[i].path);
        if (menu[i].name == at)
            qn_html_add(h, " class=\"here\" aria-current=\"page\"");
        qn_html_add(h, ">%s</a></li>", qn_say(menu[i].name));
    }
    qn_html_add(h, "</ul>\n");
    console_done(rq);
    qn_html_add(h, "<h1>%s</h1>\n", qn_say(title));
}

/* ---- tables ---- */

void qn_console_table(struct qn_html *h, const enum qn_say *names, size_t n)
{
    qn_html_add(h, "<div class=\"wide\"><table class=\"list\"><tr>");
    for (size_t i = 0; i < n; i++)
        qn_html_add(h, "<th>%s</th>", qn_say(names[i]));
    qn_html_add(h, "</tr>\n");
}

void qn_console_pages(struct qn_html *h, const char *path, const char *cursor, const char *next)
{
    qn_html_add(h, "</table></div>\n");
    if (!next)
        return;
    qn_html_add(h, "<p class=\"acts\"><a class=\"button\" href=\"%s?%s=%s\">%s</a> ", path, cursor, next, qn_say(QN_SAY_NEXT_PAGE));
    qn_html_add(h, "<a class=\"button\" href=\"%s\">%s</a></p>", path, qn_say(QN_SAY_FIRST_PAGE));
}

void qn_console_time(struct qn_html *h, const char *time)
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

void qn_console_time_ms(struct qn_html *h, int64_t ms)
{
    char time[25];

    qn_console_time(h, ms > 0 ? qn_clock_format(ms, time) : "\xe2\x80\x93");
}

void qn_console_row(struct qn_html *h, enum qn_say name, const char *text)
{
    qn_html_add(h, "<tr><th>%s</th><td>%s</td></tr>\n", qn_say(name), text && *text ? text : "\xe2\x80\x93");
}

/* ---- texts ---- */

void qn_console_texts(struct qn_html *h, const json_t *texts, enum qn_say none)
{
    if (json_array_size(texts) == 0) {
        qn_html_add(h, "<p>%s</p>\n", qn_say(none));
        return;
    }
    qn_html_add(h, "<ul class=\"names\">");
    for (size_t i = 0; i < json_array_size(texts); i++)
        qn_html_add(h, "<li>%s</li>", json_string_value(json_array_get(texts, i)));
    qn_html_add(h, "</ul>\n");
}

void qn_console_words(struct qn_html *h, const json_t *words)
{
    for (size_t i = 0; i < json_array_size(words); i++)
        qn_html_add(h, "%s%s", i ? ", " : "", json_string_value(json_array_get(words, i)));
}

void qn_console_document(struct qn_html *h, const char *document)
{
    json_t *value = json_loads(document, 0, NULL);
    char *text = qn_document_text(value);

    qn_html_add(h, "<details><summary>%s</summary><pre>", qn_say(QN_SAY_DOCUMENT));
    qn_html_lines(h, text ? text : document);
    qn_html_add(h, "</pre></details>\n");
    free(text);
    json_decref(value);
}

/* ---- fields ---- */

void qn_console_hidden(struct qn_html *h, const char *name, const char *value)
{
    qn_html_add(h, "<input type=\"hidden\" name=\"%s\" value=\"", name);
    qn_html_lines(h, value);
    qn_html_add(h, "\">");
}

void qn_console_field(struct qn_html *h, const char *name, enum qn_say label, enum qn_say hint, int max, const char *value)
{
    qn_html_add(h, "<p><label for=\"f-%s\">%s</label>", name, qn_say(label));
    qn_html_add(h, "<input id=\"f-%s\" name=\"%s\" type=\"text\" maxlength=\"%d\" value=\"%s\" autocomplete=\"off\" spellcheck=\"false\">",
                name, name, max, value ? value : "");
    if (hint)
        qn_html_add(h, "<span class=\"hint\">%s</span>", qn_say(hint));
    qn_html_add(h, "</p>\n");
}

void qn_console_submit(struct qn_html *h, enum qn_say go, const char *cancel)
{
    qn_html_add(h, "<p class=\"acts\"><input class=\"go\" type=\"submit\" value=\"%s\"> <a class=\"button\" href=\"%s\">%s</a></p>",
                qn_say(go), cancel, qn_say(QN_SAY_CANCEL));
}

void qn_console_reason(struct qn_html *h)
{
    qn_html_add(h, "<p><label>%s<input name=\"reason\" type=\"text\" maxlength=\"255\" required autocomplete=\"off\"></label></p>\n",
                qn_say(QN_SAY_REASON));
}

void qn_console_choice(struct qn_html *h, const char *name, enum qn_say label, const char *const *values, const char *prefix,
                       const char *chosen)
{
    qn_html_add(h, "<p><label>%s<select name=\"%s\">", qn_say(label), name);
    for (; *values; values++) {
        qn_html_add(h, "<option value=\"%s\"", *values);
        if (chosen && strcmp(chosen, *values) == 0)
            qn_html_add(h, " selected");
        qn_html_add(h, ">%s</option>", qn_say(qn_say_find(prefix, *values, QN_SAY_NONE)));
    }
    qn_html_add(h, "</select></label></p>\n");
}
