#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "lib/id.h"

static void test_uuids_carry_their_time_and_sort_by_it(void **state)
{
    char a[QN_UUID_TEXT], b[QN_UUID_TEXT], text[QN_UUID_TEXT];
    uint8_t id[16];
    int64_t ms = 0;

    (void)state;
    qn_uuid_make(a, 0x0193b0a1c2d3);
    qn_uuid_make(b, 0x0193b0a1c2d4);
    assert_memory_equal(a, "0193b0a1-c2d3-7", 15);
    assert_true(strcmp(a, b) < 0);
    assert_true(qn_uuid_parse(id, a));
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | id[i];
    assert_int_equal(ms, 0x0193b0a1c2d3);
    qn_uuid_format(text, id);
    assert_string_equal(text, a);
    qn_uuid_make(b, 0x0193b0a1c2d3);
    assert_string_not_equal(a, b);
}

static void test_only_the_canonical_form_is_parsed(void **state)
{
    static const char *const bad[] = {
        NULL, "", "0193b0a1-c2d3-7e4f-8a5b-6c7d8e9fa0b", "0193b0a1-c2d3-7e4f-8a5b-6c7d8e9fa0b10",
        "0193B0A1-c2d3-7e4f-8a5b-6c7d8e9fa0b1", "0193b0a1-c2d3-4e4f-8a5b-6c7d8e9fa0b1", "0193b0a1-c2d3-7e4f-ca5b-6c7d8e9fa0b1",
        "0193b0a1xc2d3-7e4f-8a5b-6c7d8e9fa0b1", "0193b0a1-c2d3-7e4f-8a5b-6c7d8e9fa0bg", "{193b0a1-c2d3-7e4f-8a5b-6c7d8e9fa0b}",
        "0193b0a1c2d37e4f8a5b6c7d8e9fa0b10000",
    };
    uint8_t id[16];

    (void)state;
    assert_true(qn_uuid_parse(id, "0193b0a1-c2d3-7e4f-8a5b-6c7d8e9fa0b1"));
    assert_memory_equal(id, "\x01\x93\xb0\xa1\xc2\xd3\x7e\x4f\x8a\x5b\x6c\x7d\x8e\x9f\xa0\xb1", 16);
    for (size_t i = 0; i < QN_COUNT(bad); i++)
        if (qn_uuid_parse(id, bad[i]))
            fail_msg("'%s' was parsed", bad[i]);
}

static void test_request_ids(void **state)
{
    char a[QN_REQUEST_TEXT], b[QN_REQUEST_TEXT];

    (void)state;
    qn_request_make(a);
    qn_request_make(b);
    assert_true(qn_request_valid(a));
    assert_string_not_equal(a, b);
    assert_false(qn_request_valid(NULL));
    assert_false(qn_request_valid(""));
    assert_false(qn_request_valid("r0123456789abcde"));
    assert_false(qn_request_valid("r0123456789abcdef0"));
    assert_false(qn_request_valid("r0123456789ABCDEF"));
    assert_false(qn_request_valid("x0123456789abcdef"));
}

static void test_random_fills_everything(void **state)
{
    uint8_t p[1000] = { 0 };
    unsigned zeros = 0;

    (void)state;
    qn_random(p, sizeof p);
    for (size_t i = 0; i < sizeof p; i++)
        zeros += p[i] == 0;
    assert_true(zeros < 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uuids_carry_their_time_and_sort_by_it),
        cmocka_unit_test(test_only_the_canonical_form_is_parsed),
        cmocka_unit_test(test_request_ids),
        cmocka_unit_test(test_random_fills_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
