/* The vocabulary: every message, its fields, secrets and descriptors, in one table used by both ends. */
#ifndef QN_VERB_H
#define QN_VERB_H

#include "lib/msg.h"

enum qn_field_type {
    QN_FIELD_TEXT, /* clean UTF-8, min to max bytes */
    QN_FIELD_WORD, /* characters [A-Za-z0-9._:@/+-] only, min to max bytes */
    QN_FIELD_HEX,  /* lower-case hex, min to max digits */
    QN_FIELD_INT,  /* min to max */
    QN_FIELD_WORDS, /* array of 0 to max WORDs of at most 255 bytes */
    QN_FIELD_TEXTS, /* array of 0 to max TEXTs of at most 1,023 bytes */
    QN_FIELD_MAP,  /* object of 0 to max members: WORD names of at most 127 bytes, TEXT values of at most 1,023 */
    QN_FIELD_ROWS, /* array of 0 to max objects, each with the fields of rows */
};

struct qn_field {
    const char *name;
    enum qn_field_type type;
    bool required;
    int64_t min, max;
    const struct qn_field *rows; /* for ROWS; ended by a NULL name */
};

struct qn_verb {
    const char *name;
    const struct qn_field *ask, *reply; /* each ended by a NULL name */
    unsigned ask_secrets, ask_secrets_may; /* bit (1 << kind): must and may be present */
    unsigned reply_secrets_may;
    unsigned ask_fds, reply_fds_may;
};

/* The verb's line, or NULL. */
const struct qn_verb *qn_verb_find(const char *name);

/* Lines of the table, ended by one without a name: for the manual's test and the fuzzers. */
extern const struct qn_verb qn_verb_table[];

/* Checks a message against its verb: unknown verb, unknown, missing, mistyped or oversized field, secret or descriptor that
 * does not belong there. An answer whose code is not ok may omit any field. QN_EINVAL with a sentence naming the field. */
int qn_verb_check(const struct qn_msg *m, struct qn_err *err);

#endif
