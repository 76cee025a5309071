/* What a person may change of a job at its release. */
#ifndef QN_JOB_CHANGE_H
#define QN_JOB_CHANGE_H

#include <jansson.h>

#include "server/core.h"

/* Names and shapes of the changes (name to text; NULL for none): QN_EINVAL for what can't be changed, or not like that. */
int qn_change_check(const json_t *changes, struct qn_err *err);

/* Whether a device offers them all, by what it said when it last answered; what it did not tell it may have. */
bool qn_change_offered(struct qn_core *c, int64_t device, const json_t *changes);

/* "copies=2 sides=one-sided", for the record; at most size - 1 bytes. */
void qn_change_text(const json_t *changes, char *out, size_t size);

/* Those of a job's options that could be changed: a new object. */
json_t *qn_change_asked(const json_t *options);

#endif
