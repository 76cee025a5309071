/* "directory test": quoin-ldap(8) explains, as its own user, what it sees of the directory. */
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

        qn_buf_printf(&b, "%s=%s", json_string_value(json_object_get(row, "role")), json_string_value(json_object_get(row, "group")));
        words[n++] = qn_strdup("-g");
        words[n++] = b.data; /* transferred */
    }
    qn_msg_free(&answer);
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
