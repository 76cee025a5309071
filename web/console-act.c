/* Acts of administrators: the password once more where the core wants it, and its reason where it says no. */
#include "web/console-page.h"

#include <stdio.h>
#include <string.h>

#include "web/job-view.h"

enum { PASSWORD_MAX = 256, PAGES_MAX = 20 };

/* A page that asks for the password and then posts the same form again, with it. */
static void proof_page(struct qn_request *rq, enum qn_say notice)
{
    struct qn_html *h = &rq->reply.html;

    qn_page_open(rq, &(struct qn_page){ QN_SAY_PROOF_TITLE, notice ? 403 : 200, 0, NULL });
    if (notice)
        qn_page_notice(rq, notice, true);
    qn_html_add(h, "<div class=\"card\"><h1>%s</h1><p>%s</p>", qn_say(QN_SAY_PROOF_TITLE), qn_say(QN_SAY_PROOF_TEXT));
    qn_page_form(rq, rq->route->path);
    for (size_t i = 0; i < rq->form.count; i++)
        if (strcmp(rq->form.field[i].name, "form") != 0 && strcmp(rq->form.field[i].name, "proof") != 0)
            qn_console_hidden(h, rq->form.field[i].name, rq->form.field[i].value);
    qn_html_add(h, "<p><label for=\"proof\">%s</label><input id=\"proof\" name=\"proof\" type=\"password\" maxlength=\"256\" "
                   "autocomplete=\"off\" autofocus></p>", qn_say(QN_SAY_PASSWORD));
    qn_console_submit(h, QN_SAY_PROOF_DO, "/admin");
    qn_html_add(h, "</form></div>");
    qn_page_close(rq);
}

/* The password that the form brings along is taken for the session. */
static int prove(struct qn_request *rq, const char *password)
{
    struct qn_msg ask, answer;
    int code;

    if (!*password || strlen(password) > PASSWORD_MAX) {
        proof_page(rq, QN_SAY_LOGIN_NO);
        return QN_EDENIED;
    }
    qn_ask_open(rq, &ask, "session.prove");
    qn_msg_secret(&ask, QN_SECRET_PASSWORD, password, strlen(password));
    if (qn_ask(rq, &ask, &answer) != 0)
        return QN_EAWAY;
    code = answer.code;
    qn_msg_free(&answer);
    if (code != QN_OK)
        proof_page(rq, code == QN_EAWAY || code == QN_ETIMEOUT ? QN_SAY_LOGIN_AWAY_DESK : QN_SAY_LOGIN_NO);
    return code;
}

int qn_console_ask(struct qn_request *rq, struct qn_msg *ask, struct qn_msg *answer)
{
    bool post = strcmp(rq->route->method, "POST") == 0;
    const char *password = post ? qn_form_get(&rq->form, "proof") : NULL;
    int r = password ? prove(rq, password) : 0;

    if (r != 0) {
        qn_msg_free(ask);
        return r;
    }
    if ((r = qn_ask(rq, ask, answer)) != 0)
        return r;
    if (answer->code != QN_EPROOF || !post)
        return 0;
    qn_msg_free(answer);
    proof_page(rq, QN_SAY_NONE);
    return QN_EPROOF;
}

/* The core's own sentence: it says what to do about it. */
static void refused(struct qn_request *rq, struct qn_msg *answer, const char *back)
{
    int status = answer->code == QN_EDENIED ? 403 : answer->code == QN_ENOTFOUND ? 404 : answer->code == QN_ECONFLICT ? 409 : 400;
    struct qn_html *h = &rq->reply.html;

    qn_page_open(rq, &(struct qn_page){ QN_SAY_REFUSED_TITLE, status, 0, NULL });
    qn_html_add(h, "<div class=\"card\"><h1>%s</h1><p class=\"said\">%s</p>", qn_say(QN_SAY_REFUSED_TITLE), answer->text);
    qn_html_add(h, "<p class=\"acts\"><a class=\"button\" href=\"%s\">%s</a></p></div>", back, qn_say(QN_SAY_BACK));
    qn_page_close(rq);
    qn_msg_free(answer);
}

int qn_console_get(struct qn_request *rq, struct qn_msg *ask, const char *back, struct qn_msg *answer)
{
    int r = qn_console_ask(rq, ask, answer);

    if (r != 0 || answer->code == QN_OK)
        return r;
    r = answer->code;
    if (r == QN_EDENIED && strcmp(rq->route->method, "GET") == 0)
        qn_ask_refused(rq, answer);
    else if (r == QN_EDENIED || r == QN_ENOTFOUND || r == QN_ECONFLICT || r == QN_EINVAL || r == QN_EUNSUPPORTED || r == QN_EFULL)
        refused(rq, answer, back);
    else
        qn_ask_refused(rq, answer);
    return r;
}

void qn_console_act(struct qn_request *rq, struct qn_msg *ask, const char *path, const char *done)
{
    struct qn_msg answer;
    char to[256];

    if (qn_console_get(rq, ask, path, &answer) != 0)
        return;
    qn_msg_free(&answer);
    snprintf(to, sizeof to, "%s%cdone=%s", path, strchr(path, '?') ? '&' : '?', done);
    qn_page_redirect(rq, to);
}

bool qn_console_take(struct qn_request *rq, struct qn_msg *ask, const char *name, size_t max)
{
    const char *value = qn_form_get(&rq->form, name);

    if (value && *value && strlen(value) <= max) {
        qn_msg_str(ask, name, value);
        return true;
    }
    qn_msg_free(ask);
    qn_console_bad(rq);
    return false;
}

void qn_console_bad(struct qn_request *rq)
{
    qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
}

json_t *qn_console_rows(struct qn_request *rq, const char *verb, const char *field)
{
    json_t *all = json_array();
    bool more = true;

    for (int i = 0; more && i < PAGES_MAX; i++) {
        struct qn_msg ask, answer;
        const json_t *last = json_array_get(all, json_array_size(all) - 1);

        qn_ask_open(rq, &ask, verb);
        if (last)
            qn_msg_str(&ask, "after", qn_job_text(last, "name"));
        if (qn_console_get(rq, &ask, "/admin", &answer) != 0) {
            json_decref(all);
            return NULL;
        }
        json_array_extend(all, json_object_get(answer.f, field));
        more = qn_msg_get_int(&answer, "more") && json_array_size(json_object_get(answer.f, field)) > 0;
        qn_msg_free(&answer);
    }
    return all;
}

json_t *qn_console_find(const json_t *rows, const char *name)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
        if (strcmp(qn_job_text(row, "name"), name) == 0)
            return row;
    return NULL;
}
