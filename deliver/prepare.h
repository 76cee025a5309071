/* What a printer gets instead of the document, where it can't do the pages or the layout that its owner asked for. */
#ifndef QN_PREPARE_H
#define QN_PREPARE_H

#include "deliver/filter.h"
#include "deliver/layout.h"
#include "deliver/outcome.h"
#include "deliver/unseal-stream.h"

/* Does the plan's passes: the document is read to its end and checked before the filter sees a byte of it, is in memory alone, and
 * from then on s gives the result. 0, also if there is nothing to do; else a code and *cause, and nothing is to be sent. */
int qn_prepare(struct qn_unseal *s, const struct qn_layout *plan, qn_filter_more *more, void *ctx, enum qn_cause *cause,
               struct qn_err *err);

#endif
