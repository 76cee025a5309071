#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

static void test_adds_until_full(void **state)
{
    struct qn_buf b = { .max = 10 };

    (void)state;
    qn_buf_puts(&b, "12345");
    qn_buf_printf(&b, "%d", 678);
    assert_string_equal(b.data, "12345678");
    assert_int_equal(b.len, 8);
    qn_buf_add(&b, "abc", 3);
    assert_true(b.full);
    assert_int_equal(b.len, 8);
    qn_buf_puts(&b, "9"); /* would fit, but something before it is missing */
    assert_string_equal(b.data, "12345678");
    qn_buf_free(&b);
    assert_null(b.data);
    assert_int_equal(b.len, 0);
    qn_buf_printf(&b, "%s", "");
    assert_false(b.full);
    qn_buf_free(&b);
}

static void test_grows_over_every_size(void **state)
{
    struct qn_buf b = { 0 };

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        char c = (char)('a' + i % 26);

        qn_buf_add(&b, &c, 1);
        assert_int_equal(b.len, i + 1);
        assert_int_equal(b.data[i + 1], '\0');
    }
    for (unsigned i = 0; i < 5000; i++)
        assert_int_equal(b.data[i], 'a' + i % 26);
    qn_buf_free(&b);
}

static void test_bound_is_a_mebibyte_unless_said(void **state)
{
    struct qn_buf b = { 0 };
    char *big = calloc(1, 1 << 20);

    (void)state;
    qn_buf_add(&b, big, 1 << 20);
    assert_false(b.full);
    qn_buf_add(&b, big, 1);
    assert_true(b.full);
    qn_buf_free(&b);
    qn_buf_add(&b, big, SIZE_MAX);
    assert_true(b.full);
    qn_buf_free(&b);
    free(big);
}

static void test_fields_carry_their_length(void **state)
{
    struct qn_buf b = { 0 };

    (void)state;
    qn_buf_field(&b, "ab", 2);
    qn_buf_field(&b, "", 0);
    assert_int_equal(b.len, 10);
    assert_memory_equal(b.data, "\0\0\0\2ab\0\0\0\0", 10);
    qn_buf_free(&b);
}

static void test_hex_both_ways(void **state)
{
    uint8_t out[4] = { 0 };
    char hex[9];

    (void)state;
    assert_string_equal(qn_hex(hex, "\x00\x9f\xa0\xff", 4), "009fa0ff");
    assert_true(qn_unhex(out, 4, "009fA0Ff"));
    assert_memory_equal(out, "\x00\x9f\xa0\xff", 4);
    assert_false(qn_unhex(out, 4, "009fa0f"));
    assert_false(qn_unhex(out, 4, "009fa0ff0"));
    assert_false(qn_unhex(out, 4, "009fa0fg"));
    assert_false(qn_unhex(out, 4, "009fa0f "));
    assert_true(qn_unhex(out, 0, ""));
}

static void test_integers_are_big_endian(void **state)
{
    uint8_t b[8];

    (void)state;
    qn_put64(b, 0x0102030405060708);
    assert_memory_equal(b, "\1\2\3\4\5\6\7\10", 8);
    assert_int_equal(qn_get64(b), 0x0102030405060708);
    assert_int_equal(qn_get32(b + 4), 0x05060708);
    assert_int_equal(qn_get16(b + 6), 0x0708);
    qn_put32(b, 0xfffefdfc);
    assert_int_equal(qn_get32(b), 0xfffefdfc);
    qn_put16(b, 0xfffe);
    assert_int_equal(qn_get16(b), 0xfffe);
}

static void test_utf8(void **state)
{
    static const struct { const char *bytes; int good; const char *copy; } tries[] = {
        { "", 1, "" },
        { "plain", 1, "plain" },
        { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x96\xa8", 1, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x96\xa8" },
        { "a\nb", 0, "a?b" },
        { "\x1b[2J", 0, "?[2J" },
        { "\x7f", 0, "?" },
        { "\xc2\x85", 0, "??" },          /* C1 control */
        { "\xc0\xaf", 0, "??" },          /* overlong */
        { "\xe0\x80\xaf", 0, "???" },
        { "\xed\xa0\x80", 0, "???" },     /* surrogate */
        { "\xf4\x90\x80\x80", 0, "????" }, /* above U+10FFFF */
        { "\xf8\x88\x80\x80\x80", 0, "?????" },
        { "\xe2\x82", 0, "??" },          /* cut short */
        { "\x80", 0, "?" },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(tries); i++) {
        char out[32];
        size_t n = strlen(tries[i].bytes);

        if (qn_utf8_clean(tries[i].bytes, n) != (tries[i].good != 0))
            fail_msg("case %zu", i);
        assert_int_equal(qn_utf8_copy(out, sizeof out, tries[i].bytes, n), strlen(tries[i].copy));
        assert_string_equal(out, tries[i].copy);
    }
    assert_false(qn_utf8_clean("a\0b", 3));
}

static void test_utf8_copy_cuts_between_characters(void **state)
{
    char out[6];

    (void)state;
    assert_int_equal(qn_utf8_copy(out, sizeof out, "abc\xe2\x82\xac", 6), 3);
    assert_string_equal(out, "abc");
    assert_int_equal(qn_utf8_copy(out, 1, "abc", 3), 0);
    assert_string_equal(out, "");
    assert_int_equal(qn_utf8_copy(out, sizeof out, "abcdefgh", 8), 5);
    assert_string_equal(out, "abcde");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds_until_full),
        cmocka_unit_test(test_grows_over_every_size),
        cmocka_unit_test(test_bound_is_a_mebibyte_unless_said),
        cmocka_unit_test(test_fields_carry_their_length),
        cmocka_unit_test(test_hex_both_ways),
        cmocka_unit_test(test_integers_are_big_endian),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_utf8_copy_cuts_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
