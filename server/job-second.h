/* The second person at a terminal, for classes whose jobs nobody releases alone. */
#ifndef QN_JOB_SECOND_H
#define QN_JOB_SECOND_H

#include "server/core.h"
#include "server/policy.h"

struct qn_second {
    enum { QN_SECOND_NONE, QN_SECOND_REFUSED, QN_SECOND_PROVED } state;
    struct qn_person person; /* QN_SECOND_PROVED */
};

/* What a job of a class is released for: by whom, whose it is, and where it comes out; waited: that was decided before, and the directory
 * was asked about the second then. */
struct qn_second_of { const struct qn_class *class_; const struct qn_person *first, *owner; const char *zone; bool waited; };

/* Why *s does not do for it, a key of the catalogue; NULL: it does, or the class needs none. What is wrong with somebody who proved who
 * they are goes into the log alone: req, terminal and job are for that record. */
int qn_second_refusal(struct qn_core *c, const struct qn_second *s, const struct qn_second_of *of, const char *req, const char *terminal,
                      const char *job, const char **why_out, struct qn_err *err);

#endif
