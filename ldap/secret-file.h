/* The service account's password, from a file that only its user may read. */
#ifndef QN_LDAP_SECRET_FILE_H
#define QN_LDAP_SECRET_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct qn_secret_text {
    uint8_t *bytes; /* from qn_secret_alloc(), one NUL after len bytes */
    size_t len;
};

/* Reads a file of one line, 1 to 512 bytes; the end of line does not count. The caller frees out->bytes with qn_secret_free().
 * QN_EIO if it can't be read; QN_EDENIED if the group or others could read it, or it belongs to someone else (systemd's
 * credential folder excepted: there the group bits are the mask of an access list); QN_EINVAL if empty, too long, or not one line. */
int qn_secret_file_read(struct qn_secret_text *out, const char *path, struct qn_err *err);

#endif
