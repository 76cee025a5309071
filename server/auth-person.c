#include "server/auth-person.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/owner-map.h"
#include "server/policy.h"
#include "server/record.h"

enum { GROUPS_MAX = 64 /* of one question */, REALMS_MAX = 64 };

int qn_person_map(const struct qn_core *c, const char *name, char out[256], struct qn_err *err)
{
    const char *realms[REALMS_MAX];
    unsigned n = 0;

    for (; n < REALMS_MAX && n < qn_conf_count(c->conf, "owner-realms"); n++)
        realms[n] = qn_conf_item(c->conf, "owner-realms", n);
    return qn_owner_map(realms, n, name, out, err);
}

/* Role names of the groups that the answer lists, space-separated. */
static void roles_of(const struct qn_core *c, const json_t *groups, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (unsigned i = 0; i < qn_conf_sections(c->conf, "role-group"); i++) {
        const char *dn = qn_conf_section_title(c->conf, "role-group", i);
        const char *role = qn_conf_section_text(c->conf, "role-group", i, "role");

        for (size_t j = 0; j < json_array_size(groups); j++) {
            if (strcasecmp(json_string_value(json_array_get(groups, j)), dn) != 0 || qn_role_has(out, role) ||
                strlen(role) + 2 > size - used)
                continue;
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "", role);
        }
    }
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
    roles_of(c, json_object_get(answer->f, "groups"), roles, sizeof roles);
    qn_role_resolve(roles, out->roles, sizeof out->roles);
    out->checked = c->steady;
    if (qn_role_conflict(roles, &a, &b)) {
        char pair[64];

        snprintf(pair, sizeof pair, "%s+%s", a, b);
        r = qn_record_denial(c, QN_AUDIT_ROLE_CONFLICT, answer->req, out->dir_id, pair, out->dir_id, "", err);
    }
    return r == 0 ? qn_store_person_seen(c->store, out, err) : r;
}

const char *qn_person_refusal(const struct qn_person *p)
{
    if (strcmp(p->status, "active") != 0)
        return p->status;
    return p->roles[0] ? NULL : "no-role";
}

static void question(const struct qn_core *c, struct qn_msg *out, const char *verb, const char *field, const char *value,
                     const char *req)
{
    json_t *groups = json_array();

    for (unsigned i = 0; i < qn_conf_sections(c->conf, "role-group") && i < GROUPS_MAX; i++)
        json_array_append_new(groups, json_string(qn_conf_section_title(c->conf, "role-group", i)));
    qn_msg_request(out, verb, req);
    qn_msg_str(out, field, value);
    qn_msg_json(out, "groups", groups);
}

void qn_person_question(const struct qn_core *c, struct qn_msg *out, const char *verb, const char *login, const char *req)
{
    question(c, out, verb, "login", login, req);
}

void qn_person_again(const struct qn_core *c, struct qn_msg *out, const struct qn_person *person, const char *req)
{
    question(c, out, "ldap.find", "id", person->dir_id, req);
}
