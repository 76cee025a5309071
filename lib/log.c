#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *log_program = "quoin";
static enum qn_log_level log_max = QN_LOG_INFO;

void qn_log_open(const char *program, enum qn_log_level level)
{
    log_program = program;
    log_max = level;
}

void qn_log(enum qn_log_level level, const char *fmt, ...)
{
    char line[1024];
    int saved = errno, head;
    size_t n;
    va_list ap;

    if (level > log_max)
        return;
    head = snprintf(line, sizeof line, "<%d>%s[%ld]: ", (int)level, log_program, (long)getpid());
    va_start(ap, fmt);
    vsnprintf(line + head, sizeof line - (size_t)head - 1, fmt, ap);
    va_end(ap);
    n = strlen(line);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0) {
        /* Nobody left to tell. */
    }
    errno = saved;
}

void qn_log_err(enum qn_log_level level, const char *what, const struct qn_err *err)
{
    qn_log(level, "%s: %s (%s)", what, err->text, qn_code_name(err->code));
}
