/* At the terminal, after a log-in with the password: a new badge, a new PIN. */
#include "web/kiosk.h"

#include <string.h>

#include "web/own.h"
#include "web/page.h"

static void own_page(struct qn_request *rq, enum qn_say notice, bool bad)
{
    struct qn_html *h = &rq->reply.html;
    struct qn_msg list;
    const char *pin;

    if (qn_own_list(rq, &list) != 0)
        return;
    pin = qn_msg_get(&list, "pin");
    qn_page_open(rq, &(struct qn_page){ QN_SAY_OWN_TITLE, 200, rq->web->idle_s, "/kiosk/over" });
    if (notice)
        qn_page_notice(rq, notice, bad);
    qn_html_add(h, "<div class=\"card own\"><h1>%s</h1>", qn_say(QN_SAY_OWN_TITLE));
    qn_page_form(rq, "/kiosk/own/badge");
    qn_html_add(h, "<p><label for=\"badge\">%s</label></p><p class=\"reader\"><input id=\"badge\" name=\"badge\" type=\"password\" "
                   "maxlength=\"64\" autocomplete=\"off\" autofocus> <input class=\"go\" type=\"submit\" value=\"%s\"></p></form>",
                qn_say(QN_SAY_BADGE_ADD_TEXT), qn_say(QN_SAY_BADGE_ADD));
    qn_html_add(h, "<p class=\"meta\">%s</p>", qn_say(qn_own_pin_say(pin)));
    if (strcmp(pin, "directory") != 0) {
        qn_page_form(rq, "/kiosk/own/pin");
        qn_html_add(h, "<p class=\"acts\"><input%s type=\"submit\" value=\"%s\"> "
                       "<a class=\"button\" href=\"/kiosk/jobs\">%s</a></p></form></div>",
                    strcmp(pin, "set") == 0 ? "" : " class=go", qn_say(QN_SAY_PIN_NEW), qn_say(QN_SAY_MORE_JOBS));
    } else {
        qn_html_add(h, "<p class=\"acts\"><a class=\"button\" href=\"/kiosk/jobs\">%s</a></p></div>", qn_say(QN_SAY_MORE_JOBS));
    }
    qn_page_close(rq);
    qn_msg_free(&list);
}

void qn_kiosk_own(struct qn_request *rq)
{
    own_page(rq, QN_SAY_NONE, false);
}

void qn_kiosk_own_badge(struct qn_request *rq)
{
    enum qn_say say;
    bool good;

    if (qn_own_claim(rq, &say, &good) == 0)
        own_page(rq, say, !good);
}

void qn_kiosk_own_pin(struct qn_request *rq)
{
    enum qn_say say;
    bool good;

    if (qn_own_pin(rq, "/kiosk/jobs", &say, &good) == 0 && !good)
        own_page(rq, say, true);
}
