#include "web/guard.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <strings.h>

#include "lib/secret.h"
#include "web/page.h"
#include "web/rpc.h"

bool qn_guard_origin(const struct qn_admission *a, bool absent_ok)
{
    static const char scheme[] = "https://";

    if (!a->site && !a->origin)
        return absent_ok;
    if (a->site && strcmp(a->site, "same-origin") != 0)
        return false;
    if (a->origin && (strncmp(a->origin, scheme, sizeof scheme - 1) != 0 || !a->host ||
                      strcasecmp(a->origin + sizeof scheme - 1, a->host) != 0))
        return false;
    return true;
}

static bool token_make(const uint8_t *key, char out[QN_FORM_TOKEN_TEXT])
{
    static const char text[] = "quoin form";
    uint8_t mac[32];

    out[0] = '\0';
    if (!key)
        return false;
    if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, QN_TOKEN, text, sizeof text - 1, mac) != 0)
        qn_panic("no HMAC-SHA256");
    qn_hex(out, mac, sizeof mac);
    return true;
}

static const uint8_t *token_key(const struct qn_request *rq, enum qn_needs needs)
{
    return needs == QN_NEEDS_SESSION ? rq->session : needs == QN_NEEDS_TERMINAL ? rq->terminal : NULL;
}

bool qn_guard_token(const struct qn_request *rq, const char *action, char out[QN_FORM_TOKEN_TEXT])
{
    int status;
    const struct qn_route *to = qn_route_find(rq->web->instance, "POST", action, (unsigned)strlen(action), &status);

    if (!to)
        qn_panic("form for %s, which is no route", action);
    return token_make(token_key(rq, to->needs), out);
}

/* A form's token is ours, in constant time. */
static bool token_ok(const struct qn_request *rq)
{
    const char *given = qn_form_get(&rq->form, "form");
    char expected[QN_FORM_TOKEN_TEXT];

    if (!token_make(token_key(rq, rq->route->needs), expected))
        return true; /* before anybody is known there is nothing to bind it to */
    return given && strlen(given) == QN_FORM_TOKEN_TEXT - 1 && qn_secret_equal(given, expected, QN_FORM_TOKEN_TEXT - 1);
}

/* Enrolling brings its own proof, the one-time code; a panel without these headers has to be able to. */
static bool absent_ok(const struct qn_request *rq)
{
    return rq->web->instance == QN_KIOSK && (rq->route->needs != QN_NEEDS_NOTHING || qn_form_get(&rq->form, "code"));
}

static bool post_ok(struct qn_request *rq)
{
    if (strcmp(rq->route->method, "POST") != 0)
        return true;
    if (!rq->admission.form) {
        qn_page_error(rq, 415, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
        return false;
    }
    if (!qn_guard_origin(&rq->admission, absent_ok(rq)) || !token_ok(rq)) {
        qn_page_error(rq, 403, QN_SAY_FORGED_TITLE, QN_SAY_FORGED_TEXT);
        return false;
    }
    return true;
}

static void stranger(struct qn_request *rq)
{
    struct qn_html *h = &rq->reply.html;

    qn_page_open(rq, &(struct qn_page){ QN_SAY_STRANGER_TITLE, 403, 0, NULL });
    qn_html_add(h, "<div class=\"card\"><h1>%s</h1><p>%s</p>", qn_say(QN_SAY_STRANGER_TITLE), qn_say(QN_SAY_STRANGER_TEXT));
    qn_html_add(h, "<p><a class=\"button\" href=\"/kiosk/enrol\">%s</a></p></div>", qn_say(QN_SAY_STRANGER_LINK));
    qn_page_close(rq);
}

int qn_guard_place(struct qn_request *rq)
{
    struct qn_msg ask;

    qn_msg_free(&rq->place);
    qn_ask_open(rq, &ask, "terminal.hello");
    return qn_ask(rq, &ask, &rq->place);
}

static bool terminal_ok(struct qn_request *rq)
{
    if (qn_guard_place(rq) != 0)
        return false;
    if (rq->place.code == QN_OK)
        return true;
    if (rq->place.code == QN_EDENIED || rq->place.code == QN_ENOTFOUND)
        stranger(rq);
    else
        qn_page_error(rq, 503, QN_SAY_AWAY_TITLE, QN_SAY_AWAY_TEXT);
    return false;
}

/* No session, or none any more: to where a new one begins. */
static void session_none(struct qn_request *rq)
{
    static const char *const to[QN_INSTANCES] = { "/kiosk/over", "/me/login", "/admin/login" };

    rq->reply.session = QN_COOKIE_CLEAR;
    qn_page_redirect(rq, to[rq->web->instance]);
}

static bool session_ok(struct qn_request *rq)
{
    struct qn_msg ask;

    if (!rq->session) {
        if (rq->web->instance != QN_KIOSK || terminal_ok(rq))
            session_none(rq);
        return false;
    }
    qn_ask_open(rq, &ask, "session.check");
    if (qn_ask(rq, &ask, &rq->who) != 0)
        return false;
    if (rq->who.code == QN_OK)
        return true;
    if (rq->who.code != QN_EDENIED && rq->who.code != QN_ENOTFOUND) {
        qn_page_error(rq, 503, QN_SAY_AWAY_TITLE, QN_SAY_AWAY_TEXT);
        return false;
    }
    qn_msg_free(&rq->who);
    if (rq->web->instance != QN_KIOSK || terminal_ok(rq))
        session_none(rq);
    return false;
}

bool qn_guard_pass(struct qn_request *rq)
{
    if (rq->web->instance == QN_KIOSK && rq->route->needs != QN_NEEDS_NOTHING && !rq->terminal) {
        stranger(rq);
        return false;
    }
    if (rq->route->needs == QN_NEEDS_SESSION && !rq->session)
        return session_ok(rq);
    if (!post_ok(rq))
        return false;
    switch (rq->route->needs) {
    case QN_NEEDS_NOTHING:
        return true;
    case QN_NEEDS_TERMINAL:
        return terminal_ok(rq);
    case QN_NEEDS_SESSION:
        return session_ok(rq);
    }
    return false;
}
