/* What a person is told at the next log-in. */
#ifndef QN_NOTICE_H
#define QN_NOTICE_H

#include "server/dispatch.h"

/* Something that a person is told at the next log-in: a key of the catalogue, and the texts of its sentence as an object (stolen; NULL:
 * none). */
int qn_notice_add(struct qn_core *c, int64_t person, const char *word, json_t *facts, struct qn_err *err);

/* Handlers. */
qn_handler qn_notice_list, qn_notice_seen;

#endif
