#include "lib/verb.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"

const struct qn_verb *qn_verb_find(const char *name)
{
    for (const struct qn_verb *v = qn_verb_table; v->name; v++)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

static bool word_ok(const char *s)
{
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || strchr("._:@/+-", *s)))
            return false;
    return true;
}

static bool text_ok(const json_t *v, size_t min, size_t max, bool word)
{
    size_t n = json_string_length(v);

    if (!json_is_string(v) || n < min || n > max)
        return false;
    return word ? word_ok(json_string_value(v)) : qn_utf8_clean(json_string_value(v), n);
}

static bool hex_ok(const json_t *v, const struct qn_field *f)
{
    const char *s = json_string_value(v);

    return s && (int64_t)strlen(s) >= f->min && (int64_t)strlen(s) <= f->max && strspn(s, "0123456789abcdef") == strlen(s);
}

static bool list_ok(const json_t *v, const struct qn_field *f)
{
    bool word = f->type == QN_FIELD_WORDS;

    if (!json_is_array(v) || (int64_t)json_array_size(v) > f->max || (int64_t)json_array_size(v) < f->min)
        return false;
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!text_ok(json_array_get(v, i), word ? 1 : 0, word ? 255 : 1023, word))
            return false;
    return true;
}

static bool map_ok(json_t *v, const struct qn_field *f)
{
    const char *key;
    json_t *item;

    if (!json_is_object(v) || (int64_t)json_object_size(v) > f->max)
        return false;
    json_object_foreach(v, key, item)
        if (!*key || strlen(key) > 127 || !word_ok(key) || !text_ok(item, 0, 1023, false))
            return false;
    return true;
}

static int fields_check(json_t *o, const struct qn_field *fields, bool all, const char *verb, struct qn_err *err);

static int rows_check(const json_t *v, const struct qn_field *f, const char *verb, struct qn_err *err)
{
    int r = 0;

    if (!json_is_array(v) || (int64_t)json_array_size(v) > f->max || (int64_t)json_array_size(v) < f->min)
        return qn_fail(err, QN_EINVAL, "%s: field %s has the wrong number of rows", verb, f->name);
    for (size_t i = 0; i < json_array_size(v) && r == 0; i++)
        r = fields_check(json_array_get(v, i), f->rows, true, verb, err);
    return r;
}

static int field_check(json_t *v, const struct qn_field *f, const char *verb, struct qn_err *err)
{
    bool ok = false;

    switch (f->type) {
    case QN_FIELD_TEXT:
    case QN_FIELD_WORD:
        ok = text_ok(v, (size_t)f->min, (size_t)f->max, f->type == QN_FIELD_WORD);
        break;
    case QN_FIELD_HEX:
        ok = hex_ok(v, f);
        break;
    case QN_FIELD_INT:
        ok = json_is_integer(v) && json_integer_value(v) >= f->min && json_integer_value(v) <= f->max;
        break;
    case QN_FIELD_WORDS:
    case QN_FIELD_TEXTS:
        ok = list_ok(v, f);
        break;
    case QN_FIELD_MAP:
        ok = map_ok(v, f);
        break;
    case QN_FIELD_ROWS:
        return rows_check(v, f, verb, err);
    }
    return ok ? 0 : qn_fail(err, QN_EINVAL, "%s: field %s is not what it must be", verb, f->name);
}

static int fields_check(json_t *o, const struct qn_field *fields, bool all, const char *verb, struct qn_err *err)
{
    size_t seen = 0;

    if (!json_is_object(o))
        return qn_fail(err, QN_EINVAL, "%s: fields are not an object", verb);
    for (const struct qn_field *f = fields; f->name; f++) {
        json_t *v = json_object_get(o, f->name);
        int r;

        if (!v) {
            if (f->required && all)
                return qn_fail(err, QN_EINVAL, "%s: field %s is missing", verb, f->name);
            continue;
        }
        seen++;
        if ((r = field_check(v, f, verb, err)) != 0)
            return r;
    }
    if (seen != json_object_size(o))
        return qn_fail(err, QN_EINVAL, "%s: a field that does not belong there", verb);
    return 0;
}

int qn_verb_check(const struct qn_msg *m, struct qn_err *err)
{
    const struct qn_verb *v = qn_verb_find(m->verb);
    unsigned have = 0, must, may;

    if (!v)
        return qn_fail(err, QN_EINVAL, "unknown message %s", m->verb);
    for (size_t i = 0; i < m->secrets; i++)
        have |= 1U << m->secret[i].kind;
    must = m->answer ? 0 : v->ask_secrets;
    may = m->answer ? v->reply_secrets_may : v->ask_secrets | v->ask_secrets_may;
    if ((have & must) != must || (have & ~may))
        return qn_fail(err, QN_EINVAL, "%s: secrets missing, or that do not belong there", v->name);
    if (m->answer ? m->fds > v->reply_fds_may : m->fds != v->ask_fds)
        return qn_fail(err, QN_EINVAL, "%s: wrong number of descriptors", v->name);
    return fields_check(m->f, m->answer ? v->reply : v->ask, !m->answer || m->code == QN_OK, v->name, err);
}
