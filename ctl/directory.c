/* "directory test": quoin-ldap(8) explains, as its own user, what it sees of the directory. */
#include "config.h"

#include "ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int ctl_directory_test(const struct ctl *c, int argc, char **argv)
{
    const char *dir = ctl_option(&argc, argv, "--libexec-dir", QN_LIBEXECDIR);
    char path[512];

    if (argc > 1)
        return CTL_USAGE;
    if (c->json)
        return ctl_complain("directory test is for people to read: there is no JSON of it");
    if (snprintf(path, sizeof path, "%s/quoin-ldap", dir) >= (int)sizeof path)
        return ctl_complain("%s: too long", dir);
    fflush(stdout);
    execl(path, "quoin-ldap", "-c", c->conf_path, "-e", argc == 1 ? argv[0] : "", (char *)NULL);
    return ctl_complain("%s: %s", path, strerror(errno));
}
