#include "ldap/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool same(const char *a, const char *b)
{
    struct qn_buf x = { 0 }, y = { 0 };
    bool equal;

    assert_int_equal(qn_group_normal(&x, a, NULL), 0);
    assert_int_equal(qn_group_normal(&y, b, NULL), 0);
    equal = strcmp(x.data, y.data) == 0;
    qn_buf_free(&x);
    qn_buf_free(&y);
    return equal;
}

static void test_two_spellings_of_one_name_are_equal(void **state)
{
    static const char *const pairs[][2] = {
        { "cn=print,dc=lab", "CN=Print, DC=LAB" },
        { "cn=print,dc=lab", "cn = print , dc=lab" },
        { "cn=print,dc=lab", "commonName=print,domainComponent=lab" },
        { "cn=print,dc=lab", "2.5.4.3=print,0.9.2342.19200300.100.1.25=lab" },
        { "cn=a b,dc=lab", "cn=a   b,dc=lab" },
        { "cn=a\\, b,dc=lab", "cn=a\\2C b,dc=lab" },
        { "cn=a+ou=b,dc=lab", "ou=b+cn=a,dc=lab" },
        { "cn=\\#1 \\\"x\\\" \\<y\\> \\; \\\\,dc=lab", "cn=\\231 \\22x\\22 \\3Cy\\3e \\3b \\5C,dc=lab" },
        { "cn=\\C3\\A9t\\C3\\A9,dc=lab", "cn=\xc3\xa9t\xc3\xa9,dc=lab" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_true(same(pairs[i][0], pairs[i][1]));
}

static void test_different_names_are_not(void **state)
{
    static const char *const pairs[][2] = {
        { "cn=print,dc=lab", "cn=prints,dc=lab" },
        { "cn=print,dc=lab", "ou=print,dc=lab" },
        { "cn=print,dc=lab", "cn=print,dc=lab,dc=org" },
        { "cn=a\\,dc\\=lab", "cn=a,dc=lab" },
        { "cn=a\\+ou\\=b,dc=lab", "cn=a+ou=b,dc=lab" },
        { "cn=ab,dc=lab", "cn=a b,dc=lab" },
        { "cn=\xc3\xa9,dc=lab", "cn=\xc3\x89,dc=lab" }, /* case is folded for ASCII alone: unequal is the safe side */
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_false(same(pairs[i][0], pairs[i][1]));
}

static void test_what_is_no_name(void **state)
{
    static const char *const bad[] = { "", "print", "cn", "=x", "cn=a,,dc=b", "cn=\"a", "cn=\\zz", "," };
    struct qn_err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct qn_buf b = { 0 };

        assert_int_equal(qn_group_normal(&b, bad[i], &err), QN_EINVAL);
        assert_non_null(strstr(err.text, "is not a distinguished name"));
        qn_buf_free(&b);
    }
}

static void test_what_is_too_much(void **state)
{
    struct qn_buf name = { 0 }, out = { 0 };

    (void)state;
    qn_buf_puts(&name, "cn=a0");
    for (int i = 1; i < 17; i++)
        qn_buf_printf(&name, "+cn=a%d", i);
    assert_int_equal(qn_group_normal(&out, name.data, NULL), QN_EINVAL);
    qn_buf_free(&out);
    for (int i = 0; i < 9000; i++)
        qn_buf_puts(&name, "x");
    assert_int_equal(qn_group_normal(&out, name.data, NULL), QN_EINVAL);
    qn_buf_free(&out);
    qn_buf_free(&name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_spellings_of_one_name_are_equal),
        cmocka_unit_test(test_different_names_are_not),
        cmocka_unit_test(test_what_is_no_name),
        cmocka_unit_test(test_what_is_too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
