/* What a job asks for and a printer has not. */
#include "config.h"

#include "server/job-fit.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

static const char printer[] =
    "{'copies': 99, 'sides': ['one-sided'], 'colors': ['monochrome', 'auto'], 'media': ['iso_a4_210x297mm', 'custom_min_1x1mm'],"
    " 'finishings': ['none', 'punch-dual-left', 'fold-engineering-z'], 'does': ['number-up', 'output-bin']}";

static json_t *json_of(const char *text)
{
    char copy[512];
    json_t *o;

    snprintf(copy, sizeof copy, "%s", text);
    for (char *p = copy; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    o = json_loads(copy, JSON_DECODE_ANY, NULL);
    assert_non_null(o);
    return o;
}

static void check(const char *options, const char *format, const char *facts, const char *want)
{
    json_t *o = json_of(options), *f = facts ? json_of(facts) : NULL, *w = json_of(want), *got = qn_fit_lacks(o, format, f);

    if (!json_equal(got, w)) {
        char *text = json_dumps(got, JSON_COMPACT);

        fail_msg("%s of %s: %s, not %s", options, format, text, want);
    }
    json_decref(o);
    json_decref(f);
    json_decref(w);
    json_decref(got);
}

static void test_what_a_printer_lacks(void **state)
{
    static const struct { const char *options, *lacks; } cases[] = {
        { "{}", "[]" },
        { "{'copies': '99'}", "[]" },
        { "{'copies': '100'}", "['copies']" },
        { "{'copies': '1'}", "[]" },
        { "{'sides': 'one-sided'}", "[]" },
        { "{'sides': 'two-sided-long-edge'}", "['sides']" },
        { "{'print-color-mode': 'color'}", "['print-color-mode']" },
        { "{'print-color-mode': 'auto'}", "[]" },
        { "{'media': 'iso_a4_210x297mm'}", "[]" },
        { "{'media': 'iso_a4_210x297mm,tray-9'}", "[]" },
        { "{'media': 'custom_card_3x4mm'}", "[]" },
        { "{'media': 'iso_a3_297x420mm'}", "['media']" },
        { "{'finishings': '3'}", "[]" },
        { "{'finishings': '74'}", "[]" },
        { "{'finishings': '74,101'}", "[]" },
        { "{'finishings': 'none,punch-dual-left'}", "[]" },
        { "{'finishings': '74,20'}", "['finishings']" },
        { "{'finishings': '4'}", "['finishings']" },
        { "{'finishings': '17'}", "['finishings']" },
        { "{'finishings': '2000'}", "['finishings']" },
        { "{'page-ranges': '1-2', 'number-up': '2'}", "[]" },
        { "{'sides': 'two-sided-short-edge', 'media': 'x_y', 'finishings': 'a', 'print-quality': '5', 'no-such': 'x'}",
          "['sides', 'finishings', 'media', 'print-quality']" },
        { "{'output-bin': 'face-up', 'printer-resolution': '600dpi', 'media-source': 'tray-2', 'media-type': 'auto'}",
          "['media-source', 'printer-resolution']" },
        { "{'page-set': 'odd', 'print-scaling': 'fit'}", "[]" },
        { "{'sides': 7, 'copies': null}", "[]" },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(cases); i++)
        check(cases[i].options, "application/pdf", printer, cases[i].lacks);
}

static void test_pages_and_layout_of_what_is_no_pdf(void **state)
{
    (void)state;
    check("{'page-ranges': '1-2', 'number-up': '2'}", "image/urf", printer, "['page-ranges']");
    check("{'page-ranges': '1-2', 'number-up': '1'}", "image/urf", "{'does': []}", "['page-ranges']");
    check("{'page-ranges': '1-2', 'number-up': '2'}", "image/urf", "{'does': []}", "['page-ranges', 'number-up']");
    check("{'page-ranges': '1-2'}", "image/urf", "{}", "[]");
}

static void test_what_is_not_known_is_not_said_to_be_lacking(void **state)
{
    static const char many[] = "{'copies': '100', 'sides': 'two-sided-long-edge', 'print-color-mode': 'color',"
                               " 'media': 'iso_a3_297x420mm', 'finishings': '4', 'page-ranges': '1'}";
    json_t *long_list = json_array(), *facts = json_pack("{s:O}", "media", long_list), *o = json_of("{'media': 'iso_a3_297x420mm'}"), *got;

    (void)state;
    check(many, "image/urf", NULL, "[]");
    check(many, "image/urf", "{}", "[]");
    check(many, "image/urf", "{'copies': 1, 'sides': [], 'colors': [], 'media': [], 'finishings': [], 'does': []}",
          "['page-ranges', 'copies', 'sides', 'finishings']");
    for (int i = 0; i < 40; i++)
        json_array_append_new(long_list, json_sprintf("custom_%d_1x1mm", i));
    got = qn_fit_lacks(o, "application/pdf", facts);
    assert_int_equal(json_array_size(got), 0);
    json_decref(got);
    json_decref(o);
    json_decref(facts);
    json_decref(long_list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_printer_lacks),
        cmocka_unit_test(test_pages_and_layout_of_what_is_no_pdf),
        cmocka_unit_test(test_what_is_not_known_is_not_said_to_be_lacking),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
