/* At a desk: look and delete; nothing is printed from here. */
#include "web/portal.h"

#include <string.h>

#include "web/job-view.h"
#include "web/login.h"
#include "web/notice.h"
#include "web/page.h"

enum { NOTICES = 20 };

void qn_portal_home(struct qn_request *rq)
{
    qn_page_redirect(rq, "/me");
}

void qn_portal_login_form(struct qn_request *rq)
{
    qn_login_page(rq, "/me/login", QN_SAY_PASSWORD_TITLE, QN_SAY_NONE);
}

void qn_portal_login(struct qn_request *rq)
{
    int r = qn_login_password(rq);

    if (r == 0)
        qn_page_redirect(rq, "/me");
    else if (r != QN_EINTERNAL)
        qn_login_page(rq, "/me/login", QN_SAY_PASSWORD_TITLE, r == QN_EAWAY ? QN_SAY_LOGIN_AWAY_DESK : QN_SAY_LOGIN_NO);
}

void qn_portal_nav(struct qn_request *rq, const char *path)
{
    static const struct { const char *path; enum qn_say name; } pages[] = {
        { "/me", QN_SAY_JOBS_TITLE }, { "/me/badges", QN_SAY_OWN_TITLE }, { "/me/colleagues", QN_SAY_COLLEAGUES_TITLE },
    };

    qn_html_add(&rq->reply.html, "<ul class=\"nav\">");
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (strcmp(pages[i].path, path) == 0)
            qn_html_add(&rq->reply.html, "<li><b>%s</b></li>", qn_say(pages[i].name));
        else
            qn_html_add(&rq->reply.html, "<li><a href=\"%s\">%s</a></li>", pages[i].path, qn_say(pages[i].name));
    qn_html_add(&rq->reply.html, "</ul>");
}

static void jobs_page(struct qn_request *rq, enum qn_say notice, bool bad)
{
    struct qn_html *h = &rq->reply.html;
    struct qn_job_list list;

    if (qn_job_list_ask(rq, &list, QN_JOBS_SHOWN) != 0)
        return;
    qn_page_open(rq, &(struct qn_page){ QN_SAY_JOBS_TITLE, 200, 0, NULL });
    qn_portal_nav(rq, "/me");
    if (notice)
        qn_page_notice(rq, notice, bad);
    qn_notices_show(rq, NOTICES);
    qn_html_add(h, "<h1>%s</h1>", qn_say(QN_SAY_JOBS_TITLE));
    if (json_array_size(list.jobs) == 0) {
        qn_html_add(h, "<p>%s</p><p class=\"small\">%s</p>", qn_say(QN_SAY_JOBS_NONE), qn_say(QN_SAY_JOBS_NONE_TEXT));
    } else {
        qn_html_add(h, "<p>%s</p>", qn_say(QN_SAY_PORTAL_TEXT));
        qn_page_form(rq, "/me/confirm");
        qn_job_view_rows(rq, &list, NULL);
        qn_html_add(h, "<div class=\"deck\"><input class=\"danger\" type=\"submit\" value=\"%s\"></div></form>",
                    qn_say(QN_SAY_DELETE));
    }
    qn_page_close(rq);
    qn_job_list_free(&list);
}

void qn_portal_jobs(struct qn_request *rq)
{
    jobs_page(rq, QN_SAY_NONE, false);
}

void qn_portal_confirm(struct qn_request *rq)
{
    json_t *chosen = qn_job_chosen(rq, "job");

    if (chosen)
        qn_job_view_confirm(rq, "/me/delete", "/me", chosen);
    else
        jobs_page(rq, QN_SAY_NOTHING_CHOSEN, true);
    json_decref(chosen);
}

void qn_portal_delete(struct qn_request *rq)
{
    enum qn_say say;

    if (qn_job_delete(rq, &say) == 0)
        jobs_page(rq, say, say != QN_SAY_DELETED);
}

void qn_portal_seen(struct qn_request *rq)
{
    if (qn_notice_seen(rq) == 0)
        qn_page_redirect(rq, "/me");
}

void qn_portal_logout(struct qn_request *rq)
{
    qn_login_end(rq, "/me/login?bye=1");
}
