#include "ldap/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ldap.h>

#include "lib/id.h"

static void test_check_wants_one_login_and_balance(void **state)
{
    static const struct { const char *template; int code; const char *word; } cases[] = {
        { "(uid=%u)", QN_OK, "" },
        { "(&(objectClass=person)(|(uid=%u)(!(x=y))))", QN_OK, "" },
        { "(uid=100%%u)", QN_OK, "" }, /* the first % is just a character */
        { "", QN_EINVAL, "exactly once" },
        { "(uid=alice)", QN_EINVAL, "exactly once" },
        { "(uid=%s)", QN_EINVAL, "exactly once" },
        { "(|(uid=%u)(mail=%u))", QN_EINVAL, "exactly once" },
        { "uid=%u", QN_EINVAL, "parentheses" },
        { "(uid=%u", QN_EINVAL, "parentheses" },
        { "(uid=%u))", QN_EINVAL, "parentheses" },
        { "(uid=%u)(cn=x)", QN_EINVAL, "parentheses" },
        { ")(uid=%u", QN_EINVAL, "parentheses" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct qn_err err = { 0 };

        assert_int_equal(qn_filter_check(cases[i].template, QN_MARK_LOGIN, &err), cases[i].code);
        assert_non_null(strstr(err.text, cases[i].word));
    }
}

static void test_build_puts_the_login_in_escaped(void **state)
{
    static const struct { const char *login, *filter; } cases[] = {
        { "alice", "(&(a=b)(uid=alice)(c=d))" },
        { "*", "(&(a=b)(uid=\\2A)(c=d))" },
        { "a*)(uid=*))(|(uid=*\\", "(&(a=b)(uid=a\\2A\\29\\28uid=\\2A\\29\\29\\28|\\28uid=\\2A\\5C)(c=d))" },
        { "%u", "(&(a=b)(uid=%u)(c=d))" },
        { "\xc3\xa9", "(&(a=b)(uid=\\C3\\A9)(c=d))" },
        { "\\2a", "(&(a=b)(uid=\\5C2a)(c=d))" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct qn_buf b = { 0 };

        assert_int_equal(qn_filter_build(&b, "(&(a=b)(uid=%u)(c=d))", QN_MARK_LOGIN, cases[i].login, NULL), 0);
        assert_string_equal(b.data, cases[i].filter);
        qn_buf_free(&b);
    }
}

static void test_a_distinguished_name_goes_in_escaped(void **state)
{
    struct qn_buf b = { 0 };
    struct qn_err err = { 0 };

    (void)state;
    assert_int_equal(qn_filter_build(&b, "(member=%d)", QN_MARK_NAME, "cn=a\\, b (c)*,dc=%d", NULL), 0);
    assert_string_equal(b.data, "(member=cn=a\\5C, b \\28c\\29\\2A,dc=%d)");
    assert_int_equal(qn_filter_build(&b, "(member=%d)", QN_MARK_NAME, "", &err), QN_EINVAL);
    assert_string_equal(err.text, "the name is empty");
    assert_int_equal(qn_filter_check("(member=%u)", QN_MARK_NAME, NULL), QN_EINVAL);
    qn_buf_free(&b);
}

static void test_build_refuses(void **state)
{
    struct qn_buf small = { .max = 12 }, b = { 0 };
    struct qn_err err = { 0 };

    (void)state;
    assert_int_equal(qn_filter_build(&b, "(uid=%u)", QN_MARK_LOGIN, "", &err), QN_EINVAL);
    assert_string_equal(err.text, "the login is empty");
    assert_int_equal(qn_filter_build(&b, "(uid=x)", QN_MARK_LOGIN, "alice", NULL), QN_EINVAL);
    assert_int_equal(qn_filter_build(&small, "(uid=%u)", QN_MARK_LOGIN, "****", &err), QN_EINVAL);
    assert_string_equal(err.text, "the search filter is too long");
    qn_buf_free(&b);
    qn_buf_free(&small);
}

static void same_as_libldap(const char *value, size_t n)
{
    struct berval in = { n, (char *)(uintptr_t)value }, out = { 0, NULL };
    struct qn_buf ours = { 0 };

    assert_int_equal(ldap_bv2escaped_filter_value(&in, &out), 0);
    qn_filter_escape(&ours, value, n);
    assert_int_equal(ours.len, out.bv_len);
    assert_memory_equal(ours.data, out.bv_val, out.bv_len);
    qn_buf_free(&ours);
    ldap_memfree(out.bv_val);
}

static void test_escape_agrees_with_libldap(void **state)
{
    char value[64];

    (void)state;
    for (int c = 0; c < 256; c++) {
        value[0] = (char)c;
        same_as_libldap(value, 1);
    }
    for (int i = 0; i < 5000; i++) {
        uint8_t n;

        qn_random(&n, 1);
        qn_random(value, sizeof value);
        same_as_libldap(value, 1 + n % sizeof value);
    }
}

static void test_a_value_is_asked_for_beside_the_template(void **state)
{
    struct qn_buf b = { 0 }, small = { .max = 40 };
    struct qn_err err;

    (void)state;
    assert_int_equal(qn_filter_value(&b, "(&(objectClass=person)(uid=%u))", "%u", "quoinBadge", "4*)\0\xff", 5, &err), 0);
    assert_string_equal(b.data, "(&(&(objectClass=person)(uid=*))(quoinBadge=4\\2A\\29\\00\\FF))");
    qn_buf_free(&b);
    assert_int_equal(qn_filter_value(&b, "(uid=%u)", "%u", "entryUUID", "", 0, &err), QN_EINVAL);
    assert_int_equal(qn_filter_value(&b, "(uid=alice)", "%u", "entryUUID", "x", 1, &err), QN_EINVAL);
    assert_int_equal(qn_filter_value(&small, "(uid=%u)", "%u", "entryUUID", "0123456789012345678901234567890", 31, &err), QN_EINVAL);
    qn_buf_free(&small);
    qn_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_wants_one_login_and_balance),
        cmocka_unit_test(test_build_puts_the_login_in_escaped),
        cmocka_unit_test(test_a_distinguished_name_goes_in_escaped),
        cmocka_unit_test(test_build_refuses),
        cmocka_unit_test(test_escape_agrees_with_libldap),
        cmocka_unit_test(test_a_value_is_asked_for_beside_the_template),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
