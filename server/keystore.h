/* Shred keys and long-lived keys, in two fixed slots overwritten in place (quoin-job(5) has the bytes).
 *
 *   keys/root      48 bytes: "QUOINROT" | version 1 (2) | zero (6) | root key (32)
 *   keys/keystore  2 slots of 512 KiB, preallocated. A slot:
 *       0   8  "QUOINKEY"     8  8  generation (big-endian)   16  4  bytes of the body        20  12  zero
 *      32  60  generation key K(n), wrapped under the root (AAD = bytes 0..31)
 *      92  12  nonce         104  ..  AES-256-GCM under K(n), AAD = bytes 0..91, of the body || 16 byte tag
 *   and zeros to the end of the slot.
 *   body: entries of  1 byte id length | id | 32 byte key ; ids: "shred:..." , "pepper", "badge", "audit", "export", "terminal-ca"
 * The higher generation that opens is the keystore. */
#ifndef QN_KEYSTORE_H
#define QN_KEYSTORE_H

#include <stdint.h>

#include "lib/err.h"

struct qn_keystore;

/* Opens keys/ in the folder dir, creating folder, root and keystore with the long-lived keys where they are missing (create
 * true; a crash on the way leaves nothing half made). QN_ENOTFOUND if they are missing and create is false, QN_ECORRUPT if
 * neither slot opens, QN_ECONFLICT while another process has it; refuses files that others can read (QN_EDENIED says how to
 * fix it). The caller frees with qn_keystore_free(), which wipes. */
int qn_keystore_open(struct qn_keystore **out, const char *dir, int create, struct qn_err *err);
void qn_keystore_free(struct qn_keystore **k);

/* The 32 bytes of a key (in locked memory, valid until it is destroyed), or NULL. */
const uint8_t *qn_keystore_get(const struct qn_keystore *k, const char *id);

/* Adds fresh random keys for ids not there yet (all in one generation), written and synced before it returns.
 * QN_EINVAL for an id of more than 63 characters or others than [A-Za-z0-9:._-], QN_EFULL if they don't fit a slot.
 * A failed write leaves the memory as it was: QN_EIO. */
int qn_keystore_make(struct qn_keystore *k, const char *const *ids, unsigned n, struct qn_err *err);

/* Writes the next generation without these keys into one slot, syncs, then the one after it into the other slot (so no slot
 * still holds them), reads both back as proof, and forgets the keys. Unknown ids are fine: both slots are written all the same,
 * so that it can be repeated after a crash or a failure (QN_EIO; the keys are then still there). */
int qn_keystore_destroy(struct qn_keystore *k, const char *const *ids, unsigned n, struct qn_err *err);

/* Current generation, for records. */
uint64_t qn_keystore_generation(const struct qn_keystore *k);

#endif
