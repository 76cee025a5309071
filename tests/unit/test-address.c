#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "deliver/address.h"

#define PIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const struct {
    const char *uri, *ca, *pin;
    int code;
    const char *host, *resource;
    int port;
    bool tls;
} cases[] = {
    { "ipp://printer.example/ipp/print", NULL, NULL, 0, "printer.example", "/ipp/print", 631, false },
    { "ipps://printer.example/ipp/print", NULL, PIN, 0, "printer.example", "/ipp/print", 631, true },
    { "ipps://10.0.0.9:8631/", "/ca", "", 0, "10.0.0.9", "/", 8631, true },
    { "ipp://[::1]:8631/x", "", "", 0, "::1", "/x", 8631, false },
    { "ipps://printer.example/ipp/print", NULL, NULL, QN_EDENIED, "", "", 0, false },
    { "ipps://printer.example/ipp/print", "", "", QN_EDENIED, "", "", 0, false },
    { "ipps://printer.example/", NULL, "0011", QN_EINVAL, "", "", 0, false },
    { "http://printer.example/", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "https://printer.example/", NULL, PIN, QN_EINVAL, "", "", 0, false },
    { "socket://printer.example", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "file:///etc/passwd", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "ipp:///x", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "ipp://user@printer.example/", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "ipp://user:pw@printer.example/", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "ipp://printer.example:0/", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "ipp://printer.example:70000/", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "ipp://printer.example/a b", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "ipp://printer.example/a%20b", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "ipp://printer.example/a%0d%0aX:y", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "ipp://printer%0d%0a.example/", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "printer.example", NULL, NULL, QN_EINVAL, "", "", 0, false },
    { "", NULL, NULL, QN_EINVAL, "", "", 0, false },
};

static void test_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct qn_address a;
        struct qn_err err = { 0 };

        print_message("%s\n", cases[i].uri);
        assert_int_equal(qn_address_parse(&a, cases[i].uri, cases[i].ca, cases[i].pin, &err), cases[i].code);
        assert_int_equal(err.code, cases[i].code);
        assert_string_equal(a.host, cases[i].host);
        assert_string_equal(a.resource, cases[i].resource);
        assert_int_equal(a.port, cases[i].port);
        assert_int_equal(a.tls, cases[i].tls);
    }
}

static void test_pin_is_read(void **state)
{
    struct qn_address a;

    (void)state;
    assert_int_equal(qn_address_parse(&a, "ipps://p/x", NULL, PIN, NULL), 0);
    assert_true(a.pinned);
    assert_int_equal(a.pin[1], 0x11);
    assert_null(a.ca);
    assert_string_equal(a.uri, "ipps://p:631/x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_pin_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
