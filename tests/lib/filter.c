/* Stands in for pdftopdf in tests: tries what it must not be able to do, and tells in a "PDF". What it does is chosen by the job's
 * number-up. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(const char *what, int r)
{
    printf("%s %s\n", what, r < 0 ? strerrorname_np(errno) : "worked");
}

static void tell_all(char **argv)
{
    char path[64];

    struct stat st;
    int sigs = 0;

    printf("%%PDF-1.4\n");
    tell("inet", socket(AF_INET, SOCK_STREAM, 0));
    tell("unix", socket(AF_UNIX, SOCK_STREAM, 0));
    tell("fork", (int)fork());
    tell("create", open("/tmp/quoin-filter-was-here", O_WRONLY | O_CREAT, 0600));
    tell("tmpfile", open("/tmp", O_TMPFILE | O_RDWR, 0600));
    tell("write", open("/dev/null", O_WRONLY));
    tell("passwd", open("/etc/passwd", O_RDONLY));
    snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
    tell("memory", open(path, O_RDONLY));
    tell("unlink", unlink("/tmp/quoin-filter-was-here"));
    tell("kill", kill(getppid(), 0));
    tell("setsid", (int)setsid());
    tell("limits", setrlimit(RLIMIT_AS, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }));
    tell("deathsig", prctl(PR_SET_PDEATHSIG, 0));
    tell("document", pwrite(3, "x", 1, 0) == 1 ? 0 : -1);
    for (int fd = 4; fd < 16; fd++)
        if (fstat(fd, &st) == 0)
            printf("descriptor %d\n", fd);
    for (char **e = environ; *e; e++)
        printf("env %s\n", *e);
    for (char **a = argv; *a; a++)
        printf("arg %s\n", *a);
    for (int s = 1; s < 32; s++)
        sigs += signal(s, SIG_DFL) == SIG_IGN;
    printf("ignored %d\n%%%%EOF\n", sigs);
    fflush(stdout);
}

static void spin(void)
{
    for (int s = 1; s < 32; s++)
        signal(s, SIG_IGN);
    for (;;)
        pause();
}

static void eat(void)
{
    size_t n = 0;

    while (n < (size_t)8 << 30) {
        char *p = malloc(64 << 20);

        if (!p)
            _exit(9);
        memset(p, 1, 64 << 20);
        n += 64 << 20;
    }
    _exit(0);
}

static void flood(void)
{
    static char block[1 << 20] = "%PDF-1.4\n";

    while (write(1, block, sizeof block) > 0)
        ;
    _exit(0);
}

int main(int argc, char **argv)
{
    const char *up = argc == 7 ? strstr(argv[5], "number-up=") : NULL;

    switch (up ? atoi(up + 10) : 0) {
    case 2:
        tell_all(argv);
        return 0;
    case 3:
        spin();
        return 0;
    case 4:
        eat();
        return 0;
    case 6:
        flood();
        return 0;
    case 8:
        execl("/bin/sh", "sh", "-c", "echo %PDF-1.4; echo shell", (char *)NULL);
        return 8;
    case 9:
        printf("not a PDF\n");
        return 0;
    case 10: /* in the middle of it */
        printf("%%PDF-1.4\n");
        fflush(stdout);
        abort();
    case 15: /* and says nothing */
        return 0;
    default:
        syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0); /* deadly */
        return 0;
    }
}
