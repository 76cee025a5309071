#include "server/device-words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* printer-state-reasons without their -error, -warning or -report (RFC 8011 section 5.4.12, PWG 5100.9 section 4, and what CUPS adds). Of
 * several the first line counts: what has to be done before the others can be. */
static const struct { const char *reason, *why; } reasons_table[] = {
    { "offline", "printer-off" },
    { "shutdown", "printer-off" },
    { "power-down", "printer-off" },
    { "connecting-to-device", "printer-off" },
    { "timed-out", "printer-off" },
    { "media-jam", "paper-jam" },
    { "media-path-jam", "paper-jam" },
    { "media-path-media-jam", "paper-jam" },
    { "cover-open", "cover-open" },
    { "door-open", "cover-open" },
    { "interlock-open", "cover-open" },
    { "input-tray-missing", "tray-missing" },
    { "output-tray-missing", "tray-missing" },
    { "media-empty", "paper-empty" },
    { "input-tray-empty", "paper-empty" },
    { "media-path-input-empty", "paper-empty" },
    { "media-needed", "paper-needed" },
    { "output-area-full", "output-full" },
    { "media-path-output-full", "output-full" },
    { "toner-empty", "toner-empty" },
    { "marker-toner-empty", "toner-empty" },
    { "marker-ink-empty", "toner-empty" },
    { "marker-supply-empty", "toner-empty" },
    { "marker-supply-missing", "toner-empty" },
    { "developer-empty", "toner-empty" },
    { "marker-waste-full", "waste-full" },
    { "marker-waste-ink-receptacle-full", "waste-full" },
    { "marker-waste-toner-receptacle-full", "waste-full" },
    { "fuser-over-temp", "service-needed" },
    { "fuser-under-temp", "service-needed" },
    { "opc-life-over", "service-needed" },
    { "service-needed", "service-needed" },
    { "spool-area-full", "printer-full" },
    { "paused", "printer-paused" },
    { "moving-to-paused", "printer-paused" },
    { "hold-new-jobs", "printer-paused" },
    { "stopping", "printer-paused" },
};

/* True if the reason is this one, and as serious as asked: nothing or -error after its name, or -warning and -report. */
static bool reason_is(const char *s, const char *reason, bool serious)
{
    size_t n = strlen(reason);
    const char *rest = s + n;

    if (strncmp(s, reason, n) != 0)
        return false;
    if (serious)
        return !*rest || strcmp(rest, "-error") == 0;
    return strcmp(rest, "-warning") == 0 || strcmp(rest, "-report") == 0;
}

static const char *reason_find(const json_t *reasons, bool serious)
{
    for (size_t i = 0; i < sizeof reasons_table / sizeof *reasons_table; i++)
        for (size_t j = 0; j < json_array_size(reasons); j++) {
            const char *s = json_string_value(json_array_get(reasons, j));

            if (s && reason_is(s, reasons_table[i].reason, serious))
                return reasons_table[i].why;
        }
    return NULL;
}

const char *qn_device_reason(const json_t *reasons, bool accepting)
{
    const char *why = reason_find(reasons, true);

    if (!why)
        why = reason_find(reasons, false);
    if (!why)
        why = accepting ? "printer-stopped" : "not-accepting";
    return why;
}

/* One line a state of probe_reply. */
static const struct { const char *state, *status, *why; } states[] = {
    { "idle", "ready", "" },
    { "processing", "busy", "" },
    { "stopped", "stopped", NULL },      /* its reasons say why */
    { "away", "away", "printer-off" },
    { "certificate", "certificate", "printer-certificate" },
    { "error", "unknown", "printer-error" },
};

const char *qn_device_status(const char *state)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i].state, state) == 0)
            return states[i].status;
    return "unknown";
}

const char *qn_device_why(const char *state, const json_t *reasons, bool accepting)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i].state, state) == 0)
            return states[i].why ? states[i].why : qn_device_reason(reasons, accepting);
    return "";
}

static const char *const between = "/, \t";

int qn_location_common(const char *a, const char *b)
{
    int common = 0;

    for (;;) {
        size_t n, m;

        a += strspn(a, between);
        b += strspn(b, between);
        n = strcspn(a, between);
        m = strcspn(b, between);
        if (n == 0 || n != m || strncasecmp(a, b, n) != 0)
            return common;
        common++;
        a += n;
        b += m;
    }
}
