/* A document in a format that its printer does not print, made one that it does: by the filters of CUPS, in quoin-cups. */
#ifndef QN_CONVERT_H
#define QN_CONVERT_H

#include "deliver/filter.h"
#include "deliver/outcome.h"
#include "deliver/unseal-stream.h"

enum { QN_CONVERT_FORMAT = 64 };

/* Converts what s gives, which is in that format, for the message's printer and for those options (name to text); from then on s gives
 * the result, from memory, whose format is put into format. The printer gets nothing yet. more is asked now and then whether
 * to go on. 0, else a code and *cause: FORMAT if there is no way to do it, FILE if the sealed file fails, LARGE, OFF, OURS. */
int qn_convert(struct qn_unseal *s, const struct qn_msg *m, json_t *options, char format[QN_CONVERT_FORMAT], qn_filter_more *more,
               void *ctx, enum qn_cause *cause, struct qn_err *err);

#endif
