/* The audit log as quoinctl(8) sees it: files and rows, read beside a running core or without one. */
#ifndef QN_CTL_AUDIT_H
#define QN_CTL_AUDIT_H

#include <jansson.h>

#include "server/head.h"
#include "server/store.h"

/* Exit status of "audit verify". */
enum { CTL_AUDIT_WHOLE = 0, CTL_AUDIT_FINDINGS = 1, CTL_AUDIT_UNCHECKED = 2 };

/* What a check of the log is made of, and what came out. */
struct ctl_audit {
    char db[4096], head_path[4096], key_path[4096];
    struct qn_note_key key;
    struct qn_head head;       /* from the head file */
    bool head_good;
    int64_t rows;              /* highest record + 1 */
    int64_t row_size;          /* what the head row says */
    struct qn_merkle row_tree; /* its edge */
    struct qn_note row_note;   /* the signed head it knew; size 0 if none */
    json_t *findings;          /* objects {what, text, and record and last where it is about records} */
    int64_t more;              /* findings that are not among them, because there are too many */
};

/* Adds a finding. first and last are the records it is about, or -1. */
void ctl_audit_find(struct ctl_audit *a, const char *what, int64_t first, int64_t last, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Reads key, head file and database and adds every finding. 0 when everything could be looked at, else the QN_E code
 * that says what could not. */
int ctl_audit_check(struct ctl_audit *a, struct qn_err *err);

/* Walks over the records. As above. */
int ctl_audit_walk(struct ctl_audit *a, struct qn_store *store, struct qn_err *err);

#endif
