/* Pages of a terminal beside a printer: handlers of the table in web/route.c. Each fills rq->reply. */
#ifndef QN_KIOSK_H
#define QN_KIOSK_H

struct qn_request;

void qn_kiosk_home(struct qn_request *rq);
void qn_kiosk_welcome(struct qn_request *rq);
void qn_kiosk_badge(struct qn_request *rq);
void qn_kiosk_login(struct qn_request *rq);
void qn_kiosk_password_form(struct qn_request *rq);
void qn_kiosk_password(struct qn_request *rq);
void qn_kiosk_over(struct qn_request *rq);
void qn_kiosk_enrol_form(struct qn_request *rq);
void qn_kiosk_enrol(struct qn_request *rq);
void qn_kiosk_jobs(struct qn_request *rq);
void qn_kiosk_act(struct qn_request *rq);
void qn_kiosk_options(struct qn_request *rq);
void qn_kiosk_second(struct qn_request *rq);
void qn_kiosk_stop(struct qn_request *rq);
void qn_kiosk_delete(struct qn_request *rq);
void qn_kiosk_resolve(struct qn_request *rq);
void qn_kiosk_seen(struct qn_request *rq);
void qn_kiosk_progress(struct qn_request *rq);
void qn_kiosk_own(struct qn_request *rq);
void qn_kiosk_own_badge(struct qn_request *rq);
void qn_kiosk_own_pin(struct qn_request *rq);
void qn_kiosk_logout(struct qn_request *rq);

#endif
