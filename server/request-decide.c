/* request.approve: a second person signs off exactly what they read; then it is done, in the same transaction. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "server/auth-live.h"
#include "server/auth-person.h"
#include "server/clock-two.h"
#include "server/record.h"
#include "server/request-private.h"
#include "server/worker.h"

enum { GROUPS_MAX = 64 };

/* An approval while the directory is asked about the requester, then (for some operations) about the approver's groups. */
struct approval {
    struct qn_ask ask;
    struct qn_who who;
    char id[QN_UUID_TEXT];
    uint8_t hash[32];       /* of what the approver read */
    json_t *groups;         /* those that the directory named; NULL until asked */
    char text[384];         /* why it failed */
};

int qn_request_same(struct qn_core *c, int64_t requester, int64_t approver, const char **reason, struct qn_err *err)
{
    struct qn_person a, b;
    int r;

    *reason = NULL;
    if (requester == approver) {
        *reason = "own-request";
        return 0;
    }
    if ((r = qn_store_person(c->store, requester, &a, err)) != 0 ||
        (r = qn_store_person(c->store, approver, &b, err)) != 0)
        return r;
    if (a.same[0] && strcmp(a.same, b.same) == 0)
        *reason = "same-person";
    else if (qn_conf_text(c->conf, "directory-person")[0] && (!a.same[0] || !b.same[0]))
        *reason = "person-unknown";
    return 0;
}

/* What stops an approval: a sentence for the asker, and what becomes of the request. */
struct stop {
    int code;
    const char *denied; /* word of a recorded denial: the request stays open */
    const char *state;  /* or the state it ends in, */
    const char *reason; /* with this reason */
    char text[384];
};

static int stop(struct stop *s, int code, const char *denied, const char *state, const char *reason, const char *text)
{
    s->code = code;
    s->denied = denied;
    s->state = state;
    s->reason = reason;
    snprintf(s->text, sizeof s->text, "%s", text);
    return 0;
}

/* May this person decide it at all? Nothing about the request itself is said before. */
static int approver_check(struct qn_core *c, const struct qn_who *who, const struct qn_request *rq, struct stop *s,
                          struct qn_err *err)
{
    static const struct { const char *reason, *text; } words[] = {
        { "own-request", "this is your own request: another person must approve it" },
        { "same-person", "this account belongs to the person who proposed it: another person must approve it" },
        { "person-unknown", "the directory does not say whose account this is (directory-person), so it may be the requester's own" },
    };
    const char *reason;
    int r = qn_request_same(c, rq->requester, who->person.id, &reason, err);

    for (size_t i = 0; r == 0 && reason && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].reason, reason) == 0)
            return stop(s, QN_EDENIED, words[i].reason, NULL, NULL, words[i].text);
    if (r == 0 && !qn_who_has(who, qn_operation_find(rq->operation)->approvers))
        return stop(s, QN_EDENIED, "no-approver-role", NULL, NULL, "no role of yours may approve this");
    return r;
}

/* Is it still what was proposed, and what was read? */
static int document_check(struct qn_core *c, const struct approval *a, const struct qn_request *rq,
                          const char *document, struct stop *s)
{
    uint8_t hash[32];

    qn_request_hash(rq->operation, rq->base, document, hash);
    if (strcmp(rq->state, "open") != 0) {
        char text[64];

        snprintf(text, sizeof text, "the request is %s already", rq->state);
        return stop(s, QN_ECONFLICT, NULL, NULL, NULL, text);
    }
    if (qn_clock_any_past(c, rq->expires))
        return stop(s, QN_ECONFLICT, NULL, "expired", "expired", "the request has run out: propose it again");
    if (memcmp(hash, rq->hash, sizeof hash) != 0)
        return stop(s, QN_ECORRUPT, NULL, "void", "edited", "the stored request was edited: it is void");
    if (memcmp(a->hash, rq->hash, sizeof hash) != 0)
        return stop(s, QN_EDENIED, "other-document", NULL, NULL,
                    "this is not the document that you read: read it again");
    if (strncmp(rq->operation, "policy.", 7) == 0 && rq->base != qn_policy()->version)
        return stop(s, QN_ECONFLICT, NULL, "void", "policy-changed",
                    "another version of the policy came in between: propose it again");
    return 0;
}

static int requester_check(const struct qn_person *p, const struct qn_request *rq, struct stop *s)
{
    const char *why = qn_person_refusal(p);

    if (!why && !(qn_role_permissions(p->roles) & qn_operation_find(rq->operation)->propose))
        why = "no-role";
    return why ? stop(s, QN_ECONFLICT, NULL, "void", "requester",
                      "who proposed it may no longer do so: the request is void") : 0;
}

/* ---- the answers ---- */

static int approval_stop(struct qn_core *c, const struct approval *a, const struct qn_request *rq,
                         const struct stop *s, struct qn_err *err)
{
    int r = 0;

    if (s->denied)
        r = qn_record_denial(c, QN_AUDIT_REQUEST_DENIED, a->ask.req, rq->id, s->denied, a->who.person.dir_id, "", err);
    else if (s->state)
        r = qn_request_close(c, rq, s->state, 0, s->reason, a->ask.req, err);
    if (r == 0)
        qn_turn_refuse(c, &a->ask, s->code, s->text);
    return r;
}

static int approval_record(struct qn_core *c, const struct approval *a, const struct qn_request *rq,
                           const struct qn_person *requester, struct qn_err *err)
{
    char hash[65];

    qn_hex(hash, rq->hash, sizeof rq->hash);
    return qn_record(c, QN_AUDIT_REQUEST_APPROVED, a->ask.req, err, "{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "request",
                     rq->id, "operation", rq->operation, "hash", hash, "requester", requester->dir_id, "approver",
                     a->who.person.dir_id, "roles", a->who.session.roles, "ticket", rq->ticket);
}

/* check() again, now for this approver. Its refusals: the document or the world (void), or this approver (denied). */
static int act_check(struct qn_core *c, struct qn_proposal *pr, struct stop *s, struct qn_err *err)
{
    struct qn_err why = { 0 };
    int r = qn_act_find(pr->operation->name)->check(c, pr, &why);

    if (r == QN_EDENIED)
        return stop(s, QN_EDENIED, "approver-gains", NULL, NULL, why.text);
    if (r == QN_EINVAL || r == QN_ECONFLICT || r == QN_ENOTFOUND)
        return stop(s, QN_ECONFLICT, NULL, "void", "no-longer-fits", why.text);
    return r == 0 ? 0 : qn_fail(err, r, "%s", why.text);
}

static int approval_execute(struct qn_core *c, const struct approval *a, const struct qn_request *rq,
                            struct qn_proposal *pr, struct stop *s, struct qn_err *err)
{
    struct qn_msg out;
    int r = act_check(c, pr, s, err);

    if (r != 0 || s->code)
        return r;
    r = qn_store_request_end(c->store, rq->id, "executed", a->who.person.id, c->now, "", err);
    if (r == 0)
        r = approval_record(c, a, rq, pr->requester, err);
    if (r == 0)
        r = qn_act_find(rq->operation)->execute(c, pr, err);
    if (r == 0) {
        qn_ask_answer(&out, &a->ask, QN_OK, "");
        qn_turn_answer(c, &a->ask, &out);
    }
    return r;
}

/* Everything is asked again here: between the question and the answer anything may have happened. */
static int approval_decide(struct qn_core *c, const struct approval *a, const struct qn_request *rq, char *text,
                           struct qn_err *err)
{
    struct qn_proposal pr = { .operation = qn_operation_find(rq->operation), .approver = &a->who.person,
                              .groups = a->groups,
                              .base = rq->base, .ticket = rq->ticket, .req = a->ask.req };
    struct qn_person requester;
    struct stop s = { .code = 0 };
    int r = approver_check(c, &a->who, rq, &s, err);

    if (r == 0 && !s.code)
        r = document_check(c, a, rq, text, &s);
    if (r == 0 && !s.code && (r = qn_store_person(c->store, rq->requester, &requester, err)) == 0)
        r = requester_check(&requester, rq, &s);
    if (r == 0 && !s.code) {
        pr.document = json_loads(text, 0, NULL);
        pr.requester = &requester;
        pr.changes = json_array();
        pr.effect = json_array();
        r = approval_execute(c, a, rq, &pr, &s, err);
        json_decref(pr.document);
        json_decref(pr.changes);
        json_decref(pr.effect);
    }
    return r == 0 && s.code ? approval_stop(c, a, rq, &s, err) : r;
}

/* ---- the questions ---- */

static qn_op_done requester_said, approver_said;

static void approval_failed(struct qn_core *c, void *ctx, int code)
{
    struct approval *a = ctx;

    json_decref(a->groups);
    qn_turn_refuse(c, &a->ask, code, a->text[0] ? a->text : "not now");
}

static void approval_ask(struct qn_core *c, const struct approval *a, const struct qn_person *about, json_t *groups,
                         qn_op_done *done)
{
    struct approval *next = qn_alloc(sizeof *next);
    struct qn_msg m;

    *next = *a;
    qn_person_again(&m, about, a->ask.req);
    if (groups)
        qn_msg_json(&m, "groups", groups); /* instead of those of the mapping in force */
    qn_worker_ask(c, QN_FROM_LDAP, &m, done, approval_failed, next);
}

static int approval_error(struct approval *a, int r, const struct qn_err *err)
{
    snprintf(a->text, sizeof a->text, "%s", err->text);
    return r;
}

/* The approver's session, which may have ended meanwhile, with the roles it has now. */
static int approver_still(struct qn_core *c, struct approval *a, struct qn_err *err)
{
    struct qn_session s;
    int r = qn_store_session(c->store, a->who.session.hash, &s, err);

    if (r == QN_ENOTFOUND)
        return qn_fail(err, QN_EDENIED, "unknown or ended session");
    if (r == 0)
        r = qn_store_person(c->store, s.person, &a->who.person, err);
    if (r == 0)
        a->who.session = s;
    return r;
}

static int approval_again(struct qn_core *c, struct approval *a, struct qn_err *err)
{
    struct qn_request rq;
    char *text = NULL;
    int r = approver_still(c, a, err);

    if (r == 0)
        r = qn_request_get(c, &a->who, a->id, &rq, &text, err);
    if (r == 0)
        r = approval_decide(c, a, &rq, text, err);
    free(text);
    if (r < 0)
        return approval_error(a, r, err);
    json_decref(a->groups);
    return r;
}

/* Which of the groups that matter the approver is in: only to see what they would gain. */
static int approver_said(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct approval *a = ctx;

    if (!answer || answer->code != QN_OK || strcmp(qn_msg_get(answer, "id"), a->who.person.dir_id) != 0) {
        qn_turn_refuse(c, &a->ask, QN_EAWAY, "the directory can't be asked about you: try again");
        return 0;
    }
    a->groups = json_incref(json_object_get(answer->f, "groups"));
    return approval_again(c, a, err);
}

static json_t *act_groups(const char *operation, const char *document)
{
    const struct qn_act *act = qn_act_find(operation);
    json_t *o = act->groups ? json_loads(document, 0, NULL) : NULL, *list = o ? act->groups(o) : NULL;

    while (json_array_size(list) > GROUPS_MAX)
        json_array_remove(list, json_array_size(list) - 1);
    json_decref(o);
    return list;
}

/* The requester as the directory knows them now. One who is gone, or is another by that login, makes the request void. */
static int requester_said(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct approval *a = ctx;
    struct qn_request rq;
    struct qn_person is;
    json_t *groups;
    char *text;
    int r;

    if ((r = qn_store_request(c->store, a->id, &rq, &text, err)) != 0)
        return approval_error(a, r, err);
    groups = act_groups(rq.operation, text);
    free(text);
    r = qn_store_person(c->store, rq.requester, &is, err);
    if (r == 0)
        r = qn_live_learn(c, answer, &is, a->ask.req, err);
    if (r == QN_EAWAY)
        qn_fail(err, r, "the directory can't be asked about who proposed it: try again");
    if (r != 0 || !groups) {
        json_decref(groups);
        return r == 0 ? approval_again(c, a, err) : approval_error(a, r, err);
    }
    approval_ask(c, a, &a->who.person, groups, approver_said);
    return 0;
}

int qn_request_approve(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                       struct qn_msg *out, struct qn_err *err)
{
    struct approval a = { .who = *who };
    struct stop s = { .code = 0 };
    struct qn_person requester;
    struct qn_request rq;
    char *text;
    int r = qn_request_get(c, who, qn_msg_get(in, "id"), &rq, &text, err);

    (void)out;
    if (r != 0)
        return r;
    qn_turn_remember(&a.ask, p, in);
    snprintf(a.id, sizeof a.id, "%s", rq.id);
    qn_unhex(a.hash, sizeof a.hash, qn_msg_get(in, "hash"));
    r = approver_check(c, who, &rq, &s, err);
    if (r == 0 && !s.code)
        r = document_check(c, &a, &rq, text, &s);
    free(text);
    if (r == 0 && s.code)
        r = approval_stop(c, &a, &rq, &s, err);
    else if (r == 0 && (r = qn_store_person(c->store, rq.requester, &requester, err)) == 0)
        approval_ask(c, &a, &requester, NULL, requester_said);
    return r == 0 ? QN_LATER : r;
}
