#include "config.h"

#include "intake/options.h"

#include <stdbool.h>
#include <string.h>

struct reader {
    char *in, *out; /* decoded text replaces what was read: it is never longer */
    struct qn_err *err;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* Leaves *name_out at the name, r->in at the character after it. */
static int read_name(struct reader *r, char **name_out)
{
    char *name = r->in;
    size_t n = 0;

    while (r->in[n] && r->in[n] != '=' && !is_blank(r->in[n])) {
        if ((unsigned char)r->in[n] < 0x20 || r->in[n] == 0x7f)
            return qn_fail(r->err, QN_EINVAL, "an option's name holds control characters");
        n++;
    }
    if (n == 0)
        return qn_fail(r->err, QN_EINVAL, "an option has no name");
    if (n > QN_OPTION_NAME_MAX)
        return qn_fail(r->err, QN_EINVAL, "an option's name is longer than %d bytes", QN_OPTION_NAME_MAX);
    r->in += n;
    *name_out = name;
    return 0;
}

/* Skips "{ ... }" with what is nested in it. */
static int skip_collection(struct reader *r)
{
    unsigned depth = 0;
    char quote = 0;

    for (; *r->in; r->in++) {
        if (*r->in == '\\' && r->in[1])
            r->in++;
        else if (quote)
            quote = *r->in == quote ? (char)0 : quote;
        else if (*r->in == '"' || *r->in == '\'')
            quote = *r->in;
        else if (*r->in == '{')
            depth++;
        else if (*r->in == '}' && --depth == 0)
            break;
    }
    if (!*r->in)
        return qn_fail(r->err, QN_EINVAL, "a collection has no end");
    r->in++;
    return 0;
}

/* Decodes a value in place up to the blank that ends it. */
static int read_value(struct reader *r)
{
    char quote = 0;

    for (; *r->in && (quote || !is_blank(*r->in)); r->in++) {
        if (*r->in == '\\') {
            if (!*++r->in)
                return qn_fail(r->err, QN_EINVAL, "a backslash ends the options");
            *r->out++ = *r->in;
        } else if (quote && *r->in == quote) {
            quote = 0;
        } else if (!quote && (*r->in == '"' || *r->in == '\'')) {
            quote = *r->in;
        } else {
            *r->out++ = *r->in;
        }
    }
    return quote ? qn_fail(r->err, QN_EINVAL, "a quote has no end") : 0;
}

static int read_option(struct reader *r, qn_option_fn *each, void *ctx)
{
    char *name = r->in, *value = NULL, *name_end, after;
    int code = read_name(r, &name);

    if (code != 0)
        return code;
    name_end = r->in;
    if (*r->in == '=' && *++r->in == '{') {
        while ((code = skip_collection(r)) == 0 && r->in[0] == ',' && r->in[1] == '{')
            r->in++;
        return code;
    }
    if (*name_end == '=') {
        value = r->out = r->in;
        code = read_value(r);
        if (code != 0)
            return code;
    }
    after = *r->in; /* the blank or the end, before a NUL is written over it */
    *name_end = '\0';
    if (value)
        *r->out = '\0';
    if (after)
        r->in++;
    return each(ctx, name, value, r->err);
}

int qn_options_read(char *text, qn_option_fn *each, void *ctx, struct qn_err *err)
{
    struct reader r = { text, text, err };
    int count = 0, code = 0;

    while (code == 0) {
        while (is_blank(*r.in))
            r.in++;
        if (!*r.in)
            break;
        if (++count > QN_OPTIONS_MAX)
            return qn_fail(err, QN_EINVAL, "more than %d options", QN_OPTIONS_MAX);
        code = read_option(&r, each, ctx);
    }
    return code;
}
