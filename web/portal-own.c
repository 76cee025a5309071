/* At a desk: my badges and my PIN. */
#include "web/portal.h"

#include <string.h>
#include <time.h>

#include "web/job-view.h"
#include "web/own.h"
#include "web/page.h"

static void day(struct qn_html *h, int64_t ms)
{
    time_t t = (time_t)(ms / 1000);
    struct tm tm;
    char text[32];

    if (ms == 0 || !gmtime_r(&t, &tm) || strftime(text, sizeof text, "%Y-%m-%d", &tm) == 0)
        qn_html_add(h, "%s", qn_say(QN_SAY_NEVER));
    else
        qn_html_add(h, "%s", text);
}

static void badge_row(struct qn_request *rq, const json_t *row)
{
    struct qn_html *h = &rq->reply.html;
    const char *label = qn_job_text(row, "label");

    qn_html_add(h, "<tr><td>%s", *label ? label : qn_say(QN_SAY_BADGE_UNLABELLED));
    if (strcmp(qn_job_text(row, "source"), "claim") != 0)
        qn_html_add(h, " <span class=\"class\">%s</span>", qn_say(strcmp(qn_job_text(row, "source"), "import") == 0 ? QN_SAY_BADGE_IMPORT
                                                                                                              : QN_SAY_BADGE_DIRECTORY));
    qn_html_add(h, "</td><td class=\"nowrap\">");
    day(h, qn_job_int(row, "added"));
    qn_html_add(h, "</td><td class=\"nowrap\">");
    day(h, qn_job_int(row, "used"));
    qn_html_add(h, "</td><td class=\"last\">");
    qn_page_form(rq, "/me/badges/lost");
    qn_html_add(h, "<input type=\"hidden\" name=\"id\" value=\"%s\">"
                   "<input class=\"danger small\" type=\"submit\" value=\"%s\"></form></td></tr>",
                qn_job_text(row, "id"), qn_say(QN_SAY_BADGE_LOST));
}

static void badge_table(struct qn_request *rq, const json_t *rows)
{
    struct qn_html *h = &rq->reply.html;

    if (json_array_size(rows) == 0) {
        qn_html_add(h, "<p>%s</p>", qn_say(QN_SAY_BADGE_NONE));
        return;
    }
    qn_html_add(h, "<table class=\"list badges\"><tr><th>%s</th><th>%s</th><th>%s</th><th></th></tr>", qn_say(QN_SAY_BADGE),
                qn_say(QN_SAY_TH_ADDED), qn_say(QN_SAY_TH_USED));
    for (size_t i = 0; i < json_array_size(rows); i++)
        badge_row(rq, json_array_get(rows, i));
    qn_html_add(h, "</table>");
}

/* Each form asks for it while it is needed; id keeps labels apart. */
static void password_field(struct qn_request *rq, const char *id)
{
    if (!qn_own_proved(rq))
        qn_html_add(&rq->reply.html, "<p><label for=\"%s\">%s</label>"
                                     "<input id=\"%s\" name=\"password\" type=\"password\" maxlength=\"256\" "
                                     "autocomplete=\"off\"></p>", id, qn_say(QN_SAY_OWN_PASSWORD), id);
}

static void claim_form(struct qn_request *rq)
{
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<div class=\"card\"><h2>%s</h2><p>%s</p>", qn_say(QN_SAY_BADGE_ADD_TITLE), qn_say(QN_SAY_BADGE_ADD_DESK));
    qn_page_form(rq, "/me/badges/claim");
    qn_html_add(h, "<p><label for=\"badge\">%s</label><input id=\"badge\" name=\"badge\" type=\"password\" maxlength=\"64\" "
                   "autocomplete=\"off\"></p>", qn_say(QN_SAY_BADGE_NUMBER));
    qn_html_add(h, "<p><label for=\"label\">%s</label><input id=\"label\" name=\"label\" type=\"text\" maxlength=\"40\" "
                   "autocomplete=\"off\"></p>", qn_say(QN_SAY_BADGE_LABEL));
    password_field(rq, "p1");
    qn_html_add(h, "<p class=\"acts\"><input class=\"go\" type=\"submit\" value=\"%s\"></p></form></div>", qn_say(QN_SAY_BADGE_ADD));
}

static void pin_forms(struct qn_request *rq, const char *state)
{
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<div class=\"card\"><h2>%s</h2><p>%s</p>", qn_say(QN_SAY_PIN), qn_say(qn_own_pin_say(state)));
    if (strcmp(state, "directory") != 0) {
        qn_page_form(rq, "/me/pin/new");
        password_field(rq, "p2");
        qn_html_add(h, "<p class=\"acts\"><input class=\"go\" type=\"submit\" value=\"%s\"></p></form><h2 class=\"or\">%s</h2>",
                    qn_say(QN_SAY_PIN_NEW), qn_say(QN_SAY_PIN_CHOOSE));
        qn_page_form(rq, "/me/pin/choose");
        qn_html_add(h, "<p><label for=\"pin\">%s</label><input id=\"pin\" name=\"pin\" type=\"password\" inputmode=\"numeric\" "
                       "maxlength=\"16\" autocomplete=\"off\"></p>", qn_say(QN_SAY_PIN_CHOOSE_TEXT));
        qn_html_add(h, "<p><label for=\"again\">%s</label><input id=\"again\" name=\"again\" type=\"password\" inputmode=\"numeric\" "
                       "maxlength=\"16\" autocomplete=\"off\"></p>", qn_say(QN_SAY_PIN_AGAIN));
        password_field(rq, "p3");
        qn_html_add(h, "<p class=\"acts\"><input type=\"submit\" value=\"%s\"></p></form>", qn_say(QN_SAY_PIN_CHOOSE));
    }
    qn_html_add(h, "</div>");
}

static void own_page(struct qn_request *rq, enum qn_say notice, bool bad)
{
    struct qn_html *h = &rq->reply.html;
    struct qn_msg list;

    if (qn_own_list(rq, &list) != 0)
        return;
    qn_page_open(rq, &(struct qn_page){ QN_SAY_OWN_TITLE, 200, 0, NULL });
    qn_portal_nav(rq, "/me/badges");
    if (notice)
        qn_page_notice(rq, notice, bad);
    qn_html_add(h, "<h1>%s</h1>", qn_say(QN_SAY_OWN_TITLE));
    badge_table(rq, json_object_get(list.f, "badges"));
    qn_html_add(h, "<div class=\"cards\">");
    claim_form(rq);
    pin_forms(rq, qn_msg_get(&list, "pin"));
    qn_html_add(h, "</div>");
    qn_page_close(rq);
    qn_msg_free(&list);
}

void qn_portal_badges(struct qn_request *rq)
{
    own_page(rq, QN_SAY_NONE, false);
}

void qn_portal_badge_claim(struct qn_request *rq)
{
    enum qn_say say;
    bool good;

    if (qn_own_claim(rq, &say, &good) == 0)
        own_page(rq, say, !good);
}

void qn_portal_badge_lost(struct qn_request *rq)
{
    enum qn_say say;
    bool good;

    if (qn_own_lost(rq, &say, &good) == 0)
        own_page(rq, say, !good);
}

void qn_portal_pin_new(struct qn_request *rq)
{
    enum qn_say say;
    bool good;

    if (qn_own_pin(rq, "/me/badges", &say, &good) == 0 && !good)
        own_page(rq, say, true);
}

void qn_portal_pin_choose(struct qn_request *rq)
{
    enum qn_say say;
    bool good;

    if (qn_own_choose(rq, &say, &good) == 0)
        own_page(rq, say, !good);
}
