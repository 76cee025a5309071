#include "ldap/group.h"

#include <ldap.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/log.h"

enum { AVAS_MAX = 16, DN_MAX = 8192 };

struct qn_group_map {
    unsigned count;
    struct {
        const char *dn; /* as given */
        char *normal;
    } group[];
};

/* RFC 4514 section 3: the short names every implementation knows, with what else they are called. */
static const char *const type_names[][3] = {
    { "cn", "commonname", "2.5.4.3" },
    { "l", "localityname", "2.5.4.7" },
    { "st", "stateorprovincename", "2.5.4.8" },
    { "o", "organizationname", "2.5.4.10" },
    { "ou", "organizationalunitname", "2.5.4.11" },
    { "c", "countryname", "2.5.4.6" },
    { "street", "streetaddress", "2.5.4.9" },
    { "dc", "domaincomponent", "0.9.2342.19200300.100.1.25" },
    { "uid", "userid", "0.9.2342.19200300.100.1.1" },
};

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static void add_type(struct qn_buf *out, const struct berval *type)
{
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
        for (size_t j = 0; j < 3; j++)
            if (strlen(type_names[i][j]) == type->bv_len && strncasecmp(type_names[i][j], type->bv_val, type->bv_len) == 0) {
                qn_buf_puts(out, type_names[i][0]);
                return;
            }
    for (size_t i = 0; i < type->bv_len; i++) {
        char c = lower(type->bv_val[i]);

        qn_buf_add(out, &c, 1);
    }
}

/* Lower case, spaces at the ends dropped and runs of them made one; a length in front, so that no value looks like two. */
static void add_value(struct qn_buf *out, const struct berval *value)
{
    struct qn_buf v = { .max = DN_MAX };

    for (size_t i = 0; i < value->bv_len; i++) {
        char c = lower(value->bv_val[i]);

        if (c != ' ')
            qn_buf_add(&v, &c, 1);
        else if (v.len && i + 1 < value->bv_len && value->bv_val[i + 1] != ' ')
            qn_buf_add(&v, " ", 1);
    }
    qn_buf_printf(out, "=%zu:", v.len);
    qn_buf_add(out, v.data ? v.data : "", v.len);
    if (v.full)
        out->full = true;
    qn_buf_free(&v);
}

static int by_text(const void *a, const void *b)
{
    const struct qn_buf *x = a, *y = b;

    return strcmp(x->data ? x->data : "", y->data ? y->data : "");
}

static bool add_rdn(struct qn_buf *out, LDAPRDN rdn)
{
    struct qn_buf part[AVAS_MAX] = { { 0 } };
    size_t n = 0;

    for (; n < AVAS_MAX && rdn[n]; n++) {
        part[n].max = DN_MAX;
        add_type(&part[n], &rdn[n]->la_attr);
        add_value(&part[n], &rdn[n]->la_value);
    }
    qsort(part, n, sizeof *part, by_text);
    for (size_t i = 0; i < n; i++) {
        qn_buf_puts(out, i ? "+" : "");
        qn_buf_add(out, part[i].data, part[i].len);
        out->full = out->full || part[i].full;
        qn_buf_free(&part[i]);
    }
    qn_buf_puts(out, ",");
    return !rdn[n];
}

int qn_group_normal(struct qn_buf *out, const char *dn, struct qn_err *err)
{
    LDAPDN parsed = NULL;
    bool ok = strlen(dn) <= DN_MAX && ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS && parsed;

    for (size_t i = 0; ok && parsed[i]; i++)
        ok = add_rdn(out, parsed[i]);
    if (parsed)
        ldap_dnfree(parsed);
    return ok && out->len && !out->full ? 0 : qn_fail(err, QN_EINVAL, "\"%.200s\" is not a distinguished name", dn);
}

struct qn_group_map *qn_group_map_new(const char *const *dn, unsigned n)
{
    struct qn_group_map *map = qn_alloc(sizeof *map + n * sizeof *map->group);

    for (unsigned i = 0; i < n; i++) {
        struct qn_buf b = { .max = 2 * DN_MAX };
        struct qn_err err;

        if (qn_group_normal(&b, dn[i], &err) != 0) {
            qn_log_err(QN_LOG_WARNING, "a group that holds a role", &err);
            qn_buf_free(&b);
            continue;
        }
        map->group[map->count].dn = dn[i];
        map->group[map->count++].normal = b.data; /* transferred */
    }
    return map;
}

void qn_group_map_free(struct qn_group_map **map)
{
    struct qn_group_map *m = *map;

    *map = NULL;
    for (unsigned i = 0; m && i < m->count; i++)
        free(m->group[i].normal);
    free(m);
}

const char *qn_group_name(const struct qn_group_map *map, unsigned i)
{
    return i < map->count ? map->group[i].dn : NULL;
}

bool qn_group_is(const struct qn_group_map *map, unsigned i, const char *normal)
{
    return i < map->count && strcmp(map->group[i].normal, normal) == 0;
}
