#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ldap/secret-seal.h"
#include "lib/secret.h"

enum { INTERRUPT = 3 };

static int line_read(struct qn_secret_text *out, struct qn_err *err)
{
    size_t n = 0, room = QN_SECRET_TEXT_MAX + 3;
    ssize_t got = 1;

    out->bytes = qn_secret_alloc(room + 1);
    while (n < room && !memchr(out->bytes, '\n', n) && (got = read(STDIN_FILENO, out->bytes + n, room - n)) > 0)
        n += (size_t)got;
    if (got < 0)
        return qn_fail_errno(err, "reading standard input");
    out->len = n;
    return qn_secret_line(out, "standard input", err);
}

static int line_ask(struct qn_secret_text *out, const char *prompt, const char *what, struct qn_err *err)
{
    int r;

    fprintf(stderr, "%s%s: ", prompt, what);
    r = line_read(out, err);
    fputc('\n', stderr);
    if (r == 0 && memchr(out->bytes, INTERRUPT, out->len))
        r = qn_fail(err, QN_EINVAL, "interrupted");
    return r;
}

int qn_secret_ask(struct qn_secret_text *out, const char *prompt_for, struct qn_err *err)
{
    struct qn_secret_text again = { 0 };
    struct termios shown, hidden;
    int r;

    memset(out, 0, sizeof *out);
    if (!isatty(STDIN_FILENO)) {
        r = line_read(out, err);
    } else {
        if (tcgetattr(STDIN_FILENO, &shown) != 0)
            return qn_fail_errno(err, "the terminal");
        hidden = shown;
        hidden.c_lflag &= (tcflag_t) ~(ECHO | ISIG); /* so that Ctrl-C does not leave the terminal like this */
        if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) != 0)
            return qn_fail_errno(err, "the terminal");
        r = line_ask(out, "password of ", prompt_for, err);
        if (r == 0)
            r = line_ask(&again, "the same again", "", err);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
        if (r == 0 && (again.len != out->len || !qn_secret_equal(again.bytes, out->bytes, out->len)))
            r = qn_fail(err, QN_EINVAL, "the two passwords differ");
    }
    qn_secret_free(&again.bytes);
    if (r != 0)
        qn_secret_free(&out->bytes);
    return r;
}
