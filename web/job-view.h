/* People's jobs as pages show them: at the terminal and in the portal. */
#ifndef QN_JOB_VIEW_H
#define QN_JOB_VIEW_H

#include "web/web.h"

enum { QN_JOBS_SHOWN = 50 }; /* on a page, and in one act */

struct qn_job_list {
    json_t *jobs; /* rows of job.list, of which strings and integers are checked already */
    bool more;    /* there are others */
    int64_t now;  /* the core's clock, ms */
};

/* Asks for the person's jobs, up to max. 0, and the caller frees with qn_job_list_free(); or negative with the reply
 * filled. */
int qn_job_list_ask(struct qn_request *rq, struct qn_job_list *list, size_t max);
void qn_job_list_free(struct qn_job_list *list);

/* A text or a number of a row; the row with an id, or NULL. */
const char *qn_job_text(const json_t *row, const char *name);
int64_t qn_job_int(const json_t *row, const char *name);
json_t *qn_job_find(const struct qn_job_list *list, const char *id);

/* The ids in the form's fields of that name (job, again): an array of texts, each a job id, at most QN_JOBS_SHOWN, none twice. The
 * caller drops it. NULL if there is none, or one that is no id. */
json_t *qn_job_chosen(const struct qn_request *rq, const char *field);

/* What a terminal adds to the list: which boxes stay ticked, and what the printer can do. */
struct qn_job_marks {
    const struct qn_form *ticked;  /* the form whose "job" fields they are; NULL: none */
    const struct qn_msg *offer;    /* an answer of device.offer */
    bool own;                      /* of the printer that job.list means */
};

/* The list with a box to tick in each row; with marks (NULL: none) also a button, "change" with the job's id. */
void qn_job_view_rows(struct qn_request *rq, const struct qn_job_list *list, const struct qn_job_marks *marks);

/* Title cut to a line, "Untitled" if it has none, "Title hidden" if it is a colleague's who keeps it. */
void qn_job_view_title(struct qn_html *h, const json_t *row);

/* "Delete these jobs?", the chosen ones, and a form that posts to action or goes back. */
void qn_job_view_confirm(struct qn_request *rq, const char *action, const char *back, json_t *chosen);

/* Deletes the form's chosen jobs. 0 with what to tell in *say_out; negative with the reply filled. */
int qn_job_delete(struct qn_request *rq, enum qn_say *say_out);

/* "1.2 MB", "3 h 20 min". left_ms counts down to due. */
void qn_view_size(struct qn_html *h, int64_t bytes);
void qn_view_left(struct qn_html *h, int64_t left_ms);

/* The label of a class. */
void qn_view_class(struct qn_html *h, const char *name);

#endif
