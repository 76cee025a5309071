#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "web/form.h"

static void refused(const char *text, const char *why)
{
    struct qn_form f;
    struct qn_err err = { 0 };

    assert_int_equal(qn_form_parse(&f, text, strlen(text), &err), QN_EINVAL);
    assert_non_null(strstr(err.text, why));
    assert_int_equal(f.count, 0);
    assert_null(f.store);
}

static void test_form_fields(void **state)
{
    static const char text[] = "a=1&pin=&name=J%C3%BCrgen+K%26S%3d&job=x&job=y";
    struct qn_form f;
    size_t at = 0;

    (void)state;
    assert_int_equal(qn_form_parse(&f, text, sizeof text - 1, NULL), 0);
    assert_int_equal(f.count, 5);
    assert_string_equal(qn_form_get(&f, "a"), "1");
    assert_string_equal(qn_form_get(&f, "pin"), "");
    assert_string_equal(qn_form_get(&f, "name"), "J\xc3\xbcrgen K&S=");
    assert_null(qn_form_get(&f, "b"));
    assert_string_equal(qn_form_next(&f, "job", &at), "x");
    assert_string_equal(qn_form_next(&f, "job", &at), "y");
    assert_null(qn_form_next(&f, "job", &at));
    qn_form_free(&f);
    assert_int_equal(qn_form_parse(&f, "", 0, NULL), 0);
    assert_int_equal(f.count, 0);
}

/* A list of jobs says of several that it showed them as printed. */
static void test_form_again_may_repeat(void **state)
{
    struct qn_form f;
    size_t at = 0;

    (void)state;
    assert_int_equal(qn_form_parse(&f, "again=x&again=y", 15, NULL), 0);
    assert_string_equal(qn_form_next(&f, "again", &at), "x");
    assert_string_equal(qn_form_next(&f, "again", &at), "y");
    qn_form_free(&f);
}

/* An "=" that is escaped in a value, or plain, is part of it. */
static void test_form_equals_in_value(void **state)
{
    struct qn_form f;

    (void)state;
    assert_int_equal(qn_form_parse(&f, "a=b=c", 5, NULL), 0);
    assert_string_equal(qn_form_get(&f, "a"), "b=c");
    qn_form_free(&f);
}

static void test_form_refuses(void **state)
{
    (void)state;
    refused("a", "no proper name");
    refused("=1", "no proper name");
    refused("a=1&", "no proper name");
    refused("a=1&&b=2", "no proper name");
    refused("A=1", "no proper name");
    refused("a%62=1", "no proper name");
    refused("abcdefghijklmnopqrstuvwxyz0123456=1", "no proper name");
    refused("a=1&a=1", "repeated");
    refused("a=%", "not clean");
    refused("a=%4", "not clean");
    refused("a=%4g", "not clean");
    refused("a=%g4", "not clean");
    refused("a=%00", "not clean");
    refused("a=x%0Ay", "not clean");
    refused("a=%ff", "not clean");
    refused("a=%C3", "not clean");
    refused("a=%C0%AF", "not clean");
    refused("a=\x01", "not clean");
}

static void test_form_nul_byte(void **state)
{
    struct qn_form f;

    (void)state;
    assert_int_equal(qn_form_parse(&f, "a=x\0y", 5, NULL), QN_EINVAL);
    assert_int_equal(qn_form_parse(&f, "a\0=x", 4, NULL), QN_EINVAL);
}

static void test_form_limits(void **state)
{
    char *text = malloc(QN_FORM_MAX + 2);
    struct qn_form f;
    size_t n = 0;

    (void)state;
    memset(text, 'x', QN_FORM_MAX + 2);
    memcpy(text, "a=", 2);
    assert_int_equal(qn_form_parse(&f, text, QN_FORM_MAX, NULL), 0);
    assert_int_equal(strlen(qn_form_get(&f, "a")), QN_FORM_MAX - 2);
    qn_form_free(&f);
    assert_int_equal(qn_form_parse(&f, text, QN_FORM_MAX + 1, NULL), QN_EINVAL);
    for (int i = 0; i < QN_FORM_FIELDS; i++, n += 6)
        memcpy(text + n, "job=1&", 6);
    assert_int_equal(qn_form_parse(&f, text, n - 1, NULL), 0);
    assert_int_equal(f.count, QN_FORM_FIELDS);
    qn_form_free(&f);
    memcpy(text + n, "job=1", 5);
    assert_int_equal(qn_form_parse(&f, text, n + 5, NULL), QN_EINVAL);
    free(text);
}

static void test_form_lines_of_a_policy(void **state)
{
    struct qn_form f;

    (void)state;
    assert_int_equal(qn_form_parse(&f, "policy=%7B%0D%0A%09%22a%22%3A1%0A%7D&x=1", 40, NULL), 0);
    assert_string_equal(qn_form_get(&f, "policy"), "{\n \"a\":1\n}");
    qn_form_free(&f);
    assert_int_equal(qn_form_parse(&f, "policy=a%0Db", 12, NULL), QN_EINVAL);  /* a bare CR */
    assert_int_equal(qn_form_parse(&f, "policy=a%00b", 12, NULL), QN_EINVAL);
    assert_int_equal(qn_form_parse(&f, "policy=a%1Bb", 12, NULL), QN_EINVAL);
    assert_int_equal(qn_form_parse(&f, "policy=%0D", 10, NULL), QN_EINVAL);
    assert_int_equal(qn_form_parse(&f, "policy=%C3%0A%A9", 16, NULL), QN_EINVAL);  /* a character cut by a line */
    assert_int_equal(qn_form_parse(&f, "other=a%0Ab", 11, NULL), QN_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form_lines_of_a_policy),
        cmocka_unit_test(test_form_fields),   cmocka_unit_test(test_form_again_may_repeat), cmocka_unit_test(test_form_equals_in_value), cmocka_unit_test(test_form_refuses),
        cmocka_unit_test(test_form_nul_byte), cmocka_unit_test(test_form_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
