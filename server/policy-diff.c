#include "server/policy-diff.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/buf.h"
#include "server/policy.h"

void qn_sentence(json_t *out, const char *fmt, ...)
{
    char text[1400], clean[1000];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    qn_utf8_copy(clean, sizeof clean, text, strlen(text));
    json_array_append_new(out, json_string(clean));
}

bool qn_policy_differs(const struct qn_policy *old, const struct qn_policy *new, const char *members)
{
    const char *key;
    json_t *v;

    json_object_foreach(new->document, key, v)
        if (qn_role_has(members, key) && !json_equal(v, json_object_get(old->document, key)))
            return true;
    json_object_foreach(old->document, key, v)
        if (qn_role_has(members, key) && !json_object_get(new->document, key))
            return true;
    return false;
}

/* A value as people read it: a text bare, a list with commas, anything else as JSON. */
static void show(const json_t *v, char out[400])
{
    struct qn_buf b = { .max = 399 };
    char *text;

    if (json_is_string(v)) {
        snprintf(out, 400, "%s", json_string_value(v));
        return;
    }
    for (size_t i = 0; json_is_array(v) && i < json_array_size(v) && json_is_string(json_array_get(v, i)); i++)
        qn_buf_printf(&b, "%s%s", i ? ", " : "", json_string_value(json_array_get(v, i)));
    if (b.len && !b.full) {
        snprintf(out, 400, "%s", b.data);
    } else {
        text = v ? json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
        snprintf(out, 400, "%s", text ? text : "none");
        free(text);
    }
    qn_buf_free(&b);
}

/* Members of two objects, name by name, after `where`. */
static void diff_members(const char *where, const json_t *old, const json_t *new, json_t *out)
{
    char a[400], b[400];
    const char *key;
    json_t *v;

    json_object_foreach((json_t *)old, key, v)
        if (!json_equal(v, json_object_get(new, key))) {
            show(v, a);
            show(json_object_get(new, key), b);
            qn_sentence(out, "%s%s %s -> %s", where, key, a, b);
        }
    json_object_foreach((json_t *)new, key, v)
        if (!json_object_get(old, key)) {
            show(v, b);
            qn_sentence(out, "%s%s none -> %s", where, key, b);
        }
}

static const struct qn_class *class_of(const struct qn_policy *p, const char *name)
{
    for (const struct qn_class *k = p->classes; k->name; k++)
        if (strcmp(k->name, name) == 0)
            return k;
    return NULL;
}

static const json_t *class_document(const struct qn_policy *p, const struct qn_class *k)
{
    return json_array_get(json_object_get(p->document, "classes"), (size_t)k->level - 1);
}

static void diff_classes(const struct qn_policy *old, const struct qn_policy *new, json_t *out)
{
    char where[64];

    for (const struct qn_class *k = old->classes; k->name; k++)
        if (!class_of(new, k->name))
            qn_sentence(out, "class %s: removed", k->name);
    for (const struct qn_class *k = new->classes; k->name; k++) {
        const struct qn_class *was = class_of(old, k->name);

        if (!was) {
            qn_sentence(out, "class %s: added, as level %d", k->name, k->level);
            continue;
        }
        if (was->level != k->level)
            qn_sentence(out, "class %s: level %d -> %d", k->name, was->level, k->level);
        snprintf(where, sizeof where, "class %s: ", k->name);
        diff_members(where, class_document(old, was), class_document(new, k), out);
    }
}

static bool maps(const struct qn_policy *p, const char *group, const char *role)
{
    const char *dn, *has;

    for (unsigned i = 0; qn_policy_group(p, i, &dn, &has); i++)
        if (strcasecmp(dn, group) == 0 && strcmp(has, role) == 0)
            return true;
    return false;
}

static void diff_roles(const struct qn_policy *old, const struct qn_policy *new, json_t *out)
{
    const char *dn, *role;

    for (unsigned i = 0; qn_policy_group(old, i, &dn, &role); i++)
        if (!maps(new, dn, role))
            qn_sentence(out, "group %.500s: role %s removed", dn, role);
    for (unsigned i = 0; qn_policy_group(new, i, &dn, &role); i++)
        if (!maps(old, dn, role))
            qn_sentence(out, "group %.500s: role %s added", dn, role);
}

/* Rules have no names: by their place. */
static void diff_rules(const json_t *old, const json_t *new, json_t *out)
{
    size_t most = json_array_size(old) > json_array_size(new) ? json_array_size(old) : json_array_size(new);
    char a[400], b[400];

    for (size_t i = 0; i < most; i++) {
        const json_t *was = json_array_get(old, i), *is = json_array_get(new, i);

        if (was && is && json_equal(was, is))
            continue;
        show(was, a);
        show(is, b);
        qn_sentence(out, "badge rule %zu: %s -> %s", i + 1, a, b);
    }
}

void qn_policy_diff(const struct qn_policy *old, const struct qn_policy *new, json_t *out)
{
    const json_t *a = old->document, *b = new->document;

    if (old->compact != new->compact)
        qn_sentence(out, "profile %s -> %s", old->compact ? "compact" : "standard", new->compact ? "compact"
                    : "standard");
    diff_roles(old, new, out);
    diff_classes(old, new, out);
    diff_members("zone ", json_object_get(a, "zones"), json_object_get(b, "zones"), out);
    diff_members("queue ", json_object_get(a, "queues"), json_object_get(b, "queues"), out);
    diff_members("authentication: ", json_object_get(a, "authentication"), json_object_get(b, "authentication"), out);
    diff_members("owner name ", json_object_get(a, "owners"), json_object_get(b, "owners"), out);
    diff_rules(json_object_get(a, "badges"), json_object_get(b, "badges"), out);
}
