/* Files that only the user of quoin-ldap may read: the service account's password, the key it is sealed with. */
#ifndef QN_LDAP_SECRET_FILE_H
#define QN_LDAP_SECRET_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum { QN_SECRET_TEXT_MAX = 512 };

struct qn_secret_text {
    uint8_t *bytes; /* from qn_secret_alloc(), one NUL after len bytes */
    size_t len;
};

/* Reads a file of at most `most` (up to 3,000) bytes, which belongs to root, to whoever runs this, or to user. The caller
 * frees out->bytes with qn_secret_free(). QN_EIO if it can't be read; QN_EDENIED if the group or others could read it, or it
 * belongs to someone else (systemd's credential folder excepted: there the group bits are the mask of an access list);
 * QN_EINVAL if it is larger. */
int qn_secret_file_read(struct qn_secret_text *out, const char *path, unsigned user, size_t most, struct qn_err *err);

/* Takes the end of line off. QN_EINVAL unless that is one line of 1 to QN_SECRET_TEXT_MAX bytes; what names where it is from. */
int qn_secret_line(struct qn_secret_text *text, const char *what, struct qn_err *err);

/* Writes a file, by another name first, so that it is there whole or not at all: mode 0400, of that user and group (-1: as they
 * are). exclusive: QN_ECONFLICT if there is one. QN_EIO names what failed. */
int qn_secret_file_write(const char *path, const void *bytes, size_t n, unsigned uid, unsigned gid, bool exclusive,
                         struct qn_err *err);

#endif
