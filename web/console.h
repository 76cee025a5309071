/* Pages for administrators and auditors: handlers of the table in web/route.c. Each fills rq->reply. */
#ifndef QN_CONSOLE_H
#define QN_CONSOLE_H

struct qn_request;

void qn_console_home(struct qn_request *rq);
void qn_console_login_form(struct qn_request *rq);
void qn_console_login(struct qn_request *rq);
void qn_console_start(struct qn_request *rq);
void qn_console_jobs(struct qn_request *rq);
void qn_console_audit(struct qn_request *rq);
void qn_console_logout(struct qn_request *rq);

#endif
