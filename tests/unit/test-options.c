#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "deliver/options.h"

/* A printer that can do some things. */
static ipp_t *facts_make(void)
{
    static const char *const sides[] = { "one-sided", "two-sided-long-edge" };
    static const char *const media[] = { "iso_a4_210x297mm", "na_letter_8.5x11in", "custom_card_1x1in" };
    static const int enums[] = { 3, 4 }, ups[] = { 1, 2, 4 };
    ipp_t *f = ippNew();

    ippAddRange(f, IPP_TAG_PRINTER, "copies-supported", 1, 9);
    ippAddStrings(f, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "sides-supported", 2, NULL, sides);
    ippAddStrings(f, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "media-supported", 3, NULL, media);
    ippAddIntegers(f, IPP_TAG_PRINTER, IPP_TAG_ENUM, "finishings-supported", 2, enums);
    ippAddIntegers(f, IPP_TAG_PRINTER, IPP_TAG_ENUM, "orientation-requested-supported", 2, enums);
    ippAddIntegers(f, IPP_TAG_PRINTER, IPP_TAG_INTEGER, "number-up-supported", 3, ups);
    ippAddBoolean(f, IPP_TAG_PRINTER, "page-ranges-supported", 1);
    ippAddResolution(f, IPP_TAG_PRINTER, "printer-resolution-supported", IPP_RES_PER_INCH, 600, 600);
    ippAddString(f, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "print-color-mode-supported", NULL, "monochrome");
    ippAddString(f, IPP_TAG_PRINTER, IPP_TAG_TEXT, "output-bin-supported", NULL, "of the wrong type");
    ippAddInteger(f, IPP_TAG_PRINTER, IPP_TAG_INTEGER, "print-quality-supported", 5);
    return f;
}

/* What is sent, and as which tag, when an option is asked for. want NULL: left out. */
static const struct {
    const char *name, *text, *want;
    ipp_tag_t tag;
} cases[] = {
    { "copies", "3", "3", IPP_TAG_INTEGER },
    { "copies", "9", "9", IPP_TAG_INTEGER },
    { "copies", "10", NULL, IPP_TAG_ZERO },
    { "copies", "0", NULL, IPP_TAG_ZERO },
    { "copies", "-1", NULL, IPP_TAG_ZERO },
    { "copies", " 3", NULL, IPP_TAG_ZERO },
    { "copies", "3x", NULL, IPP_TAG_ZERO },
    { "copies", "", NULL, IPP_TAG_ZERO },
    { "copies", "1,2", NULL, IPP_TAG_ZERO },
    { "copies", "99999999999999999999", NULL, IPP_TAG_ZERO },
    { "copies", "2147483648", NULL, IPP_TAG_ZERO },
    { "sides", "two-sided-long-edge", "two-sided-long-edge", IPP_TAG_KEYWORD },
    { "sides", "two-sided-short-edge", NULL, IPP_TAG_ZERO },
    { "sides", "one-sided,two-sided-long-edge", NULL, IPP_TAG_ZERO },
    { "media", "A4", "iso_a4_210x297mm", IPP_TAG_KEYWORD },
    { "media", "iso_a4_210x297mm", "iso_a4_210x297mm", IPP_TAG_KEYWORD },
    { "media", "Letter", "na_letter_8.5x11in", IPP_TAG_KEYWORD },
    { "media", "A4,tray-1", "iso_a4_210x297mm", IPP_TAG_KEYWORD },
    { "media", "custom_card_1x1in", "custom_card_1x1in", IPP_TAG_KEYWORD },
    { "media", "A3", NULL, IPP_TAG_ZERO },
    { "finishings", "4", "staple", IPP_TAG_ENUM },
    { "finishings", "none,staple", "none,staple", IPP_TAG_ENUM },
    { "finishings", "staple,punch", NULL, IPP_TAG_ZERO },
    { "finishings", "4x", NULL, IPP_TAG_ZERO },
    { "finishings", "3,4,3,4,3,4,3,4,3,4,3,4,3,4,3,4,3", NULL, IPP_TAG_ZERO },
    { "orientation-requested", "landscape", "landscape", IPP_TAG_ENUM },
    { "orientation-requested", "4", "landscape", IPP_TAG_ENUM },
    { "orientation-requested", "6", NULL, IPP_TAG_ZERO },
    { "number-up", "4", "4", IPP_TAG_INTEGER },
    { "number-up", "3", NULL, IPP_TAG_ZERO },
    { "page-ranges", "1-4,7", "1-4,7-7", IPP_TAG_RANGE },
    { "page-ranges", "2", "2-2", IPP_TAG_RANGE },
    { "page-ranges", "-3", "1-3", IPP_TAG_RANGE },
    { "page-ranges", "5-", "5-2147483647", IPP_TAG_RANGE },
    { "page-ranges", "4-1", NULL, IPP_TAG_ZERO },
    { "page-ranges", "1-4,3-5", NULL, IPP_TAG_ZERO },
    { "page-ranges", "1-2-3", NULL, IPP_TAG_ZERO },
    { "page-ranges", "0-2", NULL, IPP_TAG_ZERO },
    { "page-ranges", "1,,2", NULL, IPP_TAG_ZERO },
    { "page-ranges", "-", NULL, IPP_TAG_ZERO },
    { "printer-resolution", "600dpi", "600dpi", IPP_TAG_RESOLUTION },
    { "printer-resolution", "600x600dpi", "600dpi", IPP_TAG_RESOLUTION },
    { "printer-resolution", "300dpi", NULL, IPP_TAG_ZERO },
    { "printer-resolution", "600", NULL, IPP_TAG_ZERO },
    { "print-color-mode", "monochrome", "monochrome", IPP_TAG_KEYWORD },
    { "print-color-mode", "color", NULL, IPP_TAG_ZERO },
    { "print-scaling", "fit", NULL, IPP_TAG_ZERO }, /* the printer does not say that it can */
    { "output-bin", "of the wrong type", NULL, IPP_TAG_ZERO },
    { "print-quality", "5", "high", IPP_TAG_ENUM },
    { "job-hold-until", "indefinite", NULL, IPP_TAG_ZERO },
    { "job-name", "title", NULL, IPP_TAG_ZERO },
};

static void test_each_option(void **state)
{
    ipp_t *facts = facts_make();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *options = json_pack("{s:s}", cases[i].name, cases[i].text);
        ipp_t *request = ippNewRequest(IPP_OP_CREATE_JOB);
        ipp_attribute_t *a;
        char left_out[64], got[128];

        print_message("%s=%s\n", cases[i].name, cases[i].text);
        qn_options_add(request, options, facts, left_out, sizeof left_out);
        a = ippFindAttribute(request, cases[i].name, IPP_TAG_ZERO);
        assert_string_equal(left_out, cases[i].want ? "" : cases[i].name);
        if (cases[i].want) {
            assert_non_null(a);
            assert_int_equal(ippGetValueTag(a), cases[i].tag);
            assert_int_equal(ippGetGroupTag(a), IPP_TAG_JOB);
            ippAttributeString(a, got, sizeof got);
            assert_string_equal(got, cases[i].want);
        } else {
            assert_null(a);
        }
        ippDelete(request);
        json_decref(options);
    }
    ippDelete(facts);
}

static void test_left_out_is_bounded(void **state)
{
    json_t *options = json_object();
    ipp_t *request = ippNewRequest(IPP_OP_CREATE_JOB), *facts = facts_make();
    char left_out[32], name[16];

    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "option-%d", i);
        json_object_set_new(options, name, json_string("x"));
    }
    qn_options_add(request, options, facts, left_out, sizeof left_out);
    assert_int_equal(strlen(left_out), sizeof left_out - 1);
    ippDelete(request);
    ippDelete(facts);
    json_decref(options);
}

static void test_too_long_a_value_is_left_out(void **state)
{
    char text[1100], left_out[32];
    json_t *options;
    ipp_t *request = ippNewRequest(IPP_OP_CREATE_JOB), *facts = facts_make();

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (size_t n = 127; n < sizeof text; n += 900) {
        options = json_object();
        json_object_set_new(options, "sides", json_string(text + sizeof text - 1 - n));
        qn_options_add(request, options, facts, left_out, sizeof left_out);
        assert_string_equal(left_out, "sides");
        json_decref(options);
    }
    ippDelete(request);
    ippDelete(facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_option),
        cmocka_unit_test(test_left_out_is_bounded),
        cmocka_unit_test(test_too_long_a_value_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
