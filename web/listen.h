/* The listening socket and the files a listener needs. */
#ifndef QN_LISTEN_H
#define QN_LISTEN_H

#include "lib/err.h"

/* Binds and listens on "address:port" or "[address]:port", numbers only. Returns the descriptor, QN_EINVAL or
 * QN_EIO. */
int qn_listen_open(const char *where, struct qn_err *err);

/* Reads a whole text file of up to 64 KiB; the caller frees with qn_listen_forget(). QN_EIO, QN_EINVAL. */
int qn_listen_read(const char *path, char **text_out, struct qn_err *err);

/* Wipes and frees a text of qn_listen_read(), and sets it to NULL. */
void qn_listen_forget(char **text);

#endif
