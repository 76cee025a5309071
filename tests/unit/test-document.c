#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "lib/document.h"

static json_t *json(const char *text)
{
    json_t *v = json_loads(text, JSON_DECODE_ANY, NULL);

    if (!v)
        fail_msg("%s is no JSON", text);
    return v;
}

static void expect_text(const char *in, const char *want)
{
    json_t *v = json(in);
    char *text = qn_document_text(v);

    assert_non_null(text);
    assert_string_equal(text, want);
    free(text);
    json_decref(v);
}

static void test_document_text(void **state)
{
    (void)state;
    expect_text("{}", "{}\n");
    expect_text("[]", "[]\n");
    expect_text("5", "5\n");
    expect_text("{\"b\":1,\"name\":\"x\",\"a\":[1,2]}", "{\n  \"name\": \"x\",\n  \"a\": [1, 2],\n  \"b\": 1\n}\n");
    expect_text("{\"a\":{\"c\":{\"name\":\"n\",\"b\":true}}}", "{\n  \"a\": {\"c\": {\"name\": \"n\", \"b\": true}}\n}\n");
    expect_text("[{\"a\":\"0123456789012345678901234567890123456789\"},{\"a\":\"0123456789012345678901234567890123456789\"}]",
                "[\n  {\"a\": \"0123456789012345678901234567890123456789\"},\n  {\"a\": \"0123456789012345678901234567890123456789\"}\n]\n");
}

static void test_document_text_hides_nothing(void **state)
{
    (void)state;
    expect_text("{\"a\":\"\xc3\xa9\xe2\x82\xac\xf0\x9d\x95\x8f\"}", "{\n  \"a\": \"\xc3\xa9\xe2\x82\xac\xf0\x9d\x95\x8f\"\n}\n");
    expect_text("{\"a\":\"\xf3\xa0\x81\x81\"}", "{\n  \"a\": \"\\udb40\\udc41\"\n}\n"); /* a tag character */
    expect_text("{\"a\":\"x\\u202ey\"}", "{\n  \"a\": \"x\\u202ey\"\n}\n");
    expect_text("{\"a\\u200b\":\"\\u007f\\u009b\"}", "{\n  \"a\\u200b\": \"\\u007f\\u009b\"\n}\n");
    expect_text("{\"a\":\"\\ufeff\\u2066\\u0085\\u00ad\\u001b\"}", "{\n  \"a\": \"\\ufeff\\u2066\\u0085\\u00ad\\u001B\"\n}\n");
}

static void test_document_text_of_too_much(void **state)
{
    json_t *v = json_object();

    (void)state;
    assert_null(qn_document_text(NULL));
    for (int i = 0; i < 40; i++)
        v = json_pack("{so}", "a", v);
    assert_null(qn_document_text(v));
    json_decref(v);
}

/* The lines of a difference, each ended by "|". */
static void expect_diff(const char *a, const char *b, const char *want)
{
    json_t *x = json(a), *y = json(b), *lines = qn_document_diff(x, y);
    char all[2048] = "";

    for (size_t i = 0; i < json_array_size(lines); i++) {
        strcat(all, json_string_value(json_array_get(lines, i)));
        strcat(all, "|");
    }
    assert_string_equal(all, want);
    json_decref(lines);
    json_decref(y);
    json_decref(x);
}

static void test_document_diff(void **state)
{
    (void)state;
    expect_diff("{\"a\":1}", "{\"a\":1}", "");
    expect_diff("{\"a\":1}", "{\"a\":2,\"b\":\"x\"}", "a: 1 -> 2|b added: x|");
    expect_diff("{\"a\":{\"b\":\"x\"}}", "{\"a\":{}}", "a/b removed: x|");
    expect_diff("{\"k\":[{\"name\":\"p\",\"h\":\"1h\"},{\"name\":\"q\"}]}", "{\"k\":[{\"name\":\"p\",\"h\":\"2h\"}]}",
                "k/p/h: 1h -> 2h|k/q removed: {\"name\": \"q\"}|");
    expect_diff("{\"r\":[{\"group\":\"g\",\"role\":\"a\"}]}", "{\"r\":[{\"group\":\"g\",\"role\":\"b\"}]}",
                "r removed: {\"group\": \"g\", \"role\": \"a\"}|r added: {\"group\": \"g\", \"role\": \"b\"}|");
    expect_diff("{\"m\":[1,2]}", "{\"m\":[2,1]}", "m: [1, 2] -> [2, 1]|");
    expect_diff("{\"k\":[{\"name\":\"p\"},{\"name\":\"q\"}]}", "{\"k\":[{\"name\":\"q\"},{\"name\":\"p\"}]}",
                "k: [{\"name\": \"p\"}, {\"name\": \"q\"}] -> [{\"name\": \"q\"}, {\"name\": \"p\"}]|");
    expect_diff("{\"a\":\"x\"}", "{\"a\":[\"x\"]}", "a: x -> [\"x\"]|");
    expect_diff("{\"a\":\"x\"}", "{\"a\":\"\\u202ex\\n\"}", "a: x -> \\u202ex\\u000a|");
}

static void test_document_diff_of_much(void **state)
{
    char a[2000] = "{\"a\":\"", *at = a + strlen(a);
    json_t *x = json("{}"), *y, *lines;

    (void)state;
    for (int i = 0; i < 900; i++, at += 2)
        memcpy(at, "\xc3\xa9", 2);
    strcpy(at, "\"}");
    y = json(a);
    lines = qn_document_diff(x, y);
    assert_int_equal(json_array_size(lines), 1);
    assert_true(strlen(json_string_value(json_array_get(lines, 0))) < 1023); /* what a text of a message holds */
    json_decref(lines);
    json_decref(y);
    json_decref(x);
}

static void expect_operation(const char *a, const char *b, const char *want, bool want_both)
{
    json_t *x = json(a), *y = json(b);
    bool both;
    const char *got = qn_document_operation(x, y, &both);

    assert_string_equal(got ? got : "none", want);
    assert_int_equal(both, want_both);
    json_decref(y);
    json_decref(x);
}

static void test_document_operation(void **state)
{
    (void)state;
    expect_operation("{\"classes\":[1]}", "{\"classes\":[1]}", "none", false);
    expect_operation("{\"classes\":[1]}", "{\"classes\":[2]}", "policy.retention", false);
    expect_operation("{\"queues\":{}}", "{}", "policy.retention", false);
    expect_operation("{\"roles\":[1]}", "{\"roles\":[2]}", "policy.access", false);
    expect_operation("{}", "{\"new\":1}", "policy.access", false);
    expect_operation("{\"roles\":[1],\"queues\":{}}", "{\"roles\":[2],\"queues\":{\"a\":\"b\"}}", "none", true);
    expect_operation("{}", "5", "policy.access", false);
    expect_operation("{\"roles\":[1],\"classes\":[1]}", "[]", "policy.access", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document_text),          cmocka_unit_test(test_document_text_hides_nothing),
        cmocka_unit_test(test_document_text_of_too_much), cmocka_unit_test(test_document_diff),
        cmocka_unit_test(test_document_diff_of_much),  cmocka_unit_test(test_document_operation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
