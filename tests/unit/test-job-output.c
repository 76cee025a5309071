/* What a release asks for, and what the printer's counts say of it. */
#include "config.h"

#include "server/job-output.h"

#include <string.h>

#include "tests/unit/test.h"

static void test_impressions_are_ranges_by_side_by_copies(void **state)
{
    static const struct { int64_t pages; const char *options; int64_t expected; } cases[] = {
        { 12, "{}", 12 },
        { 12, "{'copies': '3'}", 36 },
        { 12, "{'copies': '3', 'sides': 'two-sided-long-edge'}", 36 },
        { 12, "{'number-up': '4'}", 3 },
        { 13, "{'number-up': '4', 'copies': '2'}", 8 },
        { 12, "{'page-ranges': '1-3'}", 3 },
        { 12, "{'page-ranges': '1-3,5,11-20'}", 6 },
        { 12, "{'page-ranges': '1-3,5,11-20', 'number-up': '4', 'copies': '2'}", 4 },
        { 12, "{'page-ranges': '10-'}", 3 },
        { 12, "{'page-ranges': '-4,6-2147483647'}", 11 },
        { 12, "{'page-ranges': '1,2,3,4,5,6,7,8,9,10,11,12,13,14'}", 12 },
        { 100000000, "{'copies': '2147483647'}", 214748364700000000 },
        /* not known */
        { -1, "{}", -1 }, { 0, "{}", -1 }, { 100000001, "{}", -1 },
        { 12, "{'page-set': 'odd'}", -1 },
        { 12, "{'page-ranges': '13-20'}", -1 },
        { 12, "{'page-ranges': '3-1'}", -1 }, { 12, "{'page-ranges': '1-3,3'}", -1 }, { 12, "{'page-ranges': '0-3'}", -1 },
        { 12, "{'page-ranges': '-'}", -1 }, { 12, "{'page-ranges': ''}", -1 }, { 12, "{'page-ranges': '1,'}", -1 },
        { 12, "{'page-ranges': '1 2'}", -1 }, { 12, "{'page-ranges': '99999999999'}", -1 },
        { 12, "{'copies': '0'}", -1 }, { 12, "{'copies': '-1'}", -1 }, { 12, "{'copies': 'many'}", -1 }, { 12, "{'copies': 3}", -1 },
        { 12, "{'copies': ''}", -1 }, { 12, "{'number-up': '2x'}", -1 }, { 12, "{'number-up': '2147483648'}", -1 },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(cases); i++) {
        char text[200];
        json_t *options;
        int64_t got;

        snprintf(text, sizeof text, "%s", cases[i].options);
        for (char *p = text; *p; p++)
            *p = *p == '\'' ? '"' : *p;
        options = json_loads(text, 0, NULL);
        assert_non_null(options);
        got = qn_output_expected(cases[i].pages, options);
        if (got != cases[i].expected)
            fail_msg("%lld pages with %s: %lld, not %lld", (long long)cases[i].pages, text, (long long)got,
                     (long long)cases[i].expected);
        json_decref(options);
    }
    assert_int_equal(qn_output_expected(5, NULL), 5);
}

static void test_the_word_needs_a_count_that_can_be_believed(void **state)
{
    static const struct { int64_t expected, impressions, sheets; bool driver; const char *word; } cases[] = {
        { 12, 12, -1, false, "confirmed" },
        { 12, 12, 6, false, "confirmed" },        /* both sides */
        { 12, 12, 12, false, "confirmed" },
        { 12, 14, 7, false, "confirmed" },        /* blank backs may be counted */
        { 12, INT64_MAX, -1, false, "confirmed" },
        { 12, -1, 12, false, "confirmed" },
        { 12, 0, 12, false, "confirmed" },        /* it counts sheets only */
        { 12, 3, -1, false, "short" },
        { 12, 11, -1, false, "short" },
        { 12, 11, 0, false, "short" },
        { 12, 11, 6, false, "short" },
        { 12, 3, 2, false, "short" },
        { 12, -1, 5, false, "short" },            /* too few even for both sides */
        { 13, -1, 6, false, "short" },
        { 12, -1, -1, false, "unknown" },
        { 12, 0, -1, false, "unknown" },          /* completed, so it does not count */
        { 12, 0, 0, false, "unknown" },
        { 12, -1, 6, false, "unknown" },          /* all on both sides, or half of it */
        { 12, -1, 11, false, "unknown" },
        { 12, 12, 5, false, "unknown" },          /* one of the two is wrong */
        { 12, 3, 12, false, "unknown" },
        { 12, -5, INT64_MIN, false, "unknown" },
        { 12, -1, INT64_MAX, false, "confirmed" },
        { -1, 12, 12, false, "unknown" },
        { 0, 0, 0, false, "unknown" },
        { INT64_MAX, 12, INT64_MAX, false, "short" },
        { 12, 12, 12, true, "unknown" },          /* a driver's own count */
        { 12, 3, -1, true, "unknown" },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(cases); i++) {
        const char *got = qn_output_judge(cases[i].expected, cases[i].impressions, cases[i].sheets, cases[i].driver);

        if (strcmp(got, cases[i].word) != 0)
            fail_msg("expected %lld, impressions %lld, sheets %lld: %s, not %s", (long long)cases[i].expected,
                     (long long)cases[i].impressions, (long long)cases[i].sheets, got, cases[i].word);
    }
}

static void test_what_is_not_said_does_not_wipe_out_what_was(void **state)
{
    struct qn_job j = { .impressions = 5, .sheets = -1 };
    struct qn_msg m;

    (void)state;
    qn_msg_request(&m, "deliver.progress", NULL);
    qn_msg_int(&m, "impressions", -1);
    qn_msg_int(&m, "sheets", 3);
    qn_output_learn(&j, &m);
    qn_msg_free(&m);
    assert_int_equal(j.impressions, 5);
    assert_int_equal(j.sheets, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_impressions_are_ranges_by_side_by_copies),
        cmocka_unit_test(test_the_word_needs_a_count_that_can_be_believed),
        cmocka_unit_test(test_what_is_not_said_does_not_wipe_out_what_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
