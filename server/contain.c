#include "server/contain.h"

#include <stdio.h>
#include <string.h>

#include "server/auth-end.h"
#include "server/auth-person.h"
#include "server/dispatch-live.h"
#include "server/record.h"

enum { LIST_MAX = 200, LIST_BYTES = 48 * 1024 };

/* What a message is about. */
struct target {
    struct qn_containment it;
    struct qn_person person;     /* kind person */
    struct qn_terminal terminal; /* kind terminal */
};

/* Finds it. A queue is a name that cupsd knows, not we. */
static int target_find(struct qn_core *c, const struct qn_msg *in, struct target *t, struct qn_err *err)
{
    struct qn_device d;
    char login[256];
    int r = 0;

    memset(t, 0, sizeof *t);
    snprintf(t->it.name, sizeof t->it.name, "%s", qn_msg_get(in, "name"));
    snprintf(t->it.kind, sizeof t->it.kind, "%s", qn_msg_get(in, "kind"));
    snprintf(t->it.reason, sizeof t->it.reason, "%s", qn_msg_get(in, "reason"));
    if (strcmp(t->it.kind, "person") == 0) {
        if ((r = qn_person_map(c, t->it.name, login, err)) == 0 &&
            (r = qn_store_person_by_login(c->store, login, &t->person, err)) == QN_ENOTFOUND)
            r = qn_store_person_by_dir(c->store, login, &t->person, err); /* as the list names who has lost the login */
    } else if (strcmp(t->it.kind, "device") == 0) {
        r = qn_store_device_by_name(c->store, t->it.name, &d, err);
    } else if (strcmp(t->it.kind, "terminal") == 0) {
        r = qn_store_terminal_by_name(c->store, t->it.name, &t->terminal, err);
    } else if (strcmp(t->it.kind, "queue") != 0) {
        return qn_fail(err, QN_EINVAL, "a person, device, terminal or queue can be locked");
    }
    return r == QN_ENOTFOUND ? qn_fail(err, r, "there is no %s %s here", t->it.kind, t->it.name) : r;
}

static bool own_account(const struct qn_who *who, const struct qn_person *p)
{
    return p->id == who->person.id || (p->same[0] && strcmp(p->same, who->person.same) == 0);
}

static int contain_record(struct qn_core *c, enum qn_audit_event ev, const struct qn_who *who, const struct target *t, const char *req,
                          int64_t sessions, struct qn_err *err)
{
    return qn_record(c, ev, req, err, "{s:s, s:s, s:s, s:s, s:s, s:I}", "by", who->person.dir_id, "kind", t->it.kind, "name",
                     t->it.name, "person", t->person.dir_id, "reason", t->it.reason, "sessions", (json_int_t)sessions);
}

int qn_contain_lock(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                    struct qn_err *err)
{
    int64_t sessions = 0;
    struct target t;
    int r = target_find(c, in, &t, err);

    (void)p;
    (void)out;
    if (r != 0)
        return r;
    if (t.person.id && own_account(who, &t.person))
        return qn_fail(err, QN_EINVAL, "nobody locks their own account: they could not unlock it again");
    if (t.person.id) {
        if (t.person.locked[0])
            return qn_fail(err, QN_ECONFLICT, "%s is locked already: %s", t.it.name, t.person.locked);
        r = qn_store_person_lock(c->store, t.person.id, t.it.reason, err);
        if (r == 0)
            r = qn_session_end_all(c, &t.person, NULL, "locked", in->req, &sessions, err);
    } else {
        r = qn_store_contain_add(c->store, &t.it, who->person.id, c->now, err);
        if (r == QN_ECONFLICT)
            return qn_fail(err, r, "%s %s is locked already", t.it.kind, t.it.name);
        if (r == 0 && t.terminal.id)
            r = qn_session_end_all(c, NULL, &t.terminal, "terminal-locked", in->req, &sessions, err);
    }
    return r == 0 ? contain_record(c, QN_AUDIT_CONTAIN_LOCKED, who, &t, in->req, sessions, err) : r;
}

int qn_contain_unlock(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                      struct qn_err *err)
{
    struct qn_ask ask;
    struct target t;
    int r = target_find(c, in, &t, err);

    (void)out;
    if (r != 0)
        return r;
    qn_turn_remember(&ask, p, in);
    if (t.person.id && own_account(who, &t.person))
        return qn_dispatch_deny(c, &ask, &who->person, "own-lock", QN_EDENIED, "nobody unlocks an account of their own", err);
    if (t.person.id)
        r = t.person.locked[0] ? qn_store_person_lock(c->store, t.person.id, "", err) : QN_ENOTFOUND;
    else
        r = qn_store_contain_drop(c->store, t.it.kind, t.it.name, err);
    if (r == QN_ENOTFOUND)
        return qn_fail(err, r, "%s %s is not locked", t.it.kind, t.it.name);
    return r == 0 ? contain_record(c, QN_AUDIT_CONTAIN_UNLOCKED, who, &t, in->req, 0, err) : r;
}

struct listing { json_t *rows; size_t bytes; };

static int contain_row(void *ctx, const struct qn_containment *it)
{
    struct listing *l = ctx;

    l->bytes += 80 + 2 * (strlen(it->name) + strlen(it->reason));
    if (json_array_size(l->rows) == LIST_MAX || l->bytes > LIST_BYTES) /* an answer is one packet */
        return 1;
    json_array_append_new(l->rows, json_pack("{s:s, s:s, s:s}", "kind", it->kind, "name", it->name, "reason", it->reason));
    return 0;
}

int qn_contain_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                    struct qn_err *err)
{
    struct listing l = { json_array(), 0 };
    int r = qn_store_contain_each(c->store, LIST_MAX, contain_row, &l, err);

    (void)p;
    (void)who;
    (void)in;
    qn_msg_json(out, "locks", l.rows);
    return r < 0 ? r : 0;
}
