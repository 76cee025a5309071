#include "config.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/log.h"

static struct qn_err err;

static void test_fail_sets_code_and_clean_sentence(void **state)
{
    (void)state;
    assert_int_equal(qn_fail(&err, QN_EDENIED, "job %d of %s", 7, "a\nb\x1b"), QN_EDENIED);
    assert_int_equal(err.code, QN_EDENIED);
    assert_string_equal(err.text, "job 7 of a?b?");
    assert_int_equal(qn_fail(NULL, QN_EFULL, "nobody asked"), QN_EFULL);
}

static void test_fail_errno_says_what_the_system_said(void **state)
{
    (void)state;
    errno = ENOSPC;
    assert_int_equal(qn_fail_errno(&err, "writing %s", "x"), QN_EIO);
    assert_string_equal(err.text, "writing x: No space left on device");
    assert_int_equal(errno, ENOSPC);
}

static void test_prefix_tells_where(void **state)
{
    char where[500];

    (void)state;
    qn_fail(&err, QN_ETIMEOUT, "no answer");
    assert_int_equal(qn_prefix(&err, "release"), QN_ETIMEOUT);
    assert_string_equal(err.text, "release: no answer");
    memset(where, 'w', sizeof where);
    where[499] = '\0';
    assert_int_equal(qn_prefix(&err, where), QN_ETIMEOUT); /* cut, not overrun */
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_int_equal(qn_prefix(NULL, "nowhere"), QN_EINTERNAL);
}

static void test_long_sentences_are_cut(void **state)
{
    char text[1000];

    (void)state;
    memset(text, 'x', sizeof text);
    text[999] = '\0';
    qn_fail(&err, QN_EINVAL, "%s", text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    qn_fail_errno(&err, "%s", text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void test_names_of_codes_go_both_ways(void **state)
{
    static const int codes[] = {
#define X(c, n, s) c,
        QN_ERR_TABLE(X)
#undef X
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(codes); i++)
        assert_int_equal(qn_code_parse(qn_code_name(codes[i])), codes[i]);
    assert_string_equal(qn_code_name(QN_EAMBIGUOUS), "ambiguous");
    assert_string_equal(qn_code_name(-999), "internal");
    assert_int_equal(qn_code_parse("no-such-code"), QN_EINTERNAL);
    assert_int_equal(qn_code_parse(NULL), QN_EINTERNAL);
}

/* What a child writes to standard error, and how it ended. */
static int child_says(void (*act)(void), char *out, size_t size)
{
    int p[2], status;
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe(p), 0);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        dup2(p[1], 2);
        signal(SIGABRT, SIG_DFL);
        act();
        _exit(0);
    }
    close(p[1]);
    n = read(p[0], out, size - 1);
    out[n > 0 ? n : 0] = '\0';
    close(p[0]);
    waitpid(pid, &status, 0);
    return status;
}

static void act_panic(void)
{
    qn_panic("invariant %d is broken\n", 5);
}

static void act_log(void)
{
    qn_log_open("quoind", QN_LOG_NOTICE);
    qn_log(QN_LOG_INFO, "too talkative");
    errno = EPERM;
    qn_log(QN_LOG_NOTICE, "from %s", "a\nforged line\x7f");
    _exit(errno == EPERM ? 0 : 1);
}

static void test_panic_ends_the_process_with_a_sentence(void **state)
{
    char text[256];
    int status = child_says(act_panic, text, sizeof text);

    (void)state;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(text, "panic: invariant 5 is broken?\n"));
}

static void test_a_log_line_is_one_line(void **state)
{
    char text[256];
    int status = child_says(act_log, text, sizeof text);

    (void)state;
    assert_int_equal(status, 0);
    assert_memory_equal(text, "<5>quoind[", 10);
    assert_non_null(strstr(text, "]: from a?forged line?\n"));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void test_allocations_are_zeroed(void **state)
{
    char *p = qn_alloc(100), *s = qn_strdup("copy");

    (void)state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    p = qn_realloc(p, 200);
    assert_string_equal(s, "copy");
    free(p);
    free(s);
    free(qn_alloc(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_sets_code_and_clean_sentence),
        cmocka_unit_test(test_fail_errno_says_what_the_system_said),
        cmocka_unit_test(test_prefix_tells_where),
        cmocka_unit_test(test_long_sentences_are_cut),
        cmocka_unit_test(test_names_of_codes_go_both_ways),
        cmocka_unit_test(test_panic_ends_the_process_with_a_sentence),
        cmocka_unit_test(test_a_log_line_is_one_line),
        cmocka_unit_test(test_allocations_are_zeroed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
