/* cupsd's configuration files: read for the checks, edited for the set-up. */
#ifndef QN_CTL_CUPSCONF_H
#define QN_CTL_CUPSCONF_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

struct cups_line {
    char *text;             /* as it stands in the file, without its newline; owned */
    char section[256];      /* "" at the top, else "Policy default>Limit Create-Job Print-Job" */
    char name[64];          /* directive; "" for comments, blank lines and section brackets */
    const char *value;      /* into text; "" if there is none */
};

struct cups_file {
    struct cups_line *line;
    size_t lines;
};

/* Reads a file of at most 1 MiB. QN_EIO if it can't be read, QN_EINVAL if it is too large. Free with cups_file_free(). */
int cups_file_read(struct cups_file *out, const char *path, struct qn_err *err);
void cups_file_free(struct cups_file *f);

/* The directive's last value outside all sections, or NULL if the file does not set it. Names are matched without case. */
const char *cups_file_get(const struct cups_file *f, const char *name);

/* True if a directive of that name stands in a section of that policy ("Policy default") that limits the operation. */
bool cups_file_in_section(const struct cups_file *f, const char *policy, const char *operation, const char *name);

/* Sets a directive outside all sections: the first line of that name is replaced, others are dropped, or one is added at the end. */
void cups_file_set(struct cups_file *f, const char *name, const char *value);

/* Writes the file anew (same owner and mode, through a temporary file), keeping the first original as PATH.before-quoin. */
int cups_file_write(const struct cups_file *f, const char *path, struct qn_err *err);

#endif
