/* Signed heads of the log: C2SP tlog-checkpoint in a C2SP signed-note, Ed25519 (c2sp.org/tlog-checkpoint,
 * c2sp.org/signed-note).
 *
 *   <origin>\n<size>\n<base64 of the root>\n\n— <name> <base64 of key id || signature>\n
 *
 * The name of the key is the origin. The signature is over the text up to the empty line. */
#ifndef QN_NOTE_H
#define QN_NOTE_H

#include <openssl/evp.h>
#include <stdint.h>

#include "lib/err.h"
#include "server/merkle.h"

enum { QN_NOTE_NAME = 256, QN_NOTE_MAX = 1024 };

/* Whose signature: what a verifier's key line ("vkey") says. */
struct qn_note_key {
    char name[QN_NOTE_NAME];
    uint8_t id[4];           /* SHA-256(name || "\n" || 0x01 || public), its first four bytes */
    uint8_t public[32];
};

/* What a note says. */
struct qn_note {
    uint64_t size;
    uint8_t root[QN_HASH];
};

/* Fills out. QN_EINVAL if the name is empty, too long or has spaces, controls or a '+'. */
int qn_note_key(struct qn_note_key *out, const char *name, const uint8_t public[32], struct qn_err *err);

/* "<name>+<key id in hex>+<base64 of 0x01 || public>" without a newline; out has room for QN_NOTE_MAX. And back, with
 * an optional newline at its end: QN_EINVAL for anything that this function can't have written. */
void qn_note_key_format(char out[QN_NOTE_MAX], const struct qn_note_key *key);
int qn_note_key_parse(struct qn_note_key *out, const char *line, struct qn_err *err);

/* Writes the note, signed by pkey (whose public half is key's); out has room for QN_NOTE_MAX. */
void qn_note_sign(char out[QN_NOTE_MAX], const struct qn_note_key *key, EVP_PKEY *pkey, const struct qn_note *note);

/* Checks form, origin and signature. QN_ECORRUPT says which; *out is then zero. Other signers are passed over. */
int qn_note_open(struct qn_note *out, const char *text, const struct qn_note_key *key, struct qn_err *err);

#endif
