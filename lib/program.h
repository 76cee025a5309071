/* How a program starts: its options, its configuration, its log. */
#ifndef QN_PROGRAM_H
#define QN_PROGRAM_H

#include <stdbool.h>

#include "lib/conf.h"

/* First thing in the main() of a program that takes -t and -c FILE and no more: opens the log, qn_sandbox_start(), reads them.
 * 0, or 2, the exit status, with its usage on standard error. */
int qn_program_options(int argc, char **argv, const char *program, const char **path, bool *check);

/* qn_conf_read(), whose codes it returns; then the log's level, and in test builds the clock, are as the file says. */
int qn_program_configure(struct qn_conf **conf, const char *path, const char *program, struct qn_err *err);

#endif
