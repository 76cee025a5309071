/* Pages for people at their desks: handlers of the table in web/route.c. Each fills rq->reply. */
#ifndef QN_PORTAL_H
#define QN_PORTAL_H

struct qn_request;

void qn_portal_home(struct qn_request *rq);
void qn_portal_login_form(struct qn_request *rq);
void qn_portal_login(struct qn_request *rq);
void qn_portal_jobs(struct qn_request *rq);
void qn_portal_confirm(struct qn_request *rq);
void qn_portal_delete(struct qn_request *rq);
void qn_portal_badges(struct qn_request *rq);
void qn_portal_badge_claim(struct qn_request *rq);
void qn_portal_badge_lost(struct qn_request *rq);
void qn_portal_pin_new(struct qn_request *rq);
void qn_portal_pin_choose(struct qn_request *rq);
void qn_portal_seen(struct qn_request *rq);
void qn_portal_colleagues(struct qn_request *rq);
void qn_portal_colleague_add(struct qn_request *rq);
void qn_portal_colleague_end(struct qn_request *rq);
void qn_portal_logout(struct qn_request *rq);

/* The pages of the portal; path is the one that is being written. */
void qn_portal_nav(struct qn_request *rq, const char *path);

#endif
