/* The console's two read-only pages: jobs with titles masked, records of the log. */
#ifndef QN_ADMIN_H
#define QN_ADMIN_H

#include "server/dispatch.h"

qn_handler qn_admin_jobs, qn_admin_audit, qn_admin_cancel;

#endif
