#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/secret.h"

/* The line `want` of the mapping of p in /proc/self/smaps. */
static void smaps_line(const void *p, const char *want, char *out, size_t size)
{
    FILE *f = fopen("/proc/self/smaps", "r");
    char line[512];
    int inside = 0;

    assert_non_null(f);
    out[0] = '\0';
    while (fgets(line, sizeof line, f)) {
        unsigned long long from, to;

        if (sscanf(line, "%llx-%llx ", &from, &to) == 2)
            inside = (uintptr_t)p >= from && (uintptr_t)p < to;
        else if (inside && strncmp(line, want, strlen(want)) == 0)
            snprintf(out, size, "%s", line);
    }
    fclose(f);
}

static void assert_locked_and_undumped(const void *p)
{
    char line[512];
    int kib = 0;

    smaps_line(p, "VmFlags:", line, sizeof line);
    assert_non_null(strstr(line, " dd")); /* don't dump */
#ifndef __SANITIZE_ADDRESS__ /* which makes mlock do nothing */
    assert_non_null(strstr(line, " lo"));
    smaps_line(p, "Locked:", line, sizeof line);
    assert_int_equal(sscanf(line, "Locked: %d kB", &kib), 1);
    assert_true(kib >= 4);
#else
    (void)kib;
#endif
}

static void test_secrets_are_locked_and_undumped(void **state)
{
    uint8_t *small = qn_secret_alloc(32), *big = qn_secret_alloc(3072);

    (void)state;
    assert_locked_and_undumped(small);
    assert_locked_and_undumped(big);
    assert_locked_and_undumped(big + 3071);
    qn_secret_free(&small);
    assert_null(small);
    qn_secret_free(&big);
    assert_null(big);
    qn_secret_free(&big); /* NULL is fine */
}

static void test_secrets_come_zeroed_and_go_wiped(void **state)
{
    uint8_t *a = qn_secret_alloc(64), *keep = qn_secret_alloc(64), *b;

    (void)state;
    memset(a, 0xee, 64);
    b = a;
    qn_secret_free(&a);
    for (int i = 0; i < 64; i++)
        assert_int_equal(b[i], 0); /* its page is still there, for keep's sake */
    a = qn_secret_alloc(64);
    assert_ptr_equal(a, b);
    qn_secret_free(&a);
    qn_secret_free(&keep);
}

static void test_many_secrets_do_not_overlap(void **state)
{
    enum { N = 500 };
    static uint8_t *p[N];

    (void)state;
    for (unsigned i = 0; i < N; i++) {
        size_t n = i % 7 == 0 ? 65 + i : 1 + i % 64;

        p[i] = qn_secret_alloc(n);
        assert_int_equal(p[i][0] | p[i][n - 1], 0);
        memset(p[i], (int)(i % 251) + 1, n);
    }
    for (unsigned i = 0; i < N; i += 2)
        qn_secret_free(&p[i]);
    for (unsigned i = 1; i < N; i += 2) {
        size_t n = i % 7 == 0 ? 65 + i : 1 + i % 64;

        for (size_t b = 0; b < n; b++)
            assert_int_equal(p[i][b], i % 251 + 1);
        qn_secret_free(&p[i]);
    }
}

static void test_equal_and_wipe(void **state)
{
    char a[] = "secret", b[] = "secret";

    (void)state;
    assert_true(qn_secret_equal(a, b, 6));
    b[5] ^= 1;
    assert_false(qn_secret_equal(a, b, 6));
    assert_true(qn_secret_equal(a, b, 5));
    assert_true(qn_secret_equal(a, b, 0));
    qn_wipe(a, 6);
    assert_memory_equal(a, "\0\0\0\0\0\0", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets_are_locked_and_undumped),
        cmocka_unit_test(test_secrets_come_zeroed_and_go_wiped),
        cmocka_unit_test(test_many_secrets_do_not_overlap),
        cmocka_unit_test(test_equal_and_wipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
