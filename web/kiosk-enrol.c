/* A screen becomes a terminal: a one-time code is exchanged for a credential that stays in its cookie. */
#include "web/kiosk.h"

#include <string.h>

#include "lib/secret.h"
#include "web/page.h"
#include "web/rpc.h"

enum { CODE = 20 };

static void enrol_page(struct qn_request *rq, enum qn_say notice)
{
    struct qn_html *h = &rq->reply.html;

    qn_page_open(rq, &(struct qn_page){ QN_SAY_ENROL_TITLE, notice ? 403 : 200, 0, NULL });
    if (notice)
        qn_page_notice(rq, notice, true);
    qn_html_add(h, "<div class=\"card\"><h1>%s</h1><p>%s</p>", qn_say(QN_SAY_ENROL_TITLE), qn_say(QN_SAY_ENROL_TEXT));
    qn_page_form(rq, "/kiosk/enrol");
    qn_html_add(h, "<p><label for=\"code\">%s</label><input id=\"code\" name=\"code\" type=\"text\" maxlength=\"32\" "
                   "autocomplete=\"off\" spellcheck=\"false\" autofocus></p>"
                   "<p class=\"acts\"><input class=\"go\" type=\"submit\" value=\"%s\"></p></form></div>",
                qn_say(QN_SAY_ENROL_CODE), qn_say(QN_SAY_ENROL_DO));
    qn_page_close(rq);
}

void qn_kiosk_enrol_form(struct qn_request *rq)
{
    enrol_page(rq, QN_SAY_NONE);
}

/* People type codes in groups: spaces and dashes don't count. False unless exactly CODE letters and digits remain. */
static bool code_read(const char *typed, char code[CODE + 1])
{
    size_t n = 0;

    for (; typed && *typed; typed++) {
        if (*typed == ' ' || *typed == '-')
            continue;
        if (n == CODE || !((*typed >= '0' && *typed <= '9') || (*typed >= 'a' && *typed <= 'z') ||
                           (*typed >= 'A' && *typed <= 'Z')))
            return false;
        code[n++] = *typed;
    }
    code[n] = '\0';
    return n == CODE;
}

static void enrolled(struct qn_request *rq, const struct qn_msg *answer)
{
    size_t len;
    const uint8_t *token = qn_msg_get_secret(answer, QN_SECRET_TERMINAL, &len);

    if (!token || len != QN_TOKEN) {
        qn_page_error(rq, 503, QN_SAY_AWAY_TITLE, QN_SAY_AWAY_TEXT);
        return;
    }
    rq->reply.terminal = QN_COOKIE_SET;
    rq->reply.terminal_token = qn_secret_alloc(QN_TOKEN);
    memcpy(rq->reply.terminal_token, token, QN_TOKEN);
    qn_page_redirect(rq, "/kiosk");
}

void qn_kiosk_enrol(struct qn_request *rq)
{
    struct qn_msg ask, answer;
    char code[CODE + 1];

    if (!code_read(qn_form_get(&rq->form, "code"), code)) {
        enrol_page(rq, QN_SAY_ENROL_NO);
        return;
    }
    qn_ask_open(rq, &ask, "terminal.enrol");
    qn_msg_secret(&ask, QN_SECRET_CODE, code, CODE);
    qn_wipe(code, sizeof code);
    if (qn_ask(rq, &ask, &answer) != 0)
        return;
    if (answer.code == QN_OK)
        enrolled(rq, &answer);
    else
        enrol_page(rq, QN_SAY_ENROL_NO);
    qn_msg_free(&answer);
}
