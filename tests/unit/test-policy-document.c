/* The policy document: every way it is refused, what is read from it, and what is said of two of them. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/auth-pin.h"
#include "server/policy-diff.h"
#include "server/policy-zone.h"
#include "server/policy.h"

#define CLASS(name, rest) "{\"name\":\"" name "\",\"hold\":\"8h\",\"keep\":\"0\",\"window\":\"1h\",\"grace\":\"0\",\"methods\":[\"password\"]," \
    "\"unverified-owner\":true,\"plain-link\":true,\"delegation\":true" rest "}"
#define DOCUMENT(classes, rest) "{\"classes\":" classes "," rest "}"
#define REST "\"authentication\":{},\"badges\":[],\"owners\":{},\"profile\":\"standard\",\"queues\":{},\"roles\":[]"

static struct qn_policy *read_ok(const char *text)
{
    struct qn_policy *p;
    struct qn_err err = { 0 };

    assert_works(qn_policy_read(&p, text, 1, &err));
    return p;
}

/* A document with one part replaced, and the words of its refusal. */
static void test_every_refusal_names_the_place(void **state)
{
    static const struct { const char *document, *words; } bad[] = {
        { "", "not JSON" }, { "{", "not JSON: line 1" }, { "[]", "the policy is not an object" }, { "{}", "exactly these members" },
        { DOCUMENT("[" CLASS("a", "") "]", REST ",\"more\":1"), "\"more\" that does not belong" },
        { DOCUMENT("[" CLASS("a", "") "]", REST ",\"roles\":[]"), "not JSON" },
        { DOCUMENT("[]", REST), "lists 1 to 8 classes" }, { DOCUMENT("{}", REST), "lists 1 to 8 classes" },
        { DOCUMENT("[1]", REST), "class 1 is not an object" },
        { DOCUMENT("[" CLASS("a", ",\"colour\":1") "]", REST), "\"colour\"" },
        { DOCUMENT("[" CLASS("a", "") "," CLASS("a", "") "]", REST), "two classes a" },
        { DOCUMENT("[" CLASS("", "") "]", REST), "\"name\" is 1 to 24" }, { DOCUMENT("[" CLASS("Secret", "") "]", REST), "\"name\" is 1 to 24" },
        { DOCUMENT("[" CLASS("abcdefghijklmnopqrstuvwxy", "") "]", REST), "\"name\" is 1 to 24" },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(bad); i++) {
        struct qn_policy *p;
        struct qn_err err = { 0 };

        assert_fails(qn_policy_read(&p, bad[i].document, 1, &err), QN_EINVAL, bad[i].words);
        assert_null(p);
    }
}

/* One member of a class, then one of the document, takes another value. */
static void refuse_member(const char *member, const char *value, const char *words, bool of_class)
{
    json_t *o = json_loads(DOCUMENT("[" CLASS("a", "") "]", REST), 0, NULL), *v = json_loads(value, JSON_DECODE_ANY, NULL);
    json_t *where = of_class ? json_array_get(json_object_get(o, "classes"), 0) : o;
    struct qn_policy *p;
    struct qn_err err = { 0 };
    char *text;

    assert_non_null(v);
    json_object_set_new(where, member, v);
    text = json_dumps(o, 0);
    assert_fails(qn_policy_read(&p, text, 1, &err), QN_EINVAL, words);
    free(text);
    json_decref(o);
}

static void test_members_of_a_class_have_bounds(void **state)
{
    static const struct { const char *member, *value, *words; } bad[] = {
        { "hold", "8", "\"hold\" is a period" }, { "hold", "\"8\"", "\"hold\" is a period" }, { "hold", "\"-8h\"", "\"hold\" is a period" },
        { "hold", "\"8 h\"", "\"hold\" is a period" }, { "hold", "\"14m\"", "between 15m and 90d" }, { "hold", "\"91d\"", "between 15m and 90d" },
        { "hold", "\"999999999h\"", "\"hold\" is a period" }, { "keep", "\"8d\"", "at most 7d" }, { "grace", "\"169h\"", "at most 7d" },
        { "window", "\"14m\"", "\"window\" is at least" }, { "window", "\"7h\"", "divides a day" }, { "window", "\"12h\"", "not longer than" },
        { "window", "\"0\"", "\"window\" is at least" }, { "methods", "[]", "\"methods\" lists" }, { "methods", "[\"pin\"]", "\"methods\" lists" },
        { "methods", "[1]", "\"methods\" lists" }, { "methods", "\"badge\"", "\"methods\" lists" },
        { "unverified-owner", "1", "\"unverified-owner\" is true or false" }, { "plain-link", "null", "\"plain-link\" is true or false" },
        { "delegation", "\"yes\"", "\"delegation\" is true or false" },
        { "zones", "[]", "\"zones\" lists 1 to 32" }, { "zones", "null", "\"zones\" lists" }, { "zones", "\"lab\"", "\"zones\" lists" },
        { "zones", "[\"\"]", "\"zones\" lists" }, { "zones", "[\"a\",\"b\",\"a\"]", "\"zones\" lists" }, { "zones", "[1]", "\"zones\" lists" },
        { "zones", "[\"0123456789012345678901234567890123456789012345678901234567890123\"]", "\"zones\" lists" },
        { "second", "\"user\"", "\"second\" lists roles" }, { "second", "[1]", "\"second\" lists roles" },
        { "second", "[\"user\",\"user\"]", "\"second\" lists roles" }, { "second", "[\"root\"]", "no role \"root\"" },
        { "second", "null", "\"second\" lists roles" }, { "zones second", "1", "\"zones second\" that does not belong" },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(bad); i++)
        refuse_member(bad[i].member, bad[i].value, bad[i].words, true);
}

static void test_members_of_the_document_have_bounds(void **state)
{
    static const struct { const char *member, *value, *words; } bad[] = {
        { "profile", "\"loose\"", "standard or compact" }, { "profile", "1", "standard or compact" },
        { "roles", "{}", "lists at most 64 groups" }, { "roles", "[1]", "\"roles\" is not an object" },
        { "roles", "[{\"group\":\"g\"}]", "exactly these members: group role" },
        { "roles", "[{\"group\":\"\",\"role\":\"user\"}]", "no name of a directory group" },
        { "roles", "[{\"group\":\"g\\u0007\",\"role\":\"user\"}]", "no name of a directory group" },
        { "roles", "[{\"group\":\"g\",\"role\":\"root\"}]", "no role \"root\"" }, { "roles", "[{\"group\":\"g\",\"role\":7}]", "no role" },
        { "queues", "[]", "\"queues\" is an object" }, { "queues", "{\"q\":\"b\"}", "queue \"q\" has no class" },
        { "queues", "{\"\":\"a\"}", "has no class" }, { "owners", "[]", "\"owners\" is an object" },
        { "owners", "{\"al\":\"\"}", "\"al\" has no login name" }, { "owners", "{\"al\":1}", "has no login name" },
        { "owners", "{\"al\":\"bo\",\"bo\":\"cy\"}", "\"bo\" is the login of one name and a name itself" },
        { "authentication", "[]", "\"authentication\" is an object" }, { "authentication", "{\"pin\":1}", "does not belong" },
        { "authentication", "{\"pin-tries\":2}", "between 3 and 10" }, { "authentication", "{\"pin-tries\":\"5\"}", "is a number" },
        { "authentication", "{\"pin-lock\":11}", "between 5 and 10" }, { "authentication", "{\"pin-wait\":30}", "is a period" },
        { "authentication", "{\"pin-wait\":\"29s\"}", "between 30s and 600s" }, { "authentication", "{\"password-tries\":4}", "between 1 and 3" },
        { "authentication", "{\"password-wait\":\"14m\"}", "between 900s and 86400s" },
        { "authentication", "{\"pin-tries\":8,\"pin-lock\":7}", "\"pin-lock\" is not less" }, { "badges", "{}", "badges" },
        { "zones", "[]", "\"zones\" is an object" }, { "zones", "null", "\"zones\" is an object" },
        { "zones", "{\"\":[\"g\"]}", "name of a zone is 1 to 63" }, { "zones", "{\"a\":[]}", "\"a\" lists 1 to 16 groups" },
        { "zones", "{\"a\":\"g\"}", "lists 1 to 16 groups" }, { "zones", "{\"a\":[\"\"]}", "no name of a directory group" },
        { "zones", "{\"a\":[7]}", "no name of a directory group" },
        { "zones", "{\"a\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}", "lists 1 to 16 groups" },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(bad); i++)
        refuse_member(bad[i].member, bad[i].value, bad[i].words, false);
}

static void test_too_many_of_anything(void **state)
{
    json_t *classes = json_array(), *roles = json_array();
    char *text;

    (void)state;
    for (int i = 0; i < 9; i++)
        json_array_append_new(classes, json_string("x"));
    for (int i = 0; i < 65; i++)
        json_array_append_new(roles, json_pack("{s:s, s:s}", "group", "g", "role", "user"));
    text = json_dumps(classes, 0);
    refuse_member("classes", text, "lists 1 to 8 classes", false);
    free(text);
    text = json_dumps(roles, 0);
    refuse_member("roles", text, "at most 64 groups", false);
    free(text);
    json_decref(classes);
    json_decref(roles);
}

/* A question to the directory has room for 64 groups. */
static void test_roles_and_zones_share_the_groups_that_are_asked_about(void **state)
{
    json_t *o = json_loads(DOCUMENT("[" CLASS("a", "") "]", REST), 0, NULL), *roles = json_object_get(o, "roles"), *zones = json_object(), *list;
    struct qn_policy *p;
    struct qn_err err = { 0 };
    char name[32], *text;

    (void)state;
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "cn=%d", i);
        json_array_append_new(roles, json_pack("{s:s, s:s}", "group", name, "role", "user"));
        snprintf(name, sizeof name, "zone %d", i / 14);
        if (!json_object_get(zones, name))
            json_object_set_new(zones, name, json_array());
        list = json_object_get(zones, name);
        snprintf(name, sizeof name, "CN=%d", i + 24); /* 16 of them are the same in another spelling */
        json_array_append_new(list, json_string(name));
    }
    json_object_set_new(o, "zones", zones);
    text = json_dumps(o, 0);
    assert_works(qn_policy_read(&p, text, 1, &err));
    qn_policy_free(&p);
    free(text);
    json_array_append_new(list, json_string("cn=one-too-many"));
    text = json_dumps(o, 0);
    assert_fails(qn_policy_read(&p, text, 1, &err), QN_EINVAL, "name 65 groups; at most 64");
    free(text);
    json_decref(o);
}

static void test_zones_and_second_persons_are_read(void **state)
{
    struct qn_policy *p = read_ok(DOCUMENT("[" CLASS("low", ",\"second\":[]") "," CLASS("high", ",\"zones\":[\"vault\",\"safe\"],"
                                                                                         "\"second\":[\"user\",\"auditor\"]") "]",
                                          REST ",\"zones\":{\"lab\":[\"cn=A\",\"cn=b\"],\"safe\":[\"cn=b\"]}"));
    const struct qn_class *low = &p->classes[0], *high = &p->classes[1];
    json_t *b = json_loads("[\"CN=B\"]", 0, NULL), *all = json_loads("[\"cn=B\",\"cn=c\"]", 0, NULL);

    (void)state;
    assert_string_equal(low->second, "");
    assert_string_equal(high->second, "user auditor");
    assert_true(qn_zone_takes(low, "anywhere") && qn_zone_takes(low, ""));
    assert_true(qn_zone_takes(high, "safe") && qn_zone_takes(high, "vault"));
    assert_false(qn_zone_takes(high, "") || qn_zone_takes(high, "Vault") || qn_zone_takes(high, "vaul") || qn_zone_takes(high, "lab"));
    assert_true(qn_zone_listed(p, "lab") && qn_zone_listed(p, "safe"));
    assert_false(qn_zone_listed(p, "vault") || qn_zone_listed(p, "") || qn_zone_listed(p, "LAB"));
    assert_true(qn_zone_open(p, "vault", NULL) && qn_zone_open(p, "", NULL) && qn_zone_open(p, "lab", b) && qn_zone_open(p, "safe", b));
    assert_false(qn_zone_open(p, "lab", NULL));
    json_array_clear(b);
    assert_false(qn_zone_open(p, "lab", b));
    qn_zone_groups(p, all);
    assert_int_equal(json_array_size(all), 3);
    json_decref(b);
    json_decref(all);
    qn_policy_free(&p);
}

static void test_a_member_that_goes_is_a_difference(void **state)
{
    struct qn_policy *a = read_ok(DOCUMENT("[" CLASS("a", ",\"zones\":[\"x\"],\"second\":[\"user\"]") "]", REST ",\"zones\":{\"lab\":[\"g\",\"h\"]}"));
    struct qn_policy *b = read_ok(DOCUMENT("[" CLASS("a", "") "]", REST));
    static const char *const want[] = { "class a: zones x -> none", "class a: second user -> none", "zone lab g, h -> none" };
    json_t *out = json_array();

    (void)state;
    qn_policy_diff(a, b, out);
    assert_int_equal(json_array_size(out), QN_COUNT(want));
    for (size_t i = 0; i < QN_COUNT(want); i++)
        assert_string_equal(json_string_value(json_array_get(out, i)), want[i]);
    assert_true(qn_policy_differs(a, b, "zones") && qn_policy_differs(b, a, "zones"));
    assert_false(qn_policy_differs(a, b, "roles"));
    json_decref(out);
    qn_policy_free(&a);
    qn_policy_free(&b);
}

static void test_what_is_read(void **state)
{
    static const char text[] = DOCUMENT("[" CLASS("low", "") "," CLASS("high", "") "]",
        "\"authentication\":{\"pin-tries\":3,\"pin-wait\":\"1m\",\"pin-lock\":5},\"badges\":[],\"owners\":{\"al\":\"alice\"},"
        "\"profile\":\"compact\",\"queues\":{\"*\":\"low\",\"hr\":\"high\"},\"roles\":[{\"group\":\"CN=A\",\"role\":\"user\"},"
        "{\"group\":\"cn=b\",\"role\":\"security\"},{\"group\":\"cn=b\",\"role\":\"records\"}]");
    struct qn_policy *p = read_ok(text);
    json_t *groups = json_loads("[\"cn=a\",\"cn=B\",\"cn=c\"]", 0, NULL);
    char roles[128], held[128];
    int64_t until;
    bool locked;

    (void)state;
    assert_true(p->compact);
    assert_string_equal(qn_policy_queue(p, "hr")->name, "high");
    assert_string_equal(qn_policy_queue(p, "other")->name, "low");
    qn_role_map(p, groups, roles, sizeof roles);
    assert_string_equal(roles, "user security records");
    qn_role_resolve_under(p, roles, held, sizeof held);
    assert_string_equal(held, "user records security");
    qn_role_resolve(roles, held, sizeof held); /* the shipped one is standard */
    assert_string_equal(held, "user");
    qn_policy_use(p);
    assert_string_equal(qn_policy_owner("al"), "alice");
    assert_null(qn_policy_owner("alice"));
    assert_string_equal(qn_class_name(2), "high");
    assert_string_equal(qn_class_name(3), "former");
    assert_int_equal(qn_policy_grace(), 0);
    qn_pin_penalty(2, 0, &until, &locked);
    assert_int_equal(until, 0);
    qn_pin_penalty(4, 0, &until, &locked);
    assert_int_equal(until, 120000);
    assert_false(locked);
    qn_pin_penalty(5, 0, &until, &locked);
    assert_true(locked);
    qn_policy_use(NULL);
    assert_int_equal(qn_policy()->version, 0);
    json_decref(groups);
}

static void test_differences_are_sentences(void **state)
{
    static const char old[] = DOCUMENT("[" CLASS("a", "") "," CLASS("b", "") "]",
        "\"authentication\":{},\"badges\":[],\"owners\":{\"x\":\"y\"},\"profile\":\"standard\",\"queues\":{\"q\":\"a\"},"
        "\"roles\":[{\"group\":\"g\",\"role\":\"user\"}]");
    static const char new[] = "{\"classes\":[" CLASS("c", "") "," CLASS("a", "") "],"
        "\"authentication\":{\"pin-tries\":4},\"badges\":[],\"owners\":{\"x\":\"z\"},\"profile\":\"compact\",\"queues\":{\"r\":\"c\"},"
        "\"roles\":[{\"group\":\"G\",\"role\":\"user\"},{\"group\":\"g\",\"role\":\"operator\"}]}";
    static const char *const want[] = {
        "profile standard -> compact", "group g: role operator added", "class b: removed", "class c: added, as level 1",
        "class a: level 1 -> 2", "queue q a -> none", "queue r none -> c", "authentication: pin-tries none -> 4", "owner name x y -> z",
    };
    struct qn_policy *a = read_ok(old), *b = read_ok(new);
    json_t *out = json_array();

    (void)state;
    qn_policy_diff(a, b, out);
    assert_int_equal(json_array_size(out), QN_COUNT(want));
    for (size_t i = 0; i < QN_COUNT(want); i++)
        assert_string_equal(json_string_value(json_array_get(out, i)), want[i]);
    assert_true(qn_policy_differs(a, b, "roles profile"));
    assert_false(qn_policy_differs(a, b, "badges"));
    json_array_clear(out);
    qn_policy_diff(a, a, out);
    assert_int_equal(json_array_size(out), 0);
    json_decref(out);
    qn_policy_free(&a);
    qn_policy_free(&b);
}

/* By hand: who proposes, who signs off, for how long. */
static void test_operations_are_what_the_manual_says(void **state)
{
    static const struct { const char *name, *approvers; unsigned propose; int hours; } want[] = {
        { "policy.access", "security records", QN_PERM_ACCESS, 24 }, { "policy.retention", "security", QN_PERM_RETENTION, 24 },
        { "device", "security device-admin", QN_PERM_TERMINALS, 24 }, { "device.retire", "security device-admin", QN_PERM_TERMINALS, 24 },
        { "terminal", "security device-admin", QN_PERM_TERMINALS, 24 },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(want); i++) {
        const struct qn_operation *o = qn_operation_find(want[i].name);

        assert_non_null(o);
        assert_string_equal(o->approvers, want[i].approvers);
        assert_int_equal(o->propose, want[i].propose);
        assert_int_equal(o->ttl, want[i].hours * 3600000LL);
    }
    assert_null(qn_operation_table[QN_COUNT(want)].name);
    assert_null(qn_operation_find("policy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_refusal_names_the_place),
        cmocka_unit_test(test_members_of_a_class_have_bounds),
        cmocka_unit_test(test_members_of_the_document_have_bounds),
        cmocka_unit_test(test_too_many_of_anything),
        cmocka_unit_test(test_roles_and_zones_share_the_groups_that_are_asked_about),
        cmocka_unit_test(test_zones_and_second_persons_are_read),
        cmocka_unit_test(test_a_member_that_goes_is_a_difference),
        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_differences_are_sentences),
        cmocka_unit_test(test_operations_are_what_the_manual_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
