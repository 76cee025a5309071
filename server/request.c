#include "server/request.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "server/clock-two.h"
#include "server/device-request.h"
#include "server/policy-act.h"
#include "server/policy-diff.h"
#include "server/record.h"
#include "server/request-private.h"

enum { SENTENCES = 40, SENTENCE_BYTES = 8000, HASHED_MAX = 2 * QN_POLICY_BYTES, OPEN_MAX = 20, BATCH = 20 };

static const struct qn_act acts[] = {
    { "policy.access", qn_policy_access_check, qn_policy_execute, qn_policy_access_groups },
    { "policy.retention", qn_policy_retention_check, qn_policy_execute, NULL },
    { "device", qn_device_check, qn_device_execute, NULL },
    { "device.retire", qn_device_retire_check, qn_device_retire_execute, NULL },
    { "terminal", qn_terminal_request_check, qn_terminal_request_execute, NULL },
};

const struct qn_act *qn_act_find(const char *operation)
{
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strcmp(acts[i].operation, operation) == 0)
            return &acts[i];
    qn_panic("operation %s is in one table and not in the other", operation);
}

void qn_request_hash(const char *operation, int64_t base, const char *document, uint8_t out[32])
{
    struct qn_buf b = { .max = HASHED_MAX };
    uint8_t version[8];

    qn_put64(version, (uint64_t)base);
    qn_buf_field(&b, operation, strlen(operation));
    qn_buf_add(&b, version, sizeof version);
    qn_buf_field(&b, document, strlen(document));
    if (b.full)
        memset(out, 0, 32); /* no document of ours is that long: it equals nothing */
    else
        SHA256((const unsigned char *)b.data, b.len, out);
    qn_buf_free(&b);
}

void qn_request_sentences(struct qn_msg *out, const char *field, json_t *sentences)
{
    size_t n = json_array_size(sentences), bytes = 0, i;
    json_t *kept = json_array();
    char clean[1000];

    for (i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(sentences, i));
        size_t len = qn_utf8_copy(clean, sizeof clean, text ? text : "", text ? strlen(text) : 0);

        if ((i + 1 == SENTENCES && n > SENTENCES) || bytes + len > SENTENCE_BYTES)
            break;
        if (len)
            json_array_append_new(kept, json_string(clean));
        bytes += len;
    }
    if (i < n)
        qn_sentence(kept, "and %zu more", n - i);
    json_decref(sentences);
    qn_msg_json(out, field, kept);
}

int qn_request_person(struct qn_core *c, int64_t id, char login[256], char dir_id[256], struct qn_err *err)
{
    struct qn_person p;
    int r = qn_store_person(c->store, id, &p, err);

    if (r != 0)
        return r;
    if (login)
        snprintf(login, 256, "%s", p.login[0] ? p.login : p.dir_id);
    if (dir_id)
        snprintf(dir_id, 256, "%s", p.dir_id);
    return 0;
}

/* ---- who may know ---- */

bool qn_who_has(const struct qn_who *who, const char *roles)
{
    for (const struct qn_role *r = qn_role_table; r->name; r++)
        if (qn_role_has(roles, r->name) && qn_role_has(who->session.roles, r->name) &&
            qn_role_has(who->person.roles, r->name))
            return true;
    return false;
}

bool qn_request_readable(const struct qn_who *who, const struct qn_operation *o)
{
    unsigned have = qn_role_permissions(who->session.roles);

    return (have & (QN_PERM_POLICY | o->propose)) || qn_role_any(who->session.roles, o->approvers);
}

int qn_request_get(struct qn_core *c, const struct qn_who *who, const char *id, struct qn_request *out,
                   char **document_out,
                   struct qn_err *err)
{
    const struct qn_operation *o;
    int r = qn_store_request(c->store, id, out, document_out, err);

    if (r != 0)
        return r == QN_ENOTFOUND ? qn_fail(err, QN_ENOTFOUND, "there is no such request") : r;
    o = qn_operation_find(out->operation);
    if (o && (out->requester == who->person.id || qn_request_readable(who, o)))
        return 0;
    free(*document_out);
    *document_out = NULL;
    return qn_fail(err, QN_ENOTFOUND, "there is no such request");
}

int qn_request_deny(struct qn_core *c, const struct qn_ask *ask, const struct qn_who *who, const char *request,
                    const char *reason,
                    const char *text, struct qn_err *err)
{
    int r = qn_record_denial(c, QN_AUDIT_REQUEST_DENIED, ask->req, request, reason, who->person.dir_id, "", err);

    if (r != 0)
        return r;
    qn_turn_refuse(c, ask, QN_EDENIED, text);
    return QN_LATER;
}

/* ---- propose ---- */

/* The document in its one form. The caller frees *text_out and drops *document_out. */
static int document_read(const char *text, json_t **document_out, char **text_out, struct qn_err *err)
{
    json_error_t bad;
    json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, &bad);
    char *canonical;

    if (!o)
        return qn_fail(err, QN_EINVAL, "the document is not JSON: line %d: %s", bad.line, bad.text);
    if (!json_is_object(o)) {
        json_decref(o);
        return qn_fail(err, QN_EINVAL, "the document is not a JSON object");
    }
    canonical = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
    if (!canonical || strlen(canonical) > QN_POLICY_BYTES || !qn_utf8_clean(canonical, strlen(canonical))) {
        free(canonical);
        json_decref(o);
        return qn_fail(err, QN_EINVAL, "the document is longer than %d bytes or has control characters",
                       QN_POLICY_BYTES);
    }
    *document_out = o;
    *text_out = canonical;
    return 0;
}

void qn_request_answer(struct qn_msg *out, const struct qn_request *rq, const struct qn_operation *o,
                       struct qn_proposal *pr)
{
    json_t *approvers = json_array();
    char hash[65];

    for (const struct qn_role *r = qn_role_table; r->name; r++)
        if (qn_role_has(o->approvers, r->name))
            json_array_append_new(approvers, json_string(r->name));
    qn_msg_str(out, "hash", qn_hex(hash, rq->hash, sizeof rq->hash));
    qn_msg_json(out, "approvers", approvers);
    qn_request_sentences(out, "changes", pr->changes);
    qn_request_sentences(out, "effect", pr->effect);
    pr->changes = pr->effect = NULL;
}

static int propose_keep(struct qn_core *c, struct qn_request *rq, const struct qn_who *who, const char *document,
                        const char *req,
                        struct qn_err *err)
{
    char hash[65];
    int64_t open;
    int r = qn_store_request_count_open(c->store, rq->requester, &open, err);

    if (r == 0 && open >= OPEN_MAX)
        r = qn_fail(err, QN_EFULL, "you have %d open requests: withdraw one first", OPEN_MAX);
    qn_uuid_make(rq->id, c->now);
    if (r == 0)
        r = qn_store_request_add(c->store, rq, document, err);
    return r != 0 ? r : qn_record(c, QN_AUDIT_REQUEST_MADE, req, err, "{s:s, s:s, s:s, s:s, s:I, s:s, s:I}",
                                  "request", rq->id,
                                  "operation", rq->operation, "person", who->person.dir_id, "hash",
                                  qn_hex(hash, rq->hash, sizeof rq->hash), "base", (json_int_t)rq->base, "ticket", rq->ticket,
                                  "expires", (json_int_t)rq->expires);
}

static int propose(struct qn_core *c, const struct qn_who *who, const struct qn_operation *o, struct qn_msg *in,
                   struct qn_msg *out, struct qn_err *err)
{
    struct qn_proposal pr = { .operation = o, .requester = &who->person, .base = qn_policy()->version,
                              .ticket = qn_msg_get(in, "ticket"),
                              .req = in->req, .changes = json_array(), .effect = json_array() };
    struct qn_request rq = { .requester = who->person.id, .base = pr.base, .made = c->now, .expires = c->now + o->ttl };
    char *text = NULL;
    int r = document_read(qn_msg_get(in, "document"), &pr.document, &text, err);

    snprintf(rq.operation, sizeof rq.operation, "%s", o->name);
    snprintf(rq.ticket, sizeof rq.ticket, "%s", pr.ticket);
    if (r == 0)
        r = qn_act_find(o->name)->check(c, &pr, err);
    if (r == 0 && text) {
        qn_request_hash(o->name, rq.base, text, rq.hash);
        if (!qn_msg_get_int(in, "dry"))
            r = propose_keep(c, &rq, who, text, in->req, err);
    }
    if (r == 0) {
        qn_msg_str(out, "id", rq.id);
        qn_msg_int(out, "expires", rq.id[0] ? rq.expires : 0);
        qn_request_answer(out, &rq, o, &pr);
    }
    json_decref(pr.document);
    json_decref(pr.changes);
    json_decref(pr.effect);
    free(text);
    return r;
}

int qn_request_propose(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                       struct qn_msg *out, struct qn_err *err)
{
    const struct qn_operation *o = qn_operation_find(qn_msg_get(in, "operation"));
    const char *ticket = qn_msg_get(in, "ticket");
    struct qn_ask ask;

    if (!o)
        return qn_fail(err, QN_EINVAL, "there is no operation %s", qn_msg_get(in, "operation"));
    qn_turn_remember(&ask, p, in);
    if (!(qn_role_permissions(who->session.roles) & o->propose))
        return qn_request_deny(c, &ask, who, o->name, "may-not-propose", "no role of yours may propose this", err);
    if (strspn(ticket, " ") == strlen(ticket))
        return qn_fail(err, QN_EINVAL, "a request names the ticket that asks for it");
    if (qn_policy()->version == 0)
        return qn_fail(err, QN_ECONFLICT, "there is no policy yet: root runs quoinctl init");
    return propose(c, who, o, in, out, err);
}

/* ---- ends that do nothing ---- */

int qn_request_close(struct qn_core *c, const struct qn_request *rq, const char *state, int64_t by,
                     const char *reason, const char *req,
                     struct qn_err *err)
{
    char who[256] = "";
    int r = by ? qn_request_person(c, by, NULL, who, err) : 0;

    if (r == 0)
        r = qn_store_request_end(c->store, rq->id, state, by, c->now, reason, err);
    return r != 0 ? r : qn_record(c, strcmp(state, "rejected") == 0 ? QN_AUDIT_REQUEST_REJECTED
                                  : QN_AUDIT_REQUEST_ENDED, req, err,
                                  "{s:s, s:s, s:s, s:s, s:s}", "request", rq->id, "operation", rq->operation, "state", state, "person",
                                  who, "reason", reason);
}

struct batch { struct qn_request rq[BATCH]; unsigned n; };

static int batch_take(void *ctx, const struct qn_request *rq)
{
    struct batch *b = ctx;

    b->rq[b->n++] = *rq;
    return b->n == BATCH;
}

int qn_requests_expire(struct qn_core *c, struct qn_err *err)
{
    struct batch b = { .n = 0 };
    int r = qn_store_request_each_late(c->store, c->now > c->steady ? c->now : c->steady, BATCH, batch_take, &b, err);

    for (unsigned i = 0; i < b.n && r == 0; i++)
        r = qn_request_close(c, &b.rq[i], "expired", 0, "expired", "", err);
    c->again = c->again || b.n == BATCH;
    return r;
}

int qn_requests_void(struct qn_core *c, const char *reason, struct qn_err *err)
{
    struct qn_request_page which = { "", " policy.access policy.retention ", 0, true, BATCH };
    struct batch b;
    int r;

    do {
        b.n = 0;
        r = qn_store_request_each(c->store, &which, batch_take, &b, err);
        for (unsigned i = 0; i < b.n && r == 0; i++)
            r = qn_request_close(c, &b.rq[i], "void", 0, reason, "", err);
    } while (r == 0 && b.n == BATCH);
    return r;
}

int qn_request_reject(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                      struct qn_msg *out, struct qn_err *err)
{
    struct qn_request rq;
    struct qn_ask ask;
    char *text;
    int r = qn_request_get(c, who, qn_msg_get(in, "id"), &rq, &text, err);

    (void)out;
    if (r != 0)
        return r;
    free(text);
    qn_turn_remember(&ask, p, in);
    if (rq.requester == who->person.id)
        return qn_request_deny(c, &ask, who, rq.id, "own-request", "this is your own request: withdraw it", err);
    if (!qn_who_has(who, qn_operation_find(rq.operation)->approvers))
        return qn_request_deny(c, &ask, who, rq.id, "no-approver-role", "no role of yours may decide this", err);
    return qn_request_close(c, &rq, "rejected", who->person.id, qn_msg_get(in, "reason"), in->req, err);
}

int qn_request_withdraw(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                        struct qn_msg *out, struct qn_err *err)
{
    struct qn_request rq;
    struct qn_ask ask;
    char *text;
    int r = qn_request_get(c, who, qn_msg_get(in, "id"), &rq, &text, err);

    (void)out;
    if (r != 0)
        return r;
    free(text);
    qn_turn_remember(&ask, p, in);
    if (rq.requester != who->person.id)
        return qn_request_deny(c, &ask, who, rq.id, "not-own-request", "only who proposed it withdraws it", err);
    return qn_request_close(c, &rq, "withdrawn", who->person.id, "withdrawn", in->req, err);
}
