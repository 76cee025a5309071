#include "config.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/sandbox.h"
#include "lib/seal.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0 /* with AddressSanitizer only what kills is in force */
#endif

static struct qn_err err;

/* ---- things to try: 0 if it worked, else errno ---- */

static int try_read_file(void)
{
    int fd = open("/etc/hostname", O_RDONLY);

    return fd >= 0 ? close(fd) : errno;
}

static int try_write_file(void)
{
    int fd = open("/tmp", O_TMPFILE | O_WRONLY, 0600);

    return fd >= 0 ? close(fd) : errno;
}

static int try_create_file(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CREAT, 0600);

    return fd >= 0 ? close(fd) : errno;
}

static int try_unlink(void)
{
    return unlink("/tmp/qn-no-such-file-at-all") == 0 || errno == ENOENT ? 0 : errno;
}

static int try_unix_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    return fd >= 0 ? close(fd) : errno;
}

static int try_inet_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return fd >= 0 ? close(fd) : errno;
}

static int try_packet_socket(void)
{
    int fd = socket(AF_PACKET, SOCK_RAW, 0);

    return fd >= 0 ? close(fd) : errno;
}

static int try_listen(void)
{
    return listen(-1, 1) == 0 || errno == EBADF ? 0 : errno;
}

static int try_connect(void)
{
    return connect(-1, NULL, 0) == 0 || errno == EBADF ? 0 : errno;
}

static int try_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return pid > 0 ? 0 : errno;
}

static void *nothing(void *p)
{
    return p;
}

static int try_thread(void)
{
    pthread_t t;
    int r = pthread_create(&t, NULL, nothing, NULL);

    return r ? r : pthread_join(t, NULL);
}

static int try_kill_others(void)
{
    return kill(getppid(), 0) == 0 ? 0 : errno;
}

static int try_limits(void)
{
    struct rlimit r = { 100, 100 };

    return setrlimit(RLIMIT_NOFILE, &r) == 0 ? 0 : errno;
}

static int try_io_uring(void)
{
    return syscall(SYS_io_uring_setup, 1, NULL) >= 0 || errno == EFAULT ? 0 : errno;
}

static int try_memory_file(void)
{
    int fd = memfd_create("x", MFD_CLOEXEC);

    return fd >= 0 ? close(fd) : errno;
}

static int try_chmod(void)
{
    return chmod("/tmp/qn-no-such-file-at-all", 0600) == 0 || errno == ENOENT ? 0 : errno;
}

/* What everybody needs: memory, messages, sealing, clocks, entropy, a log line. */
static int try_ordinary(void)
{
    struct qn_seal_sum sum;
    struct qn_seal *s;
    uint8_t header[QN_SEAL_HEADER] = { 1 }, key[QN_SEAL_KEY] = { 2 };
    int fd = dup(STDERR_FILENO + 1 /* a file made before */), r;
    void *big = malloc(30 << 20);
    size_t n;

    if (fd < 0 || !big)
        return errno;
    memset(big, 1, 30 << 20);
    free(big);
    r = qn_seal_start(&s, fd, header, key, &err);
    if (r == 0) {
        memset(qn_seal_room(s, &n), 'x', n);
        r = qn_seal_advance(s, n, &err);
    }
    if (r == 0)
        r = qn_seal_finish(s, &sum, &err);
    if (r == 0)
        qn_seal_free(&s);
    if (r != 0)
        fprintf(stderr, "%s\n", err.text);
    return r ? EIO : 0;
}

static int try_execve(void)
{
    return execl("/bin/true", "true", NULL);
}

static int try_ptrace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : errno;
}

static int try_peek(void)
{
    return process_vm_readv(getppid(), NULL, 0, NULL, 0, 0) >= 0 ? 0 : errno;
}

static int try_mount(void)
{
    return (int)syscall(SYS_mount, "a", "b", "c", 0, NULL);
}

static int try_bpf(void)
{
    return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static int try_keyctl(void)
{
    return (int)syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}

static int try_userfaultfd(void)
{
    return (int)syscall(SYS_userfaultfd, 0);
}

static int try_execveat(void)
{
    return (int)syscall(SYS_execveat, -1, "/bin/true", NULL, NULL, 0);
}

/* A profile as a child of intake's parent has it. */
enum { NESTED = QN_SANDBOX_FILTER + 1 };

static int confine(unsigned profile)
{
    int status, r;
    pid_t pid;

    if (profile != NESTED)
        return qn_sandbox_apply((enum qn_sandbox_profile)profile, &err);
    if (qn_sandbox_nest(QN_SANDBOX_LISTEN, QN_SANDBOX_INTAKE, &err) != 0)
        return -1;
    pid = fork();
    if (pid == 0)
        return qn_sandbox_apply(QN_SANDBOX_INTAKE, &err);
    r = waitpid(pid, &status, 0) == pid;
    if (r && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) /* dies of the same */
        try_keyctl();
    if (r && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
        abort();
    _exit(r ? WEXITSTATUS(status) : 98);
}

/* Runs the act in a child under a profile. Returns its wait status; the exit code is what the act returned. */
static int confined(unsigned profile, int (*act)(void))
{
    int status, file;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        struct rlimit none = { 0, 0 };

        setrlimit(RLIMIT_CORE, &none);
        file = memfd_create("sealed", 0);
        dup2(file, STDERR_FILENO + 1);
        if (confine(profile) != 0)
            _exit(99);
        _exit(act());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

enum {
    C = 1 << QN_SANDBOX_CORE, I = 1 << QN_SANDBOX_INTAKE, D = 1 << QN_SANDBOX_DELIVER, L = 1 << QN_SANDBOX_LDAP,
    P = 1 << QN_SANDBOX_PIN, W = 1 << QN_SANDBOX_WEB, N = 1 << QN_SANDBOX_LISTEN,
    F = 1 << QN_SANDBOX_FILTER,
#ifdef QN_TEST_CLOCK
    R = C | I | D | L | P | W | N | F, /* everybody may read: the file that moves the clocks */
#else
    R = C | D | L | W | F,
#endif
};

static void test_each_profile_allows_its_own_and_nothing_more(void **state)
{
    static const struct { const char *what; int (*act)(void); unsigned may; } tries[] = {
        { "ordinary work", try_ordinary, C | I | D | L | P | W | N | F },
        { "reading a file", try_read_file, R },
        { "writing a file", try_write_file, C },
        { "creating a file", try_create_file, C },
        { "unlinking", try_unlink, C },
        { "chmod", try_chmod, C },
        { "a Unix socket", try_unix_socket, C | D | L | P | W | N },
        { "an internet socket", try_inet_socket, D | L },
        { "a packet socket", try_packet_socket, 0 },
        { "connecting", try_connect, C | D | L | P | W | N },
        { "listening", try_listen, C | W | N },
        { "a process", try_fork, N },
        { "a thread", try_thread, W },
        { "signals to others", try_kill_others, 0 },
        { "changing limits", try_limits, 0 },
        { "io_uring", try_io_uring, 0 },
        { "a file in memory", try_memory_file, D },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(tries); i++)
        for (unsigned p = QN_SANDBOX_CORE; p <= NESTED; p++) {
            int status = confined(p, tries[i].act), want = tries[i].may & 1U << (p == NESTED ? QN_SANDBOX_INTAKE : p) ? 0 : EPERM;

            if (SANITIZED && want)
                continue;
            if (!WIFEXITED(status) || WEXITSTATUS(status) != want)
                fail_msg("profile %u, %s: status %#x", p, tries[i].what, (unsigned)status);
        }
}

static void test_what_an_intruder_tries_first_kills(void **state)
{
    static int (*const acts[])(void) = {
        try_execve, try_execveat, try_peek, try_mount, try_bpf, try_keyctl, try_userfaultfd, try_ptrace,
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(acts) - SANITIZED; i++)
        for (unsigned p = QN_SANDBOX_CORE; p <= NESTED; p++) {
            int status = confined(p, acts[i]);

            if (acts[i] == try_execve && p == QN_SANDBOX_FILTER) { /* what it is for: test_a_started_program_has_no_more */
                assert_int_equal(status, 0);
                continue;
            }
            if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
                fail_msg("profile %u, act %zu: status %#x", p, i, (unsigned)status);
        }
}

static int act_start_python(void)
{
    static const char script[] =
        "import ctypes, errno, os, sys\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def no(r):\n"
        "    return r == -1 and ctypes.get_errno() == errno.EPERM\n"
        "sys.exit(not (no(libc.socket(2, 1, 0)) and no(libc.socket(1, 1, 0)) and no(libc.fork()) and no(libc.creat(b'/tmp/qn-x', 384)) and\n"
        "              no(libc.open(b'/dev/null', 1)) and no(libc.kill(os.getppid(), 0)) and no(libc.mkdir(b'/tmp/qn-y', 448))))\n";

    return execl("/usr/bin/python3", "python3", "-ISc", script, NULL);
}

/* The filter of system calls goes with the process into whatever program it becomes. */
static void test_a_started_program_has_no_more(void **state)
{
    int status = confined(QN_SANDBOX_FILTER, act_start_python);

    (void)state;
    if (!SANITIZED)
        assert_int_equal(status, 0);
}

static int act_abort(void)
{
    signal(SIGABRT, SIG_DFL);
    abort();
}

static int act_leave_by_alarm(void)
{
    signal(SIGALRM, SIG_DFL);
    alarm(1);
    pause();
    return 0;
}

static void test_panics_and_alarms_still_end_a_process(void **state)
{
    (void)state;
    for (unsigned p = QN_SANDBOX_CORE; p <= NESTED; p++)
        assert_int_equal(WTERMSIG(confined(p, act_abort)), SIGABRT);
    assert_int_equal(WTERMSIG(confined(QN_SANDBOX_LDAP, act_leave_by_alarm)), SIGALRM);
}

static volatile int thread_result = -1;
static volatile int thread_go;

static void *forking_thread(void *p)
{
    while (!thread_go)
        usleep(1000);
    thread_result = try_inet_socket();
    return p;
}

static void test_threads_that_run_already_are_confined_too(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        pthread_t t;

        pthread_create(&t, NULL, forking_thread, NULL);
        if (qn_sandbox_apply(QN_SANDBOX_WEB, &err) != 0)
            _exit(99);
        thread_go = 1;
        pthread_join(t, NULL);
        _exit(thread_result);
    }
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SANITIZED ? 0 : EPERM);
}

/* Exit codes of the child below name what is wrong. */
static int started_wrong(void)
{
    struct rlimit core;
    struct stat st;
    mode_t mask;

    qn_sandbox_start();
    for (int fd = 0; fd <= 2; fd++)
        if (fstat(fd, &st) != 0)
            return 10 + fd;
    if (prctl(PR_GET_DUMPABLE) != 0)
        return 1;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 2;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
        return 3;
    mask = umask(0);
    if (mask != 077)
        return 4;
    if (raise(SIGPIPE) != 0)
        return 5;
    if (getenv("LD_PRELOAD") || getenv("QN_SECRET") || !getenv("PATH") || strcmp(getenv("LANG"), "C.UTF-8") != 0)
        return 6;
    return 0;
}

static void test_start_gives_up_what_nobody_needs(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        signal(SIGPIPE, SIG_DFL);
        setenv("QN_SECRET", "x", 1);
        setenv("LANG", "C.UTF-8", 1);
        setenv("PATH", "/usr/bin", 1);
        close(0);
        close(2);
        _exit(started_wrong());
    }
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A parent that kept it would have no child that starts. */
static void test_a_filter_that_was_cut_short_is_none(void **state)
{
    const struct rlimit few = { 64, 64 };
    int status, r;
    pid_t pid;

    (void)state;
    pid = fork();
    if (pid == 0) {
        if (setrlimit(RLIMIT_FSIZE, &few) != 0)
            _exit(2);
        r = qn_sandbox_prepare(QN_SANDBOX_INTAKE, &err);
        _exit(r == QN_EIO && strcmp(err.text, "can't make the filter of system calls") == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_profile_allows_its_own_and_nothing_more),
        cmocka_unit_test(test_what_an_intruder_tries_first_kills),
        cmocka_unit_test(test_a_started_program_has_no_more),
        cmocka_unit_test(test_panics_and_alarms_still_end_a_process),
        cmocka_unit_test(test_threads_that_run_already_are_confined_too),
        cmocka_unit_test(test_start_gives_up_what_nobody_needs),
        cmocka_unit_test(test_a_filter_that_was_cut_short_is_none),
    };

    qn_seal_warm();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
