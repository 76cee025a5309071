/* quoin.conf(5): what a process needs to start. One table of keys with type, default, bounds and help (lib/conf.c). */
#ifndef QN_CONF_H
#define QN_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct qn_conf;

/* Reads a file (libconfuse syntax). Every key is checked; an unknown one is an error with its line.
 * The caller frees with qn_conf_free(). QN_EINVAL with file, line, key and what it may be; QN_EIO if unreadable. */
int qn_conf_read(struct qn_conf **out, const char *path, struct qn_err *err);
void qn_conf_free(struct qn_conf **conf);

/* The value of a key of the table, its default if the file does not set it. Panics on a key the table does not have.
 * Texts live as long as conf. Sizes are bytes, times milliseconds. */
const char *qn_conf_text(const struct qn_conf *conf, const char *key);
int64_t qn_conf_int(const struct qn_conf *conf, const char *key);

/* Lists: number of values, and value i. */
unsigned qn_conf_count(const struct qn_conf *conf, const char *key);
const char *qn_conf_item(const struct qn_conf *conf, const char *key, unsigned i);

/* A user name or a decimal uid, as a uid. QN_EINVAL for an unknown user. */
int qn_conf_uid(const struct qn_conf *conf, const char *key, unsigned *uid_out, struct qn_err *err);

/* The table, for the test that compares it with quoin.conf(5); ended by a NULL name. Sections' keys are "section.key". */
struct qn_conf_key {
    const char *name, *type, *value, *help;
    int64_t min, max;
};
extern const struct qn_conf_key qn_conf_table[];

#endif
