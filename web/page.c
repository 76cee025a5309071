#include "web/page.h"

#include <stdio.h>
#include <string.h>

#include "web/assets.h"
#include "web/guard.h"

static const struct { const char *start, *logout; } places[QN_INSTANCES] = {
    [QN_KIOSK] = { "/kiosk", "/kiosk/logout" },
    [QN_PORTAL] = { "/me", "/me/logout" },
    [QN_CONSOLE] = { "/admin", "/admin/logout" },
};

const char *qn_page_start(const struct qn_web *web)
{
    return places[web->instance].start;
}

static void page_bar(struct qn_request *rq)
{
    struct qn_html *h = &rq->reply.html;
    const char *name = qn_msg_get(&rq->who, "display");

    qn_html_add(h, "<div class=\"bar\"><img src=\"" QN_ASSET_MARK "\" alt=\"\" width=\"32\" height=\"32\"><b>%s</b>",
                qn_say(QN_SAY_PRODUCT));
    if (qn_msg_has(&rq->place, "device")) {
        qn_html_add(h, "<span class=\"place\">%s", qn_msg_get(&rq->place, "device"));
        if (*qn_msg_get(&rq->place, "location"))
            qn_html_add(h, " \xc2\xb7 %s", qn_msg_get(&rq->place, "location"));
        if (rq->place_state)
            qn_html_add(h, " \xc2\xb7 %s", qn_say(rq->place_state));
        qn_html_add(h, "</span>");
    }
    if (qn_msg_has(&rq->who, "login")) {
        qn_html_add(h, "<span class=\"who\">");
        qn_html_cut(h, *name ? name : qn_msg_get(&rq->who, "login"), 32);
        qn_html_add(h, "</span>");
        qn_page_form(rq, places[rq->web->instance].logout);
        qn_html_add(h, "<input class=\"quiet\" type=\"submit\" value=\"%s\"></form>", qn_say(QN_SAY_LOGOUT));
    }
    qn_html_add(h, "</div>\n");
}

void qn_page_open(struct qn_request *rq, const struct qn_page *page)
{
    struct qn_html *h = &rq->reply.html;

    qn_html_free(h);
    qn_html_open(h);
    rq->reply.status = page->status;
    qn_html_add(h, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    if (page->refresh > 0)
        qn_html_add(h, "<meta http-equiv=\"refresh\" content=\"%d;url=%s\">", page->refresh, page->refresh_to);
    qn_html_add(h, "<title>%s \xc2\xb7 %s</title>", qn_say(page->title), qn_say(QN_SAY_PRODUCT));
    qn_html_add(h, "<link rel=\"stylesheet\" href=\"" QN_ASSET_STYLE "\"><link rel=\"icon\" href=\"" QN_ASSET_MARK "\"></head>\n"
                   "<body class=\"%s\">", qn_instance_name(rq->web->instance));
    page_bar(rq);
    qn_html_add(h, "<div class=\"main\">\n");
}

void qn_page_close(struct qn_request *rq)
{
    qn_html_add(&rq->reply.html, "</div></body></html>\n");
    if (rq->reply.html.buf.full)
        qn_page_error(rq, 503, QN_SAY_AWAY_TITLE, QN_SAY_AWAY_TEXT);
}

void qn_page_notice(struct qn_request *rq, enum qn_say what, bool bad)
{
    qn_html_add(&rq->reply.html, "<p class=\"%s\" role=\"status\">%s</p>\n", bad ? "notice bad" : "notice", qn_say(what));
}

void qn_page_form(struct qn_request *rq, const char *action)
{
    char token[QN_FORM_TOKEN_TEXT];

    qn_html_add(&rq->reply.html, "<form method=\"post\" action=\"%s\">", action);
    if (qn_guard_token(rq, action, token))
        qn_html_add(&rq->reply.html, "<input type=\"hidden\" name=\"form\" value=\"%s\">", token);
}

void qn_page_error(struct qn_request *rq, int status, enum qn_say title, enum qn_say text)
{
    struct qn_html *h = &rq->reply.html;
    bool alone = rq->web->instance == QN_KIOSK && status >= 500;
    struct qn_page page = { title, status, alone ? 10 : 0, "/kiosk" }; /* a terminal comes back by itself */

    qn_msg_free(&rq->who); /* no name and no way to log out on a page that may stay */
    qn_page_open(rq, &page);
    qn_html_add(h, "<div class=\"card\"><h1>%s</h1><p>%s</p>", qn_say(title), qn_say(text));
    qn_html_add(h, "<p><a class=\"button\" href=\"%s\">%s</a></p></div>", qn_page_start(rq->web), qn_say(QN_SAY_START));
    rq->reply.close = true;
    qn_html_add(h, "</div></body></html>\n");
}

void qn_page_forget(struct qn_request *rq)
{
    qn_html_add(&rq->reply.html, "<img class=\"hidden\" src=\"/forget\" alt=\"\">");
}

void qn_page_redirect(struct qn_request *rq, const char *path)
{
    qn_html_free(&rq->reply.html);
    qn_html_open(&rq->reply.html);
    rq->reply.status = 303;
    snprintf(rq->reply.location, sizeof rq->reply.location, "%s", path);
}
