/* The policy: one versioned document (quoin-policy(5)) that says which classes there are, who holds which role, and how people prove
 * who they are. It is changed by two people (request.h); the version in force is the one that qn_policy() gives. */
#ifndef QN_POLICY_DOCUMENT_H
#define QN_POLICY_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

enum qn_method { QN_METHOD_BADGE = 1, QN_METHOD_BADGE_PIN = 2, QN_METHOD_PASSWORD = 4 };

enum { QN_CLASSES_MAX = 8, QN_POLICY_BYTES = 24000 };

struct qn_class {
    const char *name;
    int level;              /* order; also the number in the database */
    int64_t hold;           /* held for at most, ms */
    int64_t keep;           /* kept after release for a reprint, ms; 0: not at all */
    int64_t window;         /* jobs due in the same window share a shred key, ms */
    int64_t grace;          /* how old the directory's last word may be when it is away, ms; 0: live only */
    unsigned methods;       /* enum qn_method bits that satisfy it */
    bool unverified;        /* accepts an owner whom cupsd did not confirm */
    bool plain_link;        /* accepts a printer link without TLS */
    bool delegation;        /* its jobs may be delegated */
};

struct qn_policy {
    int64_t version;        /* 0: the shipped one, in force until quoinctl init */
    bool compact;           /* profile for two people */
    struct qn_class classes[QN_CLASSES_MAX + 1]; /* lowest first, ended by a NULL name */
    json_t *document;       /* the whole; what is above points into it */
};

/* The policy in force: the shipped one until qn_policy_use(). Never NULL. */
const struct qn_policy *qn_policy(void);

/* Reads a document into a policy that the caller frees with qn_policy_free(), or hands to qn_policy_use(), which makes it the one in
 * force. QN_EINVAL with a sentence that names the place: unknown, missing or mistyped members, a class out of order, a role that does
 * not exist, a period out of bounds, a badge rule that does not compile. */
int qn_policy_read(struct qn_policy **out, const char *text, int64_t version, struct qn_err *err);
void qn_policy_use(struct qn_policy *p);
void qn_policy_free(struct qn_policy **p);

/* The document as canonical JSON (sorted keys, no spaces); the caller frees. Never NULL. */
char *qn_policy_text(const struct qn_policy *p);

/* A class of the policy in force, by level or name; NULL for none. */
const struct qn_class *qn_class_level(int level);
const struct qn_class *qn_class_named(const char *name);

/* Group i of the role mapping in force: its DN and role; false after the last. */
bool qn_policy_group(const struct qn_policy *p, unsigned i, const char **dn, const char **role);

/* The least class of a queue's jobs: its own line, else that of "*", else the highest there is. Never NULL. */
const struct qn_class *qn_policy_queue(const struct qn_policy *p, const char *queue);

/* "badge", "badge-pin", "password" and back (0 for anything else). */
const char *qn_method_name(unsigned method);
unsigned qn_method_parse(const char *name);

#endif
