#include "server/policy-change.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "server/record.h"
#include "server/turn.h"

int qn_policy_open(struct qn_core *c, struct qn_err *err)
{
    struct qn_policy_version v;
    struct qn_policy *p;
    char *text;
    int r = qn_store_policy(c->store, 0, &v, &text, err);

    if (r == QN_ENOTFOUND)
        return 0;
    if (r != 0)
        return r;
    r = qn_policy_read(&p, text, v.version, err);
    free(text);
    if (r != 0)
        return qn_fail(err, QN_ECORRUPT, "version %lld of the policy can't be read", (long long)v.version);
    qn_policy_use(p);
    return 0;
}

/* Of a message that is undone, or of one that is kept. */
static void policy_drop(struct qn_core *c, void *arg)
{
    struct qn_policy *p = arg;

    (void)c;
    qn_policy_free(&p);
}

static void policy_force(struct qn_core *c, void *arg)
{
    (void)c;
    qn_policy_use(arg);
}

int qn_policy_apply(struct qn_core *c, struct qn_policy *p, struct qn_policy_version *v, const char *req, struct qn_err *err)
{
    char *text = qn_policy_text(p), hash[65];
    int r;

    SHA256((const unsigned char *)text, strlen(text), v->hash);
    qn_hex(hash, v->hash, sizeof v->hash);
    v->version = p->version = qn_policy()->version + 1;
    v->made = c->now;
    r = qn_store_policy_add(c->store, v, text, err);
    free(text);
    if (r == 0)
        r = qn_record(c, QN_AUDIT_POLICY_APPLIED, req, err, "{s:I, s:s, s:s, s:s}", "version", (json_int_t)v->version, "hash", hash,
                      "ticket", v->ticket, "profile", p->compact ? "compact" : "standard");
    if (r != 0) {
        qn_policy_free(&p);
        return r;
    }
    qn_turn_undo(c, policy_drop, p);
    qn_turn_after(c, policy_force, p);
    return 0;
}

/* Root's only word on the policy: there must be none yet. */
int qn_policy_init(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    struct qn_policy_version v = { .ticket = "init" };
    struct qn_policy *policy;
    int r;

    (void)p;
    (void)who;
    if (qn_policy()->version != 0)
        return qn_fail(err, QN_ECONFLICT, "there is a policy already; it is changed by two people (quoinctl policy propose)");
    if ((r = qn_policy_read(&policy, qn_msg_get(in, "document"), 1, err)) != 0 ||
        (r = qn_policy_apply(c, policy, &v, in->req, err)) != 0)
        return r;
    qn_msg_int(out, "version", v.version);
    return 0;
}

int qn_policy_show(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}

int qn_policy_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}
