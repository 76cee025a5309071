#include "server/policy-document.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "server/badge-rules.h"
#include "server/policy.h"

#define MINUTE ((int64_t)60 * 1000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

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

/* "72h", "15m", "30s", "2d" or "0", in ms. */
static bool read_period(const json_t *v, int64_t *out)
{
    static const struct { const char *unit; int64_t ms; } units[] = {
        { "s", 1000 }, { "m", MINUTE }, { "h", HOUR }, { "d", DAY },
    };
    const char *text = json_string_value(v);
    char *end;
    long n;

    *out = 0;
    if (!text || text[0] < '0' || text[0] > '9' || strlen(text) > 8)
        return false;
    n = strtol(text, &end, 10);
    if (n == 0 && *end == '\0')
        return true;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].unit) == 0) {
            *out = n * units[i].ms;
            return true;
        }
    return false;
}

/* An object has exactly these members (separated by spaces); each is looked at by whoever reads it. */
static int members(const json_t *o, const char *names, const char *where, struct qn_err *err)
{
    const char *key;
    json_t *v;
    size_t want = 1;

    if (!json_is_object(o))
        return qn_fail(err, QN_EINVAL, "%s is not an object", where);
    for (const char *p = names; (p = strchr(p, ' ')) != NULL; p++)
        want++;
    json_object_foreach((json_t *)o, key, v)
        if (!qn_role_has(names, key))
            return qn_fail(err, QN_EINVAL, "%s has a member \"%s\" that does not belong there", where, key);
    if (json_object_size(o) != want)
        return qn_fail(err, QN_EINVAL, "%s must have exactly these members: %s", where, names);
    return 0;
}

static int class_bounds(const struct qn_class *k, const char *where, struct qn_err *err)
{
    if (k->hold < 15 * MINUTE || k->hold > 90 * DAY)
        return qn_fail(err, QN_EINVAL, "%s: \"hold\" is between 15m and 90d", where);
    if (k->keep > 7 * DAY || k->grace > 7 * DAY)
        return qn_fail(err, QN_EINVAL, "%s: \"keep\" and \"grace\" are at most 7d", where);
    if (k->window < 15 * MINUTE || k->window > 24 * HOUR || (24 * HOUR) % k->window != 0 || k->window > k->hold)
        return qn_fail(err, QN_EINVAL, "%s: \"window\" is at least 15m, divides a day and is not longer than \"hold\"", where);
    if (!k->methods)
        return qn_fail(err, QN_EINVAL, "%s: \"methods\" lists badge, badge-pin or password", where);
    return 0;
}

static int read_class(struct qn_class *k, const json_t *o, const char *where, struct qn_err *err)
{
    const struct { const char *name; int64_t *out; } periods[] = {
        { "hold", &k->hold }, { "keep", &k->keep }, { "window", &k->window }, { "grace", &k->grace },
    };
    const struct { const char *name; bool *out; } flags[] = {
        { "unverified-owner", &k->unverified }, { "plain-link", &k->plain_link }, { "delegation", &k->delegation },
    };
    json_t *list, *v;
    size_t i;
    int r = members(o, "name hold keep window grace methods unverified-owner plain-link delegation", where, err);

    if (r != 0)
        return r;
    k->name = json_string_value(json_object_get(o, "name"));
    if (!k->name || !k->name[0] || strlen(k->name) > QN_CLASS_NAME || strspn(k->name,
            "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(k->name))
        return qn_fail(err, QN_EINVAL, "%s: \"name\" is 1 to %d small letters, digits and -", where, QN_CLASS_NAME);
    for (i = 0; i < sizeof periods / sizeof *periods; i++)
        if (!read_period(json_object_get(o, periods[i].name), periods[i].out))
            return qn_fail(err, QN_EINVAL, "%s: \"%s\" is a period such as 15m, 8h or 2d", where, periods[i].name);
    for (i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (!json_is_boolean(v = json_object_get(o, flags[i].name)))
            return qn_fail(err, QN_EINVAL, "%s: \"%s\" is true or false", where, flags[i].name);
        *flags[i].out = json_is_true(v);
    }
    list = json_object_get(o, "methods");
    json_array_foreach(list, i, v) {
        unsigned m = json_is_string(v) ? qn_method_parse(json_string_value(v)) : 0;

        if (!m)
            return qn_fail(err, QN_EINVAL, "%s: \"methods\" lists badge, badge-pin or password", where);
        k->methods |= m;
    }
    return class_bounds(k, where, err);
}

static int read_classes(struct qn_policy *p, struct qn_err *err)
{
    json_t *list = json_object_get(p->document, "classes"), *o;
    char where[32];
    size_t i;
    int r;

    if (!json_is_array(list) || json_array_size(list) < 1 || json_array_size(list) > QN_CLASSES_MAX)
        return qn_fail(err, QN_EINVAL, "\"classes\" lists 1 to %d classes, lowest first", QN_CLASSES_MAX);
    json_array_foreach(list, i, o) {
        struct qn_class *k = &p->classes[i];

        snprintf(where, sizeof where, "class %zu", i + 1);
        if ((r = read_class(k, o, where, err)) != 0)
            return r;
        k->level = (int)i + 1;
        for (size_t j = 0; j < i; j++)
            if (strcmp(p->classes[j].name, k->name) == 0)
                return qn_fail(err, QN_EINVAL, "there are two classes %s", k->name);
    }
    return 0;
}

static bool text_of(const json_t *v, size_t max)
{
    return json_is_string(v) && json_string_length(v) > 0 && json_string_length(v) <= max &&
           qn_utf8_clean(json_string_value(v), json_string_length(v));
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

        if ((r = members(o, "group role", "a member of \"roles\"", err)) != 0)
            return r;
        if (!text_of(json_object_get(o, "group"), 1023))
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
        if (!key[0] || strlen(key) > 255 || !text_of(v, 255))
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
        if (v && (period ? !read_period(v, to) : !json_is_integer(v)))
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
    int r = members(p->document, "authentication badges classes owners profile queues roles", "the policy", err);

    if (r != 0)
        return r;
    profile = json_string_value(json_object_get(p->document, "profile"));
    if (!profile || (strcmp(profile, "standard") != 0 && strcmp(profile, "compact") != 0))
        return qn_fail(err, QN_EINVAL, "\"profile\" is standard or compact");
    p->compact = strcmp(profile, "compact") == 0;
    if ((r = read_classes(p, err)) != 0 || (r = read_roles(p, err)) != 0 || (r = read_auth(p, err)) != 0 ||
        (r = qn_badge_rules_check(json_object_get(p->document, "badges"), err)) != 0 || (r = read_queues(p, err)) != 0)
        return r;
    return read_owners(p, err);
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
