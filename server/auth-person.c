#include "server/auth-person.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/auth-live.h"
#include "server/owner-map.h"
#include "server/policy.h"
#include "server/record.h"

enum { REALMS_MAX = 64 };

int qn_person_map(const struct qn_core *c, const char *name, char out[256], struct qn_err *err)
{
    const char *realms[REALMS_MAX];
    unsigned n = 0;

    for (; n < REALMS_MAX && n < qn_conf_count(c->conf, "owner-realms"); n++)
        realms[n] = qn_conf_item(c->conf, "owner-realms", n);
    return qn_owner_map(realms, n, name, out, err);
}

/* Role names that the policy gives to the groups of the answer, space-separated. */
static void roles_of(const json_t *groups, char *out, size_t size)
{
    const char *dn, *role;
    size_t used = 0;

    out[0] = '\0';
    for (unsigned i = 0; qn_policy_group(qn_policy(), i, &dn, &role); i++)
        for (size_t j = 0; j < json_array_size(groups); j++) {
            if (strcasecmp(json_string_value(json_array_get(groups, j)), dn) != 0 || qn_role_has(out, role) ||
                strlen(role) + 2 > size - used)
                continue;
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "", role);
        }
}

json_t *qn_person_groups(void)
{
    json_t *groups = json_array();
    const char *dn, *role;

    for (unsigned i = 0; qn_policy_group(qn_policy(), i, &dn, &role); i++)
        json_array_append_new(groups, json_string(dn));
    return groups;
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
    roles_of(json_object_get(answer->f, "groups"), roles, sizeof roles);
    qn_role_resolve(roles, out->roles, sizeof out->roles);
    out->checked = c->steady;
    if (qn_role_conflict(roles, &a, &b)) {
        char pair[64];

        snprintf(pair, sizeof pair, "%s+%s", a, b);
        r = qn_record_denial(c, QN_AUDIT_ROLE_CONFLICT, answer->req, out->dir_id, pair, out->dir_id, "", err);
    }
    return r == 0 ? person_seen(c, out, answer->req, err) : r;
}

const char *qn_person_refusal(const struct qn_person *p)
{
    if (p->locked[0])
        return "contained";
    if (strcmp(p->status, "active") != 0)
        return p->status;
    return p->roles[0] ? NULL : "no-role";
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
