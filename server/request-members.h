/* Reading the document of a request that describes one thing: its members as a table. */
#ifndef QN_REQUEST_MEMBERS_H
#define QN_REQUEST_MEMBERS_H

#include <jansson.h>
#include <stddef.h>

#include "lib/err.h"

enum qn_member_kind {
    QN_MEMBER_WORD,  /* as QN_FIELD_WORD: min to max bytes */
    QN_MEMBER_TEXT,  /* clean UTF-8: min to max bytes */
    QN_MEMBER_HEX,   /* min to max digits */
    QN_MEMBER_FLAG,  /* true or false */
    QN_MEMBER_NAMES, /* a list of at most max words of at most 63 bytes */
};

struct qn_member {
    const char *name;
    enum qn_member_kind kind;
    size_t min, max; /* min 0: it may be absent */
};

/* Members (ended by a NULL name) that must be there are, each is what it must be, and there are no others. QN_EINVAL with a sentence
 * about what ("a device"). */
int qn_members_read(const json_t *document, const struct qn_member *members, const char *what, struct qn_err *err);

/* A string member, "" if it is absent. */
const char *qn_member_text(const json_t *document, const char *name);

/* Adds the sentence "ceiling: internal, was public" to a list, and nothing where nothing changes. was NULL: there was none before. */
void qn_member_change(json_t *to, const char *what, const char *is, const char *was);

#endif
