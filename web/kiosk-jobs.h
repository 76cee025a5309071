/* Between the terminal's pages of jobs. */
#ifndef QN_KIOSK_JOBS_H
#define QN_KIOSK_JOBS_H

#include "web/kiosk-follow.h"
#include "web/web.h"

enum { QN_IDEM = 24 };

/* The list of jobs after a notice (QN_SAY_NONE: without one). */
void qn_kiosk_jobs_page(struct qn_request *rq, enum qn_say notice, bool bad);

/* Asks the owner of a job (a row of job.list) that may have come out whether it did; nothing for others. Not within a form. */
void qn_kiosk_uncertain(struct qn_request *rq, const json_t *row);

/* How these jobs (an array of ids in the order they will print, taken) are to be printed: the page that asks. */
void qn_kiosk_options_page(struct qn_request *rq, json_t *jobs, enum qn_say notice);

/* Releases jobs (an array of ids, taken) with the form's fields "again", "device" and options under an idempotency key, and goes to the
 * page that shows how far they are, or asks for a second person. */
void qn_kiosk_print(struct qn_request *rq, json_t *jobs, const char *idem);

/* Sends job.release for jobs (taken) with the same fields of the form, and the second person's badge and PIN if these are not NULL.
 * 0 with *answer filled, whatever its code; negative with the reply filled. */
int qn_kiosk_release(struct qn_request *rq, json_t *jobs, const char *idem, const char *badge, const char *pin, struct qn_msg *answer);

/* True if any of these waits for a second person; the page that asks for one. */
bool qn_kiosk_second_wanted(const struct qn_followed *list, size_t n);
void qn_kiosk_second_page(struct qn_request *rq, const struct qn_followed *list, size_t n, enum qn_say notice);

/* True if a form's field "copies" may be sent: nothing, or 1 to 999. */
bool qn_copies_ok(const char *copies);

/* A new idempotency key; whether the form's is one. */
void qn_idem_make(char out[QN_IDEM + 1]);
bool qn_idem_ok(const char *idem);

#endif
