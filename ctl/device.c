/* quoinctl device: printers come, change and go by two people's word. */
#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Proposes the document (stolen) under the ticket of the words, or asks with --dry-run what it would do. No words may be left. */
static int propose(const struct ctl *c, const char *operation, json_t *document, const char *ticket, bool dry)
{
    char *text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
    int r = text ? ctl_propose(c, operation, text, dry ? "dry run" : ticket, dry) : ctl_complain("a word is not UTF-8");

    free(text);
    json_decref(document);
    return r;
}

int ctl_device_propose(const struct ctl *c, int argc, char **argv)
{
    static const struct { const char *option, *member; bool must; } options[] = {
        { "--location", "location", true }, { "--custodian", "custodian", true }, { "--ceiling", "ceiling", true },
        { "--zone", "zone", false }, { "--ca", "ca", false }, { "--pin", "pin", false },
        { "--driver", "driver", false },
    };
    const char *ticket = ctl_option(&argc, argv, "--ticket", NULL);
    bool dry = ctl_flag(&argc, argv, "--dry-run"), whole = ticket || dry;
    json_t *document = json_object();

    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const char *value = ctl_option(&argc, argv, options[i].option, NULL);

        if (value)
            json_object_set_new(document, options[i].member, json_string(value));
        else if (options[i].must)
            whole = false;
    }
    if (argc != 2 || !whole) {
        json_decref(document);
        return CTL_USAGE;
    }
    json_object_set_new(document, "name", json_string(argv[0]));
    json_object_set_new(document, "uri", json_string(argv[1]));
    return propose(c, "device", document, ticket, dry);
}

int ctl_device_retire(const struct ctl *c, int argc, char **argv)
{
    const char *ticket = ctl_option(&argc, argv, "--ticket", NULL);
    bool dry = ctl_flag(&argc, argv, "--dry-run");

    if (argc != 1 || (!ticket && !dry))
        return CTL_USAGE;
    return propose(c, "device.retire", json_pack("{ss}", "name", argv[0]), ticket, dry);
}

static void list_row(const json_t *d)
{
    ctl_say("%-16s %-8s %-13s %s", ctl_text(d, "name"), ctl_text(d, "state"), ctl_text(d, "ceiling"), ctl_text(d, "uri"));
    ctl_say("    at %s%s%s, custodian %s%s", ctl_text(d, "location"), *ctl_text(d, "zone") ? ", zone " : "", ctl_text(d, "zone"),
            ctl_text(d, "custodian"), *ctl_text(d, "pin") ? ", certificate pinned" : *ctl_text(d, "ca") ? ", certificate by CA" : "");
}

int ctl_device_list(const struct ctl *c, int argc, char **argv)
{
    json_t *rows = NULL;
    int r = argc == 0 ? ctl_rows(c, "device.list", "devices", &rows) : CTL_USAGE;

    (void)argv;
    if (r == CTL_OK && c->json)
        ctl_print_json(json_incref(rows));
    else if (r == CTL_OK && json_array_size(rows) == 0)
        puts("There are no devices.");
    for (size_t i = 0; r == CTL_OK && !c->json && i < json_array_size(rows); i++)
        list_row(json_array_get(rows, i));
    json_decref(rows);
    return r;
}
