#include "web/route.h"

#include <stdbool.h>
#include <string.h>

#include "web/asset.h"
#include "web/assets.h"
#include "web/console.h"
#include "web/kiosk.h"
#include "web/portal.h"

enum { K = 1 << QN_KIOSK, P = 1 << QN_PORTAL, C = 1 << QN_CONSOLE, L = QN_LARGE };

const struct qn_route qn_routes[] = {
    { K | P | C, "GET", QN_ASSET_STYLE, QN_NEEDS_NOTHING, qn_asset_style },
    { K | P | C, "GET", QN_ASSET_MARK, QN_NEEDS_NOTHING, qn_asset_mark },
    { K | P | C, "GET", "/forget", QN_NEEDS_NOTHING, qn_asset_forget },

    { K, "GET", "/", QN_NEEDS_TERMINAL, qn_kiosk_home },
    { K, "GET", "/kiosk", QN_NEEDS_TERMINAL, qn_kiosk_welcome },
    { K, "GET", "/kiosk/enrol", QN_NEEDS_NOTHING, qn_kiosk_enrol_form },
    { K, "POST", "/kiosk/enrol", QN_NEEDS_NOTHING, qn_kiosk_enrol },
    { K, "POST", "/kiosk/badge", QN_NEEDS_TERMINAL, qn_kiosk_badge },
    { K, "POST", "/kiosk/login", QN_NEEDS_TERMINAL, qn_kiosk_login },
    { K, "GET", "/kiosk/password", QN_NEEDS_TERMINAL, qn_kiosk_password_form },
    { K, "POST", "/kiosk/password", QN_NEEDS_TERMINAL, qn_kiosk_password },
    { K, "GET", "/kiosk/over", QN_NEEDS_TERMINAL, qn_kiosk_over },
    { K, "GET", "/kiosk/jobs", QN_NEEDS_SESSION, qn_kiosk_jobs },
    { K, "POST", "/kiosk/act", QN_NEEDS_SESSION, qn_kiosk_act },
    { K, "POST", "/kiosk/options", QN_NEEDS_SESSION, qn_kiosk_options },
    { K, "POST", "/kiosk/second", QN_NEEDS_SESSION, qn_kiosk_second },
    { K, "POST", "/kiosk/stop", QN_NEEDS_SESSION, qn_kiosk_stop },
    { K, "POST", "/kiosk/delete", QN_NEEDS_SESSION, qn_kiosk_delete },
    { K, "POST", "/kiosk/resolve", QN_NEEDS_SESSION, qn_kiosk_resolve },
    { K, "POST", "/kiosk/seen", QN_NEEDS_SESSION, qn_kiosk_seen },
    { K, "GET", "/kiosk/progress", QN_NEEDS_SESSION, qn_kiosk_progress },
    { K, "GET", "/kiosk/own", QN_NEEDS_SESSION, qn_kiosk_own },
    { K, "POST", "/kiosk/own/badge", QN_NEEDS_SESSION, qn_kiosk_own_badge },
    { K, "POST", "/kiosk/own/pin", QN_NEEDS_SESSION, qn_kiosk_own_pin },
    { K, "POST", "/kiosk/logout", QN_NEEDS_SESSION, qn_kiosk_logout },

    { P, "GET", "/", QN_NEEDS_NOTHING, qn_portal_home },
    { P, "GET", "/me/login", QN_NEEDS_NOTHING, qn_portal_login_form },
    { P, "POST", "/me/login", QN_NEEDS_NOTHING, qn_portal_login },
    { P, "GET", "/me", QN_NEEDS_SESSION, qn_portal_jobs },
    { P, "POST", "/me/confirm", QN_NEEDS_SESSION, qn_portal_confirm },
    { P, "POST", "/me/delete", QN_NEEDS_SESSION, qn_portal_delete },
    { P, "GET", "/me/badges", QN_NEEDS_SESSION, qn_portal_badges },
    { P, "POST", "/me/badges/claim", QN_NEEDS_SESSION, qn_portal_badge_claim },
    { P, "POST", "/me/badges/lost", QN_NEEDS_SESSION, qn_portal_badge_lost },
    { P, "POST", "/me/pin/new", QN_NEEDS_SESSION, qn_portal_pin_new },
    { P, "POST", "/me/pin/choose", QN_NEEDS_SESSION, qn_portal_pin_choose },
    { P, "POST", "/me/seen", QN_NEEDS_SESSION, qn_portal_seen },
    { P, "GET", "/me/colleagues", QN_NEEDS_SESSION, qn_portal_colleagues },
    { P, "POST", "/me/colleagues/add", QN_NEEDS_SESSION, qn_portal_colleague_add },
    { P, "POST", "/me/colleagues/end", QN_NEEDS_SESSION, qn_portal_colleague_end },
    { P, "POST", "/me/logout", QN_NEEDS_SESSION, qn_portal_logout },

    { C, "GET", "/", QN_NEEDS_NOTHING, qn_console_home },
    { C, "GET", "/admin/login", QN_NEEDS_NOTHING, qn_console_login_form },
    { C, "POST", "/admin/login", QN_NEEDS_NOTHING, qn_console_login },
    { C, "GET", "/admin", QN_NEEDS_SESSION, qn_console_start },
    { C, "GET", "/admin/jobs", QN_NEEDS_SESSION, qn_console_jobs },
    { C, "GET", "/admin/job", QN_NEEDS_SESSION, qn_console_job },
    { C, "POST", "/admin/job/delete", QN_NEEDS_SESSION, qn_console_job_delete },
    { C, "GET", "/admin/requests", QN_NEEDS_SESSION, qn_console_requests },
    { C, "GET", "/admin/request", QN_NEEDS_SESSION, qn_console_request },
    { C, "POST", "/admin/request/approve", QN_NEEDS_SESSION, qn_console_approve },
    { C, "POST", "/admin/request/reject", QN_NEEDS_SESSION, qn_console_reject },
    { C, "POST", "/admin/request/withdraw", QN_NEEDS_SESSION, qn_console_withdraw },
    { C, "GET", "/admin/policy", QN_NEEDS_SESSION, qn_console_policy },
    { C, "GET", "/admin/policy/change", QN_NEEDS_SESSION, qn_console_policy_form },
    { C | L, "POST", "/admin/policy/check", QN_NEEDS_SESSION, qn_console_policy_check },
    { C | L, "POST", "/admin/propose", QN_NEEDS_SESSION, qn_console_propose },
    { C, "GET", "/admin/roles", QN_NEEDS_SESSION, qn_console_roles },
    { C, "GET", "/admin/people", QN_NEEDS_SESSION, qn_console_people },
    { C, "POST", "/admin/people/pin", QN_NEEDS_SESSION, qn_console_pin_unlock },
    { C, "POST", "/admin/people/badges", QN_NEEDS_SESSION, qn_console_badge_revoke },
    { C, "GET", "/admin/contain", QN_NEEDS_SESSION, qn_console_contain },
    { C, "POST", "/admin/contain/lock", QN_NEEDS_SESSION, qn_console_lock },
    { C, "POST", "/admin/contain/unlock", QN_NEEDS_SESSION, qn_console_unlock },
    { C, "GET", "/admin/devices", QN_NEEDS_SESSION, qn_console_devices },
    { C, "GET", "/admin/printer", QN_NEEDS_SESSION, qn_console_printer },
    { C, "POST", "/admin/printer/ask", QN_NEEDS_SESSION, qn_console_printer_ask },
    { C, "POST", "/admin/printer/test", QN_NEEDS_SESSION, qn_console_printer_test },
    { C, "GET", "/admin/device", QN_NEEDS_SESSION, qn_console_device_form },
    { C, "POST", "/admin/device/check", QN_NEEDS_SESSION, qn_console_device_check },
    { C, "POST", "/admin/device/retire", QN_NEEDS_SESSION, qn_console_device_retire },
    { C, "GET", "/admin/terminal", QN_NEEDS_SESSION, qn_console_terminal_form },
    { C, "POST", "/admin/terminal/check", QN_NEEDS_SESSION, qn_console_terminal_check },
    { C, "POST", "/admin/terminal/code", QN_NEEDS_SESSION, qn_console_terminal_code },
    { C, "POST", "/admin/terminal/revoke", QN_NEEDS_SESSION, qn_console_terminal_revoke },
    { C, "GET", "/admin/audit", QN_NEEDS_SESSION, qn_console_audit },
    { C, "POST", "/admin/logout", QN_NEEDS_SESSION, qn_console_logout },

    { 0, NULL, NULL, QN_NEEDS_NOTHING, NULL },
};

const struct qn_route *qn_route_find(enum qn_instance instance, const char *method, const char *path, unsigned n,
                                     int *status_out)
{
    const char *as = strcmp(method, "HEAD") == 0 ? "GET" : method;

    *status_out = 404;
    for (const struct qn_route *r = qn_routes; r->path; r++) {
        if (!(r->instances & 1U << instance) || strlen(r->path) != n || memcmp(r->path, path, n) != 0)
            continue;
        if (strcmp(r->method, as) == 0) {
            *status_out = 0;
            return r;
        }
        *status_out = 405;
    }
    return NULL;
}

static const char *const instance_names[QN_INSTANCES] = { "kiosk", "portal", "console" };

const char *qn_instance_name(enum qn_instance instance)
{
    return (unsigned)instance < QN_INSTANCES ? instance_names[instance] : "unknown";
}

enum qn_instance qn_instance_parse(const char *name)
{
    int i = 0;

    while (i < QN_INSTANCES && strcmp(instance_names[i], name) != 0)
        i++;
    return (enum qn_instance)i;
}
