/* A person at a terminal: release own jobs, stop one that is being printed, and say what became of an uncertain one. */
#ifndef QN_JOB_RELEASE_H
#define QN_JOB_RELEASE_H

#include "server/dispatch.h"

qn_handler qn_job_release, qn_job_stop, qn_job_resolve;

#endif
