#include "server/job-change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/job-fit.h"

enum { COPIES_MAX = 999, KEYWORD_MAX = 63, VALUES_MAX = 8 };

static const struct change { const char *name; bool number, many; } changes_table[] = {
    { "copies", true, false },
    { "sides", false, false },
    { "print-color-mode", false, false },
    { "media", false, false },
    { "finishings", false, true },
};

static const struct change *change_find(const char *name)
{
    for (size_t i = 0; i < sizeof changes_table / sizeof *changes_table; i++)
        if (strcmp(changes_table[i].name, name) == 0)
            return &changes_table[i];
    return NULL;
}

/* The next of the values between commas, into out; false if there is none, or it is too long. */
static bool value_next(const char **at, char out[KEYWORD_MAX + 1])
{
    size_t n = strcspn(*at, ",");

    if (n == 0 || n > KEYWORD_MAX)
        return false;
    memcpy(out, *at, n);
    out[n] = '\0';
    *at += n;
    if (**at == ',')
        (*at)++;
    return true;
}

/* 1 to 999 as everybody writes it. */
static bool number_ok(const char *text)
{
    size_t n = strlen(text);

    return n >= 1 && n <= 3 && strspn(text, "0123456789") == n && text[0] != '0' && strtol(text, NULL, 10) <= COPIES_MAX;
}

static bool keywords_ok(const struct change *k, const char *text)
{
    char value[KEYWORD_MAX + 1];
    size_t n = strlen(text);
    int count = 0;

    if (n == 0 || text[n - 1] == ',')
        return false;
    while (*text) {
        if (!value_next(&text, value) || ++count > (k->many ? VALUES_MAX : 1) ||
            strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != strlen(value))
            return false;
    }
    return true;
}

int qn_change_check(const json_t *changes, struct qn_err *err)
{
    const char *name;
    json_t *v;

    json_object_foreach((json_t *)changes, name, v) {
        const struct change *k = change_find(name);
        const char *text = json_string_value(v);

        if (!k)
            return qn_fail(err, QN_EINVAL, "%.127s can't be changed at a release", name);
        if (!text || !(k->number ? number_ok(text) : keywords_ok(k, text)))
            return qn_fail(err, QN_EINVAL, "%s can't be that", name);
    }
    return 0;
}

bool qn_change_offered(struct qn_core *c, int64_t device, const json_t *changes)
{
    json_t *facts = json_object_size(changes) > 0 ? qn_fit_facts(c, device) : NULL, *lacks = qn_fit_lacks(changes, "", facts);
    bool all = json_array_size(lacks) == 0;

    json_decref(facts);
    json_decref(lacks);
    return all;
}

void qn_change_text(const json_t *changes, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof changes_table / sizeof *changes_table; i++) {
        const char *text = json_string_value(json_object_get(changes, changes_table[i].name));

        if (text && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s=%s", used ? " " : "", changes_table[i].name, text);
    }
}

json_t *qn_change_asked(const json_t *options)
{
    json_t *asked = json_object();

    for (size_t i = 0; i < sizeof changes_table / sizeof *changes_table; i++) {
        json_t *v = json_object_get(options, changes_table[i].name);

        if (json_is_string(v))
            json_object_set(asked, changes_table[i].name, v);
    }
    return asked;
}
