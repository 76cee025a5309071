/* At the terminal: a release is asked for, and a page follows it until everything has ended.
 *
 * What was asked for travels in the page's own address (?j=, 36 hex digits a job: its id, and 0000 if the core took it
 * or the number of the sentence that says why not), so that a reload shows the same and nothing has to be remembered
 * here. */
#include "web/kiosk.h"

#include <stdio.h>
#include <string.h>

#include "web/job-view.h"
#include "web/kiosk-jobs.h"
#include "web/page.h"
#include "web/rpc.h"

enum { ENTRY = 36, POLL_S = 2, DONE_S = 20, LOOK = 1000 };

_Static_assert(QN_SAYINGS < 65536, "a sentence's number fits four digits");
_Static_assert(QN_JOBS_SHOWN * ENTRY + 64 < QN_TARGET_MAX, "an address holds a page of jobs");

/* One job of the address. */
struct followed {
    char id[QN_UUID_TEXT];
    enum qn_say refused; /* 0: the core took it */
};

enum outcome { PENDING, CAME_OUT, NOT_PRINTED, IN_DOUBT };

static void follow_row(char *at, const json_t *row)
{
    uint8_t entry[ENTRY / 2] = { 0 };

    qn_uuid_parse(entry, qn_job_text(row, "job"));
    if (strcmp(qn_job_text(row, "code"), "ok") != 0) {
        enum qn_say why = qn_say_find("why-", qn_job_text(row, "why"), QN_SAY_WHY_OTHER);

        qn_put16(entry + 16, (uint16_t)(why == QN_SAY_WHY_NONE ? QN_SAY_WHY_OTHER : why));
    }
    qn_hex(at, entry, sizeof entry);
}

/* The printer chosen on the page, if there was a choice; false if that is no name. */
static bool device_add(const struct qn_request *rq, struct qn_msg *ask)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@/+-";
    const char *device = qn_form_get(&rq->form, "device");
    size_t n = device ? strlen(device) : 0;

    if (n > 63 || (device && strspn(device, word) != n))
        return false;
    if (n > 0)
        qn_msg_str(ask, "device", device);
    return true;
}

void qn_kiosk_print(struct qn_request *rq, json_t *jobs, const char *idem)
{
    static const char path[] = "/kiosk/progress?j=";
    char to[sizeof path + QN_JOBS_SHOWN * ENTRY];
    struct qn_msg ask, answer;
    json_t *rows, *again = qn_job_chosen(rq, "again");
    size_t n;

    qn_ask_open(rq, &ask, "job.release");
    qn_msg_json(&ask, "jobs", jobs);
    if (again)
        qn_msg_json(&ask, "again", again);
    qn_msg_str(&ask, "idem", idem);
    if (!device_add(rq, &ask)) {
        qn_msg_free(&ask);
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
        return;
    }
    if (qn_ask(rq, &ask, &answer) != 0)
        return;
    if (answer.code != QN_OK) {
        qn_ask_refused(rq, &answer);
        return;
    }
    memcpy(to, path, sizeof path);
    rows = json_object_get(answer.f, "jobs");
    n = json_array_size(rows) < QN_JOBS_SHOWN ? json_array_size(rows) : QN_JOBS_SHOWN;
    for (size_t i = 0; i < n; i++)
        follow_row(to + sizeof path - 1 + i * ENTRY, json_array_get(rows, i));
    qn_msg_free(&answer);
    qn_page_redirect(rq, to);
}

static bool followed_read(struct followed *f, const char *entry)
{
    char hex[ENTRY + 1];
    uint8_t raw[ENTRY / 2], again[16];

    memcpy(hex, entry, ENTRY);
    hex[ENTRY] = '\0';
    if (!qn_unhex(raw, sizeof raw, hex) || qn_get16(raw + 16) >= QN_SAYINGS)
        return false;
    qn_uuid_format(f->id, raw);
    f->refused = (enum qn_say)qn_get16(raw + 16);
    return qn_uuid_parse(again, f->id);
}

/* All jobs of the address, or 0 if it isn't one that we made. */
static size_t follow_read(const struct qn_request *rq, struct followed out[QN_JOBS_SHOWN])
{
    const char *text = qn_form_get(&rq->form, "j");
    size_t n = text ? strlen(text) / ENTRY : 0;

    if (!text || strlen(text) % ENTRY || n > QN_JOBS_SHOWN)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (!followed_read(&out[i], text + i * ENTRY))
            return 0;
    return n;
}

static enum outcome outcome_of(const struct followed *f, const json_t *row)
{
    const char *state = qn_job_text(row, "state");

    if (f->refused)
        return NOT_PRINTED;
    if (!row || strcmp(state, "printed") == 0)
        return CAME_OUT; /* classes without a reprint leave no row */
    if (strcmp(state, "releasing") == 0)
        return PENDING;
    return strcmp(state, "uncertain") == 0 ? IN_DOUBT : NOT_PRINTED;
}

static void progress_row(struct qn_html *h, const struct followed *f, const json_t *row, enum outcome how)
{
    static const char *const marks[] = { "wait", "yes", "no", "doubt" };
    static const enum qn_say words[] = { QN_SAY_STATE_RELEASING, QN_SAY_GONE, QN_SAY_STATE_HELD, QN_SAY_WHY_UNCERTAIN };
    enum qn_say word = words[how];

    if (how == NOT_PRINTED) {
        word = f->refused ? f->refused : qn_say_find("why-", qn_job_text(row, "why"), QN_SAY_WHY_OTHER);
        word = word == QN_SAY_WHY_NONE ? QN_SAY_WHY_OTHER : word;
    }
    qn_html_add(h, "<tr><td class=\"mark %s\"></td><td class=\"job\"><span class=\"title\">", marks[how]);
    if (row)
        qn_job_view_title(h, row);
    else
        qn_html_say(h, QN_SAY_ONE_JOB, NULL);
    qn_html_add(h, "</span><span class=\"meta\">%s</span></td></tr>\n", qn_say(word));
}

static void progress_end(struct qn_request *rq)
{
    qn_html_add(&rq->reply.html, "<div class=\"deck\">");
    qn_page_form(rq, "/kiosk/logout");
    qn_html_add(&rq->reply.html, "<input class=\"go\" type=\"submit\" value=\"%s\"></form> "
                                 "<a class=\"button\" href=\"/kiosk/jobs\">%s</a></div>", qn_say(QN_SAY_DONE),
                qn_say(QN_SAY_MORE_JOBS));
}

static void progress_page(struct qn_request *rq, const struct followed *f, size_t n, const struct qn_job_list *list)
{
    struct qn_html *h = &rq->reply.html;
    size_t count[4] = { 0 };
    enum qn_say title = QN_SAY_PROGRESS_TITLE, text = QN_SAY_PROGRESS_TEXT;
    struct qn_page page = { title, 200, POLL_S, rq->target };

    for (size_t i = 0; i < n; i++)
        count[outcome_of(&f[i], qn_job_find(list, f[i].id))]++;
    if (count[PENDING] == 0) {
        bool all = count[CAME_OUT] == n;

        title = all ? QN_SAY_DONE_TITLE : QN_SAY_DONE_NOT_ALL_TITLE;
        text = all ? QN_SAY_DONE_TEXT : QN_SAY_DONE_NOT_ALL_TEXT;
        page = (struct qn_page){ title, 200, all ? DONE_S : rq->web->idle_s, "/kiosk/over" };
    }
    qn_page_open(rq, &page);
    qn_html_add(h, "<h1>%s</h1><p>%s</p><table class=\"jobs\">\n", qn_say(title), qn_say(text));
    for (size_t i = 0; i < n; i++) {
        const json_t *row = qn_job_find(list, f[i].id);

        progress_row(h, &f[i], row, outcome_of(&f[i], row));
    }
    qn_html_add(h, "</table>\n");
    progress_end(rq);
    qn_page_close(rq);
}

void qn_kiosk_progress(struct qn_request *rq)
{
    struct followed followed[QN_JOBS_SHOWN];
    size_t n = follow_read(rq, followed);
    struct qn_job_list list;

    if (n == 0) {
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
        return;
    }
    if (qn_job_list_ask(rq, &list, LOOK) != 0)
        return;
    progress_page(rq, followed, n, &list);
    qn_job_list_free(&list);
}
