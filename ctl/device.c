#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>

int ctl_device_add(const struct ctl *c, int argc, char **argv)
{
    const char *location = ctl_option(&argc, argv, "--location", "");
    const char *ceiling = ctl_option(&argc, argv, "--ceiling", NULL);
    const char *ca = ctl_option(&argc, argv, "--ca", NULL), *pin = ctl_option(&argc, argv, "--pin", NULL);
    struct qn_msg request;
    bool tls;

    if (argc != 2)
        return CTL_USAGE;
    tls = strncmp(argv[1], "ipps://", 7) == 0;
    if (!tls && strncmp(argv[1], "ipp://", 6) != 0)
        return ctl_complain("%s: a device is reached by ipp:// or ipps://", argv[1]);
    if (tls && !ca && !pin)
        return ctl_complain("%s: say how to know its certificate: --ca FILE, --pin SHA256 or both", argv[1]);
    qn_msg_request(&request, "device.add", NULL);
    qn_msg_str(&request, "name", argv[0]);
    qn_msg_str(&request, "uri", argv[1]);
    qn_msg_str(&request, "location", location);
    qn_msg_str(&request, "ceiling", ceiling ? ceiling : tls ? "restricted" : "internal");
    if (ca)
        qn_msg_str(&request, "ca", ca);
    if (pin)
        qn_msg_str(&request, "pin", pin);
    return ctl_tell(c, &request, "device set");
}

int ctl_device_list(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg request, answer = { 0 };
    json_t *row;
    size_t i;
    int r;

    (void)argv;
    if (argc != 0)
        return CTL_USAGE;
    qn_msg_request(&request, "device.list", NULL);
    if ((r = ctl_call(c, &request, &answer)) != CTL_OK)
        return r;
    if (c->json)
        ctl_print_json(json_incref(json_object_get(answer.f, "devices")));
    else
        json_array_foreach(json_object_get(answer.f, "devices"), i, row)
            printf("%-16s %-12s %s %s\n", json_string_value(json_object_get(row, "name")),
                   json_string_value(json_object_get(row, "ceiling")), json_string_value(json_object_get(row, "uri")),
                   json_string_value(json_object_get(row, "location")));
    qn_msg_free(&answer);
    return CTL_OK;
}
