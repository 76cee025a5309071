/* "directory ...": quoin-ldap(8) explains, as its own user, what it sees of the directory, or seals its password. */
#include "config.h"

#include "ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"

enum { GROUPS_MAX = 64 };

/* "-g ROLE=DN" for each group that the policy in force gives a role; the texts live until the program is replaced. Without a core
 * there are none, and the person's groups are shown without roles. */
static void add_groups(const struct ctl *c, char **words)
{
    struct qn_msg request, answer = { 0 };
    json_t *row;
    size_t i;
    int n = 0;

    qn_msg_request(&request, "roles.show", NULL);
    if (ctl_call(c, &request, &answer) != CTL_OK)
        return;
    json_array_foreach(json_object_get(answer.f, "mapping"), i, row) {
        struct qn_buf b = { 0 };

        if (n == 2 * GROUPS_MAX)
            break;
        qn_buf_printf(&b, "%s=%s", json_string_value(json_object_get(row, "role")), json_string_value(json_object_get(row, "group")));
        words[n++] = qn_strdup("-g");
        words[n++] = b.data; /* transferred */
    }
    qn_msg_free(&answer);
}

/* Becomes quoin-ldap with these words after its name, which end at the first NULL. */
static int become(const struct ctl *c, const char *dir, char **words)
{
    char path[512];

    if (snprintf(path, sizeof path, "%s/quoin-ldap", dir) >= (int)sizeof path)
        return ctl_complain("%s: too long", dir);
    words[0] = qn_strdup("quoin-ldap");
    words[1] = qn_strdup("-c");
    words[2] = qn_strdup(c->conf_path);
    fflush(stdout);
    execv(path, words);
    return ctl_complain("%s: %s", path, strerror(errno));
}

int ctl_directory_test(const struct ctl *c, int argc, char **argv)
{
    const char *dir = ctl_option(&argc, argv, "--libexec-dir", QN_LIBEXECDIR);
    char *words[6 + 2 * GROUPS_MAX] = { NULL };

    if (argc > 1)
        return CTL_USAGE;
    if (c->json)
        return ctl_complain("directory test is for people to read: there is no JSON of it");
    words[3] = qn_strdup("-e");
    words[4] = qn_strdup(argc == 1 ? argv[0] : "");
    add_groups(c, words + 5);
    return become(c, dir, words);
}

int ctl_directory_secret(const struct ctl *c, int argc, char **argv)
{
    const char *dir = ctl_option(&argc, argv, "--libexec-dir", QN_LIBEXECDIR);
    char *words[5] = { NULL };

    if (argc != 0)
        return CTL_USAGE;
    words[3] = qn_strdup("-s");
    return become(c, dir, words);
}
