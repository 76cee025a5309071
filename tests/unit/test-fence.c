#include "config.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fence.h"

static pid_t neighbour;

static int opened(const char *path, int flags)
{
    int fd = open(path, flags, 0600);

    return fd >= 0 ? close(fd) : errno;
}

/* ---- things to try: 0 if it worked, else errno ---- */

static int try_read(void)
{
    return opened("/etc/passwd", O_RDONLY);
}

static int try_library(void)
{
    return opened("/usr/lib/os-release", O_RDONLY);
}

static int try_write(void)
{
    return opened("/dev/null", O_WRONLY);
}

static int try_create(void)
{
    return opened("/tmp", O_TMPFILE | O_WRONLY);
}

static int try_memory(void)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/mem", (int)neighbour);
    return opened(path, O_RDONLY);
}

static int try_true(void)
{
    return execl("/usr/bin/true", "true", (char *)NULL) == 0 ? 0 : errno;
}

static int try_env(void)
{
    return execl("/usr/bin/env", "env", (char *)NULL) == 0 ? 0 : errno;
}

static int no_fence(struct qn_err *err)
{
    (void)err;
    return 0;
}

static int fence_true(struct qn_err *err)
{
    return qn_fence_program("/usr/bin/true", err);
}

static int fenced(int (*fence)(struct qn_err *), int (*act)(void))
{
    struct qn_err err;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);

        dup2(null, STDOUT_FILENO);
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || fence(&err) != 0)
            _exit(99);
        _exit(act());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void neighbour_start(void)
{
    neighbour = fork();
    if (neighbour == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
}

static void test_each_fence_has_its_gates_and_no_more(void **state)
{
    static const struct { const char *what; int (*act)(void); int self, program; } tries[] = {
        { "reading a file", try_read, 0, EACCES },
        { "reading a library", try_library, 0, 0 },
        { "writing a device", try_write, EACCES, EACCES },
        { "a new file", try_create, EACCES, EACCES },
        { "another process's memory", try_memory, EACCES, EACCES },
        { "the program", try_true, EACCES, 0 },
        { "another program", try_env, EACCES, EACCES },
    };
    bool has = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;

    (void)state;
    if (!has)
        print_message("SKIPPED in part: this kernel has no Landlock\n");
    neighbour_start();
    for (size_t i = 0; i < QN_COUNT(tries); i++) {
        print_message("%s\n", tries[i].what);
        assert_int_equal(fenced(no_fence, tries[i].act), 0);
        assert_int_equal(fenced(qn_fence_self, tries[i].act), has ? tries[i].self : 0);
        assert_int_equal(fenced(fence_true, tries[i].act), has ? tries[i].program : 0);
    }
    kill(neighbour, SIGKILL);
    assert_int_equal(waitpid(neighbour, NULL, 0), neighbour);
}

static int fence_twice(struct qn_err *err)
{
    int r = qn_fence_self(err);

    return r == 0 ? fence_true(err) : r;
}

static int fence_nothing(struct qn_err *err)
{
    return qn_fence_program("/nonexistent", err);
}

/* A fence in a fence leaves what both leave; a program that isn't there is none that could be started. */
static void test_fences_in_fences(void **state)
{
    bool has = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;

    (void)state;
    assert_int_equal(fenced(fence_twice, try_true), has ? EACCES : 0);
    assert_int_equal(fenced(fence_twice, try_library), 0);
    assert_int_equal(fenced(fence_nothing, try_true), has ? EACCES : 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_fence_has_its_gates_and_no_more),
        cmocka_unit_test(test_fences_in_fences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
