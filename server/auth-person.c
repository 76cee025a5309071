#include "server/auth-person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/appointment.h"
#include "server/auth-live.h"
#include "server/owner-map.h"
#include "server/policy-zone.h"
#include "server/policy.h"
#include "server/record.h"

enum { REALMS_MAX = 64 };

/* The policy may say that a name is somebody else's login. */
static void owner_alias(char login[256])
{
    const char *known = qn_policy_owner(login);

    if (known)
        snprintf(login, 256, "%s", known);
}

int qn_person_map(const struct qn_core *c, const char *name, char out[256], struct qn_err *err)
{
    const char *realms[REALMS_MAX];
    unsigned n = 0;

    int r;

    for (; n < REALMS_MAX && n < qn_conf_count(c->conf, "owner-realms"); n++)
        realms[n] = qn_conf_item(c->conf, "owner-realms", n);
    r = qn_owner_map(realms, n, name, out, err);
    if (r == 0)
        owner_alias(out);
    return r;
}

/* Those of the groups that a zone names, as JSON; NULL for none. The caller frees. */
static char *zone_groups(const json_t *groups)
{
    json_t *all = json_array(), *mine = json_array();
    char *text = NULL;

    qn_zone_groups(qn_policy(), all);
    for (size_t i = 0; i < json_array_size(groups); i++)
        if (qn_group_listed(all, json_string_value(json_array_get(groups, i))))
            json_array_append(mine, json_array_get(groups, i));
    if (json_array_size(mine) && (text = json_dumps(mine, JSON_COMPACT)) == NULL)
        qn_panic("no memory for a person's groups");
    json_decref(all);
    json_decref(mine);
    return text;
}

/* Remembers through which groups somebody holds more than the role user: a change of the mapping must leave each role to somebody. And
 * which of them open a zone: at a release while the directory is away that is its last word. */
static int person_groups(struct qn_core *c, const struct qn_person *p, const json_t *groups, struct qn_err *err)
{
    bool staff = p->roles[0] && strcmp(p->roles, "user") != 0;
    char *text = staff ? json_dumps(groups, JSON_COMPACT) : NULL, *zones = zone_groups(groups);
    int r = qn_store_person_groups(c->store, p->id, text ? text : "", zones ? zones : "", err);

    free(text);
    free(zones);
    return r;
}

json_t *qn_person_groups(void)
{
    json_t *groups = json_array();
    const char *dn, *role;

    for (unsigned i = 0; qn_policy_group(qn_policy(), i, &dn, &role); i++)
        qn_group_add(groups, dn);
    qn_zone_groups(qn_policy(), groups);
    return groups;
}

int qn_person_in_zone(struct qn_core *c, const struct qn_person *p, const char *zone, bool *in_out, struct qn_err *err)
{
    json_t *groups;
    char *text;
    int r;

    *in_out = !qn_zone_listed(qn_policy(), zone);
    if (*in_out)
        return 0;
    if ((r = qn_store_person_zones(c->store, p->id, &text, err)) != 0)
        return r;
    groups = json_loads(text, 0, NULL); /* "" or unreadable: in none */
    *in_out = qn_zone_open(qn_policy(), zone, groups);
    json_decref(groups);
    free(text);
    return 0;
}

/* Into the store; what is different from before has consequences. */
static int person_seen(struct qn_core *c, struct qn_person *p, const char *req, struct qn_err *err)
{
    struct qn_person before;
    int known = qn_store_person_by_dir(c->store, p->dir_id, &before, err), r;

    if (known != 0 && known != QN_ENOTFOUND)
        return known;
    r = qn_store_person_seen(c->store, p, err);
    return r == 0 && known == 0 ? qn_person_changed(c, &before, p, req, err) : r;
}

int qn_person_learn(struct qn_core *c, const struct qn_msg *answer, struct qn_person *out, struct qn_err *err)
{
    const char *a, *b;
    char roles[128];
    int r = 0;

    memset(out, 0, sizeof *out);
    snprintf(out->dir_id, sizeof out->dir_id, "%s", qn_msg_get(answer, "id"));
    snprintf(out->login, sizeof out->login, "%s", qn_msg_get(answer, "login"));
    snprintf(out->display, sizeof out->display, "%s", qn_msg_get(answer, "display"));
    snprintf(out->status, sizeof out->status, "%s", qn_msg_get(answer, "status"));
    snprintf(out->same, sizeof out->same, "%s", qn_msg_get(answer, "same"));
    qn_role_map(qn_policy(), json_object_get(answer->f, "groups"), roles, sizeof roles);
    if ((r = qn_appointment_roles(c, out->login, roles, sizeof roles, err)) != 0)
        return r;
    qn_role_resolve(roles, out->roles, sizeof out->roles);
    out->checked = c->steady;
    if (qn_role_conflict(roles, &a, &b)) {
        char pair[64];

        snprintf(pair, sizeof pair, "%s+%s", a, b);
        r = qn_record_denial(c, QN_AUDIT_ROLE_CONFLICT, answer->req, out->dir_id, pair, out->dir_id, "", err);
    }
    if (r == 0)
        r = person_seen(c, out, answer->req, err);
    return r == 0 ? person_groups(c, out, json_object_get(answer->f, "groups"), err) : r;
}

const char *qn_person_refusal(const struct qn_person *p)
{
    if (p->locked[0])
        return "contained";
    if (strcmp(p->status, "active") != 0)
        return p->status;
    return p->roles[0] ? NULL : "no-role";
}

bool qn_person_fresh(const struct qn_core *c, const struct qn_person *p, int64_t grace)
{
    return c->steady - p->checked <= grace && p->checked >= qn_policy()->since;
}

static void question(struct qn_msg *out, const char *verb, const char *field, const char *value,
                     const char *req)
{
    qn_msg_request(out, verb, req);
    qn_msg_str(out, field, value);
    qn_msg_json(out, "groups", qn_person_groups());
}

void qn_person_question(struct qn_msg *out, const char *verb, const char *login, const char *req)
{
    question(out, verb, "login", login, req);
}

void qn_person_again(struct qn_msg *out, const struct qn_person *person, const char *req)
{
    question(out, "ldap.find", "id", person->dir_id, req);
}
