#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "intake/ticket.h"
#include "lib/buf.h"

#define IDENTITY "job-uuid=urn:uuid:e904d2ab-0000-4000-8000-000000000001 time-at-creation=1795278165"

struct hand {
    const char *arg[9];
    const char *var[9];
};

/* A hand-over packet as the backend makes it. */
static size_t pack(uint8_t *out, const struct hand *h)
{
    size_t n = QN_HAND_HEAD;

    memcpy(out, (uint8_t[]){ 'Q', 'N', 'H', QN_HAND_VERSION, 0, 0, 0, 0 }, QN_HAND_HEAD);
    for (int i = 0; i < 9 && h->arg[i]; i++, out[4]++)
        n += strlen(strcpy((char *)out + n, h->arg[i])) + 1;
    for (int i = 0; i < 9 && h->var[i]; i++, out[5]++)
        n += strlen(strcpy((char *)out + n, h->var[i])) + 1;
    return n;
}

static const struct hand plain = {
    { "quoin:", "42", "alice", "My title", "3", IDENTITY, "/var/spool/cups/d00042-002" },
    { "PRINTER=held", "CONTENT_TYPE=application/pdf", "CUPS_FILETYPE=document", "AUTH_INFO_REQUIRED=none" },
};

static int read_hand(struct qn_ticket *t, const struct hand *h, enum qn_hand_why *why, struct qn_err *err)
{
    static uint8_t packet[QN_HAND_MAX];

    return qn_ticket_read(t, packet, pack(packet, h), why, err);
}

static const char *option(const struct qn_ticket *t, const char *name)
{
    const char *s = json_string_value(json_object_get(t->options, name));

    return s ? s : "-";
}

static void test_hand_over_is_read(void **state)
{
    struct qn_ticket t;
    enum qn_hand_why why;
    struct qn_err err;

    (void)state;
    assert_int_equal(read_hand(&t, &plain, &why, &err), 0);
    assert_int_equal(t.cups_job, 42);
    assert_int_equal(t.created, 1795278165);
    assert_int_equal(t.document, 2);
    assert_string_equal(t.uuid, "urn:uuid:e904d2ab-0000-4000-8000-000000000001");
    assert_string_equal(t.owner, "alice");
    assert_string_equal(t.queue, "held");
    assert_string_equal(t.title, "My title");
    assert_string_equal(t.classification, "");
    assert_string_equal(option(&t, "copies"), "3");
    assert_false(t.banner || t.authenticated || t.confirmed);
    qn_ticket_free(&t);
}

static void test_piped_document_has_number_zero(void **state)
{
    struct hand h = plain;
    struct qn_ticket t;
    enum qn_hand_why why;

    (void)state;
    h.arg[6] = NULL;
    assert_int_equal(read_hand(&t, &h, &why, NULL), 0);
    assert_int_equal(t.document, 0);
    qn_ticket_free(&t);
}

/* What one argument or variable must be; each bad one with its sentence. */
static const struct { int arg; const char *value; enum qn_hand_why why; const char *text; } bad[] = {
    { 1, "", QN_WHY_MALFORMED, "the job's number is malformed" },
    { 1, "0", QN_WHY_MALFORMED, "the job's number is malformed" },
    { 1, "-1", QN_WHY_MALFORMED, "the job's number is malformed" },
    { 1, "99999999999999999999", QN_WHY_MALFORMED, "the job's number is malformed" },
    { 2, "", QN_WHY_OWNER, "the owner's name is empty, too long or not clean UTF-8" },
    { 2, "al\nice", QN_WHY_OWNER, "the owner's name is empty, too long or not clean UTF-8" },
    { 2, "al\xff", QN_WHY_OWNER, "the owner's name is empty, too long or not clean UTF-8" },
    { 4, "0", QN_WHY_MALFORMED, "the number of copies is malformed" },
    { 4, "1x", QN_WHY_MALFORMED, "the number of copies is malformed" },
    { 4, "10000", QN_WHY_MALFORMED, "the number of copies is malformed" },
    { 6, "/etc/passwd", QN_WHY_MALFORMED, "the document is no file of CUPS's spool" },
    { 6, "d00042-001", QN_WHY_MALFORMED, "the document is no file of CUPS's spool" },
    { 6, "/x/d00042-000", QN_WHY_MALFORMED, "the document is no file of CUPS's spool" },
    { 6, "/x/d00042-1", QN_WHY_MALFORMED, "the document is no file of CUPS's spool" },
    { 6, "/x/d00043-001", QN_WHY_MALFORMED, "the document is of job 43, not 42" },
    { 5, "", QN_WHY_OPTIONS, "the options lack job-uuid or time-at-creation" },
    { 5, IDENTITY " a='x", QN_WHY_OPTIONS, "a quote has no end" },
    { 5, IDENTITY " a=\"x", QN_WHY_OPTIONS, "a quote has no end" },
    { 5, IDENTITY " a={b={c=1}", QN_WHY_OPTIONS, "a collection has no end" },
    { 5, IDENTITY " a=x\\", QN_WHY_OPTIONS, "a backslash ends the options" },
    { 5, IDENTITY " =x", QN_WHY_OPTIONS, "an option has no name" },
    { 5, IDENTITY " a\x01=x", QN_WHY_OPTIONS, "an option's name holds control characters" },
    { 5, IDENTITY " time-at-creation=1", QN_WHY_OPTIONS, "the options name two times of creation" },
    { 5, IDENTITY " job-uuid=urn:uuid:e904d2ab-0000-4000-8000-000000000002", QN_WHY_OPTIONS,
      "the options name two job-uuids" },
    { 5, "job-uuid=x time-at-creation=1", QN_WHY_OPTIONS, "job-uuid is no UUID" },
    { 5, "job-uuid time-at-creation=1", QN_WHY_OPTIONS, "job-uuid is no UUID" },
    { 5, IDENTITY " time-at-creation=", QN_WHY_OPTIONS, "time-at-creation is malformed" },
    { 5, IDENTITY " classification=", QN_WHY_OPTIONS, "the classification is empty, too long or not clean UTF-8" },
    { 5, IDENTITY " classification=a\\\nb", QN_WHY_OPTIONS, "the classification is empty, too long or not clean UTF-8" },
    { 5, IDENTITY " number-up=0", QN_WHY_OPTIONS, "option number-up can't have the value it was given" },
    { 5, IDENTITY " number-up", QN_WHY_OPTIONS, "option number-up has no value" },
    { 5, IDENTITY " page-ranges=3-1", QN_WHY_OPTIONS, "option page-ranges can't have the value it was given" },
    { 5, IDENTITY " page-ranges=1-3,2", QN_WHY_OPTIONS, "option page-ranges can't have the value it was given" },
    { 5, IDENTITY " page-ranges=1-3,", QN_WHY_OPTIONS, "option page-ranges can't have the value it was given" },
    { 5, IDENTITY " sides=two\\ sided", QN_WHY_OPTIONS, "option sides can't have the value it was given" },
    { 5, IDENTITY " sides=\xff", QN_WHY_OPTIONS, "option sides can't have the value it was given" },
    { 5, IDENTITY " finishings=4,,5", QN_WHY_OPTIONS, "option finishings can't have the value it was given" },
    { 5, IDENTITY " print-quality=9", QN_WHY_OPTIONS, "option print-quality can't have the value it was given" },
    { 5, IDENTITY " printer-resolution=600", QN_WHY_OPTIONS, "option printer-resolution can't have the value it was given" },
};

static void test_each_malformed_argument_has_its_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hand h = plain;
        struct qn_ticket t;
        enum qn_hand_why why;
        struct qn_err err;

        h.arg[bad[i].arg] = bad[i].value;
        if (read_hand(&t, &h, &why, &err) != QN_EINVAL || why != bad[i].why || strcmp(err.text, bad[i].text) != 0)
            fail_msg("%d=%s: %d %s", bad[i].arg, bad[i].value, (int)why, err.text);
        assert_null(t.options);
    }
}

static void expect_packet(const uint8_t *p, size_t n, const char *text)
{
    struct qn_ticket t;
    enum qn_hand_why why;
    struct qn_err err;

    assert_int_equal(qn_ticket_read(&t, p, n, &why, &err), QN_EINVAL);
    assert_int_equal(why, QN_WHY_MALFORMED);
    assert_string_equal(err.text, text);
}

static void test_each_malformed_packet_has_its_sentence(void **state)
{
    static uint8_t p[QN_HAND_MAX + 1];
    size_t n = pack(p, &plain);

    (void)state;
    expect_packet(p, 0, "packet of 0 bytes is no hand-over");
    expect_packet(p, 7, "packet of 7 bytes is no hand-over");
    expect_packet(p, QN_HAND_MAX + 1, "hand-over of 65537 bytes");
    expect_packet(p, n - 1, "hand-over ends inside item 10");
    p[n] = 'x';
    expect_packet(p, n + 1, "hand-over has 1 bytes after its end");
    p[3] = 2;
    expect_packet(p, n, "hand-over version 2, expected 1");
    p[3] = 1;
    p[4] = 5;
    expect_packet(p, n, "hand-over has 5 arguments");
    p[4] = 8;
    expect_packet(p, n, "hand-over has 8 arguments");
    p[4] = 7;
    p[5] = 8;
    expect_packet(p, n, "hand-over has 8 variables");
    p[0] = 'X';
    expect_packet(p, 20, "packet of 20 bytes is no hand-over");
}

static void test_variables_are_the_listed_ones_once(void **state)
{
    static uint8_t p[QN_HAND_MAX];
    struct hand h = plain;

    (void)state;
    h.var[3] = "AUTH_PASSWORD=x";
    expect_packet(p, pack(p, &h), "hand-over has an unknown variable");
    h.var[3] = "PRINTER=other";
    expect_packet(p, pack(p, &h), "hand-over has PRINTER= twice");
    h.var[3] = NULL;
    h.var[0] = "PRINTER=";
    expect_packet(p, pack(p, &h), "the queue's name is empty, too long or not clean UTF-8");
}

static void test_who_is_authenticated(void **state)
{
    static const struct { const char *name, *required; bool yes; } rows[] = {
        { "AUTH_USERNAME=alice", "AUTH_INFO_REQUIRED=none", true },
        { "AUTH_USERNAME=alice", "AUTH_INFO_REQUIRED=username,password", false }, /* the client can set the name then */
        { "AUTH_USERNAME=alic", "AUTH_INFO_REQUIRED=none", false },
        { "AUTH_USERNAME=Alice", "AUTH_INFO_REQUIRED=none", false },
        { "AUTH_USERNAME=", "AUTH_INFO_REQUIRED=none", false },
        { "AUTH_UID=1001", "AUTH_INFO_REQUIRED=none", false },
        { "AUTH_USERNAME=alice", NULL, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hand h = { { "q", "42", "alice", "t", "1", IDENTITY }, { "PRINTER=held", rows[i].name, rows[i].required } };
        struct qn_ticket t;
        enum qn_hand_why why;

        assert_int_equal(read_hand(&t, &h, &why, NULL), 0);
        assert_int_equal(t.authenticated, rows[i].yes);
        qn_ticket_free(&t);
    }
}

static void test_title_is_made_clean(void **state)
{
    struct hand h = plain;
    struct qn_ticket t;
    enum qn_hand_why why;
    char longer[3000];

    (void)state;
    h.arg[3] = "a\nERROR: b\x1b[31m \xc3\xa4 \xff";
    assert_int_equal(read_hand(&t, &h, &why, NULL), 0);
    assert_string_equal(t.title, "a?ERROR: b?[31m \xc3\xa4 ?");
    qn_ticket_free(&t);
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    h.arg[3] = longer;
    assert_int_equal(read_hand(&t, &h, &why, NULL), 0);
    assert_int_equal(strlen(t.title), 1023);
    qn_ticket_free(&t);
}

/* Options as CUPS writes them, and the attributes they become. "-": none. */
static const struct { const char *options, *name, *value; } maps[] = {
    { "Duplex=DuplexNoTumble", "sides", "two-sided-long-edge" },
    { "Duplex=None", "sides", "one-sided" },
    { "sides=two-sided-short-edge", "sides", "two-sided-short-edge" },
    { "Duplex=DuplexNoTumble sides=one-sided", "sides", "two-sided-long-edge" }, /* the PPD's own option outranks */
    { "sides=one-sided Duplex=DuplexNoTumble", "sides", "two-sided-long-edge" },
    { "ColorModel=Gray print-color-mode=color", "print-color-mode", "monochrome" },
    { "print-color-mode=monochrome", "print-color-mode", "monochrome" },
    { "ColorModel=DeviceN", "print-color-mode", "-" },
    { "PageSize=A3", "media", "iso_a3_297x420mm" },
    { "media=A3,Tray1", "media", "iso_a3_297x420mm" },
    { "media=A3,Tray1", "media-source", "tray-1" },
    { "media=iso_a5_148x210mm", "media", "iso_a5_148x210mm" },
    { "media=Nonsense!", "media", "-" },
    { "InputSlot=Manual", "media-source", "manual" },
    { "MediaType=Labels", "media-type", "labels" },
    { "OutputBin=FaceUp", "output-bin", "face-up" },
    { "cupsPrintQuality=High", "print-quality", "5" },
    { "page-ranges=1-3,5,7-2147483647", "page-ranges", "1-3,5,7-2147483647" },
    { "number-up=4", "number-up", "4" },
    { "number-up=1", "number-up", "-" },
    { "number-up-layout=btrl", "presentation-direction-number-up", "totop-toleft" },
    { "number-up-layout=xyz", "presentation-direction-number-up", "-" },
    { "page-set=odd", "page-set", "odd" },
    { "page-set=all", "page-set", "-" },
    { "finishings=3", "finishings", "-" },
    { "finishings=4,5", "finishings", "4,5" },
    { "StapleLocation=SinglePortrait PunchMedia=DualLeft finishings=3", "finishings", "20,74" },
    { "landscape", "orientation-requested", "4" },
    { "nolandscape", "orientation-requested", "-" },
    { "landscape=false", "orientation-requested", "-" },
    { "orientation-requested=5", "orientation-requested", "5" },
    { "fit-to-page", "print-scaling", "fit" },
    { "collate", "multiple-document-handling", "separate-documents-collated-copies" },
    { "noCollate", "multiple-document-handling", "separate-documents-uncollated-copies" },
    { "collate=true", "multiple-document-handling", "separate-documents-collated-copies" },
    { "printer-resolution=1200x600dpi", "printer-resolution", "1200x600dpi" },
    { "copies=99", "copies", "3" }, /* argv[4] counts */
    { "media-col={media-size={x-dimension=1}} number-up=2", "number-up", "2" },
    { "media-col={a='}'},{b=\"{\"} number-up=2", "number-up", "2" },
    { "x=\\ number-up=9 number-up=2", "number-up", "2" },
    { "x='a number-up=9' number-up=2", "number-up", "2" },
    { "x=\"it's\\\" number-up=9\" number-up=2", "number-up", "2" },
    { "document-name-supplied=a document-name-supplied=b number-up=2", "number-up", "2" },
    { "x=\x01\x1b\xff number-up=2", "number-up", "2" },
    { "job-password=1234 number-up=2", "job-password", "-" },
};

static void test_options_become_attributes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        char options[512];
        struct hand h = plain;
        struct qn_ticket t;
        enum qn_hand_why why;
        struct qn_err err;

        snprintf(options, sizeof options, "%s " IDENTITY, maps[i].options);
        h.arg[5] = options;
        if (read_hand(&t, &h, &why, &err) != 0)
            fail_msg("%s: %s", maps[i].options, err.text);
        if (strcmp(option(&t, maps[i].name), maps[i].value) != 0)
            fail_msg("%s: %s is %s", maps[i].options, maps[i].name, option(&t, maps[i].name));
        qn_ticket_free(&t);
    }
}

static void test_options_are_bounded(void **state)
{
    static char options[60000];
    struct hand h = plain;
    struct qn_ticket t;
    enum qn_hand_why why;
    struct qn_err err;
    size_t n;

    (void)state;
    n = (size_t)snprintf(options, sizeof options, IDENTITY " x=");
    memset(options + n, 'y', 50000);
    h.arg[5] = options;
    assert_int_equal(read_hand(&t, &h, &why, &err), 0); /* nobody asks for x */
    qn_ticket_free(&t);
    memcpy(options + n - 2, "y", 1);
    options[n - 1] = 'y';
    assert_int_equal(read_hand(&t, &h, &why, &err), QN_EINVAL);
    assert_string_equal(err.text, "an option's name is longer than 127 bytes");
    n = (size_t)snprintf(options, sizeof options, IDENTITY " page-ranges=1");
    for (int i = 2; n < 2000; i++)
        n += (size_t)snprintf(options + n, sizeof options - n, ",%d", i);
    assert_int_equal(read_hand(&t, &h, &why, &err), QN_EINVAL);
    assert_string_equal(err.text, "option page-ranges is longer than 1023 bytes");
    n = (size_t)snprintf(options, sizeof options, IDENTITY);
    for (int i = 0; i < 255; i++)
        n += (size_t)snprintf(options + n, sizeof options - n, " a%d=1", i);
    assert_int_equal(read_hand(&t, &h, &why, &err), QN_EINVAL);
    assert_int_equal(why, QN_WHY_OPTIONS);
    assert_string_equal(err.text, "more than 256 options");
}

static void test_the_higher_classification_wins(void **state)
{
    static const struct { const char *chosen, *sheet, *result; } rows[] = {
        { "", "none", "" }, { "", "standard", "" }, { "", "unclassified", "public" }, { "", "secret", "restricted" },
        { "internal", "confidential", "confidential" }, { "restricted", "classified", "restricted" },
        { "internal", "unclassified", "internal" }, { "house-rule", "topsecret", "house-rule" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qn_ticket t = { 0 };

        strcpy(t.classification, rows[i].chosen);
        qn_ticket_sheet(&t, rows[i].sheet);
        assert_string_equal(t.classification, rows[i].result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_over_is_read),
        cmocka_unit_test(test_piped_document_has_number_zero),
        cmocka_unit_test(test_each_malformed_argument_has_its_sentence),
        cmocka_unit_test(test_each_malformed_packet_has_its_sentence),
        cmocka_unit_test(test_variables_are_the_listed_ones_once),
        cmocka_unit_test(test_who_is_authenticated),
        cmocka_unit_test(test_title_is_made_clean),
        cmocka_unit_test(test_options_become_attributes),
        cmocka_unit_test(test_options_are_bounded),
        cmocka_unit_test(test_the_higher_classification_wins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
