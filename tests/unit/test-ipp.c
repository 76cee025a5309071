#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "deliver/ipp.h"

#define HEAD "\x02\x00\x00\x00\x00\x00\x00\x01"
#define BEGIN "\x34\x00\x01x\x00\x00"
#define MEMBER "\x4a\x00\x00\x00\x01m"
#define INNER "\x34\x00\x00\x00\x00"
#define CLOSE "\x37\x00\x00\x00\x00"

static bool framed(const char *s, size_t n)
{
    return qn_ipp_framed((const uint8_t *)s, n);
}

#define FRAMED(s) framed(s, sizeof(s) - 1)

static void test_well_framed(void **state)
{
    (void)state;
    assert_true(FRAMED(HEAD "\x03"));
    assert_true(FRAMED(HEAD "\x01\x03"));
    assert_true(FRAMED(HEAD "\x01\x21\x00\x01x\x00\x04\x00\x00\x00\x05\x03 what follows is not ours"));
    assert_true(FRAMED(HEAD "\x04" BEGIN MEMBER "\x21\x00\x00\x00\x04\x00\x00\x00\x05" CLOSE "\x03"));
    assert_true(FRAMED(HEAD "\x04" BEGIN MEMBER INNER MEMBER INNER CLOSE CLOSE CLOSE "\x03"));
}

static void test_badly_framed(void **state)
{
    (void)state;
    assert_false(framed(NULL, 0));
    assert_false(FRAMED("\x02"));
    assert_false(FRAMED(HEAD));
    assert_false(FRAMED(HEAD "\x01"));
    assert_false(FRAMED(HEAD "\x01\x21"));
    assert_false(FRAMED(HEAD "\x01\x21\x00"));
    assert_false(FRAMED(HEAD "\x01\x21\x00\x05x\x00\x00\x03"));
    assert_false(FRAMED(HEAD "\x01\x21\x00\x01x\x00\x04\x00\x00\x03"));
    assert_false(FRAMED(HEAD "\x01\x21\xff\xffx\x00\x04\x00\x00\x03"));
    assert_false(FRAMED(HEAD "\x04" BEGIN "\x03"));        /* not closed */
    assert_false(FRAMED(HEAD "\x04" CLOSE "\x03"));        /* not opened */
    assert_false(FRAMED(HEAD "\x04" BEGIN "\x04" CLOSE "\x03")); /* a group inside a collection */
    assert_false(FRAMED(HEAD "\x04" BEGIN INNER INNER INNER INNER INNER INNER INNER INNER CLOSE CLOSE CLOSE CLOSE CLOSE CLOSE CLOSE
                             CLOSE CLOSE "\x03")); /* nine deep */
}

static void test_every_cut_is_seen(void **state)
{
    static const char whole[] = HEAD "\x01\x47\x00\x12" "attributes-charset\x00\x05utf-8\x04" BEGIN MEMBER INNER CLOSE CLOSE "\x03";

    (void)state;
    assert_true(FRAMED(whole));
    for (size_t n = 0; n < sizeof whole - 1; n++)
        assert_false(framed(whole, n));
}

static void test_too_many_values(void **state)
{
    size_t n = 8, values = 20001;
    uint8_t *b = qn_alloc(n + 1 + values * 5 + 1);

    (void)state;
    memcpy(b, HEAD, 8);
    b[n++] = 4;
    for (size_t i = 0; i < values; i++, n += 5)
        b[n] = 0x13; /* no-value, without a name */
    b[n++] = 3;
    assert_false(qn_ipp_framed(b, n));
    b[n - 6] = 3;
    assert_true(qn_ipp_framed(b, n - 5));
    free(b);
}

static void test_request_names_the_printer_and_nobody(void **state)
{
    struct qn_address a;
    struct qn_ipp p = { .address = &a };
    struct qn_buf bytes = { 0 };
    ipp_t *q;

    (void)state;
    assert_int_equal(qn_address_parse(&a, "ipp://[::1]:8631/ipp/print", NULL, NULL, NULL), 0);
    q = qn_ipp_request(&p, IPP_OP_SEND_DOCUMENT, 7);
    assert_string_equal(ippGetString(ippFindAttribute(q, "printer-uri", IPP_TAG_URI), 0, NULL), "ipp://[::1]:8631/ipp/print");
    assert_string_equal(ippGetString(ippFindAttribute(q, "requesting-user-name", IPP_TAG_NAME), 0, NULL), "quoin");
    assert_int_equal(ippGetInteger(ippFindAttribute(q, "job-id", IPP_TAG_INTEGER), 0), 7);
    assert_int_equal(qn_ipp_encode(&p, q, 1000000, &bytes, NULL), 0);
    assert_non_null(strstr(bytes.data, "\r\nHost: [::1]:8631\r\n"));
    assert_null(strstr(bytes.data, "chunked"));
    assert_int_equal(strtoul(strstr(bytes.data, "Content-Length: ") + 16, NULL, 10),
                     bytes.len - (size_t)(strstr(bytes.data, "\r\n\r\n") + 4 - bytes.data) + 1000000);
    ippDelete(q);
    qn_buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_well_framed),
        cmocka_unit_test(test_badly_framed),
        cmocka_unit_test(test_every_cut_is_seen),
        cmocka_unit_test(test_too_many_values),
        cmocka_unit_test(test_request_names_the_printer_and_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
