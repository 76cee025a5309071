#include "config.h"

#include "lib/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Which profile may use what. */
enum {
    CORE = 1 << QN_SANDBOX_CORE,
    INTAKE = 1 << QN_SANDBOX_INTAKE,
    DELIVER = 1 << QN_SANDBOX_DELIVER,
    LDAP = 1 << QN_SANDBOX_LDAP,
    PIN = 1 << QN_SANDBOX_PIN,
    WEB = 1 << QN_SANDBOX_WEB,
    LISTEN = 1 << QN_SANDBOX_LISTEN,
    FILTER = 1 << QN_SANDBOX_FILTER,
    ALL = CORE | INTAKE | DELIVER | LDAP | PIN | WEB | LISTEN | FILTER,
#ifdef QN_TEST_CLOCK
    READERS = ALL, /* the file that moves the clocks */
#else
    READERS = DELIVER | LDAP | WEB | FILTER,
#endif
    PROFILES = QN_SANDBOX_FILTER + 1,
};

/* System calls that nothing of ours has a use for, and that an intruder would try first: the process dies. */
static const char *const deadly[] = {
    "execveat", "process_vm_readv", "process_vm_writev", "bpf", "mount", "umount2", "move_mount", "fsopen",
    "open_tree", "pivot_root", "chroot", "unshare", "setns", "keyctl", "add_key", "request_key", "userfaultfd",
    "perf_event_open", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot",
    "open_by_handle_at", "pidfd_getfd", "kcmp", "swapon", "swapoff", "acct", "settimeofday", "clock_settime", "adjtimex",
#if !SANITIZED
    "ptrace", /* LeakSanitizer stops its own threads with it */
#endif
};

struct group {
    unsigned profiles;
    const char *calls; /* names with a space between */
};

static const struct group allowed[] = {
    /* what libc and libcrypto do by themselves */
    { ALL, "brk mmap munmap mremap mprotect madvise mincore msync mlock mlock2 munlock futex futex_waitv "
           "set_robust_list get_robust_list rseq membarrier getrandom restart_syscall exit exit_group sched_yield getcpu "
           "sched_getaffinity sched_getparam sched_getscheduler gettid getpid getppid getpgrp getpgid getsid getuid "
           "geteuid getgid getegid getresuid getresgid getgroups capget uname sysinfo times getrusage getcwd umask" },
    { ALL, "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time alarm setitimer getitimer "
           "timer_create timer_settime timer_gettime timer_delete timerfd_create timerfd_settime timerfd_gettime" },
    { ALL, "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigpending rt_sigtimedwait "
           "sigaltstack signalfd4 pause wait4 waitid" },
    /* descriptors it already has */
    { ALL, "read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 lseek close close_range dup dup2 dup3 "
           "fcntl fstat fsync fdatasync sync_file_range ftruncate fallocate fadvise64 poll ppoll select pselect6 "
           "epoll_create1 epoll_create epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2 eventfd pipe2 pipe "
           "sendto recvfrom sendmsg recvmsg shutdown getsockname getpeername getsockopt setsockopt socketpair" },
    { CORE | DELIVER | LDAP | PIN | WEB | LISTEN, "connect" },
    { CORE | WEB | LISTEN, "accept accept4 listen" },
    { CORE | DELIVER | LDAP, "bind" },
    { LISTEN, "seccomp" }, /* its children's own filter */
    { DELIVER | LDAP, "sendmmsg recvmmsg" },
    { DELIVER, "memfd_create" },
    { FILTER, "execve arch_prctl set_tid_address" }, /* a program's start */
    { WEB, "sendfile" },
    /* files; opening them is in the table below */
    { ALL, "newfstatat statx readlink readlinkat" },
    { CORE | DELIVER | LDAP | WEB | FILTER, "stat lstat access faccessat faccessat2 statfs fstatfs getdents64 getdents flock" },
    { CORE, "linkat unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir chmod fchmod fchmodat chown fchown "
            "fchownat utimensat utime utimes truncate readahead" },
};

/* System calls that depend on an argument: (argument & mask) must equal value. */
static const struct rule {
    unsigned profiles;
    const char *call;
    unsigned arg;
    uint64_t mask, value;
} ruled[] = {
    { CORE, "open", 1, 0, 0 },
    { CORE, "openat", 2, 0, 0 },
    { READERS & ~CORE, "open", 1, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND, O_RDONLY },
    { READERS & ~CORE, "openat", 2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND, O_RDONLY },
    { CORE | DELIVER | LDAP | PIN | WEB | LISTEN, "socket", 0, ~(uint64_t)0, AF_UNIX },
    { DELIVER | LDAP, "socket", 0, ~(uint64_t)0, AF_INET },
    { DELIVER | LDAP, "socket", 0, ~(uint64_t)0, AF_INET6 },
    { DELIVER | LDAP, "socket", 0, ~(uint64_t)0, AF_NETLINK }, /* getaddrinfo asks for the machine's addresses */
    { WEB, "clone", 0, CLONE_THREAD, CLONE_THREAD },
    { LISTEN, "clone", 0, CLONE_VM | CLONE_NEWUSER, 0 }, /* fork() */
    { LISTEN, "kill", 1, ~(uint64_t)0, SIGTERM },
    { ALL, "tgkill", 2, ~(uint64_t)0, SIGABRT }, /* abort() */
    { ALL, "prlimit64", 2, ~(uint64_t)0, 0 },    /* asking, not setting */
    { ALL, "prctl", 0, ~(uint64_t)0, PR_SET_NAME },
    { ALL, "ioctl", 1, ~(uint64_t)0, FIONREAD },
    { ALL, "ioctl", 1, ~(uint64_t)0, FIONBIO },
    { ALL, "ioctl", 1, ~(uint64_t)0, TCGETS },
};

/* Programs ready to be given to the kernel, made by the first use of a profile: a forked child pays only for loading it. */
static struct sock_fprog programs[PROFILES];

/* The profile that the filters are made to be used under; PROFILES for none. */
static unsigned around = PROFILES;

static void environment_clear(void)
{
    static const char *const keep[] = {
        "PATH", "LANG", "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "WATCHDOG_USEC",
#if SANITIZED
        "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
#endif
    };
    enum { N = sizeof keep / sizeof *keep };
    char *value[N];

    for (unsigned i = 0; i < N; i++) {
        const char *v = getenv(keep[i]);

        value[i] = v ? qn_strdup(v) : NULL;
    }
    clearenv();
    for (unsigned i = 0; i < N; i++) {
        if (value[i] && setenv(keep[i], value[i], 1) != 0)
            qn_panic("no memory for the environment");
        free(value[i]);
    }
}

void qn_sandbox_start(void)
{
    struct rlimit none = { 0, 0 };
    int fd = 0;

    /* A file opened later must never land on 0, 1 or 2, where a log line would go into it. */
    while (fd >= 0 && fd <= 2)
        fd = fcntl(fd, F_GETFD) >= 0 ? fd + 1 : open("/dev/null", O_RDWR);
    if (fd < 0)
        qn_panic("can't open /dev/null");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &none) != 0)
        qn_panic("can't give up privileges");
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    environment_clear();
}

static int call_add(scmp_filter_ctx ctx, uint32_t action, const char *name, const struct scmp_arg_cmp *cmp)
{
    int nr = seccomp_syscall_resolve_name(name);

    if (nr == __NR_SCMP_ERROR || nr < 0)
        return 0; /* this machine has no such call, so nobody can use it */
    return seccomp_rule_add_array(ctx, action, nr, cmp ? 1 : 0, cmp);
}

static int group_add(scmp_filter_ctx ctx, uint32_t action, const struct group *g)
{
    char names[512], *save = NULL;
    int r = 0;

    if (strlen(g->calls) >= sizeof names)
        qn_panic("a group of system calls is too long");
    snprintf(names, sizeof names, "%s", g->calls);
    for (char *n = strtok_r(names, " ", &save); n && r == 0; n = strtok_r(NULL, " ", &save))
        r = call_add(ctx, action, n, NULL);
    return r;
}

static int allow_add(scmp_filter_ctx ctx, unsigned profile)
{
    int r = 0;

    for (size_t i = 0; i < sizeof allowed / sizeof *allowed && r == 0; i++)
        if (allowed[i].profiles & 1U << profile)
            r = group_add(ctx, SCMP_ACT_ALLOW, &allowed[i]);
    for (size_t i = 0; i < sizeof ruled / sizeof *ruled && r == 0; i++) {
        struct scmp_arg_cmp cmp = { ruled[i].arg, SCMP_CMP_MASKED_EQ, ruled[i].mask, ruled[i].value };

        if (ruled[i].profiles & 1U << profile)
            r = call_add(ctx, SCMP_ACT_ALLOW, ruled[i].call, ruled[i].mask ? &cmp : NULL);
    }
    if (r == 0) /* its flags are out of a filter's reach; libc then uses clone */
        r = call_add(ctx, SCMP_ACT_ERRNO(ENOSYS), "clone3", NULL);
    return r;
}

/* What the profile around allows and this one does not. No call is in both with different arguments. */
static int take_away(scmp_filter_ctx ctx, unsigned profile)
{
    int r = 0;

    for (size_t i = 0; i < sizeof allowed / sizeof *allowed && r == 0; i++)
        if ((allowed[i].profiles & 1U << around) && !(allowed[i].profiles & 1U << profile))
            r = group_add(ctx, SCMP_ACT_ERRNO(EPERM), &allowed[i]);
    for (size_t i = 0; i < sizeof ruled / sizeof *ruled && r == 0; i++)
        if ((ruled[i].profiles & 1U << around) && !(ruled[i].profiles & 1U << profile))
            r = call_add(ctx, SCMP_ACT_ERRNO(EPERM), ruled[i].call, NULL);
    return r;
}

static int filter_fill(scmp_filter_ctx ctx, unsigned profile)
{
    int r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree instead of a list */

    if (around != PROFILES) /* what kills is in force already */
        return r == 0 && !SANITIZED ? take_away(ctx, profile) : r;
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly && r == 0; i++)
        r = call_add(ctx, SCMP_ACT_KILL_PROCESS, deadly[i], NULL);
    if (r == 0 && profile != QN_SANDBOX_FILTER)
        r = call_add(ctx, SCMP_ACT_KILL_PROCESS, "execve", NULL);
    if (r == 0 && !SANITIZED)
        r = allow_add(ctx, profile);
    return r;
}

/* libseccomp does not look at how much of it was written; the kernel wants such an end. */
static bool is_whole(const struct sock_fprog *p, size_t bytes)
{
    return bytes % sizeof *p->filter == 0 && BPF_CLASS(p->filter[p->len - 1].code) == BPF_RET;
}

/* The filter as a program in memory (libseccomp 2.5 writes it only to a descriptor). */
static int filter_export(scmp_filter_ctx ctx, struct sock_fprog *out)
{
    int fd = memfd_create("filter", MFD_CLOEXEC);
    struct stat st;
    int r = -1;

    if (fd < 0)
        return -1;
    if (seccomp_export_bpf(ctx, fd) == 0 && fstat(fd, &st) == 0 && (size_t)st.st_size >= sizeof *out->filter) {
        out->len = (unsigned short)((size_t)st.st_size / sizeof *out->filter);
        out->filter = qn_alloc((size_t)st.st_size);
        r = pread(fd, out->filter, (size_t)st.st_size, 0) == st.st_size && is_whole(out, (size_t)st.st_size) ? 0 : -1;
    }
    close(fd);
    return r;
}

int qn_sandbox_prepare(enum qn_sandbox_profile profile, struct qn_err *err)
{
    struct sock_fprog made = { 0 };
    scmp_filter_ctx ctx;
    int r;

    if (programs[profile].filter)
        return 0;
    ctx = seccomp_init(SANITIZED || around != PROFILES ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM));
    r = ctx ? filter_fill(ctx, profile) : -1;
    if (r == 0)
        r = filter_export(ctx, &made);
    if (ctx)
        seccomp_release(ctx);
    if (r != 0) {
        free(made.filter);
        return qn_fail(err, QN_EIO, "can't make the filter of system calls");
    }
    programs[profile] = made;
    return 0;
}

/* To all threads, for good. */
static int filter_load(enum qn_sandbox_profile profile, struct qn_err *err)
{
    long did = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &programs[profile]);

    if (did < 0)
        return qn_fail_errno(err, "the kernel refuses the filter of system calls");
    if (did > 0)
        return qn_fail(err, QN_EIO, "thread %ld can't take the filter of system calls", did);
    return 0;
}

int qn_sandbox_apply(enum qn_sandbox_profile profile, struct qn_err *err)
{
    int r = qn_sandbox_prepare(profile, err);

    if (r != 0)
        return r;
    if (around == PROFILES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) /* else the parent has given them up */
        return qn_fail_errno(err, "can't give up new privileges");
    return filter_load(profile, err);
}

int qn_sandbox_nest(enum qn_sandbox_profile outer, enum qn_sandbox_profile inner, struct qn_err *err)
{
    int r = qn_sandbox_prepare(outer, err);

    around = outer;
    if (r == 0)
        r = qn_sandbox_prepare(inner, err);
    if (r != 0)
        return r;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return qn_fail_errno(err, "can't give up new privileges");
    return filter_load(outer, err);
}
