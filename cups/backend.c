#include "config.h"

#include "cups/backend.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

enum { WORDS_MAX = 16, FAILED = 1 };

const char *const qn_cups_backends[] = { "ipp", "ipps", "socket", "lpd", "usb", NULL };

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

static int run(const char *name, char **argv)
{
    char path[256], *words[WORDS_MAX] = { NULL, (char[]){ "--argv0" }, argv[0], path };
    const char *loader = NULL;
    size_t n = 4;

    (void)dl_iterate_phdr(find_loader, &loader);
    if (!loader || snprintf(path, sizeof path, "%s/backend/%s", QN_CUPS_SERVERBIN, name) >= (int)sizeof path)
        return FAILED;
    words[0] = (char *)(uintptr_t)loader;
    for (size_t i = 1; argv[i]; i++) {
        if (n == WORDS_MAX - 1)
            return FAILED;
        words[n++] = argv[i];
    }
    execv(loader, words);
    fprintf(stderr, "ERROR: %s: %s\n", path, strerror(errno));
    return FAILED;
}

int qn_cups_backend_run(char **argv)
{
    const char *name = own_name();

    for (size_t i = 0; qn_cups_backends[i]; i++)
        if (strcmp(name, qn_cups_backends[i]) == 0)
            return argv[0] ? run(name, argv) : FAILED;
    return -1;
}
