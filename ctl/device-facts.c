/* quoinctl device probe, show, test: what a printer is, how it is, and a page from it. */
#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

static int64_t number(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

/* "label  a, b, c": the texts of a list in one line; nothing for an empty one. */
static void say_list(const char *label, const json_t *list)
{
    struct qn_buf b = { 0 };

    for (size_t i = 0; i < json_array_size(list); i++)
        qn_buf_printf(&b, "%s%s", i ? ", " : "", json_string_value(json_array_get(list, i)));
    if (b.data)
        ctl_say("%-13s %s", label, b.data);
    qn_buf_free(&b);
}

static void say_supply(const json_t *row)
{
    int64_t level = number(row, "level");
    char shown[32];

    if (level >= 0)
        snprintf(shown, sizeof shown, "%d %%", (int)level);
    else
        snprintf(shown, sizeof shown, "%s", level == -3 ? "some is left" : "not known");
    ctl_say("    %-24s %-12s %s", ctl_text(row, "name"), ctl_text(row, "kind"), shown);
}

void ctl_say_facts(const json_t *facts)
{
    static const struct { const char *field, *label; } texts[] = {
        { "text", "Trouble" }, { "model", "Model" }, { "firmware", "Firmware" }, { "uuid", "UUID" }, { "certificate", "Certificate" },
    };
    static const struct { const char *field, *label; } lists[] = {
        { "reasons", "Reasons" }, { "formats", "Formats" }, { "sides", "Sides" }, { "colors", "Colours" }, { "media", "Paper" },
        { "finishings", "Finishings" },
    };
    const json_t *supplies = json_object_get(facts, "supplies");

    ctl_say("%-13s %s%s", "State", ctl_text(facts, "state"),
            strcmp(ctl_text(facts, "state"), "stopped") == 0 && !number(facts, "accepting") ? ", takes no jobs" : "");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*ctl_text(facts, texts[i].field))
            ctl_say("%-13s %s", texts[i].label, ctl_text(facts, texts[i].field));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        say_list(lists[i].label, json_object_get(facts, lists[i].field));
    if (json_array_size(json_object_get(facts, "formats")))
        ctl_say("%-13s %d", "Copies up to", (int)number(facts, "copies"));
    if (json_array_size(supplies))
        ctl_say("Supplies");
    for (size_t i = 0; i < json_array_size(supplies); i++)
        say_supply(json_array_get(supplies, i));
}

int ctl_device_probe(const struct ctl *c, int argc, char **argv)
{
    static const char *const options[] = { "driver", "ca", "pin" };
    json_t *fields = json_object();
    struct qn_msg answer = { 0 };
    int r;

    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char name[16];
        const char *value;

        snprintf(name, sizeof name, "--%s", options[i]);
        if ((value = ctl_option(&argc, argv, name, NULL)) != NULL)
            json_object_set_new(fields, options[i], json_string(value));
    }
    if (argc != 1 || (!strstr(argv[0], "://") && json_object_size(fields))) {
        json_decref(fields);
        return CTL_USAGE;
    }
    json_object_set_new(fields, strstr(argv[0], "://") ? "uri" : "name", json_string(argv[0]));
    if ((r = ctl_role_call(c, "device.probe", fields, &answer)) != CTL_OK)
        return r;
    if (c->json)
        ctl_print_json(json_incref(answer.f));
    else
        ctl_say_facts(answer.f);
    qn_msg_free(&answer);
    return CTL_OK;
}

void ctl_say_device(const json_t *d)
{
    static const struct { const char *field, *label; } texts[] = {
        { "name", "Device" }, { "uri", "Address" }, { "driver", "Driver" }, { "location", "Location" }, { "zone", "Zone" },
        { "custodian", "Custodian" }, { "ceiling", "Ceiling" }, { "pin", "Pin" }, { "ca", "CA file" },
    };
    const char *why = ctl_text(d, "why");
    char time[25];

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*ctl_text(d, texts[i].field))
            ctl_say("%-13s %s", texts[i].label, ctl_text(d, texts[i].field));
    if (number(d, "plain_until"))
        ctl_say("%-13s in clear until %s UTC: %s", "Exception", ctl_time(number(d, "plain_until"), time), ctl_text(d, "plain_reason"));
    ctl_say("%-13s %s, %s%s%s%s", "Status", ctl_text(d, "state"), ctl_text(d, "status"), *why ? " (" : "", why, *why ? ")" : "");
}

int ctl_device_show(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg answer = { 0 };
    char asked[25], answered[25];
    const json_t *facts;
    int r;

    if (argc != 1)
        return CTL_USAGE;
    if ((r = ctl_role_call(c, "device.show", json_pack("{ss}", "name", argv[0]), &answer)) != CTL_OK)
        return r;
    if (c->json) {
        ctl_print_json(json_incref(answer.f));
        qn_msg_free(&answer);
        return CTL_OK;
    }
    ctl_say_device(json_array_get(json_object_get(answer.f, "device"), 0));
    ctl_say("%-13s %s UTC, answered %s UTC", "Asked", ctl_time(qn_msg_get_int(&answer, "asked"), asked),
            ctl_time(qn_msg_get_int(&answer, "answered"), answered));
    facts = json_array_get(json_object_get(answer.f, "facts"), 0);
    if (facts)
        ctl_say_facts(facts);
    qn_msg_free(&answer);
    return CTL_OK;
}

int ctl_device_test(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg answer = { 0 };
    const char *outcome, *why;
    bool taken;
    int r;

    if (argc != 1)
        return CTL_USAGE;
    if ((r = ctl_role_call(c, "device.test", json_pack("{ss}", "name", argv[0]), &answer)) != CTL_OK)
        return r;
    outcome = qn_msg_get(&answer, "outcome");
    why = qn_msg_get(&answer, "why");
    taken = strcmp(outcome, "printed") == 0 || strcmp(outcome, "printing") == 0;
    if (c->json)
        ctl_print_json(json_incref(answer.f));
    else if (taken)
        ctl_say("%s", strcmp(outcome, "printed") == 0 ? "The test page is printed."
                                                      : "The printer has the test page and is not done yet.");
    if (!taken)
        r = ctl_complain("the test page was not printed for certain: %s%s%s%s", outcome, *why ? ", " : "", why,
                         strcmp(why, "printer-refused-format") == 0 ? " (it needs the driver \"everywhere\", or another one)" : "");
    qn_msg_free(&answer);
    return r;
}
