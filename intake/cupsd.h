/* A question to cupsd on its Unix socket. */
#ifndef QN_CUPSD_H
#define QN_CUPSD_H

#include "intake/cups-job.h"

/* Asks for a job as `user` (qn_cups_job_ask()) and reads the answer, within ms in all. As qn_cups_job_read() and qn_cups_job_body(); also
 * QN_EAWAY if cupsd can't be reached or closes, QN_ETIMEOUT if it does not answer. */
int qn_cupsd_ask(struct qn_cups_job *out, const char *socket_path, const char *user, int64_t job, int ms, struct qn_err *err);

#endif
