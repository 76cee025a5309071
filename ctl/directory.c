/* "directory test": quoin-ldap(8) explains, as its own user, what it sees of the directory. */
#include "config.h"

#include "ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"

enum { GROUPS_MAX = 64 };

/* "-g ROLE=DN" for each group of the role map; the texts live until the program is replaced. */
static void add_groups(const struct ctl *c, char **words)
{
    unsigned groups = qn_conf_sections(c->conf, "role-group");
    int n = 0;

    for (unsigned i = 0; i < groups && i < GROUPS_MAX; i++) {
        struct qn_buf b = { 0 };

        qn_buf_printf(&b, "%s=%s", qn_conf_section_text(c->conf, "role-group", i, "role"),
                      qn_conf_section_title(c->conf, "role-group", i));
        words[n++] = qn_strdup("-g");
        words[n++] = b.data; /* transferred */
    }
}

int ctl_directory_test(const struct ctl *c, int argc, char **argv)
{
    const char *dir = ctl_option(&argc, argv, "--libexec-dir", QN_LIBEXECDIR);
    char path[512], *words[6 + 2 * GROUPS_MAX] = { NULL };
    int n = 0;

    if (argc > 1)
        return CTL_USAGE;
    if (c->json)
        return ctl_complain("directory test is for people to read: there is no JSON of it");
    if (snprintf(path, sizeof path, "%s/quoin-ldap", dir) >= (int)sizeof path)
        return ctl_complain("%s: too long", dir);
    fflush(stdout);
    words[n++] = qn_strdup("quoin-ldap");
    words[n++] = qn_strdup("-c");
    words[n++] = qn_strdup(c->conf_path);
    words[n++] = qn_strdup("-e");
    words[n++] = qn_strdup(argc == 1 ? argv[0] : "");
    add_groups(c, words + n);
    execv(path, words);
    return ctl_complain("%s: %s", path, strerror(errno));
}
