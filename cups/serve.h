/* The life of the private cupsd. */
#ifndef QN_CUPS_SERVE_H
#define QN_CUPS_SERVE_H

#include "lib/err.h"

/* Runs cupsd on the folder until SIGTERM or SIGINT, or until it ends by itself. Whatever it started is killed before this returns: a
 * backend that went on by itself would print with nobody to tell. 0 when told to end; QN_EIO, QN_EAWAY if cupsd ended by itself. */
int qn_cups_serve(const char *dir, struct qn_err *err);

#endif
