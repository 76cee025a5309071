/* Secrets in memory: pages that are locked, never dumped, and wiped before they go back (mlock, MADV_DONTDUMP). */
#ifndef QN_SECRET_H
#define QN_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* n zeroed bytes (1 to 3,072) of locked, undumpable memory; panics when the kernel refuses the lock.
 * The caller frees with qn_secret_free(). Small secrets share pages. */
void *qn_secret_alloc(size_t n);

/* Wipes and returns *p (from qn_secret_alloc) and sets it to NULL. *p may be NULL. */
void qn_secret_free(void *p_address);

/* Wipes n bytes in a way the compiler can't drop. */
void qn_wipe(void *p, size_t n);

/* True if both hold the same n bytes; the time depends on n alone. */
bool qn_secret_equal(const void *a, const void *b, size_t n);

#endif
