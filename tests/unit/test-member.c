#include "ldap/member.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char alice[] = "\1\5\0\0\0\0\0\5\x15\0\0\0\1\0\0\0\2\0\0\0\xff\xff\xff\xff\x4f\4\0\0"; /* S-1-5-21-1-2-4294967295-1103 */

static bool primary(char out[200], const char *sid, size_t n, const char *rid)
{
    struct berval s = { n, (char *)(uintptr_t)sid }, r = { strlen(rid), (char *)(uintptr_t)rid };

    return qn_member_primary(out, 200, &s, &r);
}

static void test_the_primary_group_has_the_domains_sid(void **state)
{
    char out[200];

    (void)state;
    assert_true(primary(out, alice, sizeof alice - 1, "513"));
    assert_string_equal(out, "<SID=S-1-5-21-1-2-4294967295-513>");
}

static void test_what_is_no_sid_has_no_primary_group(void **state)
{
    static const char *const no_rid[] = { "", "x", "-1", " 513", "513 ", "5x", "4294967296", "99999999999999999999" };
    char out[200], other[sizeof alice];

    (void)state;
    for (size_t i = 0; i < sizeof no_rid / sizeof *no_rid; i++) {
        assert_false(primary(out, alice, sizeof alice - 1, no_rid[i]));
        assert_string_equal(out, "");
    }
    for (size_t n = 0; n < sizeof alice - 1; n++)
        assert_false(primary(out, alice, n, "513"));
    memcpy(other, alice, sizeof alice);
    other[0] = 2;
    assert_false(primary(out, other, sizeof alice - 1, "513"));
    memcpy(other, alice, sizeof alice);
    other[1] = 4;
    assert_false(primary(out, other, sizeof alice - 1, "513"));
}

static void test_a_text_that_does_not_fit_is_none(void **state)
{
    struct berval s = { sizeof alice - 1, (char *)(uintptr_t)alice }, r = { 3, (char *)(uintptr_t)"513" };
    char out[200];

    (void)state;
    for (size_t size = 1; size < sizeof "<SID=S-1-5-21-1-2-4294967295-513>"; size++) {
        assert_false(qn_member_primary(out, size, &s, &r));
        assert_string_equal(out, "");
    }
    assert_true(qn_member_primary(out, sizeof "<SID=S-1-5-21-1-2-4294967295-513>", &s, &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_primary_group_has_the_domains_sid),
        cmocka_unit_test(test_what_is_no_sid_has_no_primary_group),
        cmocka_unit_test(test_a_text_that_does_not_fit_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
