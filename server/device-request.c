#include "server/device-request.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "server/auth-end.h"
#include "server/device-plain.h"
#include "server/device-poll.h"
#include "server/device.h"
#include "server/device-link.h"
#include "server/policy-diff.h"
#include "server/record.h"
#include "server/request-members.h"

enum { TIED_MAX = 31 };

static const char *class_name(int level)
{
    const struct qn_class *k = qn_class_level(level);

    return level == 0 ? "its device's" : k ? k->name : "unknown";
}

/* ---- device ---- */

static int device_document(const struct qn_core *c, const json_t *o, struct qn_device *d, struct qn_err *err)
{
    static const struct qn_member members[] = {
        { "name", QN_MEMBER_WORD, 1, 63 }, { "uri", QN_MEMBER_TEXT, 7, 1023 }, { "location", QN_MEMBER_TEXT, 1, 127 },
        { "zone", QN_MEMBER_TEXT, 0, 63 }, { "custodian", QN_MEMBER_TEXT, 1, 127 }, { "ceiling", QN_MEMBER_WORD, 1, 32 },
        { "ca", QN_MEMBER_TEXT, 0, 1023 }, { "pin", QN_MEMBER_HEX, 0, 64 },
        { "driver", QN_MEMBER_TEXT, 0, 255 }, { "plain-until", QN_MEMBER_TEXT, 0, 10 }, { "plain-reason", QN_MEMBER_TEXT, 0, 127 },
        { NULL, QN_MEMBER_WORD, 0, 0 },
    };
    const struct qn_class *k;
    int r;

    memset(d, 0, sizeof *d);
    if ((r = qn_members_read(o, members, "a device", err)) != 0)
        return r;
    snprintf(d->name, sizeof d->name, "%s", qn_member_text(o, "name"));
    snprintf(d->uri, sizeof d->uri, "%s", qn_member_text(o, "uri"));
    snprintf(d->location, sizeof d->location, "%s", qn_member_text(o, "location"));
    snprintf(d->zone, sizeof d->zone, "%s", qn_member_text(o, "zone"));
    snprintf(d->custodian, sizeof d->custodian, "%s", qn_member_text(o, "custodian"));
    snprintf(d->ca, sizeof d->ca, "%s", qn_member_text(o, "ca"));
    snprintf(d->pin, sizeof d->pin, "%s", qn_member_text(o, "pin"));
    snprintf(d->driver, sizeof d->driver, "%s", qn_member_text(o, "driver"));
    if ((r = qn_device_link_check(d, err)) != 0)
        return r;
    if (*d->pin && strlen(d->pin) != 64)
        return qn_fail(err, QN_EINVAL, "a device: \"pin\" is the SHA-256 of its certificate, 64 hex digits");
    k = qn_class_named(qn_member_text(o, "ceiling"));
    if (!k)
        return qn_fail(err, QN_EINVAL, "there is no class %s", qn_member_text(o, "ceiling"));
    d->ceiling = k->level;
    return qn_device_plain_read(c, o, d, err);
}

static void device_changes(json_t *to, const struct qn_device *d, const struct qn_device *was)
{
    char day[11], day_was[11];

    if (!was)
        qn_sentence(to, "new device %s", d->name);
    qn_member_change(to, "uri", d->uri, was ? was->uri : NULL);
    qn_member_change(to, "location", d->location, was ? was->location : NULL);
    qn_member_change(to, "zone", d->zone, was ? was->zone : NULL);
    qn_member_change(to, "custodian", d->custodian, was ? was->custodian : NULL);
    qn_member_change(to, "ceiling", class_name(d->ceiling), was ? class_name(was->ceiling) : NULL);
    qn_member_change(to, "ca", d->ca, was ? was->ca : NULL);
    qn_member_change(to, "pin", d->pin, was ? was->pin : NULL);
    qn_member_change(to, "driver", d->driver, was ? was->driver : NULL);
    qn_member_change(to, "plain-until", qn_device_plain_day(d->plain_until, day), was ? qn_device_plain_day(was->plain_until, day_was)
                                                                                      : NULL);
    qn_member_change(to, "plain-reason", d->plain_reason, was ? was->plain_reason : NULL);
    if (was)
        qn_member_change(to, "state", "active", was->state);
}

struct serving { json_t *effect; bool at; };

static int serving_row(void *ctx, const struct qn_terminal *t)
{
    struct serving *s = ctx;

    if (strcmp(t->state, "revoked") != 0)
        qn_sentence(s->effect, s->at ? "it serves terminal %s" : "terminal %s may print on it besides", t->name);
    return 0;
}

static int device_terminals(struct qn_core *c, int64_t device, json_t *effect, struct qn_err *err)
{
    struct serving at = { effect, true }, besides = { effect, false };
    int r = qn_store_terminal_each_of(c->store, device, true, serving_row, &at, err);

    return r == 0 ? qn_store_terminal_each_of(c->store, device, false, serving_row, &besides, err) : r;
}

int qn_device_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    struct qn_device d, was;
    int r = device_document(c, pr->document, &d, err);

    if (r != 0)
        return r;
    r = qn_store_device_by_name(c->store, d.name, &was, err);
    if (r != 0 && r != QN_ENOTFOUND)
        return r;
    device_changes(pr->changes, &d, r == 0 ? &was : NULL);
    if (r == 0 && json_array_size(pr->changes) == 0)
        return qn_fail(err, QN_ECONFLICT, "device %s is like that already", d.name);
    qn_device_link_effect(&d, pr->effect);
    qn_device_plain_effect(&d, pr->effect);
    if (r == QN_ENOTFOUND) {
        qn_sentence(pr->effect, "no terminal prints on it yet");
        return 0;
    }
    return device_terminals(c, was.id, pr->effect, err);
}

/* What it said before may have been said by another printer. */
static int device_fresh(struct qn_core *c, const char *name, struct qn_err *err)
{
    struct qn_device d;
    int r = qn_store_device_by_name(c->store, name, &d, err);

    if (r == 0)
        r = qn_store_device_state_drop(c->store, d.id, err);
    qn_device_polls_changed(c, name);
    return r;
}

int qn_device_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    struct qn_device d;
    char day[11];
    int r = device_document(c, pr->document, &d, err);

    if (r != 0 || (r = qn_store_device_put(c->store, &d, err)) != 0 || (r = device_fresh(c, d.name, err)) != 0)
        return r;
    return qn_record(c, QN_AUDIT_DEVICE_SET, pr->req, err, "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
                     "device", d.name, "plain_until", qn_device_plain_day(d.plain_until, day), "plain_reason", d.plain_reason, "state",
                     "active", "uri", d.uri, "driver", d.driver, "location", d.location, "zone", d.zone, "custodian", d.custodian,
                     "ceiling", class_name(d.ceiling), "ca", d.ca, "pin", d.pin, "person", pr->requester->dir_id, "approver",
                     pr->approver->dir_id, "ticket", pr->ticket);
}

/* ---- device.retire ---- */

static int retire_document(struct qn_core *c, const struct qn_proposal *pr, struct qn_device *d, struct qn_err *err)
{
    static const struct qn_member members[] = { { "name", QN_MEMBER_WORD, 1, 63 }, { NULL, QN_MEMBER_WORD, 0, 0 } };
    int r = qn_members_read(pr->document, members, "a device to retire", err);

    if (r != 0)
        return r;
    r = qn_store_device_by_name(c->store, qn_member_text(pr->document, "name"), d, err);
    if (r == QN_ENOTFOUND)
        return qn_fail(err, QN_EINVAL, "there is no device %s", qn_member_text(pr->document, "name"));
    if (r == 0 && strcmp(d->state, "active") != 0)
        return qn_fail(err, QN_ECONFLICT, "device %s is retired already", d->name);
    return r;
}

static int retire_row(void *ctx, const struct qn_terminal *t)
{
    if (strcmp(t->state, "revoked") != 0)
        qn_sentence(ctx, "terminal %s is revoked", t->name);
    return 0;
}

static int retire_besides_row(void *ctx, const struct qn_terminal *t)
{
    qn_sentence(ctx, "terminal %s prints on it no more", t->name);
    return 0;
}

int qn_device_retire_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    struct qn_device d;
    int r = retire_document(c, pr, &d, err);

    if (r != 0)
        return r;
    qn_sentence(pr->changes, "device %s: retired, was active", d.name);
    qn_sentence(pr->effect, "nothing is released on it any more");
    r = qn_store_terminal_each_of(c->store, d.id, true, retire_row, pr->effect, err);
    return r == 0 ? qn_store_terminal_each_of(c->store, d.id, false, retire_besides_row, pr->effect, err) : r;
}

struct retiring { struct qn_core *c; struct qn_proposal *pr; struct qn_err *err; int r; };

static int retire_revoke(void *ctx, const struct qn_terminal *t)
{
    struct retiring *x = ctx;

    if (strcmp(t->state, "revoked") != 0)
        x->r = qn_terminal_end(x->c, t, x->pr->requester->dir_id, "its device was retired", x->pr->req, x->err);
    return x->r;
}

int qn_device_retire_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    struct retiring x = { c, pr, err, 0 };
    struct qn_device d;
    int r = retire_document(c, pr, &d, err);

    if (r == 0)
        r = qn_store_terminal_each_of(c->store, d.id, true, retire_revoke, &x, err);
    if (r == 0)
        r = x.r;
    if (r != 0 || (r = qn_store_device_untie(c->store, d.id, err)) != 0 || (r = qn_store_device_retire(c->store, d.name, err)) != 0)
        return r;
    qn_device_polls_changed(c, d.name);
    return qn_record(c, QN_AUDIT_DEVICE_SET, pr->req, err, "{s:s, s:s, s:s, s:s, s:s}", "device", d.name, "state", "retired",
                     "person", pr->requester->dir_id, "approver", pr->approver->dir_id, "ticket", pr->ticket);
}

/* ---- terminal ---- */

/* A terminal as a document has it. */
struct wanted {
    struct qn_terminal t;
    struct qn_device at, tied[TIED_MAX];
    size_t ties;
};

static int wanted_device(struct qn_core *c, const char *name, struct qn_device *d, struct qn_err *err)
{
    int r = qn_store_device_by_name(c->store, name, d, err);

    if (r == QN_ENOTFOUND)
        return qn_fail(err, QN_EINVAL, "there is no device %s", name);
    if (r == 0 && strcmp(d->state, "active") != 0)
        return qn_fail(err, QN_ECONFLICT, "device %s is retired", name);
    return r;
}

static int wanted_devices(struct qn_core *c, const json_t *o, struct wanted *w, struct qn_err *err)
{
    const json_t *names = json_object_get(o, "devices");
    int r = wanted_device(c, qn_member_text(o, "device"), &w->at, err);

    w->t.device = w->at.id;
    for (size_t i = 0; i < json_array_size(names) && r == 0; i++) {
        r = wanted_device(c, json_string_value(json_array_get(names, i)), &w->tied[i], err);
        for (size_t j = 0; j < i && r == 0; j++)
            if (w->tied[j].id == w->tied[i].id)
                r = qn_fail(err, QN_EINVAL, "device %s is there twice", w->tied[i].name);
        if (r == 0 && w->tied[i].id == w->at.id)
            r = qn_fail(err, QN_EINVAL, "device %s is there twice", w->at.name);
        w->ties = i + 1;
    }
    return r;
}

/* What a terminal may release whose document says nothing: a cookie alone can be carried away. */
static int ceiling_unsaid(bool certified)
{
    const struct qn_class *k = qn_class_named("internal");

    return certified ? 0 : k ? k->level : qn_policy()->classes[0].level;
}

static int terminal_document(struct qn_core *c, const json_t *o, struct wanted *w, struct qn_err *err)
{
    static const struct qn_member members[] = {
        { "name", QN_MEMBER_WORD, 1, 63 }, { "device", QN_MEMBER_WORD, 1, 63 }, { "devices", QN_MEMBER_NAMES, 0, TIED_MAX },
        { "certificate", QN_MEMBER_FLAG, 1, 1 }, { "ceiling", QN_MEMBER_WORD, 0, 32 }, { NULL, QN_MEMBER_WORD, 0, 0 },
    };
    const char *ceiling;
    const struct qn_class *k;
    int r;

    memset(w, 0, sizeof *w);
    if ((r = qn_members_read(o, members, "a terminal", err)) != 0 || (r = wanted_devices(c, o, w, err)) != 0)
        return r;
    snprintf(w->t.name, sizeof w->t.name, "%s", qn_member_text(o, "name"));
    w->t.certified = json_is_true(json_object_get(o, "certificate"));
    ceiling = qn_member_text(o, "ceiling");
    k = qn_class_named(ceiling);
    if (*ceiling && !k)
        return qn_fail(err, QN_EINVAL, "there is no class %s", ceiling);
    w->t.ceiling = k ? k->level : ceiling_unsaid(w->t.certified);
    return 0;
}

static int names_add(void *ctx, const struct qn_device *d)
{
    struct qn_buf *b = ctx;

    qn_buf_printf(b, "%s%s", b->len ? " " : "", d->name);
    return 0;
}

/* The names of the other devices, with a space between; "" for none. The caller frees. */
static char *wanted_names(const struct wanted *w)
{
    struct qn_buf b = { 0 };

    for (size_t i = 0; i < w->ties; i++)
        names_add(&b, &w->tied[i]);
    return b.data ? b.data : qn_strdup("");
}

static int was_names(struct qn_core *c, int64_t terminal, char **out, struct qn_err *err)
{
    struct qn_buf b = { 0 };
    int r = qn_store_terminal_each_tied(c->store, terminal, names_add, &b, err);

    *out = b.data ? b.data : qn_strdup("");
    return r;
}

static int terminal_changes(struct qn_core *c, json_t *to, const struct wanted *w, const struct qn_terminal *was, struct qn_err *err)
{
    char *now = wanted_names(w), *before = NULL;
    struct qn_device at = { 0 };
    int r = 0;

    if (was && (r = qn_store_device(c->store, was->device, &at, err)) == 0)
        r = was_names(c, was->id, &before, err);
    if (r == 0 && !was)
        qn_sentence(to, "new terminal %s", w->t.name);
    if (r == 0) {
        qn_member_change(to, "device", w->at.name, was ? at.name : NULL);
        qn_member_change(to, "other devices", now, before);
        qn_member_change(to, "client certificate", w->t.certified ? "needed" : "not needed",
                   !was ? NULL : was->certified ? "needed" : "not needed");
        qn_member_change(to, "ceiling", class_name(w->t.ceiling), was ? class_name(was->ceiling) : NULL);
    }
    if (r == 0 && was && strcmp(was->state, "revoked") == 0)
        qn_sentence(to, "state: waiting for a code, was revoked");
    free(now);
    free(before);
    return r;
}

static void terminal_effect(json_t *to, const struct wanted *w, const struct qn_terminal *was)
{
    const struct qn_class *low = qn_class_level(ceiling_unsaid(w->t.certified));

    qn_sentence(to, "whoever owns a job may release it there, on %s (%s)%s", w->at.name, w->at.location, w->ties ? " and the others" : "");
    if (!w->t.certified && low && w->t.ceiling > low->level)
        qn_sentence(to, "only a cookie proves that it is this terminal, and yet it releases more than %s", low->name);
    if (!was || strcmp(was->state, "enrolled") != 0 || was->certified != w->t.certified)
        qn_sentence(to, "it works once it is enrolled%s", w->t.certified ? " over its client certificate" : "");
}

int qn_terminal_request_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    struct qn_terminal was;
    struct wanted w;
    bool there;
    int r = terminal_document(c, pr->document, &w, err);

    if (r != 0)
        return r;
    r = qn_store_terminal_by_name(c->store, w.t.name, &was, err);
    if (r != 0 && r != QN_ENOTFOUND)
        return r;
    there = r == 0;
    if ((r = terminal_changes(c, pr->changes, &w, there ? &was : NULL, err)) != 0)
        return r;
    if (json_array_size(pr->changes) == 0)
        return qn_fail(err, QN_ECONFLICT, "terminal %s is like that already", w.t.name);
    terminal_effect(pr->effect, &w, there ? &was : NULL);
    return 0;
}

int qn_terminal_request_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    struct wanted w;
    char *names;
    int r = terminal_document(c, pr->document, &w, err);

    if (r != 0 || (r = qn_store_terminal_put(c->store, &w.t, err)) != 0 ||
        (r = qn_store_terminal_untie(c->store, w.t.id, err)) != 0)
        return r;
    for (size_t i = 0; i < w.ties && r == 0; i++)
        r = qn_store_terminal_tie(c->store, w.t.id, w.tied[i].id, err);
    /* Whoever is logged in there has seen another terminal than this one is now. */
    if (r != 0 || (r = qn_session_end_all(c, NULL, &w.t, "terminal-changed", pr->req, NULL, err)) != 0)
        return r;
    names = wanted_names(&w);
    r = qn_record(c, QN_AUDIT_TERMINAL_SET, pr->req, err, "{s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s}", "terminal", w.t.name,
                  "state", w.t.state, "device", w.at.name, "devices", names, "certificate", (int)w.t.certified, "ceiling",
                  class_name(w.t.ceiling), "person", pr->requester->dir_id, "approver", pr->approver->dir_id, "ticket", pr->ticket);
    free(names);
    return r;
}
