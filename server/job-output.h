/* What came out of a release: what it asks for, what the printer counted, and the word for both: confirmed, short or unknown. */
#ifndef QN_JOB_OUTPUT_H
#define QN_JOB_OUTPUT_H

#include "server/core.h"

/* Impressions (sides with something on them, all copies) that printing a document of so many pages with these options asks for: its
 * page-ranges, number-up to a side, copies (RFC 8011 sections 5.2.5, 5.2.7, 5.2.9). -1: not known, as the pages are not (-1), an option
 * can't be read, or nothing would be printed. options may be NULL. */
int64_t qn_output_expected(int64_t pages, const json_t *options);

/* The word for it, never NULL. impressions, sheets: as the printer counted; below 1: it does not count. A driver's count is its own
 * and no word of the printer's. */
const char *qn_output_judge(int64_t expected, int64_t impressions, int64_t sheets, bool driver);

/* Takes the counts of a deliver process's message or answer; what it doesn't say stays. */
void qn_output_learn(struct qn_job *j, const struct qn_msg *m);

/* At the printer's "completed": j->output becomes the word; the row is written with the change of state that follows. */
int qn_output_settle(struct qn_core *c, struct qn_job *j, struct qn_err *err);
bool qn_output_is_short(const struct qn_job *j);
const char *qn_output_shown(const struct qn_job *j); /* "" while it is held, if again: the word is that of the release before */

/* Tells the owner of a short one. until: it can be printed again until then; 0: it waits for its owner's word. */
int qn_output_tell(struct qn_core *c, const struct qn_job *j, int64_t until, struct qn_err *err);

/* For a record: NULL, which "o*" leaves out, for a count that nobody made. */
json_t *qn_output_count(int64_t n);

#endif
