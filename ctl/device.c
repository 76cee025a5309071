/* quoinctl device: printers come, change and go by two people's word. */
#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"

/* Proposes the document (stolen) under the ticket of the words, or asks with --dry-run what it would do. No words may be left. */
static int propose(const struct ctl *c, const char *operation, json_t *document, const char *ticket, bool dry)
{
    char *text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
    int r = text ? ctl_propose(c, operation, text, dry ? "dry run" : ticket, dry) : ctl_complain("a word is not UTF-8");

    free(text);
    json_decref(document);
    return r;
}

/* NAME URI and the options that describe a device, as its document (the caller drops it), or NULL: a word too few or too many. */
static json_t *described(int argc, char **argv, bool dry, const char **ticket_out)
{
    static const struct { const char *option, *member; bool must; } options[] = {
        { "--location", "location", true }, { "--custodian", "custodian", true }, { "--ceiling", "ceiling", true },
        { "--zone", "zone", false }, { "--ca", "ca", false }, { "--pin", "pin", false },
        { "--driver", "driver", false },
        { "--plain-until", "plain-until", false }, { "--plain-reason", "plain-reason", false },
    };
    json_t *document = json_object();
    bool whole;

    *ticket_out = ctl_option(&argc, argv, "--ticket", NULL);
    whole = *ticket_out || dry;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const char *value = ctl_option(&argc, argv, options[i].option, NULL);

        if (value)
            json_object_set_new(document, options[i].member, json_string(value));
        else if (options[i].must)
            whole = false;
    }
    if (argc != 2 || !whole) {
        json_decref(document);
        return NULL;
    }
    json_object_set_new(document, "name", json_string(argv[0]));
    json_object_set_new(document, "uri", json_string(argv[1]));
    return document;
}

int ctl_device_propose(const struct ctl *c, int argc, char **argv)
{
    bool dry = ctl_flag(&argc, argv, "--dry-run");
    const char *ticket;
    json_t *document = described(argc, argv, dry, &ticket);

    return document ? propose(c, "device", document, ticket, dry) : CTL_USAGE;
}

/* ---- add ---- */

/* Whoever stands there says whether this is the printer's certificate. */
static bool confirmed(const char *fingerprint)
{
    char line[16];

    ctl_say("Compare it with what the printer's own page says. Is %s its certificate?", fingerprint);
    printf("Type yes: ");
    fflush(stdout);
    return fgets(line, sizeof line, stdin) && strcmp(line, "yes\n") == 0;
}

/* How the printer will be known, if the words don't say: by the certificate that it has just shown. */
static int add_pin(const struct ctl *c, json_t *document, const json_t *facts, bool found)
{
    const char *fingerprint = ctl_text(facts, "certificate");

    if (strncmp(ctl_text(document, "uri"), "ipps:", 5) != 0 || *ctl_text(document, "pin") || *ctl_text(document, "ca"))
        return CTL_OK;
    if (!*fingerprint)
        return ctl_complain("it showed no certificate to know it by");
    if (!found && (c->json || c->password_stdin || !confirmed(fingerprint)))
        return ctl_complain("say how it is known: --pin %s (or --pin-found), or --ca FILE; nothing was proposed", fingerprint);
    json_object_set_new(document, "pin", json_string(fingerprint));
    return CTL_OK;
}

/* Asks the printer, says what it is, and takes up its certificate. */
static int add_probe(const struct ctl *c, json_t *document, bool found)
{
    static const char *const members[] = { "uri", "driver", "ca", "pin" };
    json_t *fields = json_object();
    struct qn_msg answer = { 0 };
    const char *state;
    int r;

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (json_object_get(document, members[i]))
            json_object_set(fields, members[i], json_object_get(document, members[i]));
    if ((r = ctl_role_call(c, "device.probe", fields, &answer)) != CTL_OK)
        return r;
    if (!c->json)
        ctl_say_facts(answer.f);
    state = qn_msg_get(&answer, "state");
    if (strcmp(state, "certificate") == 0)
        r = ctl_complain("it shows the certificate %s, which is not the one that was given; nothing was proposed",
                         qn_msg_get(&answer, "certificate"));
    else if (strcmp(state, "away") == 0 || strcmp(state, "error") == 0)
        r = ctl_complain("it does not answer as a printer does: %s; --no-probe proposes it all the same", qn_msg_get(&answer, "text"));
    else
        r = add_pin(c, document, answer.f, found);
    qn_msg_free(&answer);
    return r;
}

int ctl_device_add(const struct ctl *c, int argc, char **argv)
{
    bool dry = ctl_flag(&argc, argv, "--dry-run"), found = ctl_flag(&argc, argv, "--pin-found");
    bool blind = ctl_flag(&argc, argv, "--no-probe");
    const char *ticket;
    json_t *document = described(argc, argv, dry, &ticket);
    int r = CTL_OK;

    if (!document)
        return CTL_USAGE;
    if (!blind)
        r = add_probe(c, document, found);
    if (r == CTL_OK)
        return propose(c, "device", document, ticket, dry);
    json_decref(document);
    return r;
}

/* ---- retire, list ---- */

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
    int64_t until = json_integer_value(json_object_get(d, "plain_until"));
    const char *why = ctl_text(d, "why");
    char time[25];

    ctl_say("%-16s %-8s %-11s %-13s %s", ctl_text(d, "name"), ctl_text(d, "state"), ctl_text(d, "status"), ctl_text(d, "ceiling"),
            ctl_text(d, "uri"));
    ctl_say("    at %s%s%s, custodian %s%s", ctl_text(d, "location"), *ctl_text(d, "zone") ? ", zone " : "", ctl_text(d, "zone"),
            ctl_text(d, "custodian"), *ctl_text(d, "pin") ? ", certificate pinned" : *ctl_text(d, "ca") ? ", certificate by CA" : "");
    if (*why)
        ctl_say("    %s", why);
    if (until)
        ctl_say("    in clear %s %s UTC: %s", until <= qn_clock_wall() ? "allowed only until" : "until", ctl_time(until, time),
                ctl_text(d, "plain_reason"));
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
