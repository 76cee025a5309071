/* A document's members as a table. */
#include "config.h"

#include "server/request-members.h"

#include <string.h>

#include "tests/unit/test.h"

static struct qn_err err;

static const struct qn_member table[] = {
    { "name", QN_MEMBER_WORD, 1, 4 }, { "text", QN_MEMBER_TEXT, 0, 4 }, { "hex", QN_MEMBER_HEX, 0, 4 }, { "flag", QN_MEMBER_FLAG, 0, 0 },
    { "names", QN_MEMBER_NAMES, 0, 2 }, { NULL, QN_MEMBER_WORD, 0, 0 },
};

static void test_members(void **state)
{
    static const struct { const char *text, *says; } cases[] = {
        { "{\"name\":\"a\"}", NULL }, { "{\"name\":\"a.:@\",\"text\":\"\",\"hex\":\"\",\"flag\":false,\"names\":[]}", NULL },
        { "{\"name\":\"a\",\"text\":\"\xc3\xa9 x\",\"hex\":\"09af\",\"flag\":true,\"names\":[\"a\",\"b\"]}", NULL },
        { "[]", "a thing is described by an object" }, { "{}", "a thing needs \"name\"" },
        { "{\"name\":\"\"}", "\"name\" is not what it must be" }, { "{\"name\":\"abcde\"}", "\"name\" is not" },
        { "{\"name\":\"a b\"}", "\"name\" is not" }, { "{\"name\":1}", "\"name\" is not" }, { "{\"name\":null}", "\"name\" is not" },
        { "{\"name\":\"a\",\"more\":1}", "members that nobody knows" }, { "{\"name\":\"a\",\"text\":\"a\\nb\"}", "\"text\" is not" },
        { "{\"name\":\"a\",\"text\":\"12345\"}", "\"text\" is not" }, { "{\"name\":\"a\",\"text\":\"\\u0085\"}", "\"text\" is not" },
        { "{\"name\":\"a\",\"hex\":\"AF\"}", "\"hex\" is not" }, { "{\"name\":\"a\",\"flag\":1}", "\"flag\" is not" },
        { "{\"name\":\"a\",\"names\":\"a\"}", "\"names\" is not" },
        { "{\"name\":\"a\",\"names\":[\"a\",\"b\",\"c\"]}", "\"names\" is not" },
        { "{\"name\":\"a\",\"names\":[\"a b\"]}", "\"names\" is not" }, { "{\"name\":\"a\",\"names\":[\"\"]}", "\"names\" is not" },
        { "{\"name\":\"a\",\"names\":[7]}", "\"names\" is not" },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(cases); i++) {
        json_t *o = json_loads(cases[i].text, 0, NULL);

        assert_non_null(o);
        if (cases[i].says)
            assert_fails(qn_members_read(o, table, "a thing", &err), QN_EINVAL, cases[i].says);
        else
            assert_works(qn_members_read(o, table, "a thing", &err));
        json_decref(o);
    }
}

static void test_changes_read_like_sentences(void **state)
{
    static const struct { const char *is, *was, *says; } cases[] = {
        { "a", NULL, "x: a" }, { "", NULL, NULL }, { "a", "a", NULL }, { "a", "b", "x: a, was b" }, { "", "b", "x: none, was b" },
        { "a", "", "x: a, was none" },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(cases); i++) {
        json_t *to = json_array();

        qn_member_change(to, "x", cases[i].is, cases[i].was);
        assert_int_equal(json_array_size(to), cases[i].says != NULL);
        if (cases[i].says)
            assert_string_equal(json_string_value(json_array_get(to, 0)), cases[i].says);
        json_decref(to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members), cmocka_unit_test(test_changes_read_like_sentences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
