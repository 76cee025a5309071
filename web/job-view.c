#include "web/job-view.h"

#include <stdio.h>
#include <string.h>

#include "web/option-view.h"
#include "web/page.h"
#include "web/rpc.h"

enum { PAGE = 25, TITLE_SHOWN = 60 };

static int list_page(struct qn_request *rq, struct qn_job_list *list)
{
    struct qn_msg ask, answer;
    size_t have = json_array_size(list->jobs);
    int r;

    qn_ask_open(rq, &ask, "job.list");
    qn_msg_int(&ask, "limit", PAGE);
    if (have)
        qn_msg_str(&ask, "after", qn_job_text(json_array_get(list->jobs, have - 1), "job"));
    if ((r = qn_ask_ok(rq, &ask, &answer)) != 0)
        return r;
    json_array_extend(list->jobs, json_object_get(answer.f, "jobs"));
    list->more = qn_msg_get_int(&answer, "more") && json_array_size(list->jobs) > have;
    list->now = qn_msg_get_int(&answer, "now");
    qn_msg_free(&answer);
    return 0;
}

int qn_job_list_ask(struct qn_request *rq, struct qn_job_list *list, size_t max)
{
    int r;

    memset(list, 0, sizeof *list);
    list->jobs = json_array();
    if (!list->jobs)
        qn_panic("no memory for a list");
    do
        r = list_page(rq, list);
    while (r == 0 && list->more && json_array_size(list->jobs) + PAGE <= max);
    if (r != 0)
        qn_job_list_free(list);
    return r;
}

void qn_job_list_free(struct qn_job_list *list)
{
    json_decref(list->jobs);
    list->jobs = NULL;
}

const char *qn_job_text(const json_t *row, const char *name)
{
    const char *s = json_string_value(json_object_get(row, name));

    return s ? s : "";
}

int64_t qn_job_int(const json_t *row, const char *name)
{
    return json_integer_value(json_object_get(row, name));
}

json_t *qn_job_find(const struct qn_job_list *list, const char *id)
{
    for (size_t i = 0; i < json_array_size(list->jobs); i++)
        if (strcmp(qn_job_text(json_array_get(list->jobs, i), "job"), id) == 0)
            return json_array_get(list->jobs, i);
    return NULL;
}

json_t *qn_job_chosen(const struct qn_request *rq, const char *field)
{
    json_t *chosen = json_array();
    const char *id;
    size_t at = 0;
    uint8_t raw[16];
    bool ok = true;

    while (ok && (id = qn_form_next(&rq->form, field, &at)) != NULL) {
        ok = qn_uuid_parse(raw, id) && json_array_size(chosen) < QN_JOBS_SHOWN;
        if (ok && !qn_words_have(chosen, id))
            json_array_append_new(chosen, json_string(id));
    }
    if (ok && json_array_size(chosen) > 0)
        return chosen;
    json_decref(chosen);
    return NULL;
}

void qn_job_view_title(struct qn_html *h, const json_t *row)
{
    const char *title = qn_job_text(row, "title");
    bool hidden = !*title && *qn_job_text(row, "owner");

    qn_html_cut(h, *title ? title : qn_say(hidden ? QN_SAY_TITLE_HIDDEN : QN_SAY_JOB_UNTITLED), TITLE_SHOWN);
}

static void dot(struct qn_html *h)
{
    qn_html_add(h, " \xc2\xb7 ");
}

/* How large it is. */
static void row_size(struct qn_html *h, const json_t *row)
{
    char copies[24];

    if (qn_job_int(row, "pages") > 0)
        qn_pages_show(h, qn_job_int(row, "pages"));
    else
        qn_view_size(h, qn_job_int(row, "length"));
    if (qn_job_int(row, "copies") > 1) {
        snprintf(copies, sizeof copies, "%lld", (long long)qn_job_int(row, "copies"));
        dot(h);
        qn_html_say(h, QN_SAY_COPIES, copies);
    }
    if (qn_job_int(row, "second")) {
        dot(h);
        qn_html_say(h, QN_SAY_SECOND_LIST, NULL);
    }
}

static void row_meta(struct qn_html *h, const json_t *row)
{
    const char *state = qn_job_text(row, "state"), *why = qn_job_text(row, "why");

    if (*qn_job_text(row, "owner")) {
        qn_html_add(h, "<b class=\"from\">");
        qn_html_say(h, QN_SAY_COLLEAGUE_OF, qn_job_text(row, "owner"));
        qn_html_add(h, "</b>");
        dot(h);
    }
    row_size(h, row);
    if (strcmp(state, "held") != 0)
        qn_html_add(h, " \xc2\xb7 <b>%s</b>", qn_say(qn_say_find("state-", state, QN_SAY_STATE_OTHER)));
    if (strcmp(qn_job_text(row, "output"), "short") == 0 && strcmp(state, "printed") == 0)
        qn_html_add(h, " \xc2\xb7 <span class=\"why\">%s</span>", qn_say(QN_SAY_OUTPUT_SHORT_LIST));
    if (*why)
        qn_html_add(h, " \xc2\xb7 <span class=\"why\">%s</span>", qn_say(qn_say_find("why-", why, QN_SAY_WHY_OTHER)));
}

static bool is_ticked(const struct qn_job_marks *marks, const char *id)
{
    const char *ticked;
    size_t at = 0;

    while (marks && marks->ticked && (ticked = qn_form_next(marks->ticked, "job", &at)) != NULL)
        if (strcmp(ticked, id) == 0)
            return true;
    return false;
}

/* The form says which jobs it showed as printed: who chooses one of these wants it again. */
static void row_tick(struct qn_html *h, const json_t *row, const struct qn_job_marks *marks)
{
    const char *id = qn_job_text(row, "job");

    qn_html_add(h, "<input type=\"checkbox\" name=\"job\" value=\"%s\" id=\"j%s\"", id, id);
    if (is_ticked(marks, id))
        qn_html_add(h, " checked=\"checked\"");
    qn_html_add(h, ">");
    if (strcmp(qn_job_text(row, "state"), "printed") == 0)
        qn_html_add(h, "<input type=\"hidden\" name=\"again\" value=\"%s\">", id);
}

static void row_end(struct qn_html *h, const json_t *row, int64_t now)
{
    struct qn_html left;

    qn_html_add(h, "<td class=\"end\">");
    qn_view_class(h, qn_job_text(row, "classification"));
    qn_html_add(h, "<span class=\"left\">");
    if (qn_job_int(row, "due") > now) {
        qn_html_open(&left);
        qn_view_left(&left, qn_job_int(row, "due") - now);
        qn_html_say(h, QN_SAY_LEFT, left.buf.data);
        qn_html_free(&left);
    } else {
        qn_html_say(h, QN_SAY_LEFT_NONE, NULL);
    }
    qn_html_add(h, "</span></td>");
}

/* How it is printed may be changed while it can be. */
static void row_change(struct qn_html *h, const json_t *row)
{
    const char *state = qn_job_text(row, "state");

    qn_html_add(h, "<td class=\"change\">");
    if (strcmp(state, "held") == 0 || strcmp(state, "printed") == 0)
        qn_html_add(h, "<button type=\"submit\" name=\"change\" value=\"%s\">%s</button>", qn_job_text(row, "job"), qn_say(QN_SAY_CHANGE));
    qn_html_add(h, "</td>");
}

void qn_job_view_rows(struct qn_request *rq, const struct qn_job_list *list, const struct qn_job_marks *marks)
{
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<table class=\"jobs\">\n");
    for (size_t i = 0; i < json_array_size(list->jobs); i++) {
        const json_t *row = json_array_get(list->jobs, i);

        qn_html_add(h, "<tr><td class=\"tick\">");
        if (rq->web->instance == QN_KIOSK || !*qn_job_text(row, "owner")) /* in the portal a colleague has nothing to do with it */
            row_tick(h, row, marks);
        qn_html_add(h, "</td><td class=\"job\"><label for=\"j%s\"><span class=\"title\">", qn_job_text(row, "job"));
        qn_job_view_title(h, row);
        qn_html_add(h, "</span><span class=\"meta\">");
        row_meta(h, row);
        if (marks)
            qn_option_lacks(h, row, marks->offer, marks->own);
        qn_html_add(h, "</span></label></td>");
        row_end(h, row, list->now);
        if (marks)
            row_change(h, row);
        qn_html_add(h, "</tr>\n");
    }
    qn_html_add(h, "</table>\n");
    if (list->more)
        qn_html_add(h, "<p class=\"small\">%s</p>", qn_say(QN_SAY_JOBS_MORE));
}

void qn_job_view_confirm(struct qn_request *rq, const char *action, const char *back, json_t *chosen)
{
    struct qn_html *h = &rq->reply.html;
    bool kiosk = rq->web->instance == QN_KIOSK;
    struct qn_job_list list;

    if (qn_job_list_ask(rq, &list, QN_JOBS_SHOWN) != 0)
        return;
    qn_page_open(rq, &(struct qn_page){ QN_SAY_DELETE_TITLE, 200, kiosk ? rq->web->idle_s : 0, "/kiosk/over" });
    qn_html_add(h, "<div class=\"card\"><h1>%s</h1><p>%s</p>", qn_say(QN_SAY_DELETE_TITLE), qn_say(QN_SAY_DELETE_TEXT));
    qn_page_form(rq, action);
    qn_html_add(h, "<ul class=\"names\">");
    for (size_t i = 0; i < json_array_size(chosen); i++) {
        const char *id = json_string_value(json_array_get(chosen, i));
        const json_t *row = qn_job_find(&list, id);

        if (!row)
            continue; /* not his, or gone meanwhile */
        qn_html_add(h, "<li><input type=\"hidden\" name=\"job\" value=\"%s\">", id);
        qn_job_view_title(h, row);
        qn_html_add(h, "</li>");
    }
    qn_html_add(h, "</ul><p class=\"acts\"><input class=\"danger\" type=\"submit\" value=\"%s\"> "
                   "<a class=\"button\" href=\"%s\">%s</a></p></form></div>", qn_say(QN_SAY_DELETE_DO), back,
                qn_say(QN_SAY_CANCEL));
    qn_page_close(rq);
    qn_job_list_free(&list);
}

int qn_job_delete(struct qn_request *rq, enum qn_say *say_out)
{
    json_t *chosen = qn_job_chosen(rq, "job"), *rows;
    struct qn_msg ask, answer;
    int r;

    *say_out = QN_SAY_NOTHING_CHOSEN;
    if (!chosen)
        return 0;
    qn_ask_open(rq, &ask, "job.delete");
    qn_msg_json(&ask, "jobs", chosen);
    if ((r = qn_ask_ok(rq, &ask, &answer)) != 0)
        return r;
    *say_out = QN_SAY_DELETED;
    rows = json_object_get(answer.f, "jobs");
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (strcmp(qn_job_text(json_array_get(rows, i), "code"), "ok") != 0)
            *say_out = QN_SAY_DELETED_NOT_ALL;
    qn_msg_free(&answer);
    return 0;
}
