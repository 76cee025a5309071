/* At the terminal: a page follows a release until everything has ended, and says what came of it. */
#include "web/kiosk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/kiosk-jobs.h"
#include "web/option-view.h"
#include "web/page.h"
#include "web/rpc.h"

enum { POLL_S = 2, DONE_S = 20, LOOK = 1000 };

/* What the page follows: all of it is in its address. */
struct followed {
    struct qn_followed list[QN_JOBS_SHOWN];
    size_t n;
    int64_t stopping; /* a bit each: its owner has touched "Stop" */
    char j[QN_FOLLOW_TEXT];
};

enum outcome { PENDING, CAME_OUT, UNKNOWN, TOO_FEW, NOT_PRINTED, IN_DOUBT, OUTCOMES };

/* How each is marked and, where nothing more is known, said. */
static const struct { const char *mark; enum qn_say say; } outcomes[OUTCOMES] = {
    [PENDING] = { "wait", QN_SAY_STATE_RELEASING },
    [CAME_OUT] = { "yes", QN_SAY_GONE },
    [UNKNOWN] = { "yes", QN_SAY_OUTPUT_UNKNOWN },
    [TOO_FEW] = { "doubt", QN_SAY_OUTPUT_SHORT },
    [NOT_PRINTED] = { "no", QN_SAY_WHY_OTHER },
    [IN_DOUBT] = { "doubt", QN_SAY_WHY_UNCERTAIN },
};

static enum outcome outcome_of(const struct qn_followed *f, const json_t *row)
{
    const char *state = qn_job_text(row, "state"), *output = qn_job_text(row, "output");

    if (f->refused)
        return NOT_PRINTED;
    if (!row)
        return CAME_OUT; /* classes without a reprint leave no row */
    if (strcmp(state, "releasing") == 0)
        return PENDING;
    if (strcmp(state, "printed") == 0)
        return strcmp(output, "short") == 0 ? TOO_FEW : strcmp(output, "unknown") == 0 ? UNKNOWN : CAME_OUT;
    return strcmp(state, "uncertain") == 0 ? IN_DOUBT : NOT_PRINTED;
}

/* How many are to come out; 0: not known. */
static int64_t expected_of(const json_t *row)
{
    return qn_job_int(row, "expected") > 0 ? qn_job_int(row, "expected") : 0;
}

/* "3 of 12 pages"; of what is complete "12 pages". */
static void count_show(struct qn_html *h, const json_t *row)
{
    int64_t out = qn_job_int(row, "impressions"), all = expected_of(row);
    char text[24];

    if (all > out) {
        snprintf(text, sizeof text, "%lld", (long long)out);
        qn_html_say(h, QN_SAY_OF_ALL, text);
        qn_html_add(h, " ");
        qn_pages_show(h, all);
    } else {
        qn_pages_show(h, out);
    }
}

static enum qn_say held_say(const struct qn_followed *f, const json_t *row)
{
    enum qn_say say = f->refused ? f->refused : qn_say_find("why-", qn_job_text(row, "why"), QN_SAY_WHY_OTHER);

    return say == QN_SAY_WHY_NONE ? QN_SAY_WHY_OTHER : say;
}

static enum qn_say pending_say(const json_t *row, bool stopping)
{
    const char *why = stopping ? "stopping" : qn_job_text(row, "why");

    return *why ? qn_say_find("trying-", why, qn_say_find("why-", why, QN_SAY_STATE_RELEASING)) : QN_SAY_STATE_RELEASING;
}

/* The line under the title. */
static void progress_say(struct qn_html *h, const struct qn_followed *f, const json_t *row, enum outcome how, bool stopping)
{
    bool counts = how == PENDING || how == CAME_OUT || how == TOO_FEW || how == IN_DOUBT;
    enum qn_say say = outcomes[how].say;

    if (how == NOT_PRINTED)
        say = held_say(f, row);
    else if (how == PENDING)
        say = pending_say(row, stopping);
    qn_html_add(h, "%s", qn_say(say));
    if (counts && qn_job_int(row, "impressions") > 0) {
        qn_html_add(h, " <b>");
        count_show(h, row);
        qn_html_add(h, "</b>");
    }
}

static void progress_stop(struct qn_request *rq, const char *id, const struct followed *all)
{
    struct qn_html *h = &rq->reply.html;

    qn_page_form(rq, "/kiosk/stop");
    qn_html_add(h, "<input type=\"hidden\" name=\"job\" value=\"%s\"><input type=\"hidden\" name=\"j\" value=\"%s\">", id, all->j);
    qn_html_add(h, "<input type=\"hidden\" name=\"s\" value=\"%lld\">", (long long)all->stopping);
    qn_html_add(h, "<input class=\"danger\" type=\"submit\" value=\"%s\"></form>", qn_say(QN_SAY_STOP));
}

static void progress_row(struct qn_request *rq, const struct followed *all, size_t i, const json_t *row)
{
    const struct qn_followed *f = &all->list[i];
    struct qn_html *h = &rq->reply.html;
    enum outcome how = outcome_of(f, row);
    bool stopping = (all->stopping >> i & 1) != 0;

    qn_html_add(h, "<tr><td class=\"mark %s\"></td><td class=\"job\"><span class=\"title\">", outcomes[how].mark);
    if (row)
        qn_job_view_title(h, row);
    else
        qn_html_say(h, QN_SAY_ONE_JOB, NULL);
    qn_html_add(h, "</span><span class=\"meta\">");
    progress_say(h, f, row, how, stopping);
    qn_html_add(h, "</span></td><td class=\"change\">");
    if (how == PENDING && !stopping)
        progress_stop(rq, f->id, all);
    qn_html_add(h, "</td></tr>\n");
}

static void progress_end(struct qn_request *rq)
{
    qn_html_add(&rq->reply.html, "<div class=\"deck\">");
    qn_page_form(rq, "/kiosk/logout");
    qn_html_add(&rq->reply.html, "<input class=\"go\" type=\"submit\" value=\"%s\"></form> "
                                 "<a class=\"button\" href=\"/kiosk/jobs\">%s</a></div>", qn_say(QN_SAY_DONE),
                qn_say(QN_SAY_MORE_JOBS));
}

/* Heading and where the page goes next, by the worst that happened. */
static enum qn_say progress_head(struct qn_request *rq, const size_t count[OUTCOMES], struct qn_page *page)
{
    bool held = count[NOT_PRINTED] > 0, check = count[TOO_FEW] + count[IN_DOUBT] > 0;

    *page = (struct qn_page){ QN_SAY_PROGRESS_TITLE, 200, POLL_S, rq->target };
    if (count[PENDING] > 0)
        return QN_SAY_PROGRESS_TEXT;
    *page = (struct qn_page){ held ? QN_SAY_DONE_NOT_ALL_TITLE : check ? QN_SAY_CHECK_TITLE : QN_SAY_DONE_TITLE, 200,
                              held || check ? rq->web->idle_s : DONE_S, "/kiosk/over" };
    return held ? QN_SAY_DONE_NOT_ALL_TEXT : check ? QN_SAY_CHECK_TEXT : QN_SAY_DONE_TEXT;
}

static void progress_page(struct qn_request *rq, const struct followed *all, const struct qn_job_list *list)
{
    struct qn_html *h = &rq->reply.html;
    size_t count[OUTCOMES] = { 0 };
    struct qn_page page;
    enum qn_say text;

    for (size_t i = 0; i < all->n; i++)
        count[outcome_of(&all->list[i], qn_job_find(list, all->list[i].id))]++;
    text = progress_head(rq, count, &page);
    qn_page_open(rq, &page);
    qn_html_add(h, "<h1>%s</h1><p>%s</p>", qn_say(page.title), qn_say(text));
    if (qn_form_get(&rq->form, "no") && count[PENDING] > 0)
        qn_page_notice(rq, QN_SAY_STOP_NO, true);
    for (size_t i = 0; i < all->n; i++)
        if (!all->list[i].refused)
            qn_kiosk_uncertain(rq, qn_job_find(list, all->list[i].id));
    qn_html_add(h, "<table class=\"jobs\">\n");
    for (size_t i = 0; i < all->n; i++)
        progress_row(rq, all, i, qn_job_find(list, all->list[i].id));
    qn_html_add(h, "</table>\n");
    progress_end(rq);
    qn_page_close(rq);
}

/* What the form or the address says; false if that isn't of our making. */
static bool follow_open(const struct qn_request *rq, struct followed *all)
{
    const char *s = qn_form_get(&rq->form, "s");

    all->n = qn_follow_read(rq, all->list);
    all->stopping = 0;
    qn_follow_write(all->j, all->list, all->n);
    if (s && strlen(s) <= 16 && strspn(s, "0123456789") == strlen(s))
        all->stopping = strtoll(s, NULL, 10);
    return all->n > 0;
}

void qn_kiosk_progress(struct qn_request *rq)
{
    struct followed all;
    struct qn_job_list list;

    if (!follow_open(rq, &all)) {
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
        return;
    }
    if (qn_job_list_ask(rq, &list, LOOK) != 0)
        return;
    progress_page(rq, &all, &list);
    qn_job_list_free(&list);
}

/* It may be too late: then the page tells what came out. */
static void stop_go(struct qn_request *rq, struct followed *all, const char *id, const struct qn_msg *answer)
{
    const json_t *row = json_array_get(json_object_get(answer->f, "jobs"), 0);
    bool taken = strcmp(qn_job_text(row, "code"), "ok") == 0;
    char more[48];

    for (size_t i = 0; taken && i < all->n; i++)
        if (strcmp(all->list[i].id, id) == 0)
            all->stopping |= (int64_t)1 << i;
    snprintf(more, sizeof more, "&s=%lld%s", (long long)all->stopping, taken ? "" : "&no=1");
    qn_follow_go(rq, all->list, all->n, more);
}

void qn_kiosk_stop(struct qn_request *rq)
{
    const char *id = qn_form_get(&rq->form, "job");
    struct qn_msg ask, answer;
    struct followed all;
    uint8_t raw[16];

    if (!follow_open(rq, &all) || !id || !qn_uuid_parse(raw, id)) {
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
        return;
    }
    qn_ask_open(rq, &ask, "job.stop");
    qn_msg_str(&ask, "job", id);
    if (qn_ask_ok(rq, &ask, &answer) != 0)
        return;
    stop_go(rq, &all, id, &answer);
    qn_msg_free(&answer);
}
