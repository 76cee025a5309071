#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/secret.h"
#include "web/cookie.h"
#include "web/guard.h"

static bool origin(const char *site, const char *from, bool absent_ok)
{
    struct qn_admission a = { .host = "kiosk.example:8443", .site = site, .origin = from };

    return qn_guard_origin(&a, absent_ok);
}

static void test_guard_origin(void **state)
{
    static const char own[] = "https://kiosk.example:8443";

    (void)state;
    assert_true(origin("same-origin", own, false));
    assert_true(origin("same-origin", NULL, false));
    assert_true(origin(NULL, own, false));
    assert_true(origin(NULL, NULL, true));
    assert_false(origin(NULL, NULL, false));
    assert_false(origin("cross-site", own, true));
    assert_false(origin("same-site", own, true));
    assert_false(origin("none", own, true));
    assert_false(origin("", NULL, true));
    assert_false(origin("same-origin", "null", true));
    assert_false(origin("same-origin", "http://kiosk.example:8443", true));
    assert_false(origin("same-origin", "https://kiosk.example", true));
    assert_false(origin("same-origin", "https://evil.example", true));
    assert_false(origin("same-origin", "", true));
}

/* HMAC-SHA256 of "quoin form" under 32 zero bytes and under 32 bytes 0x01, from another implementation (Python's
 * hmac). */
static void test_guard_token(void **state)
{
    struct qn_web web = { .instance = QN_KIOSK };
    struct qn_request rq = { .web = &web };
    char session[QN_FORM_TOKEN_TEXT], terminal[QN_FORM_TOKEN_TEXT];

    (void)state;
    assert_false(qn_guard_token(&rq, "/kiosk/login", terminal));
    assert_string_equal(terminal, "");
    rq.terminal = qn_secret_alloc(QN_TOKEN);
    rq.session = qn_secret_alloc(QN_TOKEN);
    memset(rq.session, 1, QN_TOKEN);
    assert_true(qn_guard_token(&rq, "/kiosk/login", terminal));
    assert_true(qn_guard_token(&rq, "/kiosk/act", session));
    assert_string_equal(terminal, "0a68a7e998cc10cd11710b353f51c305629356c5fcf93c8713e14e3c451495b1");
    assert_string_equal(session, "fd89af0a5f1413241c7511dee5491d30dd06b97e532e783eaeb757aa0784109c");
    assert_false(qn_guard_token(&rq, "/kiosk/enrol", terminal));
    qn_secret_free(&rq.terminal);
    qn_secret_free(&rq.session);
}

static void cookie_is(const char *header, const char *hex)
{
    uint8_t *token = qn_cookie_read(header, "__Host-quoin"), want[QN_TOKEN];

    assert_true(!token == !hex);
    if (token) {
        assert_true(qn_unhex(want, QN_TOKEN, hex));
        assert_memory_equal(token, want, QN_TOKEN);
    }
    qn_secret_free(&token);
}

static void test_cookie_read(void **state)
{
#define T "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
    (void)state;
    cookie_is("__Host-quoin=" T, T);
    cookie_is("a=b; __Host-quoin=" T "; __Host-quoin-terminal=x", T);
    cookie_is("__Host-quoin-terminal=" T, NULL);
    cookie_is("x__Host-quoin=" T, NULL);
    cookie_is("__Host-quoin=" T "; __Host-quoin=" T, NULL);
    cookie_is("__Host-quoin=\"" T "\"", NULL);
    cookie_is("__Host-quoin=" T "0", NULL);
    cookie_is("__Host-quoin=00", NULL);
    cookie_is("__Host-quoin=0011223344556677889900112233445566778899001122334455667788990ABC", NULL);
    cookie_is("__Host-quoin", NULL);
    cookie_is("", NULL);
    cookie_is(NULL, NULL);
}

static void test_cookie_write(void **state)
{
    static const uint8_t token[QN_TOKEN] = { 0xab };
    char text[QN_COOKIE_TEXT];

    (void)state;
    qn_cookie_write(text, "__Host-quoin", token, 0);
    assert_string_equal(text, "__Host-quoin=ab00000000000000000000000000000000000000000000000000000000000000; "
                              "Path=/; Secure; HttpOnly; SameSite=Strict");
    qn_cookie_write(text, "__Host-quoin", NULL, 0);
    assert_string_equal(text, "__Host-quoin=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guard_origin),
        cmocka_unit_test(test_guard_token),
        cmocka_unit_test(test_cookie_read),
        cmocka_unit_test(test_cookie_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
