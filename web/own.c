#include "web/own.h"

#include <string.h>

#include "web/page.h"
#include "web/rpc.h"

enum { BADGE_MAX = 64, LABEL_MAX = 63, PASSWORD_MAX = 256, PIN_MAX = 16, ID = 16 };

/* What an answer's code means to the person, by what was asked for. */
static const struct outcome { int code; enum qn_say say; } claim_says[] = {
    { QN_OK, QN_SAY_BADGE_ADDED }, { QN_EPROOF, QN_SAY_OWN_PROOF }, { QN_EFULL, QN_SAY_BADGE_FULL }, { 0, QN_SAY_BADGE_ADDED_NO },
}, lost_says[] = {
    { QN_OK, QN_SAY_BADGE_LOST_DONE }, { 0, QN_SAY_BADGE_LOST_NO },
}, pin_says[] = {
    { QN_OK, QN_SAY_PIN_CHOSEN }, { QN_EPROOF, QN_SAY_OWN_PROOF }, { QN_EINVAL, QN_SAY_PIN_WEAK },
    { QN_ECONFLICT, QN_SAY_OWN_PIN_DIRECTORY },
    { 0, QN_SAY_AWAY_TEXT },
};

static enum qn_say outcome_say(const struct outcome *says, int code)
{
    if (code == QN_OK)
        return says->say;
    for (says++; says->code; says++)
        if (says->code == code)
            return says->say;
    return says->say;
}

bool qn_own_proved(const struct qn_request *rq)
{
    return qn_msg_get_int(&rq->who, "proved") == 1;
}

/* Sends and frees ask; the code of its answer, or 1 with the reply filled. */
static int own_ask(struct qn_request *rq, struct qn_msg *ask)
{
    struct qn_msg answer;
    int code;

    if (qn_ask(rq, ask, &answer) != 0)
        return 1;
    code = answer.code;
    qn_msg_free(&answer);
    return code;
}

/* The password, if the form has one. QN_OK, a code, or 1 with the reply filled. */
static int own_prove(struct qn_request *rq)
{
    const char *password = qn_form_get(&rq->form, "password");
    struct qn_msg ask;

    if (!password || !*password)
        return QN_OK;
    if (strlen(password) > PASSWORD_MAX)
        return QN_EDENIED;
    qn_ask_open(rq, &ask, "session.prove");
    qn_msg_secret(&ask, QN_SECRET_PASSWORD, password, strlen(password));
    return own_ask(rq, &ask);
}

static int own_end(int code, const struct outcome *says, enum qn_say *say_out, bool *good_out)
{
    if (code == 1)
        return QN_EAWAY;
    *say_out = outcome_say(says, code);
    *good_out = code == QN_OK;
    return 0;
}

/* A wrong password, or none that could be checked. */
static int prove_end(int code, enum qn_say *say_out)
{
    if (code == 1)
        return QN_EAWAY;
    *say_out = code == QN_EAWAY ? QN_SAY_LOGIN_AWAY_DESK : QN_SAY_OWN_PROOF_NO;
    return 0;
}

int qn_own_claim(struct qn_request *rq, enum qn_say *say_out, bool *good_out)
{
    const char *badge = qn_form_get(&rq->form, "badge"), *label = qn_form_get(&rq->form, "label");
    struct qn_msg ask;
    int r;

    *good_out = false;
    *say_out = QN_SAY_BADGE_ADDED_NO;
    if (!badge || !*badge || strlen(badge) > BADGE_MAX || (label && strlen(label) > LABEL_MAX))
        return 0;
    if ((r = own_prove(rq)) != QN_OK)
        return prove_end(r, say_out);
    qn_ask_open(rq, &ask, "badge.claim");
    qn_msg_str(&ask, "label", label ? label : "");
    qn_msg_secret(&ask, QN_SECRET_BADGE, badge, strlen(badge));
    return own_end(own_ask(rq, &ask), claim_says, say_out, good_out);
}

int qn_own_lost(struct qn_request *rq, enum qn_say *say_out, bool *good_out)
{
    const char *id = qn_form_get(&rq->form, "id");
    struct qn_msg ask;

    *good_out = false;
    *say_out = QN_SAY_BADGE_LOST_NO;
    if (!id || strlen(id) != ID || strspn(id, "0123456789abcdef") != ID)
        return 0;
    qn_ask_open(rq, &ask, "badge.lost");
    qn_msg_str(&ask, "id", id);
    return own_end(own_ask(rq, &ask), lost_says, say_out, good_out);
}

int qn_own_choose(struct qn_request *rq, enum qn_say *say_out, bool *good_out)
{
    const char *pin = qn_form_get(&rq->form, "pin"), *again = qn_form_get(&rq->form, "again");
    struct qn_msg ask;
    int r;

    *good_out = false;
    *say_out = QN_SAY_PIN_WEAK;
    if (!pin || !*pin || strlen(pin) > PIN_MAX)
        return 0;
    if (!again || strcmp(pin, again) != 0) {
        *say_out = QN_SAY_PIN_DIFFER;
        return 0;
    }
    if ((r = own_prove(rq)) != QN_OK)
        return prove_end(r, say_out);
    qn_ask_open(rq, &ask, "pin.set");
    qn_msg_secret(&ask, QN_SECRET_PIN, pin, strlen(pin));
    return own_end(own_ask(rq, &ask), pin_says, say_out, good_out);
}

static void pin_page(struct qn_request *rq, const char *next, const char *pin)
{
    struct qn_html *h = &rq->reply.html;
    bool kiosk = rq->web->instance == QN_KIOSK;

    qn_page_open(rq, &(struct qn_page){ QN_SAY_PIN_NEW_TITLE, 200, kiosk ? rq->web->idle_s : 0, "/kiosk/over" });
    qn_html_add(h, "<div class=\"card center\"><h1>%s</h1><p class=\"digits\">%s</p><p>%s</p>", qn_say(QN_SAY_PIN_NEW_TITLE), pin,
                qn_say(QN_SAY_PIN_NEW_TEXT));
    qn_html_add(h, "<p class=\"acts\"><a class=\"button go\" href=\"%s\">%s</a></p></div>", next, qn_say(QN_SAY_PIN_NOTED));
    qn_page_close(rq);
}

int qn_own_pin(struct qn_request *rq, const char *next, enum qn_say *say_out, bool *good_out)
{
    struct qn_msg ask, answer;
    const char *pin;
    size_t n;
    int r = own_prove(rq);

    *good_out = false;
    if (r != QN_OK)
        return prove_end(r, say_out);
    qn_ask_open(rq, &ask, "pin.new");
    if (qn_ask(rq, &ask, &answer) != 0)
        return QN_EAWAY;
    pin = (const char *)qn_msg_get_secret(&answer, QN_SECRET_PIN, &n);
    *good_out = answer.code == QN_OK && pin;
    *say_out = outcome_say(pin_says, answer.code);
    if (*good_out)
        pin_page(rq, next, pin);
    qn_msg_free(&answer);
    return 0;
}

int qn_own_list(struct qn_request *rq, struct qn_msg *answer)
{
    struct qn_msg ask;

    qn_ask_open(rq, &ask, "badge.list");
    return qn_ask_ok(rq, &ask, answer);
}

enum qn_say qn_own_pin_say(const char *state)
{
    static const struct { const char *state; enum qn_say say; } says[] = {
        { "none", QN_SAY_OWN_PIN_NONE }, { "set", QN_SAY_OWN_PIN_SET }, { "waiting", QN_SAY_OWN_PIN_WAITING },
        { "locked", QN_SAY_OWN_PIN_LOCKED },
        { "directory", QN_SAY_OWN_PIN_DIRECTORY },
    };

    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        if (strcmp(says[i].state, state) == 0)
            return says[i].say;
    return QN_SAY_OWN_PIN_NONE;
}
