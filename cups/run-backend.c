#include "config.h"

#include "cups/run-backend.h"

#include <cups/backend.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cups/out.h"

enum { WORDS_MAX = 16, DOCUMENT = 6, CHANNELS = 5, OUT_OF_THE_WAY = 10, LINE_BYTES = 2048 };

const struct qn_cups_backend qn_cups_backends[] = {
    { "ipp", false }, { "ipps", false }, { "socket", false }, { "lpd", true }, { "usb", false }, { NULL, false },
};

static volatile pid_t child;

static void on_term(int sig)
{
    if (child > 0)
        (void)kill(child, sig); /* it may have a page to end */
}

static int find_loader(struct dl_phdr_info *info, size_t size, void *out)
{
    (void)size;
    for (ElfW(Half) i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_INTERP)
            *(const char **)out = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    return 1; /* the first is this program itself */
}

static const char *own_name(void)
{
    unsigned long at = getauxval(AT_EXECFN);
    const char *path = at ? (const char *)at : "", *slash = strrchr(path, '/'); /* argv[0] is the device's URI */

    return slash ? slash + 1 : path;
}

/* Becomes the backend; returns if it can't. */
static void become(const char *path, char **argv)
{
    char *words[WORDS_MAX] = { NULL, (char[]){ "--argv0" }, argv[0], (char *)(uintptr_t)path };
    const char *loader = NULL;
    size_t n = 4;

    if (access(path, X_OK) == 0)
        execv(path, argv);
    (void)dl_iterate_phdr(find_loader, &loader);
    words[0] = (char *)(uintptr_t)loader;
    for (size_t i = 1; argv[i] && n < WORDS_MAX - 1; i++)
        words[n++] = argv[i];
    if (loader)
        execv(loader, words);
    fprintf(stderr, "ERROR: %s: %s\n", path, strerror(errno));
}

/* Passes on what it says, and ends it at an error after which it would begin anew. */
static void listen_to(int fd, const struct qn_cups_backend *b)
{
    FILE *f = fdopen(fd, "r");
    char line[LINE_BYTES];

    while (f && fgets(line, sizeof line, f)) {
        fputs(line, stderr);
        if (b->last_word && strncmp(line, "ERROR:", 6) == 0)
            (void)kill(child, SIGKILL);
    }
    if (f)
        fclose(f);
}

/* Its document and its channels are its own: when it ends, whoever writes to it must see that. */
static int watch(int said, const struct qn_cups_backend *b)
{
    int status;

    (void)close(STDIN_FILENO);
    for (int fd = STDERR_FILENO + 1; fd < CHANNELS; fd++)
        (void)close(fd);
    listen_to(said, b);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return CUPS_BACKEND_FAILED;
    if (WIFEXITED(status) && (WEXITSTATUS(status) == CUPS_BACKEND_OK || WEXITSTATUS(status) == CUPS_BACKEND_CANCEL))
        return WEXITSTATUS(status);
    return CUPS_BACKEND_FAILED;
}

static void be_child(const struct qn_cups_backend *b, char **argv, int out, pid_t parent) __attribute__((noreturn));
static void be_child(const struct qn_cups_backend *b, char **argv, int out, pid_t parent)
{
    char path[256];

    if (snprintf(path, sizeof path, "%s/backend/%s", QN_CUPS_SERVERBIN, b->name) < (int)sizeof path &&
        dup2(out, STDERR_FILENO) == STDERR_FILENO && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent) {
        become(path, argv);
    }
    _exit(CUPS_BACKEND_FAILED);
}

static int run(const struct qn_cups_backend *b, char **argv)
{
    struct sigaction term = { .sa_handler = on_term, .sa_flags = SA_RESTART };
    int out[2], said;
    pid_t self = getpid();
    sigset_t block, before;

    if (pipe2(out, O_CLOEXEC) != 0 || (said = fcntl(out[0], F_DUPFD_CLOEXEC, OUT_OF_THE_WAY)) < 0)
        return CUPS_BACKEND_FAILED;
    (void)close(out[0]);
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    sigprocmask(SIG_BLOCK, &block, &before);
    child = fork();
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        be_child(b, argv, out[1], self);
    }
    (void)close(out[1]);
    sigaction(SIGTERM, &term, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return child > 0 ? watch(said, b) : CUPS_BACKEND_FAILED;
}

int qn_cups_backend_run(int argc, char **argv)
{
    const char *name = own_name();
    const struct qn_cups_backend *b = qn_cups_backends;
    bool out = strcmp(name, QN_CUPS_OUT) == 0;

    while (b->name && strcmp(name, b->name) != 0)
        b++;
    if (!b->name && !out)
        return -1;
    if (argc < DOCUMENT || argc > DOCUMENT + 1) /* cupsd looks for devices: there are none to find */
        return argc == 1 ? CUPS_BACKEND_OK : CUPS_BACKEND_FAILED;
    return out ? qn_cups_out_run(argc, argv) : run(b, argv);
}
