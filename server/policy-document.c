#include "server/policy-document.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "server/badge-rules.h"
#include "server/policy-read.h"
#include "server/policy.h"

/* What is in force before anybody has said anything: the shipped classes, and nobody holds a role. */
static const char shipped[] =
    "{\"authentication\":{},\"badges\":[],\"classes\":["
    "{\"name\":\"public\",\"hold\":\"72h\",\"keep\":\"1h\",\"window\":\"6h\",\"grace\":\"8h\","
    "\"methods\":[\"badge\",\"badge-pin\",\"password\"],\"unverified-owner\":true,\"plain-link\":true,\"delegation\":true},"
    "{\"name\":\"internal\",\"hold\":\"24h\",\"keep\":\"1h\",\"window\":\"1h\",\"grace\":\"8h\","
    "\"methods\":[\"badge-pin\",\"password\"],\"unverified-owner\":true,\"plain-link\":true,\"delegation\":true},"
    "{\"name\":\"confidential\",\"hold\":\"8h\",\"keep\":\"0\",\"window\":\"15m\",\"grace\":\"15m\","
    "\"methods\":[\"badge-pin\",\"password\"],\"unverified-owner\":true,\"plain-link\":false,\"delegation\":true},"
    "{\"name\":\"restricted\",\"hold\":\"2h\",\"keep\":\"0\",\"window\":\"15m\",\"grace\":\"0\","
    "\"methods\":[\"password\"],\"unverified-owner\":false,\"plain-link\":false,\"delegation\":false}],"
    "\"owners\":{},\"profile\":\"standard\",\"queues\":{\"*\":\"internal\"},\"roles\":[]}";

static struct qn_policy *in_force;

static const struct { const char *name; unsigned method; } methods[] = {
    { "badge", QN_METHOD_BADGE }, { "badge-pin", QN_METHOD_BADGE_PIN }, { "password", QN_METHOD_PASSWORD },
};

const char *qn_method_name(unsigned method)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i].method == method)
            return methods[i].name;
    return "none";
}

unsigned qn_method_parse(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].method;
    return 0;
}

static int read_roles(const struct qn_policy *p, struct qn_err *err)
{
    json_t *list = json_object_get(p->document, "roles"), *o;
    size_t i;
    int r;

    if (!json_is_array(list) || json_array_size(list) > 64)
        return qn_fail(err, QN_EINVAL, "\"roles\" lists at most 64 groups");
    json_array_foreach(list, i, o) {
        const char *role = json_string_value(json_object_get(o, "role"));

        if ((r = qn_policy_members(o, "group role", "", "a member of \"roles\"", err)) != 0)
            return r;
        if (!qn_policy_text_of(json_object_get(o, "group"), 1023))
            return qn_fail(err, QN_EINVAL, "a \"group\" of \"roles\" is no name of a directory group");
        if (!role || !qn_role_known(role))
            return qn_fail(err, QN_EINVAL, "there is no role \"%s\"", role ? role : "");
    }
    return 0;
}

static int read_queues(const struct qn_policy *p, struct qn_err *err)
{
    json_t *queues = json_object_get(p->document, "queues"), *v;
    const char *key;

    if (!json_is_object(queues))
        return qn_fail(err, QN_EINVAL, "\"queues\" is an object");
    json_object_foreach(queues, key, v) {
        const struct qn_class *k = p->classes;

        while (k->name && strcmp(k->name, json_is_string(v) ? json_string_value(v) : "") != 0)
            k++;
        if (!k->name || !key[0] || strlen(key) > 127)
            return qn_fail(err, QN_EINVAL, "\"queues\": queue \"%.128s\" has no class of this policy", key);
    }
    return 0;
}

/* A name leads to a login in one step: a login that is itself a name of the list would be another person's by accident. */
static int read_owners(const struct qn_policy *p, struct qn_err *err)
{
    json_t *owners = json_object_get(p->document, "owners"), *v;
    const char *key;

    if (!json_is_object(owners))
        return qn_fail(err, QN_EINVAL, "\"owners\" is an object");
    json_object_foreach(owners, key, v) {
        if (!key[0] || strlen(key) > 255 || !qn_policy_text_of(v, 255))
            return qn_fail(err, QN_EINVAL, "\"owners\": \"%.128s\" has no login name", key);
        if (json_object_get(owners, json_string_value(v)))
            return qn_fail(err, QN_EINVAL, "\"owners\": \"%.128s\" is the login of one name and a name itself",
                           json_string_value(v));
    }
    return 0;
}

static const struct { const char *name; size_t at; int64_t min, max, without; } auth_members[] = {
#define X(c, name, min, max, without, help) { name, offsetof(struct qn_authentication, c), min, max, without },
    QN_AUTH_TABLE(X)
#undef X
};

/* Counts are numbers, waits are periods; what is not there has its value from the table. */
static int read_auth(struct qn_policy *p, struct qn_err *err)
{
    json_t *o = json_object_get(p->document, "authentication"), *v;
    size_t n = sizeof auth_members / sizeof *auth_members, seen = 0;

    if (!json_is_object(o))
        return qn_fail(err, QN_EINVAL, "\"authentication\" is an object");
    for (size_t i = 0; i < n; i++) {
        int64_t *to = (int64_t *)(void *)((char *)&p->authentication + auth_members[i].at);
        bool period = strstr(auth_members[i].name, "-wait") != NULL;

        *to = auth_members[i].without;
        v = json_object_get(o, auth_members[i].name);
        seen += v != NULL;
        if (v && (period ? !qn_policy_period(v, to) : !json_is_integer(v)))
            return qn_fail(err, QN_EINVAL, "\"authentication\": \"%s\" is a %s", auth_members[i].name,
                           period ? "period such as 30s or 15m" : "number");
        if (v && !period)
            *to = json_integer_value(v);
        if (*to < auth_members[i].min || *to > auth_members[i].max)
            return qn_fail(err, QN_EINVAL, "\"authentication\": \"%s\" is between %lld%s and %lld%s",
                           auth_members[i].name,
                           (long long)auth_members[i].min / (period ? 1000 : 1), period ? "s" : "",
                           (long long)auth_members[i].max / (period ? 1000 : 1), period ? "s" : "");
    }
    if (seen != json_object_size(o))
        return qn_fail(err, QN_EINVAL, "\"authentication\" has a member that does not belong there");
    if (p->authentication.pin_lock < p->authentication.pin_tries)
        return qn_fail(err, QN_EINVAL, "\"authentication\": \"pin-lock\" is not less than \"pin-tries\"");
    return 0;
}

static int read_all(struct qn_policy *p, struct qn_err *err)
{
    const char *profile;
    int r = qn_policy_members(p->document, "authentication badges classes owners profile queues roles", "zones", "the policy", err);

    if (r != 0)
        return r;
    profile = json_string_value(json_object_get(p->document, "profile"));
    if (!profile || (strcmp(profile, "standard") != 0 && strcmp(profile, "compact") != 0))
        return qn_fail(err, QN_EINVAL, "\"profile\" is standard or compact");
    p->compact = strcmp(profile, "compact") == 0;
    if ((r = qn_policy_classes(p, err)) != 0 || (r = read_roles(p, err)) != 0 || (r = read_auth(p, err)) != 0 ||
        (r = qn_badge_rules_check(json_object_get(p->document, "badges"), err)) != 0 || (r = read_queues(p, err)) != 0)
        return r;
    r = read_owners(p, err);
    return r == 0 ? qn_policy_zones(p, err) : r;
}

int qn_policy_read(struct qn_policy **out, const char *text, int64_t version, struct qn_err *err)
{
    struct qn_policy *p = qn_alloc(sizeof *p);
    json_error_t bad;
    int r;

    *out = NULL;
    p->version = version;
    p->document = json_loads(text, JSON_REJECT_DUPLICATES, &bad);
    if (!p->document)
        r = qn_fail(err, QN_EINVAL, "the policy is not JSON: line %d: %s", bad.line, bad.text);
    else
        r = read_all(p, err);
    if (r != 0)
        qn_policy_free(&p);
    *out = p;
    return r;
}

void qn_policy_free(struct qn_policy **p)
{
    if (*p)
        json_decref((*p)->document);
    free(*p);
    *p = NULL;
}

struct qn_policy *qn_policy_swap(struct qn_policy *p)
{
    struct qn_policy *old = in_force;

    in_force = p;
    return old;
}

void qn_policy_use(struct qn_policy *p)
{
    struct qn_policy *old = qn_policy_swap(p);

    qn_policy_free(&old);
}

const struct qn_policy *qn_policy(void)
{
    struct qn_err err;

    if (!in_force && qn_policy_read(&in_force, shipped, 0, &err) != 0)
        qn_panic("the shipped policy: %s", err.text);
    return in_force;
}

char *qn_policy_text(const struct qn_policy *p)
{
    char *text = json_dumps(p->document, JSON_COMPACT | JSON_SORT_KEYS);

    if (!text)
        qn_panic("no memory for the policy's text");
    return text;
}

const struct qn_class *qn_class_level(int level)
{
    for (const struct qn_class *k = qn_policy()->classes; k->name; k++)
        if (k->level == level)
            return k;
    return NULL;
}

const struct qn_class *qn_class_named(const char *name)
{
    for (const struct qn_class *k = qn_policy()->classes; k->name; k++)
        if (strcmp(k->name, name) == 0)
            return k;
    return NULL;
}

const char *qn_class_name(int level)
{
    const struct qn_class *k = qn_class_level(level);

    return k ? k->name : "former";
}

int64_t qn_policy_grace(void)
{
    int64_t most = 0;

    for (const struct qn_class *k = qn_policy()->classes; k->name; k++)
        if (k->grace > most)
            most = k->grace;
    return most;
}

const char *qn_policy_owner(const char *name)
{
    return json_string_value(json_object_get(json_object_get(qn_policy()->document, "owners"), name));
}

bool qn_policy_group(const struct qn_policy *p, unsigned i, const char **dn, const char **role)
{
    const json_t *o = json_array_get(json_object_get(p->document, "roles"), i);

    *dn = json_string_value(json_object_get(o, "group"));
    *role = json_string_value(json_object_get(o, "role"));
    return o != NULL;
}

const struct qn_class *qn_policy_queue(const struct qn_policy *p, const char *queue)
{
    const json_t *queues = json_object_get(p->document, "queues"), *v = json_object_get(queues, queue);
    const struct qn_class *k = p->classes;

    if (!v)
        v = json_object_get(queues, "*");
    while (k[1].name && (!v || strcmp(k->name, json_string_value(v)) != 0))
        k++;
    return k;
}
