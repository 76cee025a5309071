/* Shorthand for audit records, and the counting of repeated denials. */
#ifndef QN_RECORD_H
#define QN_RECORD_H

#include "server/core.h"

/* Appends a record whose fields are given as for json_pack(). */
int qn_record(struct qn_core *c, enum qn_audit_event ev, const char *req, struct qn_err *err, const char *fields, ...);

/* As qn_record() for denials: the first of a source and reason is written at once; repetitions within a minute are counted
 * and written as one record with their number. source is a terminal, an address or a login, reason a closed word. */
int qn_record_denial(struct qn_core *c, enum qn_audit_event ev, const char *req, const char *source, const char *reason,
                     const char *person, const char *job, struct qn_err *err);

/* Each tick: writes what has been counted for a minute. */
int qn_record_flush(struct qn_core *c, bool all, struct qn_err *err);

#endif
