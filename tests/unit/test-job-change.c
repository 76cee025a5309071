/* What may be changed of a job at its release, and how that is written down. */
#include "tests/unit/test.h"

#include <string.h>

#include "server/job-change.h"

static void test_names_and_shapes(void **state)
{
    static const struct { const char *name, *value; bool ok; } cases[] = {
        { "copies", "1", true }, { "copies", "999", true }, { "copies", "0", false }, { "copies", "1000", false }, { "copies", "", false },
        { "copies", "+1", false }, { "copies", "1,2", false }, { "copies", "09", false }, { "sides", "two-sided-long-edge", true },
        { "sides", "one-sided,one-sided", false }, { "sides", "", false }, { "print-color-mode", "monochrome", true },
        { "media", "na_letter_8.5x11in", true }, { "media", "A4", true }, { "media", "a/b", false }, { "media", "a b", false },
        { "finishings", "staple", true }, { "finishings", "staple,punch", true }, { "finishings", "staple,,punch", false },
        { "finishings", ",staple", false }, { "finishings", "staple,", false }, { "finishings", "1,2,3,4,5,6,7,8", true },
        { "finishings", "1,2,3,4,5,6,7,8,9", false }, { "number-up", "2", false }, { "", "2", false }, { "Copies", "2", false },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(cases); i++) {
        json_t *changes = json_pack("{s:s}", cases[i].name, cases[i].value);
        struct qn_err err = { 0 };

        assert_int_equal(qn_change_check(changes, &err), cases[i].ok ? 0 : QN_EINVAL);
        json_decref(changes);
    }
    assert_int_equal(qn_change_check(NULL, NULL), 0);
}

static void test_the_text_for_the_record(void **state)
{
    json_t *changes = json_pack("{s:s, s:s, s:s}", "media", "iso_a4_210x297mm", "copies", "2", "number-up", "4");
    char text[64];

    (void)state;
    qn_change_text(changes, text, sizeof text);
    assert_string_equal(text, "copies=2 media=iso_a4_210x297mm");
    qn_change_text(changes, text, 12);
    assert_string_equal(text, "copies=2 me");
    qn_change_text(NULL, text, sizeof text);
    assert_string_equal(text, "");
    json_decref(changes);
}

static void test_what_was_asked_for_of_that(void **state)
{
    json_t *options = json_pack("{s:s, s:s, s:s, s:i}", "copies", "2", "sides", "one-sided", "number-up", "4", "media", 7);
    json_t *asked = qn_change_asked(options), *nothing = qn_change_asked(NULL);

    (void)state;
    assert_int_equal(json_object_size(asked), 2);
    assert_string_equal(json_string_value(json_object_get(asked, "sides")), "one-sided");
    assert_int_equal(json_object_size(nothing), 0);
    json_decref(options);
    json_decref(asked);
    json_decref(nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_shapes),
        cmocka_unit_test(test_the_text_for_the_record),
        cmocka_unit_test(test_what_was_asked_for_of_that),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
