/* One release: one sealed document to one printer, told as a story with one end. */
#ifndef QN_RELEASE_H
#define QN_RELEASE_H

#include "deliver/outcome.h"
#include "lib/msg.h"

struct qn_release_result {
    struct qn_outcome outcome;
    int64_t impressions;   /* pages the printer says it printed; -1 if it does not say */
    bool core_gone;        /* nobody is left to tell */
    char text[384];        /* for the log */
};

/* Carries out a checked deliver.job, whose key and descriptor it takes. core is the connection it came on:
 * deliver.created and deliver.sent go out there, and no document byte leaves before the first was answered with
 * ok. stopping may become true at any time: then nothing new is begun, but what has begun is finished. Always
 * fills *result. */
void qn_release_run(struct qn_msg *job, int core, const volatile int *stopping, struct qn_release_result *result);

#endif
