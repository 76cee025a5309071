#include "server/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "lib/verb.h"
#include "server/admin.h"
#include "server/auth-live.h"
#include "server/auth-login.h"
#include "server/auth-prove.h"
#include "server/auth-session.h"
#include "server/badge.h"
#include "server/contain.h"
#include "server/delegate.h"
#include "server/device-errand.h"
#include "server/device-near.h"
#include "server/device-state.h"
#include "server/device.h"
#include "server/dispatch-live.h"
#include "server/job-deliver.h"
#include "server/job-hold.h"
#include "server/job-owner.h"
#include "server/job-release.h"
#include "server/machine.h"
#include "server/notice.h"
#include "server/pin-own.h"
#include "server/policy-change.h"
#include "server/record.h"
#include "server/request.h"
#include "server/person-why.h"
#include "server/roles-show.h"
#include "server/turn.h"
#include "server/worker.h"

enum {
    INTAKE = QN_FROM_INTAKE, KIOSK = QN_FROM_KIOSK, PORTAL = QN_FROM_PORTAL, CONSOLE = QN_FROM_CONSOLE,
    WORKERS = QN_FROM_LDAP | QN_FROM_PIN | QN_FROM_DELIVER, DELIVER = QN_FROM_DELIVER, CTL = QN_FROM_CTL, SHELL = QN_FROM_SHELL,
    OWNERS = KIOSK | PORTAL,            /* where people meet their own jobs */
    ADMIN = CONSOLE | CTL | SHELL,      /* where a role's verbs come from; root has none by being root */
    PEOPLE = OWNERS | ADMIN,
    SESSION = QN_NEEDS_SESSION, LIVE = QN_NEEDS_SESSION | QN_NEEDS_LIVE, PROOF = QN_NEEDS_SESSION | QN_NEEDS_LIVE | QN_NEEDS_PROOF,
};

const struct qn_dispatch qn_dispatch_table[] = {
    /* verb, who may send it, what it needs, permission, handler */
    { "job.begin", INTAKE, 0, 0, qn_job_begin },
    { "job.commit", INTAKE, 0, 0, qn_job_commit },

    { "terminal.enrol", KIOSK, 0, 0, qn_terminal_enrol },
    { "terminal.hello", KIOSK, 0, 0, qn_terminal_hello },
    { "kiosk.ca", KIOSK, 0, 0, qn_kiosk_ca },
    { "login.badge", KIOSK, 0, 0, qn_login_badge },
    { "login.password", PEOPLE, 0, 0, qn_login_password },
    { "session.check", PEOPLE, SESSION, 0, qn_session_show },
    { "session.prove", PORTAL | ADMIN, SESSION, 0, qn_session_prove },
    { "logout", PEOPLE, SESSION, 0, qn_session_logout },

    { "job.list", OWNERS, SESSION, QN_PERM_OWN, qn_job_list },
    { "job.release", KIOSK, SESSION, QN_PERM_OWN, qn_job_release }, /* asks the directory itself: the class decides what silence means */
    { "job.stop", KIOSK, SESSION, QN_PERM_OWN, qn_job_stop },
    { "device.near", KIOSK, SESSION, QN_PERM_OWN, qn_device_near },
    { "device.offer", KIOSK, SESSION, QN_PERM_OWN, qn_device_offer },
    { "job.delete", OWNERS, SESSION, QN_PERM_OWN, qn_job_delete },
    { "job.resolve", KIOSK, SESSION, QN_PERM_OWN, qn_job_resolve },
    { "badge.list", OWNERS, SESSION, QN_PERM_OWN, qn_badge_list },
    { "badge.claim", OWNERS, SESSION, QN_PERM_OWN, qn_badge_claim },
    { "badge.lost", OWNERS, SESSION, QN_PERM_OWN, qn_badge_lost },
    { "pin.new", OWNERS, SESSION, QN_PERM_OWN, qn_pin_new },
    { "pin.set", OWNERS, SESSION, QN_PERM_OWN, qn_pin_choose },
    { "notice.list", OWNERS, SESSION, QN_PERM_OWN, qn_notice_list },
    { "notice.seen", OWNERS, SESSION, QN_PERM_OWN, qn_notice_seen },
    { "delegate.add", PORTAL, LIVE, QN_PERM_DELEGATE, qn_delegate_add },
    { "delegate.list", PORTAL, SESSION, QN_PERM_DELEGATE, qn_delegate_list },
    { "delegate.revoke", PORTAL, SESSION, QN_PERM_DELEGATE, qn_delegate_revoke },

    { "admin.jobs", ADMIN, SESSION, QN_PERM_JOBS, qn_admin_jobs },
    { "admin.audit", ADMIN, SESSION, QN_PERM_LOG, qn_admin_audit },
    { "job.cancel", ADMIN, LIVE, QN_PERM_CANCEL, qn_admin_cancel },
    { "pin.unlock", ADMIN, LIVE, QN_PERM_UNLOCK, qn_pin_unlock },
    { "badge.revoke", ADMIN, LIVE, QN_PERM_UNLOCK, qn_badge_revoke },
    { "badge.import", ADMIN, PROOF, QN_PERM_BADGES, qn_badge_import },
    { "contain.lock", ADMIN, LIVE, QN_PERM_CONTAIN, qn_contain_lock },
    { "contain.unlock", ADMIN, PROOF, QN_PERM_CONTAIN, qn_contain_unlock },
    { "contain.list", ADMIN, SESSION, QN_PERM_CONTAIN, qn_contain_list },
    { "device.list", CONSOLE | SHELL, SESSION, QN_PERM_DEVICES, qn_device_list },
    { "device.show", ADMIN, SESSION, QN_PERM_DEVICES, qn_device_show },
    { "device.probe", ADMIN, LIVE, QN_PERM_TERMINALS, qn_device_probe },
    { "device.test", ADMIN, LIVE, QN_PERM_TERMINALS, qn_device_test },
    { "terminal.list", CONSOLE | SHELL, SESSION, QN_PERM_DEVICES, qn_terminal_list },
    { "terminal.code", ADMIN, PROOF, QN_PERM_TERMINALS, qn_terminal_code },
    { "terminal.certify", ADMIN, PROOF, QN_PERM_TERMINALS, qn_terminal_certify },
    { "terminal.revoke", ADMIN, LIVE, QN_PERM_TERMINALS | QN_PERM_CONTAIN, qn_terminal_revoke },

    { "policy.show", ADMIN, SESSION, QN_PERM_POLICY, qn_policy_show },
    { "policy.list", ADMIN, SESSION, QN_PERM_POLICY, qn_policy_list },
    { "request.propose", ADMIN, PROOF, 0, qn_request_propose },   /* the operation's line says whose */
    { "request.list", ADMIN, SESSION, 0, qn_request_list },       /* shows what the asker may propose, approve or read */
    { "request.show", ADMIN, SESSION, 0, qn_request_show },
    { "request.approve", ADMIN, PROOF, 0, qn_request_approve },
    { "request.reject", ADMIN, LIVE, 0, qn_request_reject },
    { "request.withdraw", ADMIN, SESSION, 0, qn_request_withdraw },
    { "roles.show", CONSOLE | SHELL, SESSION, QN_PERM_POLICY, qn_roles_show },
    { "person.why", ADMIN, SESSION, QN_PERM_PEOPLE, qn_person_why },

    { "worker.ready", WORKERS, 0, 0, qn_worker_ready },
    { "deliver.created", DELIVER, 0, 0, qn_deliver_created },
    { "deliver.sent", DELIVER, 0, 0, qn_deliver_sent },
    { "deliver.progress", DELIVER, 0, 0, qn_deliver_progress },

    { "status", CTL, 0, 0, qn_machine_status },
    { "policy.init", CTL, 0, 0, qn_policy_init },
    { "roles.show", CTL, 0, 0, qn_roles_show },
    { "device.list", CTL, 0, 0, qn_device_list },
    { "terminal.list", CTL, 0, 0, qn_terminal_list },
    { NULL, 0, 0, 0, NULL },
};

/* A verb may have a line for each group of sockets. */
static const struct qn_dispatch *dispatch_find(const char *verb, enum qn_from from)
{
    for (const struct qn_dispatch *d = qn_dispatch_table; d->verb; d++)
        if (strcmp(d->verb, verb) == 0 && (d->from & from))
            return d;
    return NULL;
}

bool qn_dispatch_refuses(struct qn_core *c, struct qn_peer *p, const struct qn_msg *in)
{
    const struct qn_dispatch *d = dispatch_find(in->verb, p->from);
    struct qn_err err;

    (void)c;
    if (!d) {
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

int qn_dispatch_check(struct qn_core *c, const struct qn_peer *p, const struct qn_dispatch *d, const struct qn_msg *in,
                      struct qn_who *who, const char **reason, struct qn_err *err)
{
    int r = 0;

    *reason = NULL;
    if (p->from == QN_FROM_KIOSK && strcmp(d->verb, "terminal.enrol") != 0 && strcmp(d->verb, "kiosk.ca") != 0)
        r = qn_terminal_check(c, in, &who->terminal, err);
    if (r == 0 && (d->needs & QN_NEEDS_SESSION))
        r = qn_session_check(c, p, in, who, err);
    if (r != 0)
        return r;
    if (d->permission && !(qn_role_permissions(who->person.roles) & d->permission)) {
        *reason = "no-permission";
        return qn_fail(err, QN_EDENIED, "no role of this person allows it");
    }
    if ((d->needs & QN_NEEDS_PROOF) && !qn_session_proved(c, &who->session))
        return qn_fail(err, QN_EPROOF, "the password is needed again");
    return 0;
}

/* Somebody has a terminal's cookie and not its key: that is worth a record. */
static int dispatch_deny_terminal(struct qn_core *c, const struct qn_peer *p, const struct qn_msg *in, const char *name,
                                  struct qn_err *err)
{
    struct qn_ask ask;
    char source[80];
    int r;

    qn_turn_remember(&ask, p, in);
    snprintf(source, sizeof source, "terminal:%s", name);
    r = qn_record_denial(c, QN_AUDIT_AUTH_DENIED, ask.req, source, "terminal-certificate", "", "", err);
    if (r != 0)
        return r;
    qn_turn_refuse(c, &ask, QN_EDENIED, "the terminal's client certificate is missing, or another one");
    return QN_LATER;
}

int qn_dispatch(struct qn_core *c, struct qn_peer *p, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    const struct qn_dispatch *d = dispatch_find(in->verb, p->from);
    struct qn_who who = { 0 };
    const char *reason;
    int r;

    if (!d) /* the turn has asked qn_dispatch_refuses() before */
        return qn_fail(err, QN_EINTERNAL, "no such message");
    r = qn_dispatch_check(c, p, d, in, &who, &reason, err);
    if (r == QN_EDENIED && !who.terminal.id && who.terminal.name[0])
        return dispatch_deny_terminal(c, p, in, who.terminal.name, err);
    if (r == QN_EDENIED && reason) {
        struct qn_ask ask;

        qn_turn_remember(&ask, p, in);
        return qn_dispatch_deny(c, &ask, &who.person, reason, r, err->text, err);
    }
    if (r != 0)
        return r;
    if ((d->needs & QN_NEEDS_LIVE) && !qn_live_fresh(c, &who.person))
        return qn_dispatch_ask(c, p, d, &who, in);
    return d->handler(c, p, &who, in, out, err);
}
