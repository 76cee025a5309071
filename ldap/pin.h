/* PIN hashes: scrypt (RFC 7914). The core keeps and compares them; here they are only computed, by a process without network. */
#ifndef QN_LDAP_PIN_H
#define QN_LDAP_PIN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum { QN_PIN_HASH = 32, QN_PIN_SALT = 16, QN_PIN_LEAST = 4, QN_PIN_MOST = 16, QN_PIN_R = 8, QN_PIN_P = 1 };

/* scrypt of n bytes with cost (a power of two from 2 to 1,048,576), r = 8, p = 1; takes 1 KiB of memory per unit of cost.
 * QN_EINVAL for another cost, QN_EINTERNAL if the library refuses; out is then zeroed. */
int qn_pin_hash(uint8_t out[QN_PIN_HASH], const void *pin, size_t n, const void *salt, size_t salt_len, int64_t cost,
                struct qn_err *err);

/* QN_EDENIED unless it is 4 to 16 decimal digits. */
int qn_pin_check(const uint8_t *pin, size_t n, struct qn_err *err);

#endif
