/* For administrators and auditors: the way in, and to the first page that their roles have. */
#include "web/console.h"

#include "web/console-page.h"
#include "web/login.h"

void qn_console_home(struct qn_request *rq)
{
    qn_page_redirect(rq, "/admin");
}

void qn_console_login_form(struct qn_request *rq)
{
    qn_login_page(rq, "/admin/login", QN_SAY_CONSOLE_TITLE, QN_SAY_NONE);
}

void qn_console_login(struct qn_request *rq)
{
    int r = qn_login_password(rq);

    if (r == 0)
        qn_page_redirect(rq, "/admin");
    else if (r != QN_EINTERNAL)
        qn_login_page(rq, "/admin/login", QN_SAY_CONSOLE_TITLE, r == QN_EAWAY ? QN_SAY_LOGIN_AWAY_DESK : QN_SAY_LOGIN_NO);
}

void qn_console_logout(struct qn_request *rq)
{
    qn_login_end(rq, "/admin/login?bye=1");
}

/* To the first page that the person's roles have; if there is none, says so. */
void qn_console_start(struct qn_request *rq)
{
    const char *first = qn_console_first(rq);

    if (first) {
        qn_page_redirect(rq, first);
        return;
    }
    qn_page_open(rq, &(struct qn_page){ QN_SAY_CONSOLE_TITLE, 200, 0, NULL });
    qn_html_add(&rq->reply.html, "<h1>%s</h1><p>%s</p>", qn_say(QN_SAY_CONSOLE_TITLE), qn_say(QN_SAY_CONSOLE_NOTHING));
    qn_page_close(rq);
}
