/* The policy: one versioned document (quoin-policy(5)) that says which classes there are, who holds which role, and how people prove
 * who they are. It is changed by two people (request.h); the version in force is the one that qn_policy() gives. */
#ifndef QN_POLICY_DOCUMENT_H
#define QN_POLICY_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

enum qn_method { QN_METHOD_BADGE = 1, QN_METHOD_BADGE_PIN = 2, QN_METHOD_PASSWORD = 4 };

enum { QN_CLASSES_MAX = 8, QN_CLASS_NAME = 24, QN_POLICY_BYTES = 24000, QN_ZONES_MAX = 32, QN_ZONE_NAME = 63, QN_POLICY_GROUPS = 64 };

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
    const json_t *zones;    /* names of the zones where it may come out; NULL: any */
    char second[128];       /* roles of which a second person at the terminal must hold one; "": one person is enough */
};

/* How often and how soon somebody may try again: one line a member of "authentication", with its bounds and what holds without it.
 * Times in ms. */
#define QN_AUTH_TABLE(X) \
    X(pin_tries, "pin-tries", 3, 10, 5, "wrong PINs in a row before there is a wait") \
    X(pin_wait, "pin-wait", 30000, 600000, 30000, "that wait; it doubles with each further wrong PIN") \
    X(pin_lock, "pin-lock", 5, 10, 10, "wrong PINs in a row that lock it") \
    X(terminal_tries, "terminal-tries", 5, 50, 10, "tries at one terminal before there is a wait") \
    X(terminal_wait, "terminal-wait", 10000, 600000, 30000, "that wait; it doubles, up to 15m") \
    X(password_tries, "password-tries", 1, 3, 3, "wrong passwords of one login before there is a wait") \
    X(password_wait, "password-wait", 900000, 86400000, 1800000, "that wait, as long as the directory counts")

struct qn_authentication {
#define X(c, name, min, max, without, help) int64_t c;
    QN_AUTH_TABLE(X)
#undef X
};

struct qn_policy {
    int64_t version;        /* 0: the shipped one, in force until quoinctl init */
    int64_t since;          /* since when the role mapping is what it is (second clock) */
    bool compact;           /* profile for two people */
    struct qn_authentication authentication;
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

/* As qn_policy_use(), but hands back the one that was in force until now, which the caller then owns. */
struct qn_policy *qn_policy_swap(struct qn_policy *p);

/* The longest grace of a class in force, ms: a log-in is worth no more than what it may release. */
int64_t qn_policy_grace(void);

/* The login that "owners" of the policy in force gives to a name; NULL for none. */
const char *qn_policy_owner(const char *name);

/* A class's name by its level, "former" for one that the policy no longer has. Never NULL. */
const char *qn_class_name(int level);

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
