/* One release: one sealed document to one printer, told as a story with one end. */
#ifndef QN_RELEASE_H
#define QN_RELEASE_H

#include "deliver/errand.h"

/* Carries out a deliver.job, whose key and descriptor it takes: deliver.created and deliver.sent go out to the core, and no document
 * byte leaves before the first was answered with ok. What has begun when stopping becomes true is finished; what the core says to stop
 * is cancelled at the printer. A document that was sent and does not get on for 20 s is left to the core's asking: "printing". */
qn_errand qn_release_run;

#endif
