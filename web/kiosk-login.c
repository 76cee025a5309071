/* At the terminal: badge, then PIN; or user name and password; and what remains when nobody touches the screen. */
#include "web/kiosk.h"

#include <string.h>

#include "lib/secret.h"
#include "web/login.h"
#include "web/page.h"
#include "web/rpc.h"

enum { WELCOME_S = 30, BADGE_MAX = 64, PIN_MIN = 4, PIN_MAX = 16 };

/* It loads itself again and again: so the badge field has the focus again after a stray touch, and a core that is
 * back is seen. */
static void welcome_page(struct qn_request *rq, enum qn_say notice)
{
    struct qn_html *h = &rq->reply.html;

    qn_page_open(rq, &(struct qn_page){ QN_SAY_WELCOME_TITLE, notice ? 403 : 200, WELCOME_S, "/kiosk" });
    if (notice)
        qn_page_notice(rq, notice, true);
    qn_html_add(h, "<div class=\"card welcome\"><h1>%s</h1><p>%s</p>", qn_say(QN_SAY_WELCOME_TITLE),
                qn_say(QN_SAY_WELCOME_TEXT));
    qn_page_form(rq, "/kiosk/badge");
    qn_html_add(h, "<p class=\"reader\"><label for=\"badge\">%s</label><input id=\"badge\" name=\"badge\" type=\"password\" "
                   "maxlength=\"64\" autocomplete=\"off\" autofocus> <input type=\"submit\" value=\"%s\"></p></form>",
                qn_say(QN_SAY_BADGE), qn_say(QN_SAY_NEXT));
    qn_html_add(h, "<p><a class=\"button\" href=\"/kiosk/password\">%s</a></p></div>",
                qn_say(notice == QN_SAY_LOGIN_NO ? QN_SAY_WELCOME_NEW : QN_SAY_WELCOME_PASSWORD));
    if (qn_form_get(&rq->form, "bye"))
        qn_page_forget(rq);
    qn_page_close(rq);
}

void qn_kiosk_home(struct qn_request *rq)
{
    qn_page_redirect(rq, "/kiosk");
}

void qn_kiosk_welcome(struct qn_request *rq)
{
    welcome_page(rq, QN_SAY_NONE);
    rq->reply.terminal = QN_COOKIE_SET; /* the cookie's own term starts again */
    rq->reply.terminal_token = qn_secret_alloc(QN_TOKEN);
    memcpy(rq->reply.terminal_token, rq->terminal, QN_TOKEN);
}

bool qn_badge_ok(const char *badge)
{
    return badge && *badge && strlen(badge) <= BADGE_MAX;
}

void qn_kiosk_badge(struct qn_request *rq)
{
    const char *badge = qn_form_get(&rq->form, "badge");
    struct qn_html *h = &rq->reply.html;

    if (!qn_badge_ok(badge)) {
        welcome_page(rq, QN_SAY_LOGIN_NO);
        return;
    }
    qn_page_open(rq, &(struct qn_page){ QN_SAY_PIN_TITLE, 200, rq->web->idle_s, "/kiosk" });
    qn_html_add(h, "<div class=\"card\"><h1>%s</h1><p>%s</p>", qn_say(QN_SAY_PIN_TITLE), qn_say(QN_SAY_PIN_TEXT));
    qn_page_form(rq, "/kiosk/login");
    qn_html_add(h, "<input type=\"hidden\" name=\"badge\" value=\"%s\">", badge);
    qn_html_add(h, "<p><label for=\"pin\">%s</label><input id=\"pin\" class=\"pin\" name=\"pin\" type=\"password\" "
                   "inputmode=\"numeric\" maxlength=\"16\" autocomplete=\"off\" autofocus></p>", qn_say(QN_SAY_PIN));
    qn_html_add(h, "<p class=\"acts\"><input class=\"go\" type=\"submit\" value=\"%s\"> <a class=\"button\" href=\"/kiosk\">%s</a>"
                   " <input type=\"submit\" name=\"alone\" value=\"%s\"></p></form></div>", qn_say(QN_SAY_LOGIN),
                qn_say(QN_SAY_CANCEL), qn_say(QN_SAY_BADGE_ALONE));
    qn_page_close(rq);
}

bool qn_pin_ok(const char *pin)
{
    return pin && strlen(pin) >= PIN_MIN && strlen(pin) <= PIN_MAX && !pin[strspn(pin, "0123456789")];
}

/* Badge and PIN; the badge alone only on that wish, and for what the core gives to a badge. */
static int badge_login(struct qn_request *rq)
{
    const char *badge = qn_form_get(&rq->form, "badge"), *pin = qn_form_get(&rq->form, "pin");
    bool alone = qn_form_get(&rq->form, "alone") != NULL && (!pin || !*pin);
    struct qn_msg ask;

    if (!qn_badge_ok(badge) || (!alone && !qn_pin_ok(pin)))
        return QN_EDENIED;
    qn_ask_open(rq, &ask, "login.badge");
    qn_msg_secret(&ask, QN_SECRET_BADGE, badge, strlen(badge));
    if (!alone)
        qn_msg_secret(&ask, QN_SECRET_PIN, pin, strlen(pin));
    return qn_login_send(rq, &ask);
}

void qn_kiosk_login(struct qn_request *rq)
{
    int r = badge_login(rq);

    if (r == 0)
        qn_page_redirect(rq, "/kiosk/jobs");
    else if (r != QN_EINTERNAL)
        welcome_page(rq, r == QN_EAWAY ? QN_SAY_BADGE_AWAY : QN_SAY_LOGIN_NO);
}

void qn_kiosk_password_form(struct qn_request *rq)
{
    qn_login_page(rq, "/kiosk/password", QN_SAY_PASSWORD_TITLE, QN_SAY_NONE);
}

void qn_kiosk_password(struct qn_request *rq)
{
    int r = qn_login_password(rq);

    if (r == 0)
        qn_page_redirect(rq, "/kiosk/jobs");
    else if (r != QN_EINTERNAL)
        qn_login_page(rq, "/kiosk/password", QN_SAY_PASSWORD_TITLE, r == QN_EAWAY ? QN_SAY_LOGIN_AWAY : QN_SAY_LOGIN_NO);
}

/* Where idle pages end. The session ends in the core by itself; here only the screen forgets it. */
void qn_kiosk_over(struct qn_request *rq)
{
    struct qn_html *h = &rq->reply.html;

    qn_page_open(rq, &(struct qn_page){ QN_SAY_OVER_TITLE, 200, 10, "/kiosk" });
    qn_html_add(h, "<div class=\"card\"><h1>%s</h1><p>%s</p><p><a class=\"button\" href=\"/kiosk\">%s</a></p></div>",
                qn_say(QN_SAY_OVER_TITLE), qn_say(QN_SAY_OVER_TEXT), qn_say(QN_SAY_START));
    qn_page_forget(rq);
    qn_page_close(rq);
    rq->reply.session = QN_COOKIE_CLEAR;
    rq->reply.clear_cache = true;
}

void qn_kiosk_logout(struct qn_request *rq)
{
    qn_login_end(rq, "/kiosk?bye=1");
}
