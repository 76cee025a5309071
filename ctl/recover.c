/* "recover": the way back when nobody can keep the house any more. quoind does it, as its own user, with the service stopped. */
#include "config.h"

#include "ctl/ctl.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Typed in full: a recovery is never a slip of the finger. */
static bool confirmed(const char *what)
{
    char line[32] = "";

    printf("%s\nThis is recorded under a signed head of the log, and everybody who reads the log sees it.\n"
           "Type \"recover\" to go on: ", what);
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        return false;
    return strcmp(line, "recover\n") == 0;
}

/* From root to the core's user, for good. */
static int become(const struct qn_conf *conf)
{
    const struct passwd *pw;
    struct qn_err err = { 0 };
    unsigned uid;

    if (geteuid() != 0)
        return ctl_complain("only root recovers");
    if (qn_conf_uid(conf, "user-core", &uid, &err) != 0)
        return ctl_complain("%s", err.text);
    pw = getpwuid(uid);
    if (!pw)
        return ctl_complain("uid %u (user-core) has no name and so no group", uid);
    if (setgid(pw->pw_gid) != 0 || initgroups(pw->pw_name, pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0)
        return ctl_complain("can't become %s: %s", pw->pw_name, strerror(errno));
    return CTL_OK;
}

static int recover(const struct ctl *c, const char *dir, const char *what, const char *ticket, const char *question,
                   bool yes)
{
    char path[512];
    int r;

    if (!ticket)
        return CTL_USAGE;
    if (c->json)
        return ctl_complain("recover is for people: there is no JSON of it");
    if (snprintf(path, sizeof path, "%s/quoind", dir) >= (int)sizeof path)
        return ctl_complain("%s: too long", dir);
    if (!yes && !confirmed(question))
        return ctl_complain("nothing was done");
    if ((r = become(c->conf)) != CTL_OK)
        return r;
    fflush(stdout);
    execl(path, "quoind", "-c", c->conf_path, "-R", what, "-T", ticket, (char *)NULL);
    return ctl_complain("%s: %s", path, strerror(errno));
}

int ctl_recover_policy(const struct ctl *c, int argc, char **argv)
{
    const char *dir = ctl_option(&argc, argv, "--sbin-dir", QN_SBINDIR), *ticket = ctl_option(&argc, argv, "--ticket",
            NULL);
    bool yes = ctl_flag(&argc, argv, "--yes");
    char what[64], question[128];

    if (argc != 1 || strlen(argv[0]) > 18)
        return CTL_USAGE;
    snprintf(what, sizeof what, "policy=%s", argv[0]);
    snprintf(question, sizeof question, "Version %s of the policy comes into force again, as a new version.", argv[0]);
    return recover(c, dir, what, ticket, question, yes);
}

int ctl_recover_appoint(const struct ctl *c, int argc, char **argv)
{
    const char *dir = ctl_option(&argc, argv, "--sbin-dir", QN_SBINDIR), *ticket = ctl_option(&argc, argv, "--ticket",
            NULL);
    bool yes = ctl_flag(&argc, argv, "--yes");
    char what[600], question[800];

    if (argc != 2 || strchr(argv[0], ',') || strchr(argv[1], ',') || strlen(argv[0]) > 255 || strlen(argv[1]) > 255)
        return CTL_USAGE;
    snprintf(what, sizeof what, "appoint=%s,%s", argv[0], argv[1]);
    snprintf(question, sizeof question, "%s and %s hold the role security for an hour, whatever their groups.",
             argv[0], argv[1]);
    return recover(c, dir, what, ticket, question, yes);
}
