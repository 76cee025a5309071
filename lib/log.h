/* The diagnostic log: one line a call on standard error, which systemd or the launcher collects.
 * It is for administrators; the audit log is another thing (server/audit.h). No secrets, no titles. */
#ifndef QN_LOG_H
#define QN_LOG_H

#include "lib/err.h"

enum qn_log_level { QN_LOG_ERR = 3, QN_LOG_WARNING = 4, QN_LOG_NOTICE = 5, QN_LOG_INFO = 6, QN_LOG_DEBUG = 7 };

/* Names the program in each line and sets the most talkative level written. Call once, first. */
void qn_log_open(const char *program, enum qn_log_level level);

/* Writes "<level>program[pid]: sentence\n" (the prefix of sd-daemon(3)); control bytes become '?'. Keeps errno. */
void qn_log(enum qn_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Logs err's sentence with its code at the given level, after "what: ". */
void qn_log_err(enum qn_log_level level, const char *what, const struct qn_err *err);

#endif
