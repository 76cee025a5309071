/* Shred keys and long-lived keys, in two fixed slots overwritten in place (quoin-job(5) has the bytes).
 *
 *   keys/root      48 bytes: "QUOINROT" | version 1 (2) | zero (6) | root key (32)
 *   keys/keystore  2 slots of 512 KiB, preallocated. A slot:
 *       0   8  "QUOINKEY"     8  8  generation (big-endian)   16  4  bytes of body ciphertext   20  12  zero
 *      32  60  generation key K(n), wrapped under the root (AAD = bytes 0..31)
 *      92  12  nonce         104  ..  AES-256-GCM under K(n), AAD = bytes 0..91, of the body || 16 byte tag
 *   body: entries of  1 byte id length | id | 32 byte key ; ids: "shred:..." , "pepper", "badge", "audit", "export"
 * The higher generation that opens is the keystore. */
#ifndef QN_KEYSTORE_H
#define QN_KEYSTORE_H

#include <stdint.h>

#include "lib/err.h"

struct qn_keystore;

/* Opens keys/ under dirfd's folder, creating root and keystore with the long-lived keys on first use (create true).
 * QN_ECORRUPT if neither slot opens; refuses files that others can read (QN_EDENIED says how to fix it).
 * The caller frees with qn_keystore_free(), which wipes. */
int qn_keystore_open(struct qn_keystore **out, const char *dir, int create, struct qn_err *err);
void qn_keystore_free(struct qn_keystore **k);

/* The 32 bytes of a key (in locked memory, valid until it is destroyed), or NULL. */
const uint8_t *qn_keystore_get(const struct qn_keystore *k, const char *id);

/* Adds fresh random keys for ids not there yet (all in one generation), written and synced before it returns.
 * A failed write leaves the memory as it was: QN_EIO. */
int qn_keystore_make(struct qn_keystore *k, const char *const *ids, unsigned n, struct qn_err *err);

/* Forgets keys, writes the next generation without them into one slot, syncs, then the other slot too (so no slot still holds
 * them), and proves that the older generation no longer opens. Unknown ids are fine (crash-safe to repeat). */
int qn_keystore_destroy(struct qn_keystore *k, const char *const *ids, unsigned n, struct qn_err *err);

/* Current generation, for records. */
uint64_t qn_keystore_generation(const struct qn_keystore *k);

#endif
