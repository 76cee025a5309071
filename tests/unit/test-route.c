#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "web/route.h"

/* Kept by hand: the whole surface. A new route has to be written down here too. */
static const char *const expected[] = {
    "GET /forget kiosk nothing",      "GET /forget portal nothing",       "GET /forget console nothing",
    "GET / kiosk terminal",           "GET /kiosk kiosk terminal",        "GET /kiosk/enrol kiosk nothing",
    "POST /kiosk/enrol kiosk nothing", "POST /kiosk/badge kiosk terminal", "POST /kiosk/login kiosk terminal",
    "GET /kiosk/password kiosk terminal", "POST /kiosk/password kiosk terminal", "GET /kiosk/over kiosk terminal",
    "GET /kiosk/jobs kiosk session",  "POST /kiosk/act kiosk session",
    "POST /kiosk/options kiosk session", "POST /kiosk/second kiosk session", "POST /kiosk/stop kiosk session",
    "POST /kiosk/delete kiosk session",
    "POST /kiosk/resolve kiosk session", "POST /kiosk/seen kiosk session", "GET /kiosk/progress kiosk session",
    "GET /kiosk/own kiosk session", "POST /kiosk/own/badge kiosk session", "POST /kiosk/own/pin kiosk session",
    "POST /kiosk/logout kiosk session",
    "GET / portal nothing",           "GET /me/login portal nothing",     "POST /me/login portal nothing",
    "GET /me portal session",         "POST /me/confirm portal session",  "POST /me/delete portal session",
    "GET /me/badges portal session", "POST /me/badges/claim portal session", "POST /me/badges/lost portal session",
    "POST /me/pin/new portal session", "POST /me/pin/choose portal session", "POST /me/seen portal session",
    "GET /me/colleagues portal session", "POST /me/colleagues/add portal session", "POST /me/colleagues/end portal session",
    "POST /me/logout portal session", "GET / console nothing",            "GET /admin/login console nothing",
    "POST /admin/login console nothing",
    "GET /admin console session",
    "GET /admin/jobs console session",
    "GET /admin/job console session",
    "POST /admin/job/delete console session",
    "GET /admin/requests console session",
    "GET /admin/request console session",
    "POST /admin/request/approve console session",
    "POST /admin/request/reject console session",
    "POST /admin/request/withdraw console session",
    "GET /admin/policy console session",
    "GET /admin/policy/change console session",
    "POST /admin/policy/check console session",
    "POST /admin/propose console session",
    "GET /admin/roles console session",
    "GET /admin/people console session",
    "POST /admin/people/pin console session",
    "POST /admin/people/badges console session",
    "GET /admin/contain console session",
    "POST /admin/contain/lock console session",
    "POST /admin/contain/unlock console session",
    "GET /admin/devices console session",
    "GET /admin/printer console session",
    "POST /admin/printer/ask console session",
    "POST /admin/printer/test console session",
    "GET /admin/device console session",
    "POST /admin/device/check console session",
    "POST /admin/device/retire console session",
    "GET /admin/terminal console session",
    "POST /admin/terminal/check console session",
    "POST /admin/terminal/code console session",
    "POST /admin/terminal/revoke console session",
    "GET /admin/audit console session",
    "POST /admin/logout console session",
};

static void test_routes_are_the_expected(void **state)
{
    static const char *const needs[] = { "nothing", "terminal", "session" };
    size_t seen = 0;
    char line[128];

    (void)state;
    for (const struct qn_route *r = qn_routes; r->path; r++) {
        assert_non_null(r->handle);
        if (strncmp(r->path, "/static/", 8) == 0) {
            assert_string_equal(r->method, "GET");
            continue;
        }
        for (int i = 0; i < QN_INSTANCES; i++) {
            if (!(r->instances & 1U << i))
                continue;
            snprintf(line, sizeof line, "%s %s %s %s", r->method, r->path, qn_instance_name((enum qn_instance)i),
                     needs[r->needs]);
            assert_true(seen < sizeof expected / sizeof *expected);
            assert_string_equal(line, expected[seen++]);
        }
    }
    assert_int_equal(seen, sizeof expected / sizeof *expected);
}

static int status_of(enum qn_instance instance, const char *method, const char *path)
{
    int status;
    const struct qn_route *r = qn_route_find(instance, method, path, (unsigned)strlen(path), &status);

    assert_true(!r == (status != 0));
    return status;
}

static void test_route_is_exact(void **state)
{
    static const char *const lost[] = { "", "//", "/kiosk/", "//kiosk", "/Kiosk", "/kiosk/jobs/", "/kiosk/../kiosk", "/kios", "/kiosk%2fjobs",
                                        "/kiosk/jobs;x", "/me", "/admin", "/static/" };

    (void)state;
    assert_int_equal(status_of(QN_KIOSK, "GET", "/kiosk"), 0);
    assert_int_equal(status_of(QN_KIOSK, "HEAD", "/kiosk"), 0);
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++)
        assert_int_equal(status_of(QN_KIOSK, "GET", lost[i]), 404);
    assert_int_equal(status_of(QN_KIOSK, "POST", "/kiosk"), 405);
    assert_int_equal(status_of(QN_KIOSK, "GET", "/kiosk/login"), 405);
    assert_int_equal(status_of(QN_KIOSK, "HEAD", "/kiosk/login"), 405);
    assert_int_equal(status_of(QN_KIOSK, "get", "/kiosk"), 405);
    assert_int_equal(status_of(QN_KIOSK, "TRACE", "/kiosk"), 405);
    assert_int_equal(status_of(QN_PORTAL, "GET", "/kiosk"), 404);
    assert_int_equal(status_of(QN_PORTAL, "GET", "/admin"), 404);
    assert_int_equal(status_of(QN_CONSOLE, "GET", "/me"), 404);
}

static void test_instance_names(void **state)
{
    (void)state;
    for (int i = 0; i < QN_INSTANCES; i++)
        assert_int_equal(qn_instance_parse(qn_instance_name((enum qn_instance)i)), i);
    assert_int_equal(qn_instance_parse("nobody"), QN_INSTANCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes_are_the_expected),
        cmocka_unit_test(test_route_is_exact),
        cmocka_unit_test(test_instance_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
