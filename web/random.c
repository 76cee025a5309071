#include "config.h"

#include <gnutls/crypto.h>

#include "lib/id.h"

/* GnuTLS's random numbers, for this program the kernel's: ours is found before the library's. The library's own generator keeps a state
 * of 176 bytes for each thread until the program ends, and libmicrohttpd makes a thread for each connection. Never says no: without
 * random numbers the program ends, as everywhere. */
int gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t len)
{
    (void)level;
    qn_random(data, len);
    return 0;
}
