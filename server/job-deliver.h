/* A release on its way through a deliver process: stages committed before each act outside, and its end. */
#ifndef QN_JOB_DELIVER_H
#define QN_JOB_DELIVER_H

#include "server/dispatch.h"

/* Gives a claimed job to a waiting deliver process: stage handed, then (after the commit) file and key. A job whose row or file does
 * not fit becomes damaged. changed: options that the person chose at the terminal instead of those the job came with, or NULL. */
int qn_deliver_hand(struct qn_core *c, struct qn_peer *p, struct qn_job *j, json_t *changed, struct qn_err *err);

/* The ends of a release: back to held with a reason, printed, uncertain, damaged. Each changes the state and records it. */
int qn_deliver_return(struct qn_core *c, struct qn_job *j, const char *why, struct qn_err *err);
int qn_deliver_printed(struct qn_core *c, struct qn_job *j, struct qn_err *err);
int qn_deliver_uncertain(struct qn_core *c, struct qn_job *j, const char *why, struct qn_err *err);
int qn_deliver_damaged(struct qn_core *c, struct qn_job *j, const char *why, struct qn_err *err);

/* What a deliver process says of a job, and the end that follows: believed as far as the durable stage allows. */
int qn_deliver_end(struct qn_core *c, struct qn_job *j, const char *outcome, const char *why, struct qn_err *err);

/* Puts the job's name at the printer into a message: a short code, never title or login. */
void qn_deliver_code(struct qn_msg *m, const struct qn_job *j);

/* Puts what a deliver process must know of a printer into its message. */
void qn_deliver_device(struct qn_msg *m, const struct qn_device *d);

bool qn_deliver_busy(const struct qn_peer *p);

/* Messages of a deliver process. */
qn_handler qn_deliver_created, qn_deliver_sent, qn_deliver_progress;
void qn_deliver_answered(struct qn_core *c, struct qn_peer *p, const struct qn_msg *answer);
void qn_deliver_lost(struct qn_core *c, struct qn_peer *p);

#endif
