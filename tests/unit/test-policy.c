#include "tests/unit/test.h"

#include <string.h>

#include "server/auth-pin.h"
#include "server/job-state.h"
#include "server/policy.h"

/* The shipped classes, by hand: name, hours held, hours kept, a plain link, an unverified owner, methods. */
static void test_classes_are_what_the_manual_says(void **state)
{
    static const struct { const char *name; int hold, keep; bool plain, unverified; unsigned methods; } want[] = {
        { "public", 72, 1, true, true, 7 }, { "internal", 24, 1, true, true, 6 }, { "confidential", 8, 0, false, true, 6 },
        { "restricted", 2, 0, false, false, 4 },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(want); i++) {
        const struct qn_class *k = qn_class_named(want[i].name);

        assert_non_null(k);
        assert_ptr_equal(k, qn_class_level((int)i + 1));
        assert_int_equal(k->hold, want[i].hold * 3600000LL);
        assert_int_equal(k->keep, want[i].keep * 3600000LL);
        assert_int_equal(k->plain_link, want[i].plain);
        assert_int_equal(k->unverified, want[i].unverified);
        assert_int_equal(k->methods, want[i].methods);
        assert_true(k->window <= k->hold);
    }
    assert_null(qn_class_named("secret"));
    assert_null(qn_class_level(5));
}

static void test_roles_give_what_they_must_and_no_more(void **state)
{
    enum { USER = QN_PERM_OWN | QN_PERM_DELEGATE, OPERATOR = QN_PERM_JOBS | QN_PERM_CANCEL | QN_PERM_UNLOCK | QN_PERM_DEVICES,
           DEVICES = QN_PERM_DEVICES | QN_PERM_TERMINALS, RECORDS = QN_PERM_RETENTION | QN_PERM_POLICY,
           SECURITY = QN_PERM_ACCESS | QN_PERM_CONTAIN | QN_PERM_BADGES | QN_PERM_PEOPLE | QN_PERM_POLICY | QN_PERM_DEVICES,
           AUDITOR = QN_PERM_LOG | QN_PERM_PEOPLE | QN_PERM_POLICY };
    static const struct { const char *roles; unsigned permissions; const char *resolved; } want[] = {
        { "", 0, "" }, { "user", USER, "user" }, { "operator", OPERATOR, "operator" }, { "device-admin", DEVICES, "device-admin" },
        { "records", RECORDS, "records" }, { "security", SECURITY, "security" }, { "auditor", AUDITOR, "auditor" },
        { "key-custodian", QN_PERM_KEYS, "key-custodian" }, { "user auditor", USER | AUDITOR, "user auditor" },
        { "user operator", USER | OPERATOR, "user operator" }, { "auditor operator", AUDITOR | OPERATOR, "" },
        { "user operator auditor", USER | OPERATOR | AUDITOR, "user" }, { "security records", SECURITY | RECORDS, "" },
        { "security device-admin", SECURITY | DEVICES, "" }, { "security key-custodian user", SECURITY | QN_PERM_KEYS | USER, "user" },
        { "records key-custodian", RECORDS | QN_PERM_KEYS, "" }, { "records device-admin", RECORDS | DEVICES, "device-admin records" },
        { "operator security", OPERATOR | SECURITY, "operator security" }, { "auditors", 0, "" }, { "superuser", 0, "" },
        { "user2 nouser admin device", 0, "" },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(want); i++) {
        const char *a, *b;
        char out[128];

        assert_int_equal(qn_role_permissions(want[i].roles), want[i].permissions);
        qn_role_resolve(want[i].roles, out, sizeof out);
        assert_string_equal(out, want[i].resolved);
        assert_false(qn_role_conflict(out, &a, &b));
    }
}

static void test_methods_have_names(void **state)
{
    (void)state;
    assert_int_equal(qn_method_parse("badge-pin"), QN_METHOD_BADGE_PIN);
    assert_int_equal(qn_method_parse("none"), 0);
    assert_string_equal(qn_method_name(QN_METHOD_PASSWORD), "password");
}

/* Every state and event, by hand: where it leads. */
static void test_only_these_changes_exist(void **state)
{
    static const int to[8][10] = {
        [QN_JOB_RECEIVING] = { [QN_EVENT_COMMIT] = QN_JOB_HELD },
        [QN_JOB_HELD] = { [QN_EVENT_CLAIM] = QN_JOB_RELEASING, [QN_EVENT_DAMAGE] = QN_JOB_DAMAGED, [QN_EVENT_ERASE] = QN_JOB_ERASED },
        [QN_JOB_RELEASING] = { [QN_EVENT_RETURN] = QN_JOB_HELD, [QN_EVENT_COMPLETE] = QN_JOB_PRINTED,
                               [QN_EVENT_DOUBT] = QN_JOB_UNCERTAIN, [QN_EVENT_DAMAGE] = QN_JOB_DAMAGED },
        [QN_JOB_PRINTED] = { [QN_EVENT_CLAIM] = QN_JOB_RELEASING, [QN_EVENT_ERASE] = QN_JOB_ERASED },
        [QN_JOB_UNCERTAIN] = { [QN_EVENT_SAW] = QN_JOB_PRINTED, [QN_EVENT_AGAIN] = QN_JOB_HELD, [QN_EVENT_ERASE] = QN_JOB_ERASED },
        [QN_JOB_DAMAGED] = { [QN_EVENT_ERASE] = QN_JOB_ERASED },
    };

    (void)state;
    for (int from = 0; from < 8; from++)
        for (int event = 1; event < 10; event++)
            assert_int_equal(qn_job_state_next(from, (enum qn_job_event)event), to[from][event] ? to[from][event] : QN_ECONFLICT);
    assert_string_equal(qn_job_state_name(QN_JOB_UNCERTAIN), "uncertain");
    assert_string_equal(qn_job_state_name(99), "unknown");
}

static void test_five_wrong_pins_wait_and_ten_lock(void **state)
{
    static const int64_t wait[] = { 0, 0, 0, 0, 30, 60, 120, 240, 480, 960 };

    (void)state;
    for (int failures = 1; failures <= 10; failures++) {
        int64_t until;
        bool locked;

        qn_pin_penalty(failures, 1000, &until, &locked);
        assert_int_equal(until, wait[failures - 1] ? 1000 + wait[failures - 1] * 1000 : 0);
        assert_int_equal(locked, failures == 10);
    }
}

static void test_issued_pins_are_six_digits_that_nobody_guesses_first(void **state)
{
    static const char *const never[] = { "000000", "111111", "123456", "654321", "121212", "012345", "987654" };

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char pin[7];

        qn_pin_random(pin);
        assert_int_equal(strspn(pin, "0123456789"), 6);
        for (size_t j = 0; j < QN_COUNT(never); j++)
            assert_string_not_equal(pin, never[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes_are_what_the_manual_says),
        cmocka_unit_test(test_roles_give_what_they_must_and_no_more),
        cmocka_unit_test(test_methods_have_names),
        cmocka_unit_test(test_only_these_changes_exist),
        cmocka_unit_test(test_five_wrong_pins_wait_and_ten_lock),
        cmocka_unit_test(test_issued_pins_are_six_digits_that_nobody_guesses_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
