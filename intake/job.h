/* One connection from its hand-over to its verdict, in a process of its own. */
#ifndef QN_INTAKE_JOB_H
#define QN_INTAKE_JOB_H

#include "lib/conf.h"

/* Serves the backend on sock and ends the process. gate is the parent's: it is told whose job this is and says whether that
 * owner may have another place (pool.h). */
void qn_intake_job(const struct qn_conf *conf, int sock, int gate) __attribute__((noreturn));

#endif
