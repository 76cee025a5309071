#include "server/device.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/secret.h"
#include "server/auth-end.h"
#include "server/record.h"
#include "server/terminal-ca.h"

enum { PAGE_ROWS = 30, CODE_MINUTES = 15, CODE = 20 };

/* ---- lists ---- */

struct page {
    struct qn_core *c;
    json_t *rows;
    bool more;
    int r;
    struct qn_err *err;
};

static bool page_full(struct page *pg)
{
    pg->more = json_array_size(pg->rows) == PAGE_ROWS;
    return pg->more;
}

static int page_answer(struct page *pg, const char *field, int r, struct qn_msg *out)
{
    qn_msg_json(out, field, pg->rows);
    qn_msg_int(out, "more", pg->more);
    return r < 0 ? r : 0;
}

const char *qn_device_state(const struct qn_device *d)
{
    return d->locked && strcmp(d->state, "active") == 0 ? "locked" : d->state;
}

const char *qn_terminal_state(const struct qn_terminal *t)
{
    return t->locked && strcmp(t->state, "revoked") != 0 ? "locked" : t->state;
}

json_t *qn_device_row(const struct qn_device *d, const struct qn_device_view *v)
{
    const struct qn_class *k = qn_class_level(d->ceiling);

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "name", d->name, "uri", d->uri, "location",
                     d->location, "zone", d->zone, "custodian", d->custodian, "ceiling", k ? k->name : "unknown", "ca", d->ca, "pin",
                     d->pin, "driver", d->driver, "plain_until", (json_int_t)d->plain_until, "plain_reason", d->plain_reason, "state",
                     qn_device_state(d), "status", v->status, "why", v->why);
}

static int device_row(void *ctx, const struct qn_device *d)
{
    struct page *pg = ctx;
    struct qn_device_view v;

    if (page_full(pg))
        return 1;
    pg->r = qn_device_view(pg->c, d->id, d->locked, &v, NULL, pg->err);
    if (pg->r == 0)
        json_array_append_new(pg->rows, qn_device_row(d, &v));
    return pg->r;
}

int qn_device_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    struct page pg = { c, json_array(), false, 0, err };
    int r = qn_store_device_each(c->store, qn_msg_get(in, "after"), PAGE_ROWS + 1, device_row, &pg, err);

    (void)p;
    (void)who;
    return page_answer(&pg, "devices", r == 0 ? pg.r : r, out);
}

static int tied_row(void *ctx, const struct qn_device *d)
{
    json_array_append_new(ctx, json_string(d->name));
    return 0;
}

static int terminal_row(void *ctx, const struct qn_terminal *t)
{
    const struct qn_class *k = qn_class_level(t->ceiling);
    json_t *tied = json_array();
    struct page *pg = ctx;
    struct qn_device d = { 0 };
    struct qn_err err;

    if (page_full(pg)) {
        json_decref(tied);
        return 1;
    }
    if (qn_store_device(pg->c->store, t->device, &d, &err) != 0)
        snprintf(d.name, sizeof d.name, "unknown");
    (void)qn_store_terminal_each_tied(pg->c->store, t->id, tied_row, tied, &err);
    json_array_append_new(pg->rows, json_pack("{s:s, s:s, s:o, s:s, s:i, s:s}", "name", t->name, "device", d.name, "devices", tied,
                                              "state", qn_terminal_state(t), "certificate", (int)t->certified, "ceiling",
                                              t->ceiling == 0 ? "" : k ? k->name : "unknown"));
    return 0;
}

int qn_terminal_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                     struct qn_err *err)
{
    struct page pg = { c, json_array(), false, 0, err };

    (void)p;
    (void)who;
    return page_answer(&pg, "terminals", qn_store_terminal_each(c->store, qn_msg_get(in, "after"), terminal_row, &pg, err), out);
}

/* ---- one terminal ---- */

/* The terminal that the message names, unless it is revoked and live is asked for. */
static int terminal_named(struct qn_core *c, const struct qn_msg *in, bool live, struct qn_terminal *t, struct qn_err *err)
{
    const char *name = qn_msg_get(in, "name");
    int r = qn_store_terminal_by_name(c->store, name, t, err);

    if (r == QN_ENOTFOUND)
        return qn_fail(err, QN_ENOTFOUND, "there is no terminal %s", name);
    if (r == 0 && live && strcmp(t->state, "revoked") == 0)
        return qn_fail(err, QN_ECONFLICT, "terminal %s is revoked: it has to be proposed and approved again", name);
    return r;
}

int qn_terminal_end(struct qn_core *c, const struct qn_terminal *t, const char *by, const char *reason, const char *req,
                    struct qn_err *err)
{
    int r = qn_store_terminal_revoke(c->store, t->id, err);

    if (r != 0 || (r = qn_session_end_all(c, NULL, t, "terminal-revoked", req, NULL, err)) != 0)
        return r;
    return qn_record(c, QN_AUDIT_TERMINAL_SET, req, err, "{s:s, s:s, s:s, s:s}", "terminal", t->name, "state", "revoked", "person", by,
                     "reason", reason);
}

int qn_terminal_revoke(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                       struct qn_err *err)
{
    struct qn_terminal t;
    int r = terminal_named(c, in, false, &t, err);

    (void)p;
    (void)out;
    return r == 0 ? qn_terminal_end(c, &t, who->person.dir_id, qn_msg_get(in, "reason"), in->req, err) : r;
}

/* 20 characters of base 32 without the look-alikes: 100 bits. */
static void code_make(char out[CODE + 1])
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    uint8_t raw[CODE];

    qn_random(raw, sizeof raw);
    for (size_t i = 0; i < CODE; i++)
        out[i] = letters[raw[i] & 31];
    out[CODE] = '\0';
    qn_wipe(raw, sizeof raw);
}

int qn_terminal_code(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                     struct qn_err *err)
{
    struct qn_terminal t;
    uint8_t hash[32];
    char code[CODE + 1];
    int r = terminal_named(c, in, true, &t, err);

    (void)p;
    if (r == 0 && t.certified && !memcmp(t.certificate, (uint8_t[32]){ 0 }, 32))
        r = qn_fail(err, QN_ECONFLICT, "terminal %s has no client certificate yet: quoinctl terminal certify %s", t.name, t.name);
    if (r != 0)
        return r;
    code_make(code);
    SHA256((const unsigned char *)code, CODE, hash);
    r = qn_store_terminal_code(c->store, t.id, hash, c->steady + CODE_MINUTES * 60000, err);
    if (r == 0)
        r = qn_record(c, QN_AUDIT_TERMINAL_SET, in->req, err, "{s:s, s:s, s:s}", "terminal", t.name, "state", "code", "person",
                      who->person.dir_id);
    if (r == 0)
        qn_msg_secret(out, QN_SECRET_CODE, code, CODE);
    qn_wipe(code, sizeof code);
    return r;
}

/* ---- client certificates ---- */

static void certificate_field(struct qn_msg *out, const char *field, const struct qn_certificate *x)
{
    char hex[2 * QN_CERTIFICATE_MAX + 1];

    qn_msg_str(out, field, qn_hex(hex, x->der, x->len));
}

int qn_terminal_certify(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                        struct qn_err *err)
{
    struct qn_certificate made, ca;
    uint8_t point[QN_POINT], hash[32];
    struct qn_terminal t;
    char hex[65];
    int r = terminal_named(c, in, true, &t, err);

    (void)p;
    if (r == 0 && !t.certified)
        r = qn_fail(err, QN_ECONFLICT, "terminal %s was approved without a client certificate", t.name);
    if (r == 0 && !qn_unhex(point, sizeof point, qn_msg_get(in, "point")))
        r = qn_fail(err, QN_EINVAL, "the terminal's key is no point of P-256");
    if (r != 0 || (r = qn_terminal_ca_issue(c->keys, t.name, point, c->now, &made, err)) != 0 ||
        (r = qn_terminal_ca(c->keys, &ca, err)) != 0)
        return r;
    SHA256(made.der, made.len, hash);
    if ((r = qn_store_terminal_certify(c->store, t.id, hash, err)) != 0 ||
        (r = qn_session_end_all(c, NULL, &t, "terminal-certified", in->req, NULL, err)) != 0)
        return r;
    r = qn_record(c, QN_AUDIT_TERMINAL_SET, in->req, err, "{s:s, s:s, s:s, s:s}", "terminal", t.name, "state", "certified",
                  "certificate", qn_hex(hex, hash, sizeof hash), "person", who->person.dir_id);
    if (r == 0) {
        certificate_field(out, "certificate", &made);
        certificate_field(out, "ca", &ca);
    }
    return r;
}

int qn_kiosk_ca(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                struct qn_err *err)
{
    struct qn_certificate ca;
    int r = qn_terminal_ca(c->keys, &ca, err);

    (void)p;
    (void)who;
    (void)in;
    if (r == 0)
        certificate_field(out, "ca", &ca);
    return r;
}
