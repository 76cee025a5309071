#include "lib/document.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"

enum { LINE = 96, DEPTH_MAX = 32, PATH_MAX_TEXT = 512, SAID_MAX = 900 };

/* Characters that a screen does not show as what they are. */
static bool hides(unsigned c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe0fff);
}

/* The character at p, whose n bytes are well-formed UTF-8. */
static unsigned character(const unsigned char *p, size_t n)
{
    unsigned c = n == 1 ? p[0] : p[0] & (0xffU >> (n + 1));

    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3fU);
    return c;
}

/* Jansson has escaped what JSON asks for; its texts are well-formed UTF-8. */
static void add_shown(struct qn_buf *b, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    while (*p) {
        size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
        unsigned c = character(p, n);

        if (!hides(c))
            qn_buf_add(b, p, n);
        else if (c < 0x10000)
            qn_buf_printf(b, "\\u%04x", c);
        else
            qn_buf_printf(b, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
        p += n;
    }
}

static int by_name(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    int name = (strcmp(y, "name") == 0) - (strcmp(x, "name") == 0);

    return name ? name : strcmp(x, y);
}

/* Names of an object's members in the order they are written; the caller frees the array. */
static const char **member_names(const json_t *o)
{
    const char **names = qn_alloc((json_object_size(o) + 1) * sizeof *names), *key;
    size_t n = 0;
    json_t *v;

    json_object_foreach((json_t *)(uintptr_t)o, key, v)
        names[n++] = key;
    qsort(names, n, sizeof *names, by_name);
    return names;
}

static void add_scalar(struct qn_buf *b, const json_t *v)
{
    char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);

    add_shown(b, text ? text : "null");
    free(text);
}

static void add_string(struct qn_buf *b, const char *s)
{
    json_t *v = json_string(s);

    add_scalar(b, v);
    json_decref(v);
}

static void add_line(struct qn_buf *b, const json_t *v, int depth)
{
    if (depth > DEPTH_MAX) {
        b->full = true;
    } else if (json_is_object(v)) {
        const char **names = member_names(v);

        qn_buf_puts(b, "{");
        for (size_t i = 0; i < json_object_size(v); i++) {
            qn_buf_puts(b, i ? ", " : "");
            add_string(b, names[i]);
            qn_buf_puts(b, ": ");
            add_line(b, json_object_get(v, names[i]), depth + 1);
        }
        qn_buf_puts(b, "}");
        free(names);
    } else if (json_is_array(v)) {
        qn_buf_puts(b, "[");
        for (size_t i = 0; i < json_array_size(v); i++) {
            qn_buf_puts(b, i ? ", " : "");
            add_line(b, json_array_get(v, i), depth + 1);
        }
        qn_buf_puts(b, "]");
    } else {
        add_scalar(b, v);
    }
}

static void add_value(struct qn_buf *b, const json_t *v, int depth, size_t used);

static void new_line(struct qn_buf *b, int depth)
{
    qn_buf_printf(b, "\n%*s", depth * 2, "");
}

static void add_members(struct qn_buf *b, const json_t *v, int depth)
{
    const char **names = json_is_object(v) ? member_names(v) : NULL;
    size_t n = names ? json_object_size(v) : json_array_size(v);

    qn_buf_puts(b, names ? "{" : "[");
    for (size_t i = 0; i < n; i++) {
        qn_buf_puts(b, i ? "," : "");
        new_line(b, depth + 1);
        if (names) {
            add_string(b, names[i]);
            qn_buf_puts(b, ": ");
            add_value(b, json_object_get(v, names[i]), depth + 1, strlen(names[i]) + 4);
        } else {
            add_value(b, json_array_get(v, i), depth + 1, 0);
        }
    }
    new_line(b, depth);
    qn_buf_puts(b, names ? "}" : "]");
    free(names);
}

/* In one line if that fits (used: what its line holds already), else a member a line. The outermost object is never one line. */
static void add_value(struct qn_buf *b, const json_t *v, int depth, size_t used)
{
    struct qn_buf line = { 0 };

    add_line(&line, v, depth);
    if (line.full)
        b->full = true;
    else if ((depth > 0 && (size_t)depth * 2 + used + line.len <= LINE) || !(json_is_object(v) || json_is_array(v)) || line.len == 2)
        qn_buf_add(b, line.data, line.len);
    else
        add_members(b, v, depth);
    qn_buf_free(&line);
}

char *qn_document_text(const json_t *value)
{
    struct qn_buf b = { 0 };

    if (!value)
        return NULL;
    add_value(&b, value, 0, 0);
    qn_buf_puts(&b, "\n");
    if (b.full)
        qn_buf_free(&b);
    return b.data; /* transferred */
}

/* ---- differences ---- */

/* value, or "none", as the end of a sentence that fits a message's text */
static void add_said(struct qn_buf *b, const json_t *v)
{
    struct qn_buf line = { 0 };

    if (json_is_string(v))
        add_shown(&line, json_string_value(v));
    else if (v)
        add_line(&line, v, 0);
    else
        qn_buf_puts(&line, "none");
    if (line.len > SAID_MAX / 2) {
        size_t n = SAID_MAX / 2;

        while (((unsigned char)line.data[n] >> 6) == 2)
            n--;
        line.data[n] = '\0';
        qn_buf_printf(b, "%s ...", line.data);
    } else {
        qn_buf_puts(b, line.data ? line.data : "");
    }
    qn_buf_free(&line);
}

static void say(json_t *out, const char *path, const json_t *was, const json_t *is)
{
    struct qn_buf b = { 0 };

    add_shown(&b, path);
    qn_buf_puts(&b, !was ? " added: " : !is ? " removed: " : ": ");
    add_said(&b, was ? was : is);
    if (was && is) {
        qn_buf_puts(&b, " -> ");
        add_said(&b, is);
    }
    if (!b.full)
        json_array_append_new(out, json_string(b.data));
    qn_buf_free(&b);
}

static void diff(json_t *out, const char *path, const json_t *a, const json_t *b, int depth);

static void path_add(char out[PATH_MAX_TEXT], const char *path, const char *name)
{
    struct qn_buf b = { .max = PATH_MAX_TEXT - 1 };

    qn_buf_puts(&b, path);
    qn_buf_puts(&b, *path ? "/" : "");
    qn_buf_puts(&b, name);
    out[0] = '\0';
    if (b.data)
        memcpy(out, b.data, b.len + 1);
    qn_buf_free(&b);
}

static void diff_objects(json_t *out, const char *path, const json_t *a, const json_t *b, int depth)
{
    json_t *all = json_object();
    const char **names;

    json_object_update(all, (json_t *)(uintptr_t)a);
    json_object_update(all, (json_t *)(uintptr_t)b);
    names = member_names(all);
    for (size_t i = 0; i < json_object_size(all); i++) {
        char below[PATH_MAX_TEXT];

        path_add(below, path, names[i]);
        diff(out, below, json_object_get(a, names[i]), json_object_get(b, names[i]), depth + 1);
    }
    free(names);
    json_decref(all);
}

/* A list of objects that have names, as an object by name; NULL for any other list. The caller drops it. */
static json_t *named(const json_t *list)
{
    json_t *out = json_object(), *v;
    size_t i;

    json_array_foreach(list, i, v) {
        const char *name = json_string_value(json_object_get(v, "name"));

        if (!name || json_object_get(out, name)) {
            json_decref(out);
            return NULL;
        }
        json_object_set(out, name, v);
    }
    return out;
}

static bool holds(const json_t *list, const json_t *v)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_equal(json_array_get(list, i), v))
            return true;
    return false;
}

static void diff_lists(json_t *out, const char *path, const json_t *a, const json_t *b, int depth)
{
    json_t *x = named(a), *y = named(b);
    size_t before = json_array_size(out);

    if (x && y) {
        diff_objects(out, path, x, y, depth);
    } else {
        for (size_t i = 0; i < json_array_size(a); i++)
            if (!holds(b, json_array_get(a, i)))
                say(out, path, json_array_get(a, i), NULL);
        for (size_t i = 0; i < json_array_size(b); i++)
            if (!holds(a, json_array_get(b, i)))
                say(out, path, NULL, json_array_get(b, i));
    }
    if (json_array_size(out) == before)
        say(out, path, a, b); /* the same members in another order, or more than once */
    json_decref(x);
    json_decref(y);
}

static void diff(json_t *out, const char *path, const json_t *a, const json_t *b, int depth)
{
    if ((a && b && json_equal(a, b)) || depth > DEPTH_MAX)
        return;
    if (json_is_object(a) && json_is_object(b))
        diff_objects(out, path, a, b, depth);
    else if (json_is_array(a) && json_is_array(b))
        diff_lists(out, path, a, b, depth);
    else
        say(out, path, a, b);
}

json_t *qn_document_diff(const json_t *a, const json_t *b)
{
    json_t *out = json_array();

    diff(out, "", a, b, 0);
    return out;
}

const char *qn_document_operation(const json_t *a, const json_t *b, bool *both_out)
{
    static const char *const retention[] = { "classes", "queues", NULL };
    json_t *rest_a = json_copy((json_t *)(uintptr_t)a), *rest_b = json_copy((json_t *)(uintptr_t)b);
    bool differs = false, rest;

    *both_out = false;
    if (!json_is_object(b)) { /* no policy at all: whoever reads it says so */
        json_decref(rest_a);
        json_decref(rest_b);
        return "policy.access";
    }
    for (const char *const *s = retention; *s; s++) {
        json_t *x = json_object_get(a, *s), *y = json_object_get(b, *s);

        differs = differs || (x || y ? !json_equal(x, y) : false);
        json_object_del(rest_a, *s);
        json_object_del(rest_b, *s);
    }
    rest = !json_equal(rest_a, rest_b);
    json_decref(rest_a);
    json_decref(rest_b);
    *both_out = differs && rest;
    return *both_out ? NULL : differs ? "policy.retention" : rest ? "policy.access" : NULL;
}
