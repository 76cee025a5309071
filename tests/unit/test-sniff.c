#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "intake/sniff.h"
#include "lib/buf.h"

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

/* Feeds in pieces of `step` bytes. True if the format is `name` and complete; *known says whether the format was named. */
static bool whole(const uint8_t *p, size_t n, size_t step, const char *name, bool *known)
{
    static struct qn_sniff s;
    const char *found = qn_sniff_start(&s, p, n < QN_SNIFF_HEAD ? n : QN_SNIFF_HEAD);

    *known = found && strcmp(found, name) == 0;
    if (!found)
        return false;
    for (size_t at = 0; at < n; at += step)
        qn_sniff_feed(&s, p + at, n - at < step ? n - at : step);
    return qn_sniff_complete(&s);
}

static const struct { const char *what, *name; const uint8_t *p; size_t n; bool known, whole; } cases[] = {
    { "pdf", "application/pdf", BYTES("%PDF-1.7\nx\n%%EOF"), true, true },
    { "pdf, newline", "application/pdf", BYTES("%PDF-1.7\nx\n%%EOF\r\n"), true, true },
    { "pdf, padded", "application/pdf", BYTES("%PDF-1.7\nx\n%%EOF\n \t\f\0\0"), true, true },
    { "pdf, text behind", "application/pdf", BYTES("%PDF-1.7\nx\n%%EOF\nmore"), true, false },
    { "pdf, cut in the end", "application/pdf", BYTES("%PDF-1.7\nx\n%%EO"), true, false },
    { "pdf, no end", "application/pdf", BYTES("%PDF-1.7\nx\n"), true, false },
    { "pdf, begin alone", "application/pdf", BYTES("%PDF-"), true, false },
    { "pdf, cut begin", "application/pdf", BYTES("%PDF"), false, false },
    { "pdf not at the start", "application/pdf", BYTES("\n%PDF-1.7\n%%EOF"), false, false },
    { "postscript", "application/postscript", BYTES("%!PS-Adobe-3.0\nshowpage\n%%EOF\n\x04"), true, true },
    { "postscript, cut", "application/postscript", BYTES("%!PS-Adobe-3.0\nshowpage\n"), true, false },
    { "jpeg", "image/jpeg", BYTES("\xff\xd8\xff\xe0 data \xff\xd9"), true, true },
    { "jpeg, cut", "image/jpeg", BYTES("\xff\xd8\xff\xe0 data \xff"), true, false },
    { "cups raster", "image/pwg-raster", BYTES("RaS2\0\0\0\0\0\0\0\0\0\0\0\0"), false, false },
    { "text", "text/plain", BYTES("hello"), false, false },
    { "zip", "application/zip", BYTES("PK\x03\x04"), false, false },
    { "nothing", "", BYTES(""), false, false },
};

static void test_formats_and_their_ends(void **state)
{
    static const size_t steps[] = { 1, 3, 7, 1 << 20 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < sizeof steps / sizeof *steps; j++) {
            bool known, is = whole(cases[i].p, cases[i].n, steps[j], cases[i].name, &known);

            if (is != cases[i].whole || known != cases[i].known)
                fail_msg("%s in pieces of %zu: known %d, whole %d", cases[i].what, steps[j], known, is);
        }
}

static void test_end_behind_a_long_document(void **state)
{
    static uint8_t doc[20000];
    bool known;

    (void)state;
    memset(doc, 'x', sizeof doc);
    memcpy(doc, "%PDF-1.4", 8);
    memcpy(doc + sizeof doc - 6, "%%EOF\n", 6);
    for (size_t step = 1; step <= 8192; step *= 2)
        assert_true(whole(doc, sizeof doc, step, "application/pdf", &known));
    for (size_t step = 4095; step <= 4097; step++)
        assert_true(whole(doc, sizeof doc, step, "application/pdf", &known));
    for (size_t cut = 2; cut < 40; cut++)
        assert_false(whole(doc, sizeof doc - cut, 1000, "application/pdf", &known));
}

/* One page of 4 lines of 3 pixels of 3 bytes: a repeated line, then literal pixels. */
static size_t raster_page(uint8_t *out, bool urf, uint32_t total)
{
    static const uint8_t lines[] = { 2, 2, 1, 2, 3,                       /* three lines: a pixel three times */
                                     0, 254, 9, 9, 9, 8, 8, 8, 7, 7, 7 }; /* one line: three pixels */
    size_t head = urf ? 32 : QN_RASTER_HEADER;

    memset(out, 0, head);
    if (urf) {
        out[0] = 24;
        qn_put32(out + 12, 3);
        qn_put32(out + 16, 4);
    } else {
        memcpy(out, "PwgRaster", 9);
        qn_put32(out + 372, 3);
        qn_put32(out + 376, 4);
        qn_put32(out + 388, 24);
        qn_put32(out + 392, 9);
        qn_put32(out + 452, total);
    }
    memcpy(out + head, lines, sizeof lines);
    return head + sizeof lines;
}

static size_t raster_file(uint8_t *out, bool urf, uint32_t pages, uint32_t total)
{
    size_t n = urf ? 12 : 4;

    memset(out, 0, 12);
    memcpy(out, urf ? "UNIRAST" : "RaS2", urf ? 7 : 4);
    if (urf)
        qn_put32(out + 8, total);
    for (uint32_t i = 0; i < pages; i++)
        n += raster_page(out + n, urf, total);
    return n;
}

static void test_raster_ends_on_a_page(void **state)
{
    static uint8_t file[3 * 2000];

    (void)state;
    for (int urf = 0; urf < 2; urf++) {
        const char *name = urf ? "image/urf" : "image/pwg-raster";
        size_t n = raster_file(file, urf, 2, 2), one = raster_file(file, urf, 1, 2);
        bool known;

        raster_file(file, urf, 2, 2);
        for (size_t cut = 0; cut <= n; cut++)
            assert_int_equal(whole(file, n - cut, 5, name, &known), cut == 0);
        raster_file(file, urf, 2, 0); /* not announced: a cut between pages can't be seen */
        for (size_t cut = 0; cut < n; cut++)
            assert_int_equal(whole(file, n - cut, 1000, name, &known), cut == 0 || n - cut == one);
        memset(file + n, 0, 1);
        assert_false(whole(file, n + 1, 1000, name, &known));
    }
}

static void test_raster_that_overruns_is_refused(void **state)
{
    static uint8_t file[2000];
    size_t n = raster_file(file, false, 1, 1);
    bool known;

    (void)state;
    file[4 + QN_RASTER_HEADER] = 9; /* ten lines on a page of four */
    assert_false(whole(file, n, 64, "image/pwg-raster", &known));
    raster_file(file, false, 1, 1);
    file[4 + QN_RASTER_HEADER + 1] = 3; /* four pixels on a line of three */
    assert_false(whole(file, n, 64, "image/pwg-raster", &known));
    raster_file(file, false, 1, 1);
    qn_put32(file + 4 + 388, 0);
    assert_false(whole(file, n, 64, "image/pwg-raster", &known));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats_and_their_ends),
        cmocka_unit_test(test_end_behind_a_long_document),
        cmocka_unit_test(test_raster_ends_on_a_page),
        cmocka_unit_test(test_raster_that_overruns_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
