#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "deliver/layout.h"

#define NARROW " media-bottom-margin=0 media-left-margin=0 media-right-margin=0 media-top-margin=0"
#define START "page-logging=true PageSize=iso_a4_210x297mm print-scaling="
#define PAGES START "auto-fit page-ranges="

/* What a printer can: nothing of it, some of it. */
enum { NOTHING, RANGES, UP, SCALES };

static ipp_t *facts_make(int can)
{
    static const char *const media[] = { "iso_a4_210x297mm", "iso_a5_148x210mm" }, *const scalings[] = { "auto", "fit" };
    static const int ups[] = { 1, 2 }, sides[] = { 0, 423 };
    ipp_t *f = ippNew();

    ippAddStrings(f, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "media-supported", 2, NULL, media);
    ippAddString(f, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "media-default", NULL, "iso_a4_210x297mm");
    ippAddIntegers(f, IPP_TAG_PRINTER, IPP_TAG_INTEGER, "media-left-margin-supported", 2, sides);
    if (can == RANGES)
        ippAddBoolean(f, IPP_TAG_PRINTER, "page-ranges-supported", 1);
    if (can == UP)
        ippAddIntegers(f, IPP_TAG_PRINTER, IPP_TAG_INTEGER, "number-up-supported", 2, ups);
    if (can == SCALES)
        ippAddStrings(f, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "print-scaling-supported", 2, NULL, scalings);
    return f;
}

/* Options of a PDF, what the printer can, the passes that follow and how many options are left to it; passes NULL: refused. */
static const struct {
    const char *options;
    int can;
    const char *first, *second;
    unsigned left;
} cases[] = {
    { "{}", NOTHING, "", "", 0 },
    { "{'copies': '2', 'sides': 'one-sided'}", NOTHING, "", "", 2 },
    { "{'page-ranges': '1-3'}", RANGES, "", "", 1 },
    { "{'page-ranges': '1-3', 'copies': '2'}", NOTHING, PAGES "1-3" NARROW, "", 1 },
    { "{'page-ranges': '1,3,5-'}", NOTHING, PAGES "1,3,5-" NARROW, "", 0 },
    { "{'page-ranges': ''}", NOTHING, "", "", 1 },
    { "{'page-ranges': '1 2'}", NOTHING, NULL, NULL, 1 },
    { "{'page-ranges': '1-2;reboot'}", NOTHING, NULL, NULL, 1 },
    { "{'number-up': '1'}", NOTHING, "", "", 1 },
    { "{'number-up': '2'}", UP, "", "", 1 },
    { "{'number-up': '4'}", UP, START "auto-fit number-up=4 media-left-margin=423", "", 0 },
    { "{'number-up': '5'}", NOTHING, NULL, NULL, 1 },
    { "{'number-up': '2 page-ranges=1'}", NOTHING, NULL, NULL, 1 },
    { "{'number-up': '2', 'presentation-direction-number-up': 'toleft-tobottom'}", NOTHING,
      START "auto-fit number-up=2 number-up-layout=rltb media-left-margin=423", "", 0 },
    { "{'number-up': '2', 'presentation-direction-number-up': 'toleft-tobottom'}", UP,
      START "auto-fit number-up=2 number-up-layout=rltb media-left-margin=423", "", 0 },
    { "{'page-set': 'all'}", NOTHING, "", "", 1 },
    { "{'page-set': 'no-such'}", NOTHING, NULL, NULL, 1 },
    { "{'page-set': 'odd'}", RANGES, START "auto-fit page-set=odd" NARROW, "", 0 },
    { "{'page-set': 'even', 'page-ranges': '2'}", RANGES, PAGES "2 page-set=even" NARROW, "", 0 },
    { "{'page-set': 'even', 'page-ranges': '2', 'number-up': '2'}", UP, PAGES "2" NARROW,
      START "auto-fit number-up=2 page-set=even media-left-margin=423", 0 },
    { "{'presentation-direction-number-up': 'toleft-tobottom'}", NOTHING, "", "", 1 },
    { "{'print-scaling': 'fit'}", NOTHING, START "fit media-left-margin=423", "", 0 },
    { "{'print-scaling': 'fit'}", SCALES, "", "", 1 },
    { "{'print-scaling': 'fill'}", SCALES, START "fill media-left-margin=423", "", 0 },
    { "{'print-scaling': 'auto'}", NOTHING, "", "", 1 },
    { "{'print-scaling': 'none'}", NOTHING, "", "", 1 },
    { "{'print-scaling': 'no-such'}", NOTHING, "", "", 1 },
    { "{'orientation-requested': '4'}", NOTHING, "", "", 1 },
    { "{'number-up': '2', 'orientation-requested': '4'}", NOTHING,
      START "auto-fit number-up=2 orientation-requested=4 media-left-margin=423", "", 0 },
    { "{'number-up': '2', 'orientation-requested': 'landscape'}", NOTHING,
      START "auto-fit number-up=2 orientation-requested=4 media-left-margin=423", "", 0 },
    { "{'number-up': '2', 'orientation-requested': '7'}", NOTHING, START "auto-fit number-up=2 media-left-margin=423", "", 0 },
    /* one of them draws the others along, and pages are chosen before they are put together */
    { "{'page-ranges': '2', 'number-up': '2'}", UP, PAGES "2" NARROW, START "auto-fit number-up=2 media-left-margin=423", 0 },
    { "{'page-ranges': '2', 'number-up': '2'}", RANGES, PAGES "2" NARROW, START "auto-fit number-up=2 media-left-margin=423", 0 },
    { "{'page-ranges': '2', 'print-scaling': 'fit'}", SCALES, START "fit page-ranges=2 media-left-margin=423", "", 0 },
    { "{'page-ranges': '2', 'number-up': '5'}", UP, NULL, NULL, 2 },
    { "{'page-ranges': '2', 'media': 'A5'}", NOTHING, "page-logging=true PageSize=iso_a5_148x210mm print-scaling=auto-fit page-ranges=2" NARROW,
      "", 1 },
    { "{'page-ranges': '2', 'media': 'A3'}", NOTHING, PAGES "2" NARROW, "", 1 },
};

static json_t *json_of(const char *text)
{
    char copy[512];

    snprintf(copy, sizeof copy, "%s", text);
    for (char *p = copy; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    return json_loads(copy, 0, NULL);
}

static void test_plans(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *options = json_of(cases[i].options);
        ipp_t *facts = facts_make(cases[i].can);
        struct qn_layout l;
        struct qn_err err;
        int r = qn_layout_plan(&l, options, "application/pdf", facts, &err);

        print_message("%s\n", cases[i].options);
        assert_int_equal(r, cases[i].first ? 0 : QN_EUNSUPPORTED);
        if (r == 0) {
            assert_int_equal(l.passes, !!*cases[i].first + !!*cases[i].second);
            assert_string_equal(l.options[0], cases[i].first);
            assert_string_equal(l.options[1], cases[i].second);
        }
        assert_int_equal(json_object_size(l.rest), cases[i].left);
        qn_layout_free(&l);
        ippDelete(facts);
        json_decref(options);
    }
}

static void test_only_a_pdf_can_be_laid_out(void **state)
{
    static const struct { const char *options; int want; } others[] = {
        { "{'page-ranges': '2'}", QN_EUNSUPPORTED }, { "{'number-up': '2'}", QN_EUNSUPPORTED }, { "{'number-up': '1'}", 0 },
        { "{'print-scaling': 'fit'}", 0 }, { "{'copies': '2'}", 0 },
    };
    ipp_t *facts = facts_make(NOTHING);

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        json_t *options = json_of(others[i].options);
        struct qn_layout l;
        struct qn_err err;

        assert_int_equal(qn_layout_plan(&l, options, "image/pwg-raster", facts, &err), others[i].want);
        assert_int_equal(l.passes, 0);
        qn_layout_free(&l);
        json_decref(options);
    }
    ippDelete(facts);
}

static void test_paper_that_is_no_paper(void **state)
{
    static const char *const names[] = { "", "x", "iso_a4_210x297mm page-label=secret", "custom_a=b_10x10mm", "custom_a_10x10mm\n" };
    json_t *options = json_of("{'page-ranges': '2'}");

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ipp_t *facts = ippNew();
        struct qn_layout l;
        struct qn_err err;

        ippAddString(facts, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "media-default", NULL, names[i]);
        assert_int_equal(qn_layout_plan(&l, options, "application/pdf", facts, &err), 0);
        assert_string_equal(l.options[0], PAGES "2" NARROW);
        qn_layout_free(&l);
        ippDelete(facts);
    }
    json_decref(options);
}

static void test_what_the_helper_takes(void **state)
{
    static const struct { const char *text; bool allowed; } texts[] = {
        { "", true }, { PAGES "1-3" NARROW, true }, { "number-up=2", true },
        { "number-up", false }, { "number-up=", false }, { "=2", false }, { "no-such=2", false }, { "page-label=x", false },
        { "pdftopdf-form-flattening=gs", false }, { "number-up=2;x", false }, { "number-up=2\tx=y", false }, { "PageSize=/etc/passwd", false },
        { "number-up={a}", false }, { "number-up='a", false }, { "number-up=2 number-up", false }, { "number-upx=2", false },
    };
    static char longer[QN_LAYOUT_TEXT + 1];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (qn_layout_allowed(texts[i].text) != texts[i].allowed)
            fail_msg("\"%s\"", texts[i].text);
    memset(longer, ' ', QN_LAYOUT_TEXT);
    assert_false(qn_layout_allowed(longer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans),
        cmocka_unit_test(test_only_a_pdf_can_be_laid_out),
        cmocka_unit_test(test_paper_that_is_no_paper),
        cmocka_unit_test(test_what_the_helper_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
