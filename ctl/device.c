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
    static const char *const columns[] = { "name", "ceiling", "uri", "location", NULL };

    (void)argv;
    return argc == 0 ? ctl_list(c, "device.list", "devices", columns) : CTL_USAGE;
}
