/* What job-begin.c and job-commit.c share: a job on its way in. */
#ifndef QN_JOB_HOLD_PRIVATE_H
#define QN_JOB_HOLD_PRIVATE_H

#include <openssl/evp.h>

#include "server/job-hold.h"
#include "server/turn.h"

/* A job between its job.begin and the answer to its job.commit. */
struct qn_arrival {
    struct qn_arrival *next;
    uint64_t peer;
    struct qn_ask ask;          /* of the commit, once it came */
    bool committing;
    struct qn_job job;
    int64_t policy;             /* version by which it got its class */
    char title[1024];
    char *options;              /* canonical JSON */
    uint8_t *key;               /* data key, locked memory */
    int read_fd;
    EVP_MD_CTX *tags;
    uint64_t tags_done;
};

struct qn_holds {
    struct qn_arrival *first;
};

/* Frees an arrival that is in no list; takes one out of the list and its connection, and frees it. */
void qn_arrival_free(struct qn_arrival *a);
void qn_arrival_drop(struct qn_core *c, struct qn_arrival *a);

#endif
