/* One job at a printer: made empty, looked at, filled, cancelled. */
#ifndef QN_IPP_JOB_H
#define QN_IPP_JOB_H

#include "deliver/ipp.h"
#include "deliver/outcome.h"
#include "deliver/unseal-stream.h"

struct qn_ipp_job {
    int id;          /* 1 .. 2^31-1; 0 while there is none */
    char uuid[128];  /* "" if the printer gives none */
    int up_time;     /* of the printer when it was made, s; 0 if unknown */
};

struct qn_ipp_view {
    int state;           /* ipp_jstate_t, 0 if it does not say */
    int64_t impressions; /* completed so far; -1 if it does not say */
    int64_t sheets;      /* likewise */
    int up_time;         /* of the printer now, s; 0 if it does not say */
    char uuid[128];
    bool bad_format;     /* its reasons say that it could not read the document */
    bool untouched;      /* it says that it never began with the job */
};

/* Create-Job (RFC 8011 section 4.2.4), which prints nothing. *request has the options added already. Fills
 * job->id. A code and *cause if the printer refuses; QN_EAGAIN if it is busy now. After any other failure it may
 * have made one. */
int qn_ipp_job_create(struct qn_ipp *p, ipp_t **request, struct qn_ipp_job *job, int64_t until, enum qn_cause *cause,
                      struct qn_err *err);

/* Get-Job-Attributes. QN_ENOTFOUND if the printer does not know the job. A queue of quoin-cups counts no pages: what its filters
 * count is not what came out. */
int qn_ipp_job_look(struct qn_ipp *p, int id, struct qn_ipp_view *view, int64_t until, struct qn_err *err);

/* Send-Document with last-document (RFC 8011 section 4.3.1) with an exact Content-Length; the bytes come from s. *begun says
 * whether a byte may have left. 0 if the printer accepted it all; else a code and *cause (QN_ECORRUPT: the file failed, and
 * QN_EAGAIN: the limit's ended() said so; the connection was cut in the middle). */
int qn_ipp_job_send(struct qn_ipp *p, int id, const char *format, struct qn_unseal *s, bool *begun, const struct qn_limit *limit,
                    enum qn_cause *cause, struct qn_err *err);

/* Cancel-Job. 0 also when it had come to an end already. */
int qn_ipp_job_cancel(struct qn_ipp *p, int id, int64_t until, struct qn_err *err);

/* Cancels the unfinished jobs of ours that bear that name: after a Create-Job whose answer was lost. Returns their
 * number. */
int qn_ipp_job_cancel_named(struct qn_ipp *p, const char *name, int64_t until, struct qn_err *err);

#endif
