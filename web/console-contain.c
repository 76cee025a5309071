/* Containment: a person, a device, a terminal or a queue is locked at once, and unlocked with the password. */
#include "web/console.h"

#include <string.h>

#include "web/console-page.h"
#include "web/job-view.h"

static const char *const kinds[] = { "person", "device", "terminal", "queue", NULL };

static void lock_form(struct qn_request *rq)
{
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<div class=\"panel contain\"><h2>%s</h2><p>%s</p>", qn_say(QN_SAY_LOCK_TITLE), qn_say(QN_SAY_LOCK_TEXT));
    qn_page_form(rq, "/admin/contain/lock");
    qn_console_choice(h, "kind", QN_SAY_TH_KIND, kinds, "kind-", NULL);
    qn_html_add(h, "<p><label>%s<input name=\"name\" type=\"text\" maxlength=\"255\" required autocomplete=\"off\" autocapitalize=\"off\" "
                   "spellcheck=\"false\"></label></p>", qn_say(QN_SAY_LOCK_NAME));
    qn_console_reason(h);
    qn_html_add(h, "<p><input class=\"danger\" type=\"submit\" value=\"%s\"></p></form></div>\n", qn_say(QN_SAY_LOCK_DO));
}

static void lock_row(struct qn_request *rq, const json_t *row)
{
    enum qn_say kind = qn_say_find("kind-", qn_job_text(row, "kind"), QN_SAY_NONE);
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<tr><td>%s</td><td><b>%s</b></td><td>%s</td><td class=\"end\">", qn_say(kind), qn_job_text(row, "name"),
                qn_job_text(row, "reason"));
    qn_page_form(rq, "/admin/contain/unlock");
    qn_console_hidden(h, "kind", qn_job_text(row, "kind"));
    qn_console_hidden(h, "name", qn_job_text(row, "name"));
    qn_html_add(h, "<input name=\"reason\" type=\"text\" maxlength=\"255\" required autocomplete=\"off\" placeholder=\"%s\"> "
                   "<input type=\"submit\" value=\"%s\"></form></td></tr>\n", qn_say(QN_SAY_UNLOCK_REASON), qn_say(QN_SAY_UNLOCK_DO));
}

void qn_console_contain(struct qn_request *rq)
{
    static const enum qn_say names[] = { QN_SAY_TH_KIND, QN_SAY_TH_NAME, QN_SAY_TH_WHY, QN_SAY_NONE };
    struct qn_html *h = &rq->reply.html;
    struct qn_msg ask, answer;
    json_t *rows, *row;
    size_t i;

    qn_ask_open(rq, &ask, "contain.list");
    if (qn_console_get(rq, &ask, "/admin", &answer) != 0)
        return;
    rows = json_object_get(answer.f, "locks");
    qn_console_open(rq, QN_SAY_CONSOLE_CONTAIN, QN_SAY_CONSOLE_CONTAIN);
    if (json_array_size(rows) == 0) {
        qn_html_add(h, "<p>%s</p>", qn_say(QN_SAY_CONTAIN_NONE));
    } else {
        qn_console_table(h, names, sizeof names / sizeof *names);
        json_array_foreach(rows, i, row)
            lock_row(rq, row);
        qn_console_pages(h, "", "", NULL);
    }
    lock_form(rq);
    qn_page_close(rq);
    qn_msg_free(&answer);
}

static void contain_act(struct qn_request *rq, const char *verb, const char *done)
{
    struct qn_msg ask;

    qn_ask_open(rq, &ask, verb);
    if (qn_console_take(rq, &ask, "kind", 16) && qn_console_take(rq, &ask, "name", 255) && qn_console_take(rq, &ask, "reason", 255))
        qn_console_act(rq, &ask, "/admin/contain", done);
}

void qn_console_lock(struct qn_request *rq)
{
    contain_act(rq, "contain.lock", "locked");
}

void qn_console_unlock(struct qn_request *rq)
{
    contain_act(rq, "contain.unlock", "unlocked");
}
