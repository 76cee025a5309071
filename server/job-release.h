/* A person at a terminal: release own jobs, and say what became of an uncertain one. */
#ifndef QN_JOB_RELEASE_H
#define QN_JOB_RELEASE_H

#include "server/dispatch.h"

qn_handler qn_job_release, qn_job_resolve;

#endif
