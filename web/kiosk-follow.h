/* What was asked for, as it travels in a page's own address (?j=, 36 hex digits a job: its id, and 0000 if the core took it or the
 * number of the sentence that says why not), so that a reload shows the same and nothing has to be remembered here. */
#ifndef QN_KIOSK_FOLLOW_H
#define QN_KIOSK_FOLLOW_H

#include "web/job-view.h"

enum { QN_FOLLOW_ENTRY = 36, QN_FOLLOW_TEXT = QN_JOBS_SHOWN * QN_FOLLOW_ENTRY + 1 };

struct qn_followed {
    char id[QN_UUID_TEXT];
    enum qn_say refused; /* 0: the core took it */
};

/* All jobs of the form's (or the query's) "j", or 0 if that isn't one that we made. */
size_t qn_follow_read(const struct qn_request *rq, struct qn_followed out[QN_JOBS_SHOWN]);

/* A row of an answer to job.release: takes the place of what is there about that job, or comes behind it (n grows). */
void qn_follow_row(struct qn_followed list[QN_JOBS_SHOWN], size_t *n, const json_t *row);

/* The text of "j". */
void qn_follow_write(char out[QN_FOLLOW_TEXT], const struct qn_followed *list, size_t n);

/* To the page that follows them. more: added to the address, such as "&s=1". */
void qn_follow_go(struct qn_request *rq, const struct qn_followed *list, size_t n, const char *more);

#endif
