#include "server/policy-change.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "server/policy-diff.h"
#include "server/policy-lint.h"
#include "server/record.h"
#include "server/request.h"
#include "server/turn.h"

enum { SHORTEN_BATCH = 500 };

static const char since_fact[] = "roles-since";

/* Held jobs may be held for longer than the policy in force says: looked at after a start and after each change. */
static bool shorten_more = true;

int qn_policy_open(struct qn_core *c, struct qn_err *err)
{
    struct qn_policy_version v;
    struct qn_policy *p;
    uint8_t hash[32];
    char *text;
    int r = qn_store_policy(c->store, 0, &v, &text, err);

    if (r == QN_ENOTFOUND)
        return 0;
    if (r != 0)
        return r;
    SHA256((const unsigned char *)text, strlen(text), hash);
    r = qn_policy_read(&p, text, v.version, err);
    free(text);
    if (r == 0 && memcmp(hash, v.hash, sizeof hash) != 0) {
        qn_policy_free(&p);
        return qn_fail(err, QN_ECORRUPT, "version %lld of the policy was edited: its hash is another (quoinctl recover)",
                       (long long)v.version);
    }
    if (r != 0)
        return qn_fail(err, QN_ECORRUPT, "version %lld of the policy can't be read (quoinctl recover)", (long long)v.version);
    r = qn_store_fact(c->store, since_fact, &p->since, err);
    if (r != 0 && r != QN_ENOTFOUND) {
        qn_policy_free(&p);
        return r;
    }
    qn_policy_use(p);
    return 0;
}

/* ---- into force ---- */

/* Of a message that is undone, or of one that is kept: arg is the policy that was in force before. */
static void policy_back(struct qn_core *c, void *arg)
{
    (void)c;
    qn_policy_use(arg);
}

static void policy_keep(struct qn_core *c, void *arg)
{
    struct qn_policy *old = arg;

    (void)c;
    qn_policy_free(&old);
    shorten_more = true;
}

/* Ceilings are levels: they follow the class's name; where it is gone, the next lower class that is left; public's level at least. */
static int ceilings_follow(struct qn_core *c, const struct qn_policy *old, const struct qn_policy *new,
                           struct qn_err *err)
{
    int64_t map = 0;
    int level = 1;
    bool moved = false;

    for (const struct qn_class *k = old->classes; k->name; k++) {
        for (const struct qn_class *then = new->classes; then->name; then++)
            if (strcmp(then->name, k->name) == 0)
                level = then->level;
        map |= (int64_t)level << (4 * k->level);
        moved = moved || level != k->level;
    }
    return moved ? qn_store_ceilings(c->store, map, err) : 0;
}

/* Roles in sessions, and those last seen, are of the mapping before. */
static int roles_start(struct qn_core *c, struct qn_policy *p, int64_t *ended, struct qn_err *err)
{
    int r = qn_store_session_end_everybody(c->store, ended, err);

    p->since = c->steady;
    return r == 0 ? qn_store_fact_put(c->store, since_fact, p->since, err) : r;
}

static int apply_record(struct qn_core *c, const struct qn_policy *p, const struct qn_policy_version *v,
                        int64_t ended, const char *req,
                        struct qn_err *err)
{
    char hash[65], author[256] = "root", approver[256] = "root";
    int r = v->author ? qn_request_person(c, v->author, NULL, author, err) : 0;

    if (r == 0 && v->approver)
        r = qn_request_person(c, v->approver, NULL, approver, err);
    qn_hex(hash, v->hash, sizeof v->hash);
    return r != 0 ? r : qn_record(c, QN_AUDIT_POLICY_APPLIED, req, err, "{s:I, s:s, s:s, s:s, s:s, s:s, s:I}",
                                  "version",
                                  (json_int_t)v->version, "hash", hash, "ticket", v->ticket, "profile",
                                  p->compact ? "compact" : "standard", "author", author, "approver", approver, "sessions_ended",
                                  (json_int_t)ended);
}

static int apply_store(struct qn_core *c, struct qn_policy *p, struct qn_policy_version *v, const char *req,
                       struct qn_err *err)
{
    bool moves = qn_policy_moves_roles(p);
    char *text = qn_policy_text(p);
    int64_t ended = 0;
    int r;

    SHA256((const unsigned char *)text, strlen(text), v->hash);
    v->version = p->version = qn_policy()->version + 1;
    v->made = c->now;
    p->since = qn_policy()->since;
    r = qn_store_policy_add(c->store, v, text, err);
    free(text);
    if (r == 0)
        r = ceilings_follow(c, qn_policy(), p, err);
    if (r == 0 && moves)
        r = roles_start(c, p, &ended, err);
    if (r == 0)
        r = qn_requests_void(c, "policy-changed", err);
    return r == 0 ? apply_record(c, p, v, ended, req, err) : r;
}

int qn_policy_apply(struct qn_core *c, struct qn_policy *p, struct qn_policy_version *v, const char *req,
                    struct qn_err *err)
{
    struct qn_policy *old;
    int r = apply_store(c, p, v, req, err);

    if (r != 0) {
        qn_policy_free(&p);
        return r;
    }
    old = qn_policy_swap(p);
    qn_turn_undo(c, policy_back, old);
    qn_turn_after(c, policy_keep, old);
    return 0;
}

int qn_policy_shorten(struct qn_core *c, struct qn_err *err)
{
    int64_t releasing = 0, count;
    bool more = false;
    int r = 0;

    for (const struct qn_class *k = qn_policy()->classes; k->name && shorten_more && r == 0; k++) {
        r = qn_store_job_shorten(c->store, k->level, k->hold, SHORTEN_BATCH, &count, err);
        more = more || count == SHORTEN_BATCH;
    }
    if (r == 0 && shorten_more)
        r = qn_store_job_count_state(c->store, QN_JOB_RELEASING, &releasing, err);
    c->again = c->again || more;
    if (r == 0)
        shorten_more = more || releasing > 0; /* what is being released is looked at once that is over */
    return r;
}

/* ---- handlers ---- */

/* Root's only word on the policy: there must be none yet. */
int qn_policy_init(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                   struct qn_msg *out, struct qn_err *err)
{
    struct qn_policy_version v = { .ticket = "init" };
    struct qn_policy *policy;
    int r;

    (void)p;
    (void)who;
    if (qn_policy()->version != 0)
        return qn_fail(err, QN_ECONFLICT,
                       "there is a policy already; it is changed by two people (quoinctl policy propose)");
    if ((r = qn_policy_read(&policy, qn_msg_get(in, "document"), 1, err)) != 0)
        return r;
    if ((r = qn_policy_lint(c, policy, err)) != 0) {
        qn_policy_free(&policy);
        return r;
    }
    if ((r = qn_policy_apply(c, policy, &v, in->req, err)) != 0)
        return r;
    qn_msg_int(out, "version", v.version);
    return 0;
}

/* Sentences against the version before. What another program wrote, and this one can't read, is shown all the same. */
static int show_changes(struct qn_core *c, int64_t version, const char *document, json_t *changes, struct qn_err *err)
{
    struct qn_policy *before = NULL, *p = NULL;
    struct qn_policy_version v;
    char *text;
    int r;

    if (version <= 1) {
        qn_sentence(changes, "%s", version ? "the first version" : "the shipped policy: quoinctl init has not been run yet");
        return 0;
    }
    if ((r = qn_store_policy(c->store, version - 1, &v, &text, err)) != 0)
        return r;
    if (qn_policy_read(&before, text, v.version, err) == 0 && qn_policy_read(&p, document, version, err) == 0)
        qn_policy_diff(before, p, changes);
    else
        qn_sentence(changes, "this version, or the one before, can't be compared: %s", err->text);
    free(text);
    qn_policy_free(&before);
    qn_policy_free(&p);
    return 0;
}

static int show_people(struct qn_core *c, const struct qn_policy_version *v, char author[256], char approver[256],
                       struct qn_err *err)
{
    int r = 0;

    author[0] = approver[0] = '\0';
    if (v->author)
        r = qn_request_person(c, v->author, author, NULL, err);
    if (r == 0 && v->approver)
        r = qn_request_person(c, v->approver, approver, NULL, err);
    return r;
}

static int show_version(struct qn_core *c, const struct qn_policy_version *v, const char *document, struct qn_msg *out,
                        struct qn_err *err)
{
    json_t *changes = json_array();
    char hash[65], author[256], approver[256];
    int r = show_people(c, v, author, approver, err);

    if (r == 0)
        r = show_changes(c, v->version, document, changes, err);
    qn_msg_int(out, "version", v->version);
    qn_msg_str(out, "hash", qn_hex(hash, v->hash, sizeof v->hash));
    qn_msg_str(out, "author", author);
    qn_msg_str(out, "approver", approver);
    qn_msg_str(out, "ticket", v->ticket);
    qn_msg_int(out, "made", v->made);
    qn_msg_str(out, "document", document);
    qn_request_sentences(out, "changes", changes);
    return r;
}

int qn_policy_show(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                   struct qn_msg *out, struct qn_err *err)
{
    int64_t version = qn_msg_get_int(in, "version");
    struct qn_policy_version v = { .version = 0 };
    char *text;
    int r = qn_store_policy(c->store, version, &v, &text, err);

    (void)p;
    (void)who;
    if (r == QN_ENOTFOUND && version == 0) {
        text = qn_policy_text(qn_policy());
        SHA256((const unsigned char *)text, strlen(text), v.hash);
        r = 0;
    }
    if (r == QN_ENOTFOUND)
        return qn_fail(err, QN_ENOTFOUND, "there is no version %lld of the policy", (long long)version);
    if (r != 0)
        return r;
    r = show_version(c, &v, text, out, err);
    free(text);
    return r;
}

struct list { struct qn_core *c; json_t *rows; int r; };

static int list_row(void *ctx, const struct qn_policy_version *v)
{
    char hash[65], author[256], approver[256];
    struct list *l = ctx;
    struct qn_err err;

    l->r = show_people(l->c, v, author, approver, &err);
    json_array_append_new(l->rows, json_pack("{s:I, s:s, s:s, s:s, s:s, s:I}", "version", (json_int_t)v->version,
                                             "hash",
                                             qn_hex(hash, v->hash, sizeof v->hash), "author", author, "approver", approver, "ticket",
                                             v->ticket, "made", (json_int_t)v->made));
    return l->r;
}

int qn_policy_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                   struct qn_msg *out, struct qn_err *err)
{
    struct list l = { c, json_array(), 0 };
    int r = qn_store_policy_each(c->store, qn_msg_get_int(in, "before"), (int)qn_msg_get_int(in, "limit"), list_row,
                                 &l, err);

    (void)p;
    (void)who;
    qn_msg_json(out, "versions", l.rows);
    return r != 0 ? r : l.r == 0 ? 0 : qn_fail(err, l.r, "who made a version can't be read");
}
