#include "ldap/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW ((int64_t)1784500000000) /* 2026-07-19T22:26:40Z */

static enum qn_status of(const char *attribute, const char *value)
{
    for (unsigned i = 0; qn_status_attributes[i]; i++)
        if (strcmp(qn_status_attributes[i], attribute) == 0)
            return qn_status_of(i, value, NOW);
    fail_msg("%s is not asked for", attribute);
    return QN_STATUS_DISABLED;
}

static void test_every_directorys_words(void **state)
{
    static const struct { const char *attribute, *value; enum qn_status status; } cases[] = {
        { "pwdAccountLockedTime", "000001010000Z", QN_STATUS_DISABLED },
        { "pwdAccountLockedTime", "20260719222600Z", QN_STATUS_LOCKED },
        { "pwdReset", "TRUE", QN_STATUS_MUST_CHANGE },
        { "pwdReset", "FALSE", QN_STATUS_ACTIVE },
        { "pwdEndTime", "20260719222640Z", QN_STATUS_EXPIRED },
        { "pwdEndTime", "20260719222641Z", QN_STATUS_ACTIVE },
        { "pwdEndTime", "20260719222641.5Z", QN_STATUS_ACTIVE },
        { "pwdEndTime", "20260719222641", QN_STATUS_DISABLED },
        { "pwdEndTime", "tomorrow", QN_STATUS_DISABLED },
        { "pwdEndTime", "", QN_STATUS_DISABLED },
        { "nsAccountLock", "true", QN_STATUS_DISABLED },
        { "nsAccountLock", "TRUE", QN_STATUS_DISABLED },
        { "nsAccountLock", "False", QN_STATUS_ACTIVE },
        { "nsAccountLock", "perhaps", QN_STATUS_DISABLED },
        { "accountUnlockTime", "20260719222640Z", QN_STATUS_ACTIVE },
        { "accountUnlockTime", "20260719222700Z", QN_STATUS_LOCKED },
        { "accountUnlockTime", "19700101000000Z", QN_STATUS_LOCKED },
        { "krbPrincipalExpiration", "20250101000000Z", QN_STATUS_EXPIRED },
        { "userAccountControl", "512", QN_STATUS_ACTIVE },
        { "userAccountControl", "514", QN_STATUS_DISABLED },
        { "userAccountControl", "66050", QN_STATUS_DISABLED },
        { "userAccountControl", "528", QN_STATUS_LOCKED },
        { "userAccountControl", "512x", QN_STATUS_DISABLED },
        { "userAccountControl", "", QN_STATUS_DISABLED },
        { "userAccountControl", "99999999999999999999", QN_STATUS_DISABLED },
        { "msDS-User-Account-Control-Computed", "16", QN_STATUS_LOCKED },
        { "msDS-User-Account-Control-Computed", "0", QN_STATUS_ACTIVE },
        { "msDS-User-Account-Control-Computed", "8388608", QN_STATUS_MUST_CHANGE },
        { "msDS-User-Account-Control-Computed", "8388624", QN_STATUS_LOCKED },
        { "accountExpires", "0", QN_STATUS_ACTIVE },
        { "accountExpires", "9223372036854775807", QN_STATUS_ACTIVE },
        { "accountExpires", "134289736000000000", QN_STATUS_EXPIRED },
        { "accountExpires", "134289736000010000", QN_STATUS_ACTIVE },
        { "accountExpires", "-1", QN_STATUS_DISABLED },
        { "loginDisabled", "TRUE", QN_STATUS_DISABLED },
        { "shadowExpire", "-1", QN_STATUS_ACTIVE },
        { "shadowExpire", "20653", QN_STATUS_EXPIRED },
        { "shadowExpire", "20654", QN_STATUS_ACTIVE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (of(cases[i].attribute, cases[i].value) != cases[i].status)
            fail_msg("%s: %s is %s", cases[i].attribute, cases[i].value,
                     qn_status_name(of(cases[i].attribute, cases[i].value)));
}

static void test_every_attribute_has_a_meaning(void **state)
{
    unsigned n = 0;

    (void)state;
    while (qn_status_attributes[n])
        n++;
    assert_true(n > 0 && n <= QN_STATUS_ATTRIBUTES);
    assert_int_equal(qn_status_of(n - 1, "-1", NOW), QN_STATUS_ACTIVE); /* the last line of both tables: shadowExpire */
    assert_int_equal(qn_status_of(n, "", NOW), QN_STATUS_DISABLED);     /* there is no further one */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_directorys_words),
        cmocka_unit_test(test_every_attribute_has_a_meaning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
