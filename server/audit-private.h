/* The open log, for audit.c and audit-open.c. */
#ifndef QN_AUDIT_PRIVATE_H
#define QN_AUDIT_PRIVATE_H

#include "server/audit.h"
#include "server/head.h"

struct qn_audit {
    struct qn_store *store;
    EVP_PKEY *key;
    struct qn_note_key name;
    char boot[10];           /* random for each start: tells two runs apart in the records */
    int fd;                  /* of the head file */
    struct qn_merkle tree;   /* with the records of the running turn */
    struct qn_merkle mark;   /* before the running message */
    struct qn_merkle final;  /* what is committed */
    uint64_t flushed;        /* size in the store's row */
    struct qn_head head;     /* last signed */
    int64_t signed_at;
};

#endif
