/* JSON documents that people read, compare and sign off: policies, and what a request proposes. */
#ifndef QN_DOCUMENT_H
#define QN_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>

/* The value as text with line ends, always the same for the same value: members sorted but for "name" in front, what fits a line in one
 * line. Controls, and characters that hide or turn around others on a screen (bidirectional marks, zero width, tags), are
 * written as \uXXXX. The caller frees; NULL if it is no JSON that can be written. */
char *qn_document_text(const json_t *value);

/* Lines that say what is different in b: "classes/internal/hold: 8h -> 24h". Lists of objects with a "name" are compared by name,
 * other lists as sets. An array of strings that the caller drops; empty if there is no difference. */
json_t *qn_document_diff(const json_t *a, const json_t *b);

/* The operation that would bring policy b into force where a is: "policy.access" or "policy.retention", by the sections that differ; NULL
 * if none or both kinds do, which *both_out tells apart. */
const char *qn_document_operation(const json_t *a, const json_t *b, bool *both_out);

#endif
