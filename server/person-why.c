#include "server/person-why.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/clock.h"
#include "server/appointment.h"
#include "server/auth-person.h"
#include "server/clock-two.h"
#include "server/policy-zone.h"
#include "server/roles-show.h"
#include "server/turn.h"
#include "server/worker.h"

struct why { struct qn_ask ask; };

static void why_failed(struct qn_core *c, void *ctx, int code)
{
    (void)code;
    qn_turn_refuse(c, &((struct why *)ctx)->ask, QN_EAGAIN, "not now");
}

/* Lines of the mapping whose group the directory named. */
static json_t *group_rows(const json_t *groups)
{
    json_t *rows = json_array();
    const char *dn, *role;

    for (unsigned i = 0; qn_policy_group(qn_policy(), i, &dn, &role); i++)
        for (size_t j = 0; j < json_array_size(groups); j++)
            if (strcasecmp(json_string_value(json_array_get(groups, j)), dn) == 0) {
                json_array_append_new(rows, json_pack("{s:s, s:s}", "group", dn, "role", role));
                break;
            }
    return rows;
}

/* The conflicts that the roles of the groups run into; those that the compact profile excepts are said too. */
static json_t *conflict_rows(const char *roles)
{
    json_t *rows = json_array();

    for (const struct qn_conflict *k = qn_conflict_table; k->a; k++) {
        const char *partner = qn_role_partner(k, roles);
        bool excepted = k->compact && qn_policy()->compact && qn_role_has(roles, k->a) && qn_role_has(roles, k->b);

        if (partner || excepted)
            json_array_append_new(rows, json_pack("{s:s, s:s, s:i}", "a", k->a, "b", partner ? partner : k->b,
                                                  "excepted", (int)excepted));
    }
    return rows;
}

struct appointed { struct qn_core *c; const char *login; json_t *rows; };

static int appointed_row(void *ctx, const struct qn_appointment *a)
{
    struct appointed *s = ctx;
    char group[64], until[25];

    if (strcmp(a->login, s->login) != 0 || qn_clock_any_past(s->c, a->until) || json_array_size(s->rows) >= 64)
        return 0;
    snprintf(group, sizeof group, "appointed by root until %s", qn_clock_format(a->until, until));
    json_array_append_new(s->rows, json_pack("{s:s, s:s}", "group", group, "role", a->role));
    return 0;
}

static int accounts_add(void *ctx, const char *login)
{
    json_array_append_new(ctx, json_string(login));
    return 0;
}

static int pin_word(struct qn_core *c, int64_t person, const char **out, struct qn_err *err)
{
    struct qn_pin pin;
    int r = qn_store_pin(c->store, person, &pin, err);

    *out = r == QN_ENOTFOUND ? "none" : pin.locked ? "locked" : pin.until > c->steady ? "waiting" : "set";
    return r == QN_ENOTFOUND ? 0 : r;
}

/* What the store knows. */
static int why_facts(struct qn_core *c, const struct qn_person *p, struct qn_msg *out, struct qn_err *err)
{
    json_t *accounts = json_array();
    struct qn_person_facts f;
    const char *pin = "none";
    int r = qn_store_person_facts(c->store, p->id, &f, err);

    if (r == 0)
        r = pin_word(c, p->id, &pin, err);
    if (r == 0)
        r = qn_store_person_each_same(c->store, p->id, accounts_add, accounts, err);
    qn_msg_json(out, "accounts", accounts);
    if (r != 0)
        return r;
    qn_msg_str(out, "locked", p->locked);
    qn_msg_int(out, "badges", f.badges);
    qn_msg_int(out, "sessions", f.sessions);
    qn_msg_str(out, "pin", pin);
    return 0;
}

/* What the directory said, and what the policy makes of it. */
static int why_roles(struct qn_core *c, const struct qn_person *p, const json_t *groups, struct qn_msg *out,
                     struct qn_err *err)
{
    struct appointed s = { c, p->login, group_rows(groups) };
    char roles[128];
    int r;

    qn_role_map(qn_policy(), groups, roles, sizeof roles);
    r = qn_appointment_roles(c, p->login, roles, sizeof roles, err);
    if (r == 0)
        r = qn_store_appointment_each(c->store, appointed_row, &s, err);
    qn_msg_str(out, "login", p->login);
    qn_msg_str(out, "display", p->display);
    qn_msg_str(out, "id", p->dir_id);
    qn_msg_str(out, "status", p->status);
    qn_msg_json(out, "groups", s.rows);
    qn_msg_json(out, "zones", qn_zone_rows(qn_policy(), groups));
    qn_msg_json(out, "conflicts", conflict_rows(roles));
    qn_msg_json(out, "roles", qn_role_names(p->roles));
    qn_msg_json(out, "permissions", qn_permission_names(strcmp(p->status, "active") == 0
                                                        ? qn_role_permissions(p->roles) : 0));
    return r;
}

static int why_said(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct why *w = ctx;
    struct qn_person p;
    struct qn_msg out;
    int r;

    if (!answer || answer->code != QN_OK) {
        bool unknown = answer && answer->code == QN_ENOTFOUND;

        qn_turn_refuse(c, &w->ask, unknown ? QN_ENOTFOUND : QN_EAWAY,
                       unknown ? "the directory has no such person" : "the directory can't be reached");
        return 0;
    }
    if ((r = qn_person_learn(c, answer, &p, err)) != 0)
        return r;
    qn_ask_answer(&out, &w->ask, QN_OK, "");
    r = why_roles(c, &p, json_object_get(answer->f, "groups"), &out, err);
    if (r == 0)
        r = why_facts(c, &p, &out, err);
    if (r == 0)
        qn_turn_answer(c, &w->ask, &out);
    else
        qn_msg_free(&out);
    return r;
}

int qn_person_why(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                  struct qn_msg *out, struct qn_err *err)
{
    struct why *w;
    char login[256];
    struct qn_msg m;
    int r = qn_person_map(c, qn_msg_get(in, "login"), login, err);

    (void)who;
    (void)out;
    if (r != 0)
        return r;
    w = qn_alloc(sizeof *w);
    qn_turn_remember(&w->ask, p, in);
    qn_person_question(&m, "ldap.find", login, in->req);
    qn_worker_ask(c, QN_FROM_LDAP, &m, why_said, why_failed, w);
    return QN_LATER;
}
