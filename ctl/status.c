#include "config.h"

#include "ctl/ctl.h"

#include <inttypes.h>
#include <stdio.h>

static void print_workers(const json_t *workers)
{
    const char *kind;
    json_t *number;

    printf("workers   ");
    json_object_foreach((json_t *)(uintptr_t)workers, kind, number)
        printf(" %s %s", kind, json_string_value(number));
    putchar('\n');
}

int ctl_status(const struct ctl *c, int argc, char **argv)
{
    static const struct { const char *field, *label, *unit; } lines[] = {
        { "held", "held", "jobs" }, { "held_bytes", "", "bytes" }, { "releasing", "releasing", "jobs" },
        { "uncertain", "uncertain", "jobs" }, { "overdue", "overdue", "jobs" }, { "records", "log", "records" },
    };
    struct qn_msg request, answer = { 0 };
    int r;

    (void)argv;
    if (argc != 0)
        return CTL_USAGE;
    qn_msg_request(&request, "status", NULL);
    if ((r = ctl_call(c, &request, &answer)) != CTL_OK)
        return r;
    if (c->json) {
        ctl_print_json(json_incref(answer.f));
    } else {
        printf("quoind     %s, up %" PRId64 " s\n", qn_msg_get(&answer, "version"), qn_msg_get_int(&answer, "uptime") / 1000);
        printf("policy     version %" PRId64 ", %s profile\n", qn_msg_get_int(&answer, "policy"), qn_msg_get(&answer, "profile"));
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
            printf("%-10s %" PRId64 " %s\n", lines[i].label, qn_msg_get_int(&answer, lines[i].field), lines[i].unit);
        print_workers(json_object_get(answer.f, "workers"));
        printf("slowest    %" PRId64 " us %s\n", qn_msg_get_int(&answer, "slowest_us"), qn_msg_get(&answer, "slowest_verb"));
    }
    qn_msg_free(&answer);
    return CTL_OK;
}
