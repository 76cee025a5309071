#include "server/dispatch.h"

#include <string.h>

#include "lib/verb.h"
#include "server/admin.h"
#include "server/auth-login.h"
#include "server/auth-session.h"
#include "server/job-deliver.h"
#include "server/job-hold.h"
#include "server/job-owner.h"
#include "server/job-release.h"
#include "server/machine.h"
#include "server/worker.h"

enum {
    INTAKE = QN_FROM_INTAKE, KIOSK = QN_FROM_KIOSK, PORTAL = QN_FROM_PORTAL, CONSOLE = QN_FROM_CONSOLE,
    WORKERS = QN_FROM_LDAP | QN_FROM_PIN | QN_FROM_DELIVER, DELIVER = QN_FROM_DELIVER, CTL = QN_FROM_CTL,
    WEB = KIOSK | PORTAL | CONSOLE,
};

const struct qn_dispatch qn_dispatch_table[] = {
    /* verb, who may send it, session, permission, handler */
    { "job.begin", INTAKE, false, 0, qn_job_begin },
    { "job.commit", INTAKE, false, 0, qn_job_commit },

    { "terminal.enrol", KIOSK, false, 0, qn_terminal_enrol },
    { "terminal.hello", KIOSK, false, 0, qn_terminal_hello },
    { "login.badge", KIOSK, false, 0, qn_login_badge },
    { "login.password", WEB, false, 0, qn_login_password },
    { "session.check", WEB, true, 0, qn_session_show },
    { "logout", WEB, true, 0, qn_session_logout },
    { "job.list", KIOSK | PORTAL, true, QN_PERM_OWN, qn_job_list },
    { "job.release", KIOSK, true, QN_PERM_OWN, qn_job_release },
    { "job.delete", KIOSK | PORTAL, true, QN_PERM_OWN, qn_job_delete },
    { "job.resolve", KIOSK, true, QN_PERM_OWN, qn_job_resolve },
    { "admin.jobs", CONSOLE, true, QN_PERM_JOBS, qn_admin_jobs },
    { "admin.audit", CONSOLE, true, QN_PERM_LOG, qn_admin_audit },

    { "worker.ready", WORKERS, false, 0, qn_worker_ready },
    { "deliver.created", DELIVER, false, 0, qn_deliver_created },
    { "deliver.sent", DELIVER, false, 0, qn_deliver_sent },

    { "status", CTL, false, 0, qn_machine_status },
    { "device.add", CTL, false, 0, qn_machine_device_add },
    { "device.list", CTL, false, 0, qn_machine_device_list },
    { "terminal.add", CTL, false, 0, qn_machine_terminal_add },
    { "terminal.list", CTL, false, 0, qn_machine_terminal_list },
    { "terminal.revoke", CTL, false, 0, qn_machine_terminal_revoke },
    { "queue.set", CTL, false, 0, qn_machine_queue_set },
    { "badge.add", CTL, false, 0, qn_machine_badge_add },
    { "pin.issue", CTL, false, 0, qn_machine_pin_issue },
    { NULL, 0, false, 0, NULL },
};

static const struct qn_dispatch *dispatch_find(const char *verb)
{
    for (const struct qn_dispatch *d = qn_dispatch_table; d->verb; d++)
        if (strcmp(d->verb, verb) == 0)
            return d;
    return NULL;
}

bool qn_dispatch_refuses(struct qn_core *c, struct qn_peer *p, const struct qn_msg *in)
{
    const struct qn_dispatch *d = dispatch_find(in->verb);
    struct qn_err err;

    (void)c;
    if (!d || !(d->from & p->from)) {
        qn_fail(&err, QN_EDENIED, "%s may not be sent on this socket", in->verb);
        qn_peer_drop(p, err.text);
        return true;
    }
    if (qn_verb_check(in, &err) != 0) {
        qn_peer_drop(p, err.text);
        return true;
    }
    return false;
}

int qn_dispatch(struct qn_core *c, struct qn_peer *p, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    const struct qn_dispatch *d = dispatch_find(in->verb);
    struct qn_who who = { 0 };
    int r = 0;

    if (!d) /* the turn has asked qn_dispatch_refuses() before */
        return qn_fail(err, QN_EINTERNAL, "no such message");
    if (p->from == QN_FROM_KIOSK && strcmp(in->verb, "terminal.enrol") != 0)
        r = qn_terminal_check(c, in, &who.terminal, err);
    if (r == 0 && d->session)
        r = qn_session_check(c, p, in, &who, d->permission, err);
    if (r != 0)
        return r;
    return d->handler(c, p, &who, in, out, err);
}
