/* quoinctl contain, job, and the acts on a person's PIN and badges: at once, with a reason, by those whose role has them. */
#include "config.h"

#include "ctl/ctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int contain(const struct ctl *c, int argc, char **argv, const char *verb, const char *done)
{
    const char *reason = ctl_option(&argc, argv, "--reason", NULL);

    if (argc != 2 || !reason)
        return CTL_USAGE;
    return ctl_role_tell(c, verb, json_pack("{ss,ss,ss}", "kind", argv[0], "name", argv[1], "reason", reason), done);
}

int ctl_contain_lock(const struct ctl *c, int argc, char **argv)
{
    return contain(c, argc, argv, "contain.lock", "Locked.");
}

int ctl_contain_unlock(const struct ctl *c, int argc, char **argv)
{
    return contain(c, argc, argv, "contain.unlock", "Unlocked.");
}

int ctl_contain_list(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg answer = { 0 };
    json_t *row, *rows;
    size_t i;
    int r;

    (void)argv;
    if (argc != 0)
        return CTL_USAGE;
    if ((r = ctl_role_call(c, "contain.list", NULL, &answer)) != CTL_OK)
        return r;
    rows = json_object_get(answer.f, "locks");
    if (c->json)
        ctl_print_json(json_incref(rows));
    else if (json_array_size(rows) == 0)
        printf("Nothing is locked.\n");
    else
        json_array_foreach(rows, i, row)
            ctl_say("%-9s %-24s %s", ctl_text(row, "kind"), ctl_text(row, "name"), ctl_text(row, "reason"));
    qn_msg_free(&answer);
    return CTL_OK;
}

static void job_row(const json_t *row)
{
    char received[25], due[25];

    ctl_say("%s  %-9s %-12s %-16.16s %-16.16s %s  %s", ctl_text(row, "job"), ctl_text(row, "state"), ctl_text(row, "classification"),
            ctl_text(row, "owner"), ctl_text(row, "queue"), ctl_time(json_integer_value(json_object_get(row, "received")), received),
            ctl_time(json_integer_value(json_object_get(row, "due")), due));
}

int ctl_job_list(const struct ctl *c, int argc, char **argv)
{
    json_t *all = json_array(), *row;
    bool more = argc == 0;
    int r = more ? CTL_OK : CTL_USAGE;
    size_t i;

    (void)argv;
    while (more && r == CTL_OK) {
        json_t *fields = json_pack("{si}", "limit", 50), *last = json_array_get(all, json_array_size(all) - 1);
        struct qn_msg answer = { 0 };

        if (last)
            json_object_set_new(fields, "after", json_string(ctl_text(last, "job")));
        if ((r = ctl_role_call(c, "admin.jobs", fields, &answer)) != CTL_OK)
            break;
        json_array_extend(all, json_object_get(answer.f, "jobs"));
        more = qn_msg_get_int(&answer, "more") && json_array_size(json_object_get(answer.f, "jobs")) > 0;
        qn_msg_free(&answer);
    }
    if (r == CTL_OK && c->json)
        ctl_print_json(json_incref(all));
    else if (r == CTL_OK)
        printf("%-36s  %-9s %-12s %-16s %-16s %-16s  %s\n", "job", "state", "class", "owner", "queue", "received (UTC)", "due");
    if (r == CTL_OK && !c->json)
        json_array_foreach(all, i, row)
            job_row(row);
    json_decref(all);
    return r;
}

int ctl_job_cancel(const struct ctl *c, int argc, char **argv)
{
    const char *reason = ctl_option(&argc, argv, "--reason", NULL);

    if (argc != 1 || !reason)
        return CTL_USAGE;
    if (!ctl_is_id(argv[0]))
        return CTL_FAILED;
    return ctl_role_tell(c, "job.cancel", json_pack("{ss,ss}", "job", argv[0], "reason", reason), "Deleted.");
}

int ctl_pin_unlock(const struct ctl *c, int argc, char **argv)
{
    const char *reason = ctl_option(&argc, argv, "--reason", NULL);

    if (argc != 1 || !reason)
        return CTL_USAGE;
    return ctl_role_tell(c, "pin.unlock", json_pack("{ss,ss}", "login", argv[0], "reason", reason), "PIN unlocked.");
}

int ctl_badge_revoke(const struct ctl *c, int argc, char **argv)
{
    const char *reason = ctl_option(&argc, argv, "--reason", NULL);
    struct qn_msg answer = { 0 };
    int r;

    if (argc != 1 || !reason)
        return CTL_USAGE;
    if ((r = ctl_role_call(c, "badge.revoke", json_pack("{ss,ss}", "login", argv[0], "reason", reason), &answer)) != CTL_OK)
        return r;
    if (c->json)
        ctl_print_json(json_incref(answer.f));
    else
        printf("Badges that open nothing any more: %" PRId64 ".\n", qn_msg_get_int(&answer, "count"));
    qn_msg_free(&answer);
    return CTL_OK;
}
