#include "server/auth-person.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/buf.h"
#include "server/policy.h"
#include "server/record.h"

static bool realm_known(const struct qn_core *c, const char *realm, size_t n)
{
    for (unsigned i = 0; i < qn_conf_count(c->conf, "owner-realms"); i++) {
        const char *known = qn_conf_item(c->conf, "owner-realms", i);

        if (strlen(known) == n && strncasecmp(known, realm, n) == 0)
            return true;
    }
    return false;
}

int qn_person_map(const struct qn_core *c, const char *name, char out[256], struct qn_err *err)
{
    const char *slash = strchr(name, '\\'), *login = slash ? slash + 1 : name, *at = strchr(login, '@');
    size_t n = at ? (size_t)(at - login) : strlen(login);

    out[0] = '\0';
    if ((slash && !realm_known(c, name, (size_t)(slash - name))) || (at && !realm_known(c, at + 1, strlen(at + 1))))
        return qn_fail(err, QN_EDENIED, "the realm of this name is not one of ours");
    if (n == 0 || n > 255 || !qn_utf8_clean(login, n) || login[0] == ' ' || login[n - 1] == ' ' || memchr(login, '\\', n))
        return qn_fail(err, QN_EDENIED, "this is no login name");
    memcpy(out, login, n);
    out[n] = '\0';
    return 0;
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
    roles_of(json_object_get(answer->f, "groups"), roles, sizeof roles);
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

void qn_person_question(struct qn_msg *out, const char *verb, const char *login, const char *req)
{
    qn_msg_request(out, verb, req);
    qn_msg_str(out, "login", login);
}
