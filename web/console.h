/* Pages for administrators and auditors: handlers of the table in web/route.c. Each fills rq->reply. */
#ifndef QN_CONSOLE_H
#define QN_CONSOLE_H

struct qn_request;

void qn_console_home(struct qn_request *rq);
void qn_console_login_form(struct qn_request *rq);
void qn_console_login(struct qn_request *rq);
void qn_console_start(struct qn_request *rq);
void qn_console_jobs(struct qn_request *rq);
void qn_console_job(struct qn_request *rq);
void qn_console_job_delete(struct qn_request *rq);
void qn_console_requests(struct qn_request *rq);
void qn_console_request(struct qn_request *rq);
void qn_console_approve(struct qn_request *rq);
void qn_console_reject(struct qn_request *rq);
void qn_console_withdraw(struct qn_request *rq);
void qn_console_policy(struct qn_request *rq);
void qn_console_policy_form(struct qn_request *rq);
void qn_console_policy_check(struct qn_request *rq);
void qn_console_propose(struct qn_request *rq);
void qn_console_roles(struct qn_request *rq);
void qn_console_people(struct qn_request *rq);
void qn_console_pin_unlock(struct qn_request *rq);
void qn_console_badge_revoke(struct qn_request *rq);
void qn_console_contain(struct qn_request *rq);
void qn_console_lock(struct qn_request *rq);
void qn_console_unlock(struct qn_request *rq);
void qn_console_devices(struct qn_request *rq);
void qn_console_printer(struct qn_request *rq);
void qn_console_printer_ask(struct qn_request *rq);
void qn_console_printer_test(struct qn_request *rq);
void qn_console_device_form(struct qn_request *rq);
void qn_console_device_check(struct qn_request *rq);
void qn_console_device_retire(struct qn_request *rq);
void qn_console_terminal_form(struct qn_request *rq);
void qn_console_terminal_check(struct qn_request *rq);
void qn_console_terminal_code(struct qn_request *rq);
void qn_console_terminal_revoke(struct qn_request *rq);
void qn_console_audit(struct qn_request *rq);
void qn_console_logout(struct qn_request *rq);

#endif
