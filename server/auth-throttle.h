/* Counting tries: durable before the proof is looked at, so that a crash or a race gains nothing. */
#ifndef QN_AUTH_THROTTLE_H
#define QN_AUTH_THROTTLE_H

#include "server/core.h"

struct qn_throttle_rule {
    int64_t free;      /* tries without a wait */
    int64_t wait;      /* after that, ms; doubled each time */
    int64_t wait_max;
    int64_t forget;    /* the count starts again after this long without a try, ms */
    int64_t drain;     /* besides, one try is forgotten each so many ms; 0: none is */
};

/* Anybody's tries at a terminal, or in one person's shell; anybody's from one address, where many may sit behind one; at one person's
 * password, whichever door: no more than three wrong ones reach the directory within half an hour, so that it locks nobody; at badges
 * by one person who adds them. */
extern const struct qn_throttle_rule qn_throttle_terminal, qn_throttle_address, qn_throttle_password, qn_throttle_claim;

/* "kind:name" with the name in lower case. */
void qn_throttle_key(char *out, size_t size, const char *kind, const char *name);

/* Counts a try. QN_EDENIED (nothing counted) while waiting. */
int qn_throttle_count(struct qn_core *c, const char *key, const struct qn_throttle_rule *rule, struct qn_err *err);

/* A success ends the count; a try that never reached a verdict, or was a success among others' failures, is taken back. */
int qn_throttle_clear(struct qn_core *c, const char *key, struct qn_err *err);
int qn_throttle_forgive(struct qn_core *c, const char *key, struct qn_err *err);

#endif
