/* What a job asks for and a printer has not: shown before it is released. */
#ifndef QN_JOB_FIT_H
#define QN_JOB_FIT_H

#include <jansson.h>

#include "server/core.h"

/* Names of the options (name to text, as they came with the job) that a printer lacks which said those facts (of deliver.probe),
 * for a document of that format: what it would leave out, or not print at all. At most 8. facts NULL, or without a list that would
 * tell: nothing is known to be lacking. The caller drops the array. */
json_t *qn_fit_lacks(const json_t *options, const char *format, const json_t *facts);

/* What a device said when it last answered; NULL if it never did, or can't be asked. The caller drops it. */
json_t *qn_fit_facts(struct qn_core *c, int64_t device);

#endif
