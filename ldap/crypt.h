/* PIN hashes that a directory keeps: crypt(3). Computed like the others by the process without network, compared by the core. */
#ifndef QN_LDAP_CRYPT_H
#define QN_LDAP_CRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum { QN_CRYPT_MAX = 255, QN_CRYPT_HASH = 32 };

/* QN_EINVAL unless it is a hash (crypt(5), without "{CRYPT}") by yescrypt, bcrypt, SHA-512 or SHA-256 of a bounded cost: whoever
 * writes to a directory must not decide how long we compute. Says which it is not, and nothing of its bytes. */
int qn_crypt_check(const char *verifier, size_t len, struct qn_err *err);

/* SHA-256 of crypt(pin, verifier), which the right PIN makes equal to SHA-256 of the verifier. verifier ends in a NUL, as a
 * secret of a message does. QN_EINVAL as above, QN_EINTERNAL if the library refuses; out is then zeroed. */
int qn_crypt_hash(uint8_t out[QN_CRYPT_HASH], const char *pin, const char *verifier, size_t len, struct qn_err *err);

#endif
