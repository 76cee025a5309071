#include "ldap/pin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/buf.h"

/* RFC 7914 section 12, the vector with r = 8 and p = 1 that fits a test's memory: its first 32 bytes (PBKDF2's blocks have 32). */
static void test_hash_is_scrypt(void **state)
{
    uint8_t out[QN_PIN_HASH], want[QN_PIN_HASH];

    (void)state;
    assert_true(qn_unhex(want, sizeof want, "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"));
    assert_int_equal(qn_pin_hash(out, "pleaseletmein", 13, "SodiumChloride", 14, 16384, NULL), 0);
    assert_memory_equal(out, want, sizeof want);
}

static void test_hash_depends_on_everything(void **state)
{
    uint8_t a[QN_PIN_HASH], b[QN_PIN_HASH];

    (void)state;
    assert_int_equal(qn_pin_hash(a, "493817", 6, "0123456789abcdef", 16, 1024, NULL), 0);
    assert_int_equal(qn_pin_hash(b, "493818", 6, "0123456789abcdef", 16, 1024, NULL), 0);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(qn_pin_hash(b, "493817", 6, "0123456789abcdeF", 16, 1024, NULL), 0);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(qn_pin_hash(b, "493817", 6, "0123456789abcdef", 16, 2048, NULL), 0);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(qn_pin_hash(b, "493817", 6, "0123456789abcdef", 16, 1024, NULL), 0);
    assert_memory_equal(a, b, sizeof a);
}

static void test_hash_refuses_other_costs(void **state)
{
    static const int64_t bad[] = { INT64_MIN, -1024, -1, 0, 1, 3, 1000, 16385, 2097152, INT64_MAX };
    static const uint8_t zero[QN_PIN_HASH];
    uint8_t out[QN_PIN_HASH];
    struct qn_err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memset(out, 1, sizeof out);
        assert_int_equal(qn_pin_hash(out, "1234", 4, "salt", 4, bad[i], &err), QN_EINVAL);
        assert_non_null(strstr(err.text, "power of two"));
        assert_memory_equal(out, zero, sizeof out);
    }
}

static void test_a_pin_is_four_to_sixteen_digits(void **state)
{
    static const struct { const char *pin; size_t n; int code; } cases[] = {
        { "1234", 4, QN_OK }, { "0000000000000000", 16, QN_OK },
        { "", 0, QN_EDENIED }, { "123", 3, QN_EDENIED }, { "00000000000000000", 17, QN_EDENIED },
        { "12 4", 4, QN_EDENIED }, { "12a4", 4, QN_EDENIED }, { "123\0", 4, QN_EDENIED }, { "-123", 4, QN_EDENIED },
        { "\xd9\xa1\xd9\xa2", 4, QN_EDENIED }, /* Arabic digits */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(qn_pin_check((const uint8_t *)cases[i].pin, cases[i].n, NULL), cases[i].code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_is_scrypt),
        cmocka_unit_test(test_hash_depends_on_everything),
        cmocka_unit_test(test_hash_refuses_other_costs),
        cmocka_unit_test(test_a_pin_is_four_to_sixteen_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
