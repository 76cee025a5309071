/* At the terminal, before a release: how many copies, on what, in which order, and what that takes. The page's form holds everything:
 * each of its buttons but the last shows it anew. */
#include "web/kiosk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/guard.h"
#include "web/kiosk-jobs.h"
#include "web/kiosk-printer.h"
#include "web/option-view.h"
#include "web/page.h"

enum { NUMBER = 24 };

/* What the page shows. */
struct options {
    json_t *jobs;          /* ids, in order */
    struct qn_job_list list;
    struct qn_printers printers;
    char sent[NUMBER];     /* copies that all of them were sent with; "" if they differ */
    char copies[NUMBER];   /* in the field; "": as sent */
    int64_t most;          /* copies at once */
};

static const char *id_at(const struct options *o, size_t i)
{
    return json_string_value(json_array_get(o->jobs, i));
}

/* Those that are gone meanwhile, or never were this person's, are left out. */
static void jobs_keep(struct options *o)
{
    for (size_t i = json_array_size(o->jobs); i-- > 0;)
        if (!qn_job_find(&o->list, id_at(o, i)))
            json_array_remove(o->jobs, i);
}

static void copies_sent(struct options *o)
{
    for (size_t i = 0; i < json_array_size(o->jobs); i++) {
        char copies[NUMBER];

        snprintf(copies, sizeof copies, "%lld", (long long)qn_job_int(qn_job_find(&o->list, id_at(o, i)), "copies"));
        if (i > 0 && strcmp(copies, o->sent) != 0) {
            o->sent[0] = '\0';
            return;
        }
        snprintf(o->sent, sizeof o->sent, "%s", copies);
    }
}

/* What stands in the field, after "+" or "-". */
static void copies_now(const struct qn_request *rq, struct options *o)
{
    const char *typed = qn_form_get(&rq->form, "copies");
    long n;

    snprintf(o->copies, sizeof o->copies, "%.3s", typed && strspn(typed, "0123456789") == strlen(typed) ? typed : o->sent);
    n = strtol(o->copies, NULL, 10);
    if (qn_form_get(&rq->form, "more"))
        n = n < 1 ? 2 : n + 1;
    else if (qn_form_get(&rq->form, "less"))
        n = n - 1;
    else
        return;
    n = n < 1 ? 1 : n > o->most ? (long)o->most : n;
    snprintf(o->copies, sizeof o->copies, "%ld", n);
}

static int options_open(struct qn_request *rq, json_t *jobs, struct options *o)
{
    memset(o, 0, sizeof *o);
    o->jobs = jobs;
    if (qn_guard_place(rq) != 0 || qn_printers_ask(rq, &o->printers) != 0)
        return QN_EAWAY;
    if (qn_job_list_ask(rq, &o->list, QN_JOBS_SHOWN) != 0) {
        qn_printers_free(&o->printers);
        return QN_EAWAY;
    }
    o->most = qn_msg_get_int(&o->printers.offer, "copies");
    if (!qn_msg_get_int(&o->printers.offer, "known") || o->most < 1)
        o->most = 1;
    if (o->most > QN_COPIES_MAX)
        o->most = QN_COPIES_MAX;
    jobs_keep(o);
    copies_sent(o);
    copies_now(rq, o);
    return 0;
}

static void hidden(struct qn_html *h, const char *name, const char *value)
{
    qn_html_add(h, "<input type=\"hidden\" name=\"%s\" value=\"%s\">", name, value);
}

/* The jobs in their order, with what each takes and what the printer lacks. */
static void options_job(struct qn_html *h, const struct options *o, size_t i)
{
    const json_t *row = qn_job_find(&o->list, id_at(o, i));
    const struct qn_msg *offer = &o->printers.offer;
    struct qn_cost cost = { 0 };

    qn_html_add(h, "<li>");
    hidden(h, "job", id_at(o, i));
    if (i > 0)
        qn_html_add(h, "<button type=\"submit\" name=\"up\" value=\"%s\" title=\"%s\">%s</button>", id_at(o, i),
                    qn_say(QN_SAY_OPTIONS_UP_WHAT), qn_say(QN_SAY_OPTIONS_UP));
    qn_html_add(h, "<span class=\"title\">");
    qn_job_view_title(h, row);
    qn_html_add(h, "</span><span class=\"meta\">");
    qn_cost_add(&cost, row, 0, "", offer);
    if (cost.some && qn_job_int(row, "pages") > 0)
        qn_pages_show(h, qn_job_int(row, "pages"));
    else
        qn_view_size(h, qn_job_int(row, "length"));
    qn_option_lacks(h, row, offer, o->printers.own);
    qn_html_add(h, "</span></li>\n");
}

static void options_jobs(struct qn_html *h, const struct options *o)
{
    char many[NUMBER];

    snprintf(many, sizeof many, "%zu", json_array_size(o->jobs));
    if (json_array_size(o->jobs) > 1) {
        qn_html_add(h, "<p class=\"meta\">");
        qn_html_say(h, QN_SAY_OPTIONS_MANY, many);
        qn_html_add(h, "</p>");
    }
    qn_html_add(h, "<ol>");
    for (size_t i = 0; i < json_array_size(o->jobs); i++)
        options_job(h, o, i);
    qn_html_add(h, "</ol>");
}

static void options_cost(struct qn_request *rq, const struct options *o)
{
    struct qn_html *h = &rq->reply.html;
    const char *sides = qn_form_get(&rq->form, qn_options[0].field);
    struct qn_cost cost = { 0 };

    for (size_t i = 0; i < json_array_size(o->jobs); i++)
        qn_cost_add(&cost, qn_job_find(&o->list, id_at(o, i)), strtol(o->copies, NULL, 10), sides ? sides : "", &o->printers.offer);
    qn_html_add(h, "<b class=\"cost\">");
    qn_cost_show(h, &cost);
    qn_html_add(h, "</b> <input type=\"submit\" name=\"update\" value=\"%s\"> ", qn_say(QN_SAY_OPTIONS_UPDATE));
}

static void options_copies(struct qn_html *h, const struct options *o)
{
    if (o->most < 2)
        return;
    qn_html_add(h, "<p class=\"copies\"><label for=\"copies\">%s</label>"
                   "<input type=\"submit\" name=\"less\" value=\"%s\"> <input id=\"copies\" name=\"copies\" type=\"text\" "
                   "inputmode=\"numeric\" maxlength=\"3\" autocomplete=\"off\" value=\"%s\" placeholder=\"%s\"> "
                   "<input type=\"submit\" name=\"more\" value=\"%s\"></p>\n", qn_say(QN_SAY_OPTIONS_COPIES), qn_say(QN_SAY_OPTIONS_LESS),
                o->copies, qn_say(QN_SAY_AS_SENT), qn_say(QN_SAY_OPTIONS_MORE));
}

/* What all of them ask for; "" if they differ, or ask for nothing. */
static const char *all_asked(const struct options *o, const struct qn_option *option)
{
    const char *first = "";

    for (size_t i = 0; i < json_array_size(o->jobs); i++) {
        const char *asked = qn_option_asked(qn_job_find(&o->list, id_at(o, i)), option);

        if (i > 0 && strcmp(asked, first) != 0)
            return "";
        first = asked;
    }
    return first;
}

/* One choice: as sent, or what the printer has. Nothing where it has no choice. */
static void options_choice(struct qn_request *rq, const struct options *o, const struct qn_option *option)
{
    const json_t *values = json_object_get(o->printers.offer.f, option->offered);
    const char *chosen = qn_form_get(&rq->form, option->field), *asked = all_asked(o, option);
    struct qn_html *h = &rq->reply.html;

    if (json_array_size(values) < 2)
        return;
    qn_html_add(h, "<p><label for=\"%s\">%s</label><select id=\"%s\" name=\"%s\"><option value=\"\">", option->field,
                qn_say(option->label), option->field, option->field);
    qn_html_add(h, "%s ", qn_say(*asked ? QN_SAY_AS_SENT_SO : QN_SAY_AS_SENT));
    qn_option_words(h, option, asked);
    qn_html_add(h, "</option>");
    for (size_t i = 0; i < json_array_size(values); i++) {
        const char *value = json_string_value(json_array_get(values, i));

        qn_html_add(h, "<option value=\"%s\"", value);
        if (chosen && strcmp(chosen, value) == 0)
            qn_html_add(h, " selected=\"selected\"");
        qn_html_add(h, ">");
        qn_option_words(h, option, value);
        qn_html_add(h, "</option>");
    }
    qn_html_add(h, "</select></p>\n");
}

static void options_hidden(struct qn_request *rq, const struct options *o)
{
    struct qn_html *h = &rq->reply.html;
    char idem[QN_IDEM + 1];
    const char *again;
    size_t at = 0;

    qn_idem_make(idem);
    hidden(h, "idem", idem);
    hidden(h, "sent", o->sent);
    hidden(h, "shown", o->printers.device);
    while ((again = qn_form_next(&rq->form, "again", &at)) != NULL)
        for (size_t i = 0; i < json_array_size(o->jobs); i++)
            if (strcmp(again, id_at(o, i)) == 0)
                hidden(h, "again", again);
    qn_html_add(h, "<input class=\"hidden\" type=\"submit\" name=\"enter\" value=\"%s\" tabindex=\"-1\">", qn_say(QN_SAY_OPTIONS_UPDATE));
}

static void options_form(struct qn_request *rq, const struct options *o)
{
    struct qn_html *h = &rq->reply.html;

    qn_page_form(rq, "/kiosk/options");
    options_hidden(rq, o); /* its button is the first: what Enter in a field means */
    qn_printers_show(rq, &o->printers);
    qn_html_add(h, "<div class=\"how\"><div class=\"what\">");
    options_jobs(h, o);
    qn_html_add(h, "</div><div class=\"choices\">");
    if (!qn_msg_get_int(&o->printers.offer, "known"))
        qn_html_add(h, "<p>%s</p>", qn_say(QN_SAY_OPTIONS_UNKNOWN));
    options_copies(h, o);
    for (size_t i = 0; i < QN_OPTIONS; i++)
        options_choice(rq, o, &qn_options[i]);
    qn_html_add(h, "</div></div><div class=\"deck\"><input class=\"go\" type=\"submit\" name=\"print\" value=\"%s\"> ",
                qn_say(QN_SAY_OPTIONS_PRINT));
    options_cost(rq, o);
    qn_html_add(h, "<a class=\"button\" href=\"/kiosk/jobs\">%s</a></div></form>\n", qn_say(QN_SAY_MORE_JOBS));
}

void qn_kiosk_options_page(struct qn_request *rq, json_t *jobs, enum qn_say notice)
{
    struct qn_html *h = &rq->reply.html;
    struct options o;
    char most[NUMBER];

    if (options_open(rq, jobs, &o) != 0) {
        json_decref(jobs);
        return;
    }
    if (json_array_size(jobs) == 0) {
        qn_kiosk_jobs_page(rq, QN_SAY_NOTHING_TO_PRINT, true);
    } else {
        qn_page_open(rq, &(struct qn_page){ QN_SAY_OPTIONS_TITLE, 200, rq->web->idle_s, "/kiosk/over" });
        snprintf(most, sizeof most, "%lld", (long long)o.most);
        if (notice) {
            qn_html_add(h, "<p class=\"notice bad\" role=\"status\">");
            qn_html_say(h, notice, most);
            qn_html_add(h, "</p>\n");
        }
        qn_html_add(h, "<h1 class=\"hidden\">%s</h1>", qn_say(QN_SAY_OPTIONS_TITLE));
        options_form(rq, &o);
        qn_page_close(rq);
    }
    qn_job_list_free(&o.list);
    qn_printers_free(&o.printers);
    json_decref(jobs);
}

/* The job named by "up" changes places with the one before it. */
static void jobs_up(const struct qn_request *rq, json_t *jobs)
{
    const char *up = qn_form_get(&rq->form, "up");
    json_t *one;

    for (size_t i = 1; up && i < json_array_size(jobs); i++) {
        if (strcmp(json_string_value(json_array_get(jobs, i)), up) != 0)
            continue;
        one = json_incref(json_array_get(jobs, i));
        json_array_remove(jobs, i);
        json_array_insert_new(jobs, i - 1, one);
        return;
    }
}

void qn_kiosk_options(struct qn_request *rq)
{
    const char *idem = qn_form_get(&rq->form, "idem"), *shown = qn_form_get(&rq->form, "shown");
    const char *device = qn_form_get(&rq->form, "device");
    json_t *jobs = qn_job_chosen(rq, "job");

    if (!jobs || !qn_idem_ok(idem) || !shown) {
        json_decref(jobs);
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
    } else if (!qn_form_get(&rq->form, "print")) {
        jobs_up(rq, jobs);
        qn_kiosk_options_page(rq, jobs, qn_copies_ok(qn_form_get(&rq->form, "copies")) ? QN_SAY_NONE : QN_SAY_OPTIONS_COPIES_NO);
    } else if (!qn_copies_ok(qn_form_get(&rq->form, "copies"))) {
        qn_kiosk_options_page(rq, jobs, QN_SAY_OPTIONS_COPIES_NO);
    } else if (device && strcmp(device, shown) != 0) { /* what was chosen was offered by another one */
        qn_kiosk_options_page(rq, jobs, QN_SAY_OPTIONS_OTHER);
    } else {
        qn_kiosk_print(rq, jobs, idem);
    }
}
