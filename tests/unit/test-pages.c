/* Page counts: of documents in pieces of any size, and of what only looks like one. */
#include "config.h"

#include "intake/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "intake/pdf-pack.h"
#include "tests/unit/test.h"

#define PDF "application/pdf"
#define PS "application/postscript"
#define CATALOG "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
#define TREE(count) "2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count " count ">>\nendobj\n"
#define END "xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 9/Root 1 0 R>>\nstartxref\n9\n%%EOF\n"

static int64_t count(const char *format, const void *bytes, size_t n, size_t step)
{
    static struct qn_pages p;
    const uint8_t *at = bytes;

    qn_pages_start(&p, format);
    for (size_t i = 0; i < n; i += step)
        qn_pages_feed(&p, at + i, n - i < step ? n - i : step);
    return qn_pages_end(&p);
}

static void expect(const char *what, const char *format, const void *bytes, size_t n, int64_t want)
{
    static const size_t steps[] = { 1, 2, 3, 5, 7, 13, 64, 1 << 20 };

    for (size_t i = 0; i < QN_COUNT(steps); i++) {
        int64_t got = count(format, bytes, n, steps[i]);

        if (got != want)
            fail_msg("%s in pieces of %zu: %lld, not %lld", what, steps[i], (long long)got, (long long)want);
    }
}

static const struct { const char *what, *format, *text; int64_t pages; } cases[] = {
    { "pdf", PDF, "%PDF-1.4\n%\xe2\xe3\n" CATALOG TREE("12") END, 12 },
    { "pdf, tree first", PDF, "%PDF-1.4\n" TREE("12") CATALOG END, 12 },
    { "pdf, blanks", PDF, "%PDF-1.4\r1 0 obj % (\r<< /Type /Catalog\r /Pages\t2 \n0\fR >> endobj "
                          "2 0 obj<</Kids[<</Count 99>>]/Count +12/Type/Pages>>endobj " END, 12 },
    { "pdf, strings", PDF, "%PDF-1.4\n1 0 obj<</A(\\)/Pages 7 0 R)/B((x)/Pages 8 0 R)/C<2F>/Type/Catalog/Pages 2 0 R/D()>>endobj "
                           TREE("12") END, 12 },
    { "pdf, nested members do not count", PDF, "%PDF-1.4\n" CATALOG "2 0 obj<</Type/Pages/X<</Count 5/Parent 4 0 R>>/Y[/Count 6]"
                                               "/Count 12/Z<</Count 7>>>>endobj " END, 12 },
    { "pdf, inner nodes", PDF, "%PDF-1.4\n" CATALOG TREE("12") "3 0 obj<</Type/Pages/Parent 2 0 R/Count 90>>endobj "
                               "4 0 obj<</Type/Pages/Count 91/Parent 2 0 R>>endobj " END, 12 },
    { "pdf, trees of others", PDF, "%PDF-1.4\n9 0 obj<</Type/Pages/Count 90>>endobj " CATALOG TREE("12")
                                   "8 0 obj<</Type/Pages/Count 91>>endobj 7 0 obj<</Type/Catalog/Pages 8 0 R>>endobj " END, 12 },
    { "pdf, a later tree", PDF, "%PDF-1.4\n" CATALOG TREE("12") END TREE("11") END, 11 },
    { "pdf, a later root", PDF, "%PDF-1.4\n" CATALOG TREE("12") END "7 0 obj<</Type/Catalog/Pages 8 0 R>>endobj "
                                "8 0 obj<</Type/Pages/Count 3>>endobj trailer<</Root 7 0 R/Prev 9>> %%EOF", 3 },
    { "pdf, a trailer without root", PDF, "%PDF-1.4\n" CATALOG TREE("12") END "trailer<</Size 9>> %%EOF", 12 },
    { "pdf, outlines count too", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj<</Type/Outlines/Count 40>>endobj " END, 12 },
    { "pdf, a stream with objects in it", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj<</Length 85>>stream\n" CATALOG TREE("99")
                                               "endstream endobj " END, 12 },
    { "pdf, and with an end in it", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj<</Length 94>>stream\r\nendstream" CATALOG
                                         TREE("99") "\nendstream endobj " END, 12 },
    { "pdf, length of its own object", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj<</Length 6 0 R>>stream\n" CATALOG TREE("99")
                                            "endstreendstreaendstream endobj 6 0 obj 85 endobj " END, 12 },
    { "pdf, an end within an end", PDF, "%PDF-1.4\n" CATALOG "5 0 obj<</Length 6 0 R>>stream\nendstrendstream endobj " TREE("12") END, 12 },
    { "pdf, an empty stream", PDF, "%PDF-1.4\n" CATALOG "5 0 obj<</Length 0>>stream\nendstream endobj " TREE("12") END, 12 },
    { "pdf, stream with blanks", PDF, "%PDF-1.4\n" CATALOG "5 0 obj<</Length 1>>stream \r\n(\nendstream endobj " TREE("12") END, 12 },
    { "pdf, stream after a CR", PDF, "%PDF-1.4\n" CATALOG "5 0 obj<</Length 1>>stream\r(\nendstream endobj " TREE("12") END, 12 },
    { "pdf, an array of filters", PDF, "%PDF-1.4\n" CATALOG "5 0 obj<</Filter[/ASCII85Decode/FlateDecode]/Length 1>>stream\n(\n"
                                       "endstream endobj " TREE("12") END, 12 },
    { "pdf, objects on their own", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj [1 2 <<>>] endobj 6 0 obj (x) endobj 7 0 obj null "
                                        "endobj 8 0 obj 12 endobj 9 0 obj /Name endobj " END, 12 },
    { "pdf, object streams of no objects", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj<</Type/ObjStm/N 0/First 0/Length 0>>stream\n"
                                                "endstream endobj " END, 12 },
    { "pdf, root in a cross-reference stream", PDF, "%PDF-1.5\n" CATALOG TREE("12") "5 0 obj<</Type/XRef/Root 1 0 R/Length 3>>stream\n"
                                                    "(((endstream endobj startxref 9 %%EOF", 12 },
    { "pdf, an uncompressed object stream", PDF, "%PDF-1.5\n" "5 0 obj<</Type/ObjStm/N 3/First 15/Length 79>>stream\n"
                                                 "1 0 7 32 2 34  <</Type/Catalog/Pages 2 0 R   >>9 <</Type/Pages/Count 12/Kids[]>>\n"
                                                 "endstream endobj " END, 12 },
    /* not known */
    { "pdf, unbalanced before", PDF, "%PDF-1.4\n4 0 obj<</A[[1 endobj 5 0 obj >> endobj " CATALOG TREE("12") END, -1 },
    { "pdf, no root", PDF, "%PDF-1.4\n" CATALOG TREE("12") "%%EOF", -1 },
    { "pdf, root is no catalog", PDF, "%PDF-1.4\n" TREE("12") END, -1 },
    { "pdf, pages are no tree", PDF, "%PDF-1.4\n" CATALOG "2 0 obj<</Type/Page/Count 12>>endobj " END, -1 },
    { "pdf, count of its own object", PDF, "%PDF-1.4\n" CATALOG TREE("7 0 R") "7 0 obj 12 endobj " END, -1 },
    { "pdf, no count", PDF, "%PDF-1.4\n" CATALOG TREE("") END, -1 },
    { "pdf, none", PDF, "%PDF-1.4\n" CATALOG TREE("0") END, -1 },
    { "pdf, less than none", PDF, "%PDF-1.4\n" CATALOG TREE("-12") END, -1 },
    { "pdf, not whole", PDF, "%PDF-1.4\n" CATALOG TREE("1.5") END, -1 },
    { "pdf, more than can be", PDF, "%PDF-1.4\n" CATALOG TREE("100000001") END, -1 },
    { "pdf, more than a number has", PDF, "%PDF-1.4\n" CATALOG TREE("99999999999999999999999999999999") END, -1 },
    { "pdf, ends in a stream", PDF, "%PDF-1.4\n" CATALOG TREE("12") END "5 0 obj<</Length 9999>>stream\nx %%EOF", -1 },
    { "pdf, another filter", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj<</Type/ObjStm/N 1/First 4/Filter/LZWDecode/Length 1>>stream\n"
                                  "xendstream endobj " END, -1 },
    { "pdf, two filters", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj<</Type/ObjStm/N 1/First 4/Filter[/Crypt/FlateDecode]/Length 1>>"
                               "stream\nxendstream endobj " END, -1 },
    { "pdf, not zlib's", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length 1>>stream\n"
                              "xendstream endobj " END, -1 },
    { "pdf, object stream without numbers", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj<</Type/ObjStm/Length 1>>stream\n"
                                                 "xendstream endobj " END, -1 },
    { "pdf, its table too short", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj<</Type/ObjStm/N 2/First 4/Length 8>>stream\n"
                                       "7 0 nullendstream endobj " END, -1 },
    { "pdf, its table backwards", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj<</Type/ObjStm/N 2/First 8/Length 12>>stream\n"
                                       "7 4 8 0 nullnullendstream endobj " END, -1 },
    { "pdf, an object behind its end", PDF, "%PDF-1.4\n" CATALOG TREE("12") "5 0 obj<</Type/ObjStm/N 1/First 6/Length 9>>stream\n"
                                            "7 999 nullendstream endobj " END, -1 },
    { "pdf, nothing", PDF, "", -1 },
    { "jpeg", "image/jpeg", "\xff\xd8\xff\xd9", 1 },
    { "raster: counted by its walk", "image/pwg-raster", "RaS2", -1 },
    { "postscript", PS, "%!PS-Adobe-3.0\n%%Pages: 12\n%%EndComments\nshowpage\n%%EOF\n", 12 },
    { "postscript, page order", PS, "%!PS-Adobe-3.0\r\n%%Pages:12 1\r\n%%EOF\r\n", 12 },
    { "postscript, at its end", PS, "%!PS-Adobe-3.0\n%%Pages: (atend)\n%%Page: 1 1\n%%Trailer\n%%Pages: 12\n%%EOF\n", 12 },
    { "postscript, last line", PS, "%!PS-Adobe-3.0\n%%Trailer\n%%Pages: 12", 12 },
    { "postscript, first line", PS, "%%Pages: 12\n", 12 },
    { "postscript, figures in it", PS, "%!PS-Adobe-3.0\n%%Pages: (atend)\n%%BeginDocument: a.eps\n%%Pages: 1\n%%BeginDocument: b\n"
                                       "%%EndDocument\n%%Pages: 2\n%%EndDocument\n%%Trailer\n%%Pages: 12\n%%EOF\n", 12 },
    { "postscript, only figures", PS, "%!PS\n%%BeginDocument: a\n%%Pages: 1\n%%EndDocument\n%%EOF\n", -1 },
    { "postscript, not at a line's begin", PS, "%!PS\n x %%Pages: 9\n(%%Pages: 8)\n%%EOF\n", -1 },
    { "postscript, one percent sign", PS, "%!PS\n%Pages: 9\n%\n%%\n%%EOF\n", -1 },
    { "postscript, none", PS, "%!PS\n%%Pages: 0\n%%EOF\n", -1 },
    { "postscript, too many", PS, "%!PS\n%%Pages: 100000000000\n%%EOF\n", -1 },
    { "postscript, says nothing", PS, "%!PS\nshowpage\n%%EOF\n", -1 },
    { "text", "text/plain", "%%Pages: 12\n", -1 },
};

static void test_plain_documents(void **state)
{
    (void)state;
    for (size_t i = 0; i < QN_COUNT(cases); i++)
        expect(cases[i].what, cases[i].format, cases[i].text, strlen(cases[i].text), cases[i].pages);
}

/* ---- object streams ---- */

struct text { char *p; size_t n; };

static void add(struct text *t, const void *p, size_t n)
{
    t->p = realloc(t->p, t->n + n + 1);
    assert_non_null(t->p);
    memcpy(t->p + t->n, p, n);
    t->n += n;
    t->p[t->n] = '\0';
}

static void say(struct text *t, const char *s)
{
    add(t, s, strlen(s));
}

/* An object stream with catalog 1, tree 2 and `filler` bytes between them. cut: so many bytes of it are missing at its end. */
static void packed(struct text *t, int pages, size_t filler, size_t cut)
{
    struct text in = { NULL, 0 }, out = { NULL, 0 };
    char line[200], *blank = malloc(filler + 1);
    uLongf n;

    assert_non_null(blank);
    memset(blank, ' ', filler);
    snprintf(line, sizeof line, "1 0 2 %-15zu ", 34 + filler);
    say(&in, line);
    say(&in, "<</Type/Catalog/Pages 2 0 R     >>");
    add(&in, blank, filler);
    snprintf(line, sizeof line, "<</Type/Pages/Count %d/Kids[]>>", pages);
    say(&in, line);
    n = compressBound(in.n);
    out.p = malloc(n);
    assert_non_null(out.p);
    assert_int_equal(compress((Bytef *)out.p, &n, (const Bytef *)in.p, in.n), Z_OK);
    snprintf(line, sizeof line, "5 0 obj<</Type/ObjStm/N 2/First 22/Filter[/FlateDecode]/Length %lu>>stream\n", (unsigned long)(n - cut));
    say(t, line);
    add(t, out.p, n - cut);
    say(t, "\nendstream endobj ");
    free(in.p);
    free(out.p);
    free(blank);
}

static void expect_packed(const char *what, int streams, size_t filler, size_t cut, int64_t want)
{
    struct text t = { NULL, 0 };

    say(&t, "%PDF-1.5\n");
    for (int i = 0; i < streams; i++)
        packed(&t, 12 + i, filler, cut);
    say(&t, END);
    if (t.n < 100000)
        expect(what, PDF, t.p, t.n, want);
    else
        assert_int_equal(count(PDF, t.p, t.n, 4096), want);
    free(t.p);
}

static void test_object_streams(void **state)
{
    (void)state;
    expect_packed("one", 1, 0, 0, 12);
    expect_packed("a later one", 3, 100, 0, 14);
    expect_packed("cut", 1, 0, 5, -1);
    expect_packed("a large one", 1, QN_PDF_PACK_MAX - 200, 0, 12);
    expect_packed("too large", 1, QN_PDF_PACK_MAX, 0, -1);
    expect_packed("many large ones", 60, QN_PDF_PACK_MAX - 200, 0, 71);
    expect_packed("more than are read", 66, QN_PDF_PACK_MAX - 200, 0, -1);
}

/* ---- what takes long ---- */

static void test_what_is_no_pdf_is_not_looked_at(void **state)
{
    struct text t = { NULL, 0 };
    static char blank[1 << 20];

    (void)state;
    memset(blank, ' ', sizeof blank);
    say(&t, "%PDF-1.4\n");
    add(&t, blank, 200000);
    say(&t, CATALOG);
    for (int i = 0; i < 15; i++)
        add(&t, blank, sizeof blank);
    say(&t, TREE("12"));
    say(&t, END);
    assert_int_equal(count(PDF, t.p, t.n, 65536), 12);
    t.n = 0;
    say(&t, "%PDF-1.4\n");
    add(&t, blank, 400000);
    say(&t, CATALOG TREE("12") END);
    assert_int_equal(count(PDF, t.p, t.n, 65536), -1);
    t.n = 0;
    say(&t, "%PDF-1.4\n" CATALOG);
    for (int i = 0; i < 17; i++)
        add(&t, blank, sizeof blank);
    say(&t, TREE("12") END);
    assert_int_equal(count(PDF, t.p, t.n, 65536), -1);
    free(t.p);
}

/* More trees and catalogs than are remembered: the last of them are. */
static void test_many_trees(void **state)
{
    struct text t = { NULL, 0 };
    char line[100];

    (void)state;
    say(&t, "%PDF-1.4\n");
    for (int i = 0; i < 1000; i++) {
        snprintf(line, sizeof line, "%d 0 obj<</Type/Pages/Count %d>>endobj %d 0 obj<</Type/Catalog/Pages %d 0 R>>endobj\n", 2 * i + 10, i,
                 2 * i + 11, 2 * i + 10);
        say(&t, line);
    }
    for (int i = 0; i < 1000; i++)
        say(&t, "4000 0 obj<</Type/Pages/Count 7/Parent 2008 0 R>>endobj ");
    for (int i = 0; i < 1000; i++) {
        snprintf(line, sizeof line, "%d 0 obj<</Type/Pages/Count 7/Parent 2008 0 R>>endobj ", 5000 + i);
        say(&t, line);
    }
    say(&t, "trailer<</Root 2009 0 R>> %%EOF\n");
    expect("the last", PDF, t.p, t.n, 999);
    say(&t, "trailer<</Root 1989 0 R>> %%EOF\n");
    expect("one of the last", PDF, t.p, t.n, 989);
    say(&t, "trailer<</Root 11 0 R>> %%EOF\n");
    expect("the first", PDF, t.p, t.n, -1);
    free(t.p);
}

static void test_random_bytes(void **state)
{
    static uint8_t bytes[1 << 16];
    uint32_t x = 12345;

    (void)state;
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
        assert_int_equal(count(PDF, bytes, sizeof bytes, 1000), -1);
        assert_int_equal(count(PS, bytes, sizeof bytes, 1000), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_documents),
        cmocka_unit_test(test_object_streams),
        cmocka_unit_test(test_what_is_no_pdf_is_not_looked_at),
        cmocka_unit_test(test_many_trees),
        cmocka_unit_test(test_random_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
