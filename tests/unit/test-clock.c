#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"

static void test_format(void **state)
{
    static const struct { int64_t ms; const char *text; } tries[] = {
        { 0, "1970-01-01T00:00:00.000Z" },
        { 1795162443512, "2026-11-20T08:14:03.512Z" },
        { 951782399999, "2000-02-28T23:59:59.999Z" },
        { 951782400000, "2000-02-29T00:00:00.000Z" },
        { -1, "1969-12-31T23:59:59.999Z" },
    };
    char out[25];

    (void)state;
    for (size_t i = 0; i < QN_COUNT(tries); i++)
        assert_string_equal(qn_clock_format(tries[i].ms, out), tries[i].text);
}

static void test_clocks_are_the_machines(void **state)
{
    int64_t wall = qn_clock_wall(), boot = qn_clock_boot();

    (void)state;
    assert_true(llabs(wall - (int64_t)time(NULL) * 1000) < 5000);
    assert_true(boot > 0);
    assert_true(qn_clock_boot() >= boot);
}

static void test_file_moves_the_clocks_in_test_builds_only(void **state)
{
#ifdef QN_TEST_CLOCK
    char path[] = "/tmp/qn-clock-XXXXXX";
    int64_t wall = qn_clock_wall(), boot = qn_clock_boot();
    int fd = mkstemp(path);

    (void)state;
    assert_int_equal(dprintf(fd, "86400000 -5000\n"), 15);
    qn_clock_test_file(path);
    assert_true(llabs(qn_clock_wall() - wall - 86400000) < 2000);
    assert_true(llabs(qn_clock_boot() - boot + 5000) < 2000);
    unlink(path);
    assert_true(llabs(qn_clock_wall() - wall) < 2000);
    close(fd);
#else
    (void)state; /* there is no such function: that is the point */
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_clocks_are_the_machines),
        cmocka_unit_test(test_file_moves_the_clocks_in_test_builds_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
