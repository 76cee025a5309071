#include "server/auth-person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/buf.h"
#include "server/appointment.h"
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

/* The policy may say that a name is somebody else's login. */
static void owner_alias(char login[256])
{
    const char *known = qn_policy_owner(login);

    if (known)
        snprintf(login, 256, "%s", known);
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
    owner_alias(out);
    return 0;
}

/* Remembers through which groups somebody holds more than the role user: a change of the mapping must leave each role to somebody. */
static int person_groups(struct qn_core *c, const struct qn_person *p, const json_t *groups, struct qn_err *err)
{
    bool staff = p->roles[0] && strcmp(p->roles, "user") != 0;
    char *text = staff ? json_dumps(groups, JSON_COMPACT) : NULL;
    int r = qn_store_person_groups(c->store, p->id, text ? text : "", err);

    free(text);
    return r;
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
        r = qn_store_person_seen(c->store, out, err);
    return r == 0 ? person_groups(c, out, json_object_get(answer->f, "groups"), err) : r;
}

const char *qn_person_refusal(const struct qn_person *p)
{
    if (strcmp(p->status, "active") != 0)
        return p->status;
    return p->roles[0] ? NULL : "no-role";
}

bool qn_person_fresh(const struct qn_core *c, const struct qn_person *p, int64_t grace)
{
    return c->steady - p->checked <= grace && p->checked >= qn_policy()->since;
}

void qn_person_question(struct qn_msg *out, const char *verb, const char *login, const char *req)
{
    qn_msg_request(out, verb, req);
    qn_msg_str(out, "login", login);
}
