/* Between the terminal's pages of jobs. */
#ifndef QN_KIOSK_JOBS_H
#define QN_KIOSK_JOBS_H

#include "web/web.h"

/* The list of jobs after a notice (QN_SAY_NONE: without one). */
void qn_kiosk_jobs_page(struct qn_request *rq, enum qn_say notice, bool bad);

/* Releases jobs (an array of ids, taken) under an idempotency key and goes to the page that shows how far they are. */
void qn_kiosk_print(struct qn_request *rq, json_t *jobs, const char *idem);

#endif
