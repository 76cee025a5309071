#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "web/admission.h"

static const char *const hosts[] = { "kiosk.example:8443", "127.0.0.1:8443" };

struct line { const char *name, *value; };

static int admit(struct qn_admission *a, const char *method, const char *target, const char *version, const struct line *lines,
                 int off)
{
    size_t head = strlen(method) + strlen(target) + strlen(version) + 4 + 2;

    memset(a, 0, sizeof *a);
    qn_admit_target(a, target);
    for (; lines->name; lines++) {
        head += strlen(lines->name) + strlen(lines->value) + 4;
        qn_admit_header(a, lines->name, strlen(lines->name), lines->value, strlen(lines->value));
    }
    qn_admit_end(a, method, target, version, (size_t)((long)head + off), hosts, 2);
    return a->status;
}

#define HOST { "Host", "kiosk.example:8443" }
#define ADMIT(method, target, ...) admit(&a, method, target, "HTTP/1.1", (const struct line[]){ __VA_ARGS__, { NULL, NULL } }, 0)

static void test_admit_good(void **state)
{
    struct qn_admission a;

    (void)state;
    assert_int_equal(ADMIT("GET", "/kiosk?a=b", HOST), 0);
    assert_int_equal(ADMIT("GET", "/", { "host", "KIOSK.example:8443" }), 0);
    assert_int_equal(ADMIT("POST", "/kiosk/login", HOST, { "Content-Length", "65536" },
                           { "Content-Type", "application/x-www-form-urlencoded;charset=utf-8" }, { "Cookie", "a=b" }), 0);
    assert_true(a.form);
    assert_int_equal(a.length, 65536);
    assert_string_equal(a.cookie, "a=b");
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "0" }, { "Content-Type", "text/plain" }), 0);
    assert_false(a.form);
}

static void test_admit_target(void **state)
{
    static const char *const bad[] = { "", "kiosk", "*", "https://kiosk.example:8443/", "/a b", "/\x01", "/\x7f", "/\xc3\xa4", "/a#b",
                                       "/%00", "/a%00b" };
    struct qn_admission a;
    char *text = malloc(QN_TARGET_MAX + 2);

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ADMIT("GET", bad[i], HOST), 400);
    memset(text, 'a', QN_TARGET_MAX + 1);
    text[0] = '/';
    text[QN_TARGET_MAX + 1] = '\0';
    assert_int_equal(ADMIT("GET", text, HOST), 414);
    text[QN_TARGET_MAX] = '\0';
    assert_int_equal(ADMIT("GET", text, HOST), 0);
    free(text);
}

static void test_admit_framing(void **state)
{
    struct qn_admission a;

    (void)state;
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "5" }, { "Content-Length", "5" }), 400);
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "5" }, { "content-length", "6" }), 400);
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "" }), 400);
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "+5" }), 400);
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "-1" }), 400);
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "0x5" }), 400);
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "5, 5" }), 400);
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "196609" }), 413);
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "99999999999999999999" }), 413);
    assert_int_equal(ADMIT("POST", "/", HOST), 411);
    assert_int_equal(ADMIT("GET", "/", HOST, { "Content-Length", "0" }), 400);
    assert_int_equal(ADMIT("HEAD", "/", HOST, { "Content-Length", "1" }), 400);
    assert_int_equal(ADMIT("POST", "/", HOST, { "Transfer-Encoding", "chunked" }), 400);
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "5" }, { "transfer-encoding", "identity" }), 400);
}

static void test_admit_body_by_route(void **state)
{
    struct qn_admission a;

    (void)state;
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "65536" }), 0);
    qn_admit_body(&a, false);
    assert_int_equal(a.status, 0);
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "65537" }), 0);
    qn_admit_body(&a, false);
    assert_int_equal(a.status, 413);
    assert_int_equal(ADMIT("POST", "/", HOST, { "Content-Length", "196608" }), 0);
    qn_admit_body(&a, true);
    assert_int_equal(a.status, 0);
}

static void test_admit_headers(void **state)
{
    struct qn_admission a;
    char long_value[QN_HEADER_VALUE + 2];

    (void)state;
    memset(long_value, 'x', sizeof long_value - 1);
    long_value[sizeof long_value - 1] = '\0';
    assert_int_equal(ADMIT("GET", "/", HOST, { "", "x" }), 400);
    assert_int_equal(ADMIT("GET", "/", HOST, { "A B", "x" }), 400);
    assert_int_equal(ADMIT("GET", "/", HOST, { "Cookie ", "x" }), 400);
    assert_int_equal(ADMIT("GET", "/", HOST, { "X", "a\rb" }), 400);
    assert_int_equal(ADMIT("GET", "/", HOST, { "X", "a\nb" }), 400);
    assert_int_equal(ADMIT("GET", "/", HOST, { "X", "a\x7f" }), 400);
    assert_int_equal(ADMIT("GET", "/", HOST, { "X", long_value }), 400);
    assert_int_equal(ADMIT("GET", "/", HOST, { "Cookie", "a" }, { "cookie", "b" }), 400);
    assert_int_equal(ADMIT("GET", "/", HOST, { "Origin", "a" }, { "Origin", "a" }), 400);
    memset(&a, 0, sizeof a);
    qn_admit_header(&a, "X", 1, "a\0b", 3);
    assert_int_equal(a.status, 400);
    memset(&a, 0, sizeof a);
    for (int i = 0; i <= QN_HEADERS_MAX; i++)
        qn_admit_header(&a, "X", 1, "a", 1);
    assert_int_equal(a.status, 431);
}

static void test_admit_host(void **state)
{
    struct qn_admission a;

    (void)state;
    assert_int_equal(ADMIT("GET", "/", { "Accept", "x" }), 400);
    assert_int_equal(ADMIT("GET", "/", HOST, HOST), 400);
    assert_int_equal(ADMIT("GET", "/", { "Host", "evil.example" }), 421);
    assert_int_equal(ADMIT("GET", "/", { "Host", "kiosk.example" }), 421);
    assert_int_equal(ADMIT("GET", "/", { "Host", "kiosk.example:8443." }), 421);
    assert_int_equal(ADMIT("GET", "/", { "Host", "" }), 421);
}

/* Bytes that the library hid, or line ends that it took for good. */
static void test_admit_head_size(void **state)
{
    static const struct line lines[] = { HOST, { NULL, NULL } };
    struct qn_admission a;

    (void)state;
    assert_int_equal(admit(&a, "GET", "/", "HTTP/1.1", lines, 0), 0);
    assert_int_equal(admit(&a, "GET", "/", "HTTP/1.1", lines, 1), 400);
    assert_int_equal(admit(&a, "GET", "/", "HTTP/1.1", lines, -1), 400);
    assert_int_equal(admit(&a, "GET", "/", "HTTP/1.0", lines, 0), 505);
    assert_int_equal(admit(&a, "GET", "/", "HTTP/1.10", lines, 0), 505);
    assert_int_equal(admit(&a, "G<E>T", "/", "HTTP/1.1", lines, 0), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_admit_good),    cmocka_unit_test(test_admit_target), cmocka_unit_test(test_admit_framing),
        cmocka_unit_test(test_admit_body_by_route), cmocka_unit_test(test_admit_headers), cmocka_unit_test(test_admit_host),   cmocka_unit_test(test_admit_head_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
