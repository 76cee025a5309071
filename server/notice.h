/* What a person is told at the next log-in. */
#ifndef QN_NOTICE_H
#define QN_NOTICE_H

#include "server/dispatch.h"

/* Leaves a notice for a person: word is a key of the catalogue ("notice-" before it there), facts an object of texts (stolen) that go
 * into its sentence. Never a title: it would outlive its job. A person has at most fifty, the newest. */
int qn_notice_add(struct qn_core *c, int64_t person, const char *word, json_t *facts, struct qn_err *err);

/* Handlers. */
qn_handler qn_notice_list, qn_notice_seen;

#endif
