#include "config.h"

#include "cups/out.h"

#include <cups/backend.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { JOB = 1, DOCUMENT = 6, READER_MS = 60000 };

/* Who may come near it is decided by the folder. */
static int out_listen(struct sockaddr_un *un, const char *job)
{
    const char *spool = getenv("CUPS_REQUESTROOT");
    int fd;

    *un = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (!spool || job[strspn(job, "0123456789")] ||
        snprintf(un->sun_path, sizeof un->sun_path, "%s/../out/%s", spool, job) >= (int)sizeof un->sun_path)
        return -1;
    if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
        return -1;
    (void)unlink(un->sun_path);
    if (bind(fd, (const struct sockaddr *)un, sizeof *un) == 0 && chmod(un->sun_path, 0666) == 0 && listen(fd, 1) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool out_copy(int from, int to)
{
    static char part[65536];
    ssize_t n;

    while ((n = read(from, part, sizeof part)) > 0)
        for (ssize_t done = 0, one; done < n; done += one)
            if ((one = send(to, part + done, (size_t)(n - done), MSG_NOSIGNAL)) < 0)
                return false;
    return n == 0;
}

int qn_cups_out_run(int argc, char **argv)
{
    int from = argc > DOCUMENT ? open(argv[DOCUMENT], O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    struct sockaddr_un un;
    int fd = from >= 0 ? out_listen(&un, argv[JOB]) : -1, to = -1;
    struct pollfd p = { fd, POLLIN, 0 };
    bool done = false;

    if (fd >= 0 && poll(&p, 1, READER_MS) == 1 && (to = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        done = out_copy(from, to);
    if (fd >= 0)
        (void)unlink(un.sun_path);
    if (!done)
        fputs("ERROR: Nobody took the document\n", stderr);
    return done ? CUPS_BACKEND_OK : CUPS_BACKEND_FAILED;
}
