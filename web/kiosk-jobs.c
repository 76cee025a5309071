/* At the terminal: my jobs, and what can be done with them. */
#include "web/kiosk.h"

#include <string.h>

#include "web/job-view.h"
#include "web/guard.h"
#include "web/kiosk-jobs.h"
#include "web/kiosk-printer.h"
#include "web/notice.h"
#include "web/page.h"
#include "web/rpc.h"

enum { NOTICES = 1 }; /* one at a time: the screen is small */

/* A form each, above the list. */
void qn_kiosk_uncertain(struct qn_request *rq, const json_t *row)
{
    struct qn_html *h = &rq->reply.html;

    if (strcmp(qn_job_text(row, "state"), "uncertain") != 0)
        return;
    qn_html_add(h, "<div class=\"ask\"><p><b>%s</b> <span class=\"title\">", qn_say(QN_SAY_UNCERTAIN_TITLE));
    qn_job_view_title(h, row);
    qn_html_add(h, "</span><span class=\"meta\">%s</span></p>", qn_say(QN_SAY_UNCERTAIN_TEXT));
    qn_page_form(rq, "/kiosk/resolve");
    qn_html_add(h, "<input type=\"hidden\" name=\"job\" value=\"%s\"><input type=\"submit\" name=\"printed\" value=\"%s\"> "
                   "<input type=\"submit\" name=\"again\" value=\"%s\"></form></div>\n", qn_job_text(row, "job"),
                qn_say(QN_SAY_UNCERTAIN_PRINTED), qn_say(QN_SAY_UNCERTAIN_AGAIN));
}

/* For whom a password let in: they may add a badge and get a PIN. */
static void own_link(struct qn_request *rq)
{
    if (strcmp(qn_msg_get(&rq->who, "method"), "password") == 0)
        qn_html_add(&rq->reply.html, " <a class=\"button own\" href=\"/kiosk/own\">%s</a>", qn_say(QN_SAY_OWN_LINK));
}

static enum qn_say all_say(const struct qn_job_list *list)
{
    for (size_t i = 0; i < json_array_size(list->jobs); i++)
        if (*qn_job_text(json_array_get(list->jobs, i), "owner"))
            return QN_SAY_PRINT_MINE;
    return list->more ? QN_SAY_PRINT_THESE : QN_SAY_PRINT_ALL;
}

static void jobs_form(struct qn_request *rq, const struct qn_job_list *list, const struct qn_printers *printers)
{
    bool act = strcmp(rq->route->path, "/kiosk/act") == 0;
    struct qn_job_marks marks = { act ? &rq->form : NULL, &printers->offer, printers->own };
    struct qn_html *h = &rq->reply.html;
    char idem[QN_IDEM + 1];

    qn_idem_make(idem);
    qn_page_form(rq, "/kiosk/act");
    qn_html_add(h, "<input type=\"hidden\" name=\"idem\" value=\"%s\">", idem);
    qn_printers_show(rq, printers);
    qn_job_view_rows(rq, list, &marks);
    qn_html_add(h, "<div class=\"deck\"><input class=\"go\" type=\"submit\" name=\"print\" value=\"%s\"> "
                   "<input type=\"submit\" name=\"options\" value=\"%s\"> "
                   "<input class=\"go\" type=\"submit\" name=\"all\" value=\"%s\">",
                qn_say(QN_SAY_PRINT), qn_say(QN_SAY_PRINT_OPTIONS), qn_say(all_say(list)));
    own_link(rq);
    qn_html_add(h, " <input class=\"danger\" type=\"submit\" name=\"delete\" value=\"%s\"></div></form>\n", qn_say(QN_SAY_DELETE));
}

static void jobs_none(struct qn_request *rq)
{
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<div class=\"card\"><h1>%s</h1><p>%s</p>", qn_say(QN_SAY_JOBS_NONE), qn_say(QN_SAY_JOBS_NONE_TEXT));
    qn_page_form(rq, "/kiosk/logout");
    qn_html_add(h, "<p class=\"acts\"><input class=\"go\" type=\"submit\" value=\"%s\">", qn_say(QN_SAY_DONE));
    own_link(rq);
    qn_html_add(h, "</p></form></div>");
}

void qn_kiosk_jobs_page(struct qn_request *rq, enum qn_say notice, bool bad)
{
    struct qn_html *h = &rq->reply.html;
    struct qn_printers printers;
    struct qn_job_list list;

    if (qn_guard_place(rq) != 0 || qn_printers_ask(rq, &printers) != 0)
        return;
    if (qn_job_list_ask(rq, &list, QN_JOBS_SHOWN) != 0) {
        qn_printers_free(&printers);
        return;
    }
    qn_page_open(rq, &(struct qn_page){ QN_SAY_JOBS_TITLE, 200, rq->web->idle_s, "/kiosk/over" });
    if (notice)
        qn_page_notice(rq, notice, bad);
    qn_notices_show(rq, NOTICES);
    if (json_array_size(list.jobs) == 0) {
        jobs_none(rq);
    } else {
        qn_html_add(h, "<h1 class=\"hidden\">%s</h1>", qn_say(QN_SAY_JOBS_TITLE));
        for (size_t i = 0; i < json_array_size(list.jobs); i++)
            qn_kiosk_uncertain(rq, json_array_get(list.jobs, i));
        jobs_form(rq, &list, &printers);
    }
    qn_page_close(rq);
    qn_job_list_free(&list);
    qn_printers_free(&printers);
}

void qn_kiosk_jobs(struct qn_request *rq)
{
    qn_kiosk_jobs_page(rq, QN_SAY_NONE, false);
}

/* Every job of one's own on the page that waits to be printed: a colleague's is chosen on purpose. */
static json_t *all_held(const struct qn_job_list *list)
{
    json_t *jobs = json_array();

    for (size_t i = 0; i < json_array_size(list->jobs) && i < QN_JOBS_SHOWN; i++) {
        const json_t *row = json_array_get(list->jobs, i);

        if (strcmp(qn_job_text(row, "state"), "held") == 0 && !*qn_job_text(row, "owner"))
            json_array_append(jobs, json_object_get(row, "job"));
    }
    return jobs;
}

static void print_all(struct qn_request *rq, const char *idem)
{
    struct qn_job_list list;
    json_t *jobs;

    if (qn_job_list_ask(rq, &list, QN_JOBS_SHOWN) != 0)
        return;
    jobs = all_held(&list);
    qn_job_list_free(&list);
    if (json_array_size(jobs) > 0) {
        qn_kiosk_print(rq, jobs, idem);
    } else {
        json_decref(jobs);
        qn_kiosk_jobs_page(rq, QN_SAY_NOTHING_TO_PRINT, true);
    }
}

/* The form of the list: which of its buttons was it? */
static void jobs_act(struct qn_request *rq, json_t *chosen)
{
    json_t *change = qn_job_chosen(rq, "change");

    if (qn_form_get(&rq->form, "there"))
        qn_kiosk_jobs_page(rq, QN_SAY_NONE, false);
    else if (qn_form_get(&rq->form, "all"))
        print_all(rq, qn_form_get(&rq->form, "idem"));
    else if (change)
        qn_kiosk_options_page(rq, json_incref(change), QN_SAY_NONE);
    else if (!chosen)
        qn_kiosk_jobs_page(rq, QN_SAY_NOTHING_CHOSEN, true);
    else if (qn_form_get(&rq->form, "print"))
        qn_kiosk_print(rq, json_incref(chosen), qn_form_get(&rq->form, "idem"));
    else if (qn_form_get(&rq->form, "options"))
        qn_kiosk_options_page(rq, json_incref(chosen), QN_SAY_NONE);
    else if (qn_form_get(&rq->form, "delete"))
        qn_job_view_confirm(rq, "/kiosk/delete", "/kiosk/jobs", chosen);
    else
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
    json_decref(change);
}

void qn_kiosk_act(struct qn_request *rq)
{
    json_t *chosen = qn_job_chosen(rq, "job");

    if (qn_idem_ok(qn_form_get(&rq->form, "idem")))
        jobs_act(rq, chosen);
    else
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
    json_decref(chosen);
}

void qn_kiosk_delete(struct qn_request *rq)
{
    enum qn_say say;

    if (qn_job_delete(rq, &say) == 0)
        qn_kiosk_jobs_page(rq, say, say != QN_SAY_DELETED);
}

void qn_kiosk_seen(struct qn_request *rq)
{
    if (qn_notice_seen(rq) == 0)
        qn_page_redirect(rq, "/kiosk/jobs");
}

void qn_kiosk_resolve(struct qn_request *rq)
{
    const char *id = qn_form_get(&rq->form, "job");
    bool printed = qn_form_get(&rq->form, "printed") != NULL;
    struct qn_msg ask, answer;
    uint8_t raw[16];

    if (!id || !qn_uuid_parse(raw, id) || printed == (qn_form_get(&rq->form, "again") != NULL)) {
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
        return;
    }
    qn_ask_open(rq, &ask, "job.resolve");
    qn_msg_str(&ask, "job", id);
    qn_msg_str(&ask, "outcome", printed ? "printed" : "again");
    if (qn_ask(rq, &ask, &answer) != 0)
        return;
    if (answer.code == QN_OK) {
        const json_t *row = json_array_get(json_object_get(answer.f, "jobs"), 0);
        bool ok = strcmp(qn_job_text(row, "code"), "ok") == 0;

        qn_msg_free(&answer);
        qn_kiosk_jobs_page(rq, !ok ? QN_SAY_RESOLVED_NO : printed ? QN_SAY_RESOLVED_PRINTED : QN_SAY_RESOLVED_AGAIN, !ok);
    } else {
        qn_ask_refused(rq, &answer);
    }
}
