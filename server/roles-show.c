#include "server/roles-show.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "server/clock-two.h"

json_t *qn_permission_names(unsigned permissions)
{
    json_t *names = json_array();

    for (const struct qn_permission_line *l = qn_permission_table; l->name; l++)
        if (permissions & l->permission)
            json_array_append_new(names, json_string(l->name));
    return names;
}

json_t *qn_role_names(const char *roles)
{
    json_t *names = json_array();

    for (const struct qn_role *r = qn_role_table; r->name; r++)
        if (qn_role_has(roles, r->name))
            json_array_append_new(names, json_string(r->name));
    return names;
}

/* Several permissions of which one is enough: "terminals+contain". */
static json_t *one_of(unsigned permissions)
{
    struct qn_buf b = { .max = 256 };
    json_t *out;

    for (const struct qn_permission_line *l = qn_permission_table; l->name; l++)
        if (permissions & l->permission)
            qn_buf_printf(&b, "%s%s", b.len ? "+" : "", l->name);
    out = json_string(b.len ? b.data : "");
    qn_buf_free(&b);
    return out;
}

static json_t *socket_names(unsigned from)
{
    static const struct { enum qn_from from; const char *name; } sockets[] = {
        { QN_FROM_INTAKE, "intake" }, { QN_FROM_KIOSK, "kiosk" }, { QN_FROM_PORTAL, "portal" },
        { QN_FROM_CONSOLE, "console" }, { QN_FROM_LDAP, "ldap" }, { QN_FROM_PIN, "pin" },
        { QN_FROM_DELIVER, "deliver" }, { QN_FROM_CTL, "root" }, { QN_FROM_SHELL, "shell" },
    };
    json_t *names = json_array();

    for (size_t i = 0; i < sizeof sockets / sizeof *sockets; i++)
        if (from & sockets[i].from)
            json_array_append_new(names, json_string(sockets[i].name));
    return names;
}

static json_t *role_rows(void)
{
    json_t *rows = json_array();

    for (const struct qn_role *r = qn_role_table; r->name; r++)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:o}", "role", r->name, "help", r->help, "permissions",
                                              qn_permission_names(r->permissions)));
    return rows;
}

static json_t *permission_rows(void)
{
    json_t *rows = json_array();

    for (const struct qn_permission_line *l = qn_permission_table; l->name; l++)
        json_array_append_new(rows, json_pack("{s:s, s:s}", "permission", l->name, "help", l->help));
    return rows;
}

static json_t *conflict_rows(void)
{
    json_t *rows = json_array();

    for (const struct qn_conflict *k = qn_conflict_table; k->a; k++)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:i}", "a", k->a, "b", k->b, "excepted",
                                              (int)(k->compact && qn_policy()->compact)));
    return rows;
}

static json_t *operation_rows(void)
{
    json_t *rows = json_array();

    for (const struct qn_operation *o = qn_operation_table; o->name; o++)
        json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:I, s:s}", "operation", o->name, "permission",
                                              one_of(o->propose),
                                              "approvers", qn_role_names(o->approvers), "hours", (json_int_t)(o->ttl / 3600000), "help",
                                              o->help));
    return rows;
}

static json_t *verb_rows(void)
{
    json_t *rows = json_array();

    for (const struct qn_dispatch *d = qn_dispatch_table; d->verb; d++)
        json_array_append_new(rows, json_pack("{s:s, s:o, s:i, s:o, s:i, s:i}", "verb", d->verb, "from",
                                              socket_names(d->from), "logged_in",
                                              (int)((d->needs & QN_NEEDS_SESSION) != 0), "permission", one_of(d->permission), "live",
                                              (int)((d->needs & QN_NEEDS_LIVE) != 0), "proof", (int)((d->needs & QN_NEEDS_PROOF) != 0)));
    return rows;
}

struct mapping { struct qn_core *c; json_t *rows; };

/* Appointments stand where groups do: they give a role too, loudly. */
static int mapping_appointed(void *ctx, const struct qn_appointment *a)
{
    struct mapping *m = ctx;
    char group[400], until[25];

    if (qn_clock_any_past(m->c, a->until) || json_array_size(m->rows) >= 64)
        return 0;
    snprintf(group, sizeof group, "%s, appointed by root until %s", a->login, qn_clock_format(a->until, until));
    json_array_append_new(m->rows, json_pack("{s:s, s:s}", "group", group, "role", a->role));
    return 0;
}

int qn_roles_show(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                  struct qn_msg *out, struct qn_err *err)
{
    struct mapping m = { c, json_array() };
    const char *dn, *role;

    (void)p;
    (void)who;
    (void)in;
    for (unsigned i = 0; qn_policy_group(qn_policy(), i, &dn, &role); i++)
        json_array_append_new(m.rows, json_pack("{s:s, s:s}", "group", dn, "role", role));
    qn_msg_int(out, "version", qn_policy()->version);
    qn_msg_str(out, "profile", qn_policy()->compact ? "compact" : "standard");
    qn_msg_json(out, "roles", role_rows());
    qn_msg_json(out, "permissions", permission_rows());
    qn_msg_json(out, "conflicts", conflict_rows());
    qn_msg_json(out, "operations", operation_rows());
    qn_msg_json(out, "verbs", verb_rows());
    qn_msg_json(out, "mapping", m.rows);
    return qn_store_appointment_each(c->store, mapping_appointed, &m, err);
}
