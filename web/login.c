#include "web/login.h"

#include <string.h>

#include "lib/secret.h"
#include "web/page.h"
#include "web/rpc.h"

enum { LOGIN_MAX = 255, PASSWORD_MAX = 256 };

static int login_taken(struct qn_request *rq, const struct qn_msg *answer)
{
    size_t len;
    const uint8_t *token = qn_msg_get_secret(answer, QN_SECRET_SESSION, &len);

    if (!token || len != QN_TOKEN) {
        qn_page_error(rq, 503, QN_SAY_AWAY_TITLE, QN_SAY_AWAY_TEXT);
        return QN_EINTERNAL;
    }
    rq->reply.session = QN_COOKIE_SET;
    rq->reply.session_token = qn_secret_alloc(QN_TOKEN);
    memcpy(rq->reply.session_token, token, QN_TOKEN);
    return 0;
}

int qn_login_send(struct qn_request *rq, struct qn_msg *ask)
{
    struct qn_msg answer;
    int r;

    if (qn_ask(rq, ask, &answer) != 0)
        return QN_EINTERNAL;
    switch (answer.code) {
    case QN_OK:
        r = login_taken(rq, &answer);
        break;
    case QN_EAWAY:
    case QN_ETIMEOUT:
        r = QN_EAWAY;
        break;
    case QN_EINTERNAL:
    case QN_EIO:
        qn_page_error(rq, 503, QN_SAY_AWAY_TITLE, QN_SAY_AWAY_TEXT);
        r = QN_EINTERNAL;
        break;
    default:
        r = QN_EDENIED;
    }
    qn_msg_free(&answer);
    return r;
}

int qn_login_password(struct qn_request *rq)
{
    const char *login = qn_form_get(&rq->form, "login"), *password = qn_form_get(&rq->form, "password");
    struct qn_msg ask;

    if (!login || !password || !*login || !*password || strlen(login) > LOGIN_MAX || strlen(password) > PASSWORD_MAX)
        return QN_EDENIED;
    qn_ask_open(rq, &ask, "login.password");
    for (size_t i = 0; i < ask.secrets; i++)
        if (ask.secret[i].kind == QN_SECRET_SESSION)
            qn_panic("a log-in carries an old session");
    qn_msg_str(&ask, "login", login);
    if (rq->web->instance != QN_KIOSK && rq->address[0]) /* a terminal is known by better than an address */
        qn_msg_str(&ask, "address", rq->address);
    qn_msg_secret(&ask, QN_SECRET_PASSWORD, password, strlen(password));
    return qn_login_send(rq, &ask);
}

void qn_login_page(struct qn_request *rq, const char *action, enum qn_say title, enum qn_say notice)
{
    struct qn_html *h = &rq->reply.html;
    bool kiosk = rq->web->instance == QN_KIOSK;

    qn_page_open(rq, &(struct qn_page){ title, notice ? 403 : 200, kiosk ? rq->web->idle_s : 0, "/kiosk" });
    if (notice)
        qn_page_notice(rq, notice, true);
    qn_html_add(h, "<div class=\"card\"><h1>%s</h1>", qn_say(title));
    qn_page_form(rq, action);
    qn_html_add(h, "<p><label for=\"login\">%s</label><input id=\"login\" name=\"login\" type=\"text\" maxlength=\"255\" "
                   "autocomplete=\"off\" autocapitalize=\"off\" spellcheck=\"false\" autofocus></p>", qn_say(QN_SAY_LOGIN_NAME));
    qn_html_add(h, "<p><label for=\"password\">%s</label><input id=\"password\" name=\"password\" type=\"password\" "
                   "maxlength=\"256\" autocomplete=\"off\"></p>", qn_say(QN_SAY_PASSWORD));
    qn_html_add(h, "<p class=\"acts\"><input class=\"go\" type=\"submit\" value=\"%s\">", qn_say(QN_SAY_LOGIN));
    if (kiosk)
        qn_html_add(h, " <a class=\"button\" href=\"/kiosk\">%s</a>", qn_say(QN_SAY_CANCEL));
    qn_html_add(h, "</p></form></div>");
    if (qn_form_get(&rq->form, "bye"))
        qn_page_forget(rq);
    qn_page_close(rq);
}

void qn_login_end(struct qn_request *rq, const char *path)
{
    struct qn_msg ask, answer;

    qn_ask_open(rq, &ask, "logout");
    if (qn_ask(rq, &ask, &answer) != 0)
        return;
    qn_msg_free(&answer);
    rq->reply.session = QN_COOKIE_CLEAR;
    rq->reply.clear_cache = true;
    qn_page_redirect(rq, path);
}
