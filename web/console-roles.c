/* The permission model: who may do what, what excludes what, what two people decide. As the core's tables have it. */
#include "web/console.h"

#include <stdio.h>
#include <string.h>

#include "web/console-page.h"
#include "web/job-view.h"

static void matrix(struct qn_html *h, const struct qn_msg *a)
{
    const json_t *roles = json_object_get(a->f, "roles");
    json_t *role, *row;
    size_t i, j;

    qn_html_add(h, "<div class=\"wide\"><table class=\"list matrix\"><tr><th>%s</th>", qn_say(QN_SAY_TH_PERMISSION));
    json_array_foreach(roles, i, role)
        qn_html_add(h, "<th class=\"mid\">%s</th>", qn_job_text(role, "role"));
    qn_html_add(h, "</tr>\n");
    json_array_foreach(json_object_get(a->f, "permissions"), j, row) {
        const char *name = qn_job_text(row, "permission");

        qn_html_add(h, "<tr><td><b>%s</b><span class=\"hint\">%s</span></td>", name, qn_job_text(row, "help"));
        json_array_foreach(roles, i, role)
            if (qn_words_have(json_object_get(role, "permissions"), name))
                qn_html_add(h, "<td class=\"mid may\">%s</td>", qn_say(QN_SAY_MAY));
            else
                qn_html_add(h, "<td class=\"mid\"></td>");
        qn_html_add(h, "</tr>\n");
    }
    qn_html_add(h, "</table></div>\n");
}

static void purposes(struct qn_html *h, const struct qn_msg *a)
{
    json_t *row;
    size_t i;

    qn_html_add(h, "<div><h2>%s</h2><table class=\"facts\">\n", qn_say(QN_SAY_ROLES_PURPOSE));
    json_array_foreach(json_object_get(a->f, "roles"), i, row)
        qn_html_add(h, "<tr><th>%s</th><td>%s</td></tr>\n", qn_job_text(row, "role"), qn_job_text(row, "help"));
    qn_html_add(h, "</table></div>\n");
}

static void conflicts(struct qn_html *h, const struct qn_msg *a)
{
    json_t *row;
    size_t i;

    qn_html_add(h, "<div><h2>%s</h2><p>%s</p><table class=\"facts\">\n", qn_say(QN_SAY_ROLES_CONFLICTS),
                qn_say(QN_SAY_ROLES_CONFLICTS_TEXT));
    json_array_foreach(json_object_get(a->f, "conflicts"), i, row) {
        const char *b = qn_job_text(row, "b");

        qn_html_add(h, "<tr><th>%s</th><td>%s", qn_job_text(row, "a"), strcmp(b, "*") == 0 ? qn_say(QN_SAY_ROLES_ANY_OTHER) : b);
        if (qn_job_int(row, "excepted"))
            qn_html_add(h, " <span class=\"yours\">%s</span>", qn_say(QN_SAY_ROLES_EXCEPTED));
        qn_html_add(h, "</td></tr>\n");
    }
    qn_html_add(h, "</table></div>\n");
}

static void operations(struct qn_html *h, const struct qn_msg *a)
{
    static const enum qn_say names[] = { QN_SAY_TH_OPERATION, QN_SAY_TH_PROPOSED_WITH, QN_SAY_TH_SECOND, QN_SAY_TH_WITHIN };
    json_t *row;
    size_t i;

    qn_html_add(h, "<h2>%s</h2>\n", qn_say(QN_SAY_ROLES_OPERATIONS));
    qn_console_table(h, names, sizeof names / sizeof *names);
    json_array_foreach(json_object_get(a->f, "operations"), i, row) {
        qn_html_add(h, "<tr><td><b>%s</b><span class=\"hint\">%s</span></td><td>%s</td><td>", qn_job_text(row, "operation"),
                    qn_job_text(row, "help"), qn_job_text(row, "permission"));
        qn_console_words(h, json_object_get(row, "approvers"));
        qn_html_add(h, "</td><td class=\"nowrap\">%lld h</td></tr>\n", (long long)qn_job_int(row, "hours"));
    }
    qn_console_pages(h, "", "", NULL);
}

static void groups(struct qn_html *h, const struct qn_msg *a)
{
    json_t *row;
    size_t i;

    qn_html_add(h, "<h2>%s</h2><table class=\"facts\">\n", qn_say(QN_SAY_POLICY_ROLES));
    json_array_foreach(json_object_get(a->f, "mapping"), i, row)
        qn_html_add(h, "<tr><th>%s</th><td class=\"break\">%s</td></tr>\n", qn_job_text(row, "role"), qn_job_text(row, "group"));
    qn_html_add(h, "</table>\n");
}

static void verbs(struct qn_html *h, const struct qn_msg *a)
{
    static const enum qn_say names[] = { QN_SAY_TH_VERB, QN_SAY_TH_FROM, QN_SAY_TH_FIRST, QN_SAY_TH_PERMISSION };
    json_t *row;
    size_t i;

    qn_html_add(h, "<details><summary>%s</summary><p>%s</p>\n", qn_say(QN_SAY_ROLES_VERBS), qn_say(QN_SAY_ROLES_VERBS_TEXT));
    qn_console_table(h, names, sizeof names / sizeof *names);
    json_array_foreach(json_object_get(a->f, "verbs"), i, row) {
        enum qn_say first = qn_job_int(row, "proof") ? QN_SAY_FIRST_PASSWORD : qn_job_int(row, "live") ? QN_SAY_FIRST_DIRECTORY :
                            qn_job_int(row, "session") ? QN_SAY_FIRST_SESSION : QN_SAY_FIRST_NONE;

        qn_html_add(h, "<tr><td>%s</td><td>", qn_job_text(row, "verb"));
        qn_console_words(h, json_object_get(row, "from"));
        qn_html_add(h, "</td><td>%s</td><td>%s</td></tr>\n", qn_say(first), qn_job_text(row, "permission"));
    }
    qn_console_pages(h, "", "", NULL);
    qn_html_add(h, "</details>\n");
}

void qn_console_roles(struct qn_request *rq)
{
    struct qn_html *h = &rq->reply.html;
    struct qn_msg ask, answer;
    bool compact;

    qn_ask_open(rq, &ask, "roles.show");
    if (qn_console_get(rq, &ask, "/admin", &answer) != 0)
        return;
    compact = strcmp(qn_msg_get(&answer, "profile"), "compact") == 0;
    qn_console_open(rq, QN_SAY_CONSOLE_ROLES, QN_SAY_CONSOLE_ROLES);
    qn_html_add(h, "<p>%s %s</p>", qn_say(QN_SAY_ROLES_TEXT), qn_say(compact ? QN_SAY_PROFILE_COMPACT : QN_SAY_PROFILE_STANDARD));
    matrix(h, &answer);
    qn_html_add(h, "<div class=\"two\">");
    purposes(h, &answer);
    conflicts(h, &answer);
    qn_html_add(h, "</div>\n");
    operations(h, &answer);
    groups(h, &answer);
    verbs(h, &answer);
    qn_page_close(rq);
    qn_msg_free(&answer);
}
