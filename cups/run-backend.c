#include "config.h"

#include "cups/run-backend.h"

#include <cups/backend.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 16, CHANNELS = 5 };

const char *const qn_cups_backends[] = { "ipp", "ipps", "socket", "lpd", "usb", NULL };

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

/* Its document and its channels are its own: when it ends, whoever writes to it must see that. */
static int watch(void)
{
    int status;

    (void)close(STDIN_FILENO);
    for (int fd = STDERR_FILENO + 1; fd < CHANNELS; fd++)
        (void)close(fd);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return CUPS_BACKEND_FAILED;
    if (WIFEXITED(status) && (WEXITSTATUS(status) == CUPS_BACKEND_OK || WEXITSTATUS(status) == CUPS_BACKEND_CANCEL))
        return WEXITSTATUS(status);
    return CUPS_BACKEND_FAILED;
}

static int run(const char *name, char **argv)
{
    struct sigaction term = { .sa_handler = on_term };
    pid_t self = getpid();
    char path[256];
    sigset_t block, before;

    if (snprintf(path, sizeof path, "%s/backend/%s", QN_CUPS_SERVERBIN, name) >= (int)sizeof path)
        return CUPS_BACKEND_FAILED;
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    sigprocmask(SIG_BLOCK, &block, &before);
    child = fork();
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == self)
            become(path, argv);
        _exit(CUPS_BACKEND_FAILED);
    }
    sigaction(SIGTERM, &term, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return child > 0 ? watch() : CUPS_BACKEND_FAILED;
}

int qn_cups_backend_run(char **argv)
{
    const char *name = own_name();

    for (size_t i = 0; qn_cups_backends[i]; i++)
        if (strcmp(name, qn_cups_backends[i]) == 0)
            return argv[0] ? run(name, argv) : CUPS_BACKEND_FAILED;
    return -1;
}
