/* At the terminal: what a class lets out only before two people. The second one's badge and PIN go with the same release once more. */
#include "web/kiosk.h"

#include <string.h>

#include "web/kiosk-jobs.h"
#include "web/kiosk-printer.h"
#include "web/login.h"
#include "web/option-view.h"
#include "web/page.h"
#include "web/rpc.h"

static bool is_wanted(const struct qn_followed *f)
{
    return f->refused == QN_SAY_WHY_SECOND_NEEDED || f->refused == QN_SAY_WHY_SECOND_REFUSED;
}

bool qn_kiosk_second_wanted(const struct qn_followed *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_wanted(&list[i]))
            return true;
    return false;
}

static void carry(struct qn_html *h, const char *name, const char *value)
{
    if (value && *value)
        qn_html_add(h, "<input type=\"hidden\" name=\"%s\" value=\"%s\">", name, value);
}

/* The form, with all that the first release had. */
static void second_form(struct qn_request *rq, const struct qn_followed *list, size_t n)
{
    struct qn_html *h = &rq->reply.html;
    char j[QN_FOLLOW_TEXT], idem[QN_IDEM + 1];
    const char *again;
    size_t at = 0;

    qn_page_form(rq, "/kiosk/second");
    qn_follow_write(j, list, n);
    carry(h, "j", j);
    qn_idem_make(idem);
    carry(h, "idem", idem);
    while ((again = qn_form_next(&rq->form, "again", &at)) != NULL)
        carry(h, "again", again);
    carry(h, "device", qn_form_get(&rq->form, "device"));
    carry(h, "copies", qn_form_get(&rq->form, "copies"));
    carry(h, "sent", qn_form_get(&rq->form, "sent"));
    for (size_t i = 0; i < QN_OPTIONS; i++)
        carry(h, qn_options[i].field, qn_form_get(&rq->form, qn_options[i].field));
}

/* Back to where the other jobs are followed, or to the list. */
static void second_cancel(struct qn_html *h, const struct qn_followed *list, size_t n)
{
    char j[QN_FOLLOW_TEXT];
    bool others = false;

    for (size_t i = 0; i < n; i++)
        others = others || !is_wanted(&list[i]);
    qn_follow_write(j, list, n);
    if (others)
        qn_html_add(h, "<a class=\"button\" href=\"/kiosk/progress?j=%s\">%s</a>", j, qn_say(QN_SAY_CANCEL));
    else
        qn_html_add(h, "<a class=\"button\" href=\"/kiosk/jobs\">%s</a>", qn_say(QN_SAY_CANCEL));
}

/* What the second person agrees to. */
static void second_names(struct qn_html *h, const struct qn_followed *list, size_t n, const struct qn_job_list *jobs)
{
    qn_html_add(h, "<ul class=\"names\">");
    for (size_t i = 0; i < n; i++) {
        const json_t *row = qn_job_find(jobs, list[i].id);

        if (!is_wanted(&list[i]) || !row)
            continue;
        qn_html_add(h, "<li>");
        qn_job_view_title(h, row);
        qn_html_add(h, "</li>");
    }
    qn_html_add(h, "</ul>");
}

void qn_kiosk_second_page(struct qn_request *rq, const struct qn_followed *list, size_t n, enum qn_say notice)
{
    struct qn_html *h = &rq->reply.html;
    struct qn_job_list jobs;

    if (qn_job_list_ask(rq, &jobs, QN_JOBS_SHOWN) != 0)
        return;
    qn_page_open(rq, &(struct qn_page){ QN_SAY_SECOND_TITLE, notice ? 403 : 200, rq->web->idle_s, "/kiosk/over" });
    if (notice)
        qn_page_notice(rq, notice, true);
    qn_html_add(h, "<div class=\"card second\"><h1>%s</h1><p>%s</p>", qn_say(QN_SAY_SECOND_TITLE), qn_say(QN_SAY_SECOND_TEXT));
    second_names(h, list, n, &jobs);
    second_form(rq, list, n);
    qn_html_add(h, "<p class=\"reader\"><label for=\"badge\">%s</label><input id=\"badge\" name=\"badge\" type=\"password\" "
                   "maxlength=\"64\" autocomplete=\"off\" autofocus> <input type=\"submit\" value=\"%s\"> ", qn_say(QN_SAY_BADGE),
                qn_say(QN_SAY_NEXT));
    second_cancel(h, list, n);
    qn_html_add(h, "</p></form></div>");
    qn_page_close(rq);
    qn_job_list_free(&jobs);
}

static void pin_page(struct qn_request *rq, const struct qn_followed *list, size_t n, const char *badge)
{
    struct qn_html *h = &rq->reply.html;

    qn_page_open(rq, &(struct qn_page){ QN_SAY_SECOND_TITLE, 200, rq->web->idle_s, "/kiosk/over" });
    qn_html_add(h, "<div class=\"card\"><h1>%s</h1><p>%s %s</p>", qn_say(QN_SAY_PIN_TITLE), qn_say(QN_SAY_SECOND_PIN_TEXT),
                qn_say(QN_SAY_PIN_TEXT));
    second_form(rq, list, n);
    carry(h, "badge", badge);
    qn_html_add(h, "<p><label for=\"pin\">%s</label><input id=\"pin\" class=\"pin\" name=\"pin\" type=\"password\" "
                   "inputmode=\"numeric\" maxlength=\"16\" autocomplete=\"off\" autofocus></p>", qn_say(QN_SAY_PIN));
    qn_html_add(h, "<p class=\"acts\"><input class=\"go\" type=\"submit\" value=\"%s\"> ", qn_say(QN_SAY_SECOND_AGREE));
    second_cancel(h, list, n);
    qn_html_add(h, "</p></form></div>");
    qn_page_close(rq);
}

static json_t *wanted_jobs(const struct qn_followed *list, size_t n)
{
    json_t *jobs = json_array();

    for (size_t i = 0; i < n; i++)
        if (is_wanted(&list[i]))
            json_array_append_new(jobs, json_string(list[i].id));
    return jobs;
}

/* Every no sounds the same, but for a directory that can't be asked. */
static void second_send(struct qn_request *rq, struct qn_followed list[QN_JOBS_SHOWN], size_t n, const char *badge, const char *pin)
{
    struct qn_msg answer;
    const json_t *rows;
    int code;

    if (qn_kiosk_release(rq, wanted_jobs(list, n), qn_form_get(&rq->form, "idem"), badge, pin, &answer) != 0)
        return;
    code = answer.code;
    rows = json_object_get(answer.f, "jobs");
    for (size_t i = 0; code == QN_OK && i < json_array_size(rows); i++)
        qn_follow_row(list, &n, json_array_get(rows, i));
    if (code == QN_EINTERNAL || code == QN_EIO) {
        qn_ask_refused(rq, &answer);
        return;
    }
    qn_msg_free(&answer);
    if (code == QN_EAWAY || code == QN_ETIMEOUT)
        qn_kiosk_second_page(rq, list, n, QN_SAY_BADGE_AWAY);
    else if (code != QN_OK || qn_kiosk_second_wanted(list, n))
        qn_kiosk_second_page(rq, list, n, QN_SAY_LOGIN_NO);
    else
        qn_follow_go(rq, list, n, "");
}

void qn_kiosk_second(struct qn_request *rq)
{
    const char *badge = qn_form_get(&rq->form, "badge"), *pin = qn_form_get(&rq->form, "pin");
    struct qn_followed list[QN_JOBS_SHOWN];
    size_t n = qn_follow_read(rq, list);

    if (!qn_kiosk_second_wanted(list, n) || !qn_idem_ok(qn_form_get(&rq->form, "idem")))
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
    else if (!qn_badge_ok(badge) || (pin && !qn_pin_ok(pin)))
        qn_kiosk_second_page(rq, list, n, QN_SAY_LOGIN_NO);
    else if (!pin)
        pin_page(rq, list, n, badge);
    else
        second_send(rq, list, n, badge, pin);
}
