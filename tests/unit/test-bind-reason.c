#include "ldap/bind-reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <ldap.h>

#include "lib/err.h"

#define AD(number) "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data " number ", v1db1"

static const struct {
    int result;
    const char *text;
    int policy, code;
    enum qn_status status;
    const char *why;
} cases[] = {
    { LDAP_SUCCESS, NULL, -1, QN_OK, QN_STATUS_ACTIVE, "" },
    { LDAP_SUCCESS, AD("533"), -1, QN_OK, QN_STATUS_ACTIVE, "" },
    { LDAP_SUCCESS, "", PP_changeAfterReset, QN_EDENIED, QN_STATUS_MUST_CHANGE, "the password must be changed first" },
    { LDAP_SUCCESS, "", PP_passwordTooYoung, QN_OK, QN_STATUS_ACTIVE, "" },

    { LDAP_INVALID_CREDENTIALS, NULL, -1, QN_EDENIED, QN_STATUS_ACTIVE, "wrong password" },
    { LDAP_INVALID_CREDENTIALS, "", PP_accountLocked, QN_EDENIED, QN_STATUS_LOCKED, "the account is locked" },
    { LDAP_INVALID_CREDENTIALS, "", PP_passwordExpired, QN_EDENIED, QN_STATUS_MUST_CHANGE, "the password has expired" },
    { LDAP_INVALID_CREDENTIALS, AD("52e"), -1, QN_EDENIED, QN_STATUS_ACTIVE, "wrong password" },
    { LDAP_INVALID_CREDENTIALS, AD("525"), -1, QN_EDENIED, QN_STATUS_ACTIVE, "no such account" },
    { LDAP_INVALID_CREDENTIALS, AD("530"), -1, QN_EDENIED, QN_STATUS_DISABLED, "not at this time of day" },
    { LDAP_INVALID_CREDENTIALS, AD("531"), -1, QN_EDENIED, QN_STATUS_DISABLED, "not from this machine" },
    { LDAP_INVALID_CREDENTIALS, AD("532"), -1, QN_EDENIED, QN_STATUS_MUST_CHANGE, "the password has expired" },
    { LDAP_INVALID_CREDENTIALS, AD("533"), -1, QN_EDENIED, QN_STATUS_DISABLED, "the account is disabled" },
    { LDAP_INVALID_CREDENTIALS, AD("701"), -1, QN_EDENIED, QN_STATUS_EXPIRED, "the account has expired" },
    { LDAP_INVALID_CREDENTIALS, AD("773"), -1, QN_EDENIED, QN_STATUS_MUST_CHANGE, "the password must be changed first" },
    { LDAP_INVALID_CREDENTIALS, AD("775"), -1, QN_EDENIED, QN_STATUS_LOCKED, "the account is locked" },
    { LDAP_INVALID_CREDENTIALS, ", data 775", -1, QN_EDENIED, QN_STATUS_LOCKED, "the account is locked" },
    { LDAP_INVALID_CREDENTIALS, AD("9999999999999999999999"), -1, QN_EDENIED, QN_STATUS_ACTIVE, "wrong password" },
    { LDAP_INVALID_CREDENTIALS, AD("-775"), -1, QN_EDENIED, QN_STATUS_ACTIVE, "wrong password" },
    { LDAP_INVALID_CREDENTIALS, AD("775x"), -1, QN_EDENIED, QN_STATUS_ACTIVE, "wrong password" },
    { LDAP_INVALID_CREDENTIALS, ", data ", -1, QN_EDENIED, QN_STATUS_ACTIVE, "wrong password" },
    { LDAP_INVALID_CREDENTIALS, "data 775", -1, QN_EDENIED, QN_STATUS_ACTIVE, "wrong password" },

    { LDAP_NO_SUCH_OBJECT, NULL, -1, QN_EDENIED, QN_STATUS_ACTIVE, "no such account" },
    { LDAP_INAPPROPRIATE_AUTH, NULL, -1, QN_EDENIED, QN_STATUS_ACTIVE, "the account has no password" },
    { LDAP_UNWILLING_TO_PERFORM, "Account inactivated.", -1, QN_EDENIED, QN_STATUS_DISABLED, "the account is disabled" },
    { LDAP_CONSTRAINT_VIOLATION, "Exceed password retry limit.", -1, QN_EDENIED, QN_STATUS_LOCKED, "the account is locked" },

    /* not answers about the person, whatever else the server says */
    { LDAP_BUSY, NULL, -1, QN_EAWAY, QN_STATUS_ACTIVE, "the directory could not check the password" },
    { LDAP_UNAVAILABLE, AD("775"), PP_accountLocked, QN_EAWAY, QN_STATUS_ACTIVE, "the directory could not check the password" },
    { LDAP_SERVER_DOWN, NULL, -1, QN_EAWAY, QN_STATUS_ACTIVE, "the directory could not check the password" },
    { LDAP_STRONG_AUTH_REQUIRED, NULL, -1, QN_EAWAY, QN_STATUS_ACTIVE, "the directory could not check the password" },
    { LDAP_REFERRAL, NULL, -1, QN_EAWAY, QN_STATUS_ACTIVE, "the directory could not check the password" },
    { LDAP_SASL_BIND_IN_PROGRESS, NULL, -1, QN_EAWAY, QN_STATUS_ACTIVE, "the directory could not check the password" },
    { 4711, NULL, -1, QN_EAWAY, QN_STATUS_ACTIVE, "the directory could not check the password" },
};

static void test_every_refusal_has_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct qn_bind_reason r = qn_bind_reason(cases[i].result, cases[i].text, cases[i].policy);

        assert_int_equal(r.code, cases[i].code);
        assert_int_equal(r.status, cases[i].status);
        assert_string_equal(r.text, cases[i].why);
    }
}

/* Only one result of the 256 lets anybody in. */
static void test_only_success_is_success(void **state)
{
    (void)state;
    for (int result = -20; result < 256; result++)
        for (int policy = -1; policy < 10; policy++)
            if (result != LDAP_SUCCESS)
                assert_int_not_equal(qn_bind_reason(result, "", policy).code, QN_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_refusal_has_its_reason),
        cmocka_unit_test(test_only_success_is_success),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
