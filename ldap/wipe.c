/* Memory that libldap and GnuTLS give back is wiped: passwords pass through their buffers, and neither offers a hook
 * (liblber's memory functions are only called for its own contexts). So this program has a free() and a realloc() of its own,
 * which the libraries then use as well; __libc_free() is glibc's. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "lib/secret.h"

#if !defined(__SANITIZE_ADDRESS__) && defined(__GLIBC__)

void __libc_free(void *p); /* NOLINT: the name is glibc's */

void free(void *p)
{
    if (p)
        qn_wipe(p, malloc_usable_size(p));
    __libc_free(p);
}

void *realloc(void *p, size_t n)
{
    size_t old = p ? malloc_usable_size(p) : 0;
    void *q;

    if (p && n == 0) {
        free(p);
        return NULL;
    }
    q = malloc(n);
    if (q && p) {
        memcpy(q, p, old < n ? old : n);
        free(p);
    }
    return q;
}

#endif
