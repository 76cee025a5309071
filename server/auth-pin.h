/* PINs and badges at rest: a PIN's scrypt hash wrapped under the pepper, a badge's HMAC. */
#ifndef QN_AUTH_PIN_H
#define QN_AUTH_PIN_H

#include "server/badge-rules.h"
#include "server/core.h"

/* What a reader typed, in the secret of a message, as the number that the policy in force makes of it: QN_EINVAL if it makes none. The
 * caller wipes out. */
int qn_badge_read(const struct qn_msg *in, char out[QN_BADGE_TEXT], struct qn_err *err);

/* The HMAC that a number is kept as; both in one. */
int qn_badge_hash(const struct qn_core *c, const char *number, uint8_t out[32], struct qn_err *err);
int qn_badge_mac(const struct qn_core *c, const struct qn_msg *in, uint8_t out[32], struct qn_err *err);

/* Wraps a hash for the row of a person, with its salt and cost; compares one with it (constant time). */
int qn_pin_store(const struct qn_core *c, const char *dir_id, const uint8_t hash[32], struct qn_pin *pin, struct qn_err *err);
bool qn_pin_matches(const struct qn_core *c, const char *dir_id, const uint8_t hash[32], const struct qn_pin *pin);

/* After one more failure: the earliest next try and whether the PIN is locked now, by the policy in force
 * (without a word in it: five: 30 s, doubling; ten: locked). */
void qn_pin_penalty(int64_t failures, int64_t now, int64_t *until_out, bool *locked_out);

/* True for what people guess first: repetitions, runs, keys in a line, days, two different digits. pin: digits. */
bool qn_pin_guessable(const char *pin);

/* A random PIN of six digits that is not one of the guessable ones. out has room for 7. */
void qn_pin_random(char out[7]);

/* The request for a worker to hash a PIN. */
void qn_pin_question(struct qn_msg *out, const void *pin, size_t n, const uint8_t salt[16], int64_t cost, const char *req);

#endif
