/* The folder of the private cupsd: its socket, configuration, spool and everything else that it writes. */
#ifndef QN_CUPS_TREE_H
#define QN_CUPS_TREE_H

#include "lib/conf.h"

enum { QN_CUPS_PATH = 256 };

/* run-dir/cups into out. QN_EINVAL if the socket's path would be too long. */
int qn_cups_tree_path(char out[QN_CUPS_PATH], const struct qn_conf *conf, struct qn_err *err);

/* The folder is this user's and nobody else's but for the group of the user of quoin-deliver, who may reach the socket, and it is
 * memory (tmpfs or ramfs): documents lie in it in clear. QN_EDENIED with a sentence about what is wrong, QN_EIO. */
int qn_cups_tree_check(const char *dir, const struct qn_conf *conf, struct qn_err *err);

/* Removes all that is in it. What was there from an earlier life is never printed: nobody would wait for it. QN_EIO. */
int qn_cups_tree_wipe(const char *dir, struct qn_err *err);

/* Fills the emptied folder: cupsd.conf, cups-files.conf, folders, backends. QN_EIO. */
int qn_cups_tree_make(const char *dir, const struct qn_conf *conf, struct qn_err *err);

#endif
