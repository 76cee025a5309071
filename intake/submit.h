/* One document into one sealed file of the core's: job.begin, seal, job.commit. */
#ifndef QN_SUBMIT_H
#define QN_SUBMIT_H

#include "intake/link.h"
#include "intake/ticket.h"

/* Seals once for nothing: what libcrypto loads and sets up for it is then there in every process that the listener forks. */
int qn_submit_warm(struct qn_err *err);

/* Dials the core. The descriptor, or QN_EAWAY. */
int qn_submit_dial(const char *core_path, struct qn_err *err);

/* Takes the document from the hand-over to held, over the core's connection `core` (which stays the caller's); no other
 * descriptor is opened. cupsd is the configured name. Returns the verdict; *err has the sentence for the log unless HELD. */
enum qn_hand_why qn_submit(struct qn_link *link, const struct qn_ticket *ticket, int core, const char *cupsd, struct qn_err *err);

#endif
