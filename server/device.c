#include "server/device.h"

#include <stdio.h>
#include <string.h>

#include "server/record.h"

struct page {
    struct qn_core *c;
    json_t *rows;
    const char *after;
    bool more;
};

enum { PAGE_ROWS = 30 };

static bool page_skips(struct page *pg, const char *name)
{
    pg->more = json_array_size(pg->rows) == PAGE_ROWS;
    return pg->more || strcmp(name, pg->after) <= 0;
}

static int page_answer(struct page *pg, const char *field, int r, struct qn_msg *out)
{
    qn_msg_json(out, field, pg->rows);
    qn_msg_int(out, "more", pg->more);
    return r < 0 ? r : 0;
}

static int device_row(void *ctx, const struct qn_device *d)
{
    const struct qn_class *k = qn_class_level(d->ceiling);
    struct page *pg = ctx;

    if (page_skips(pg, d->name))
        return pg->more;
    json_array_append_new(pg->rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", d->name, "uri", d->uri,
                                              "location", d->location, "zone", "", "custodian", "", "ceiling",
                                              k ? k->name : "unknown", "ca", d->ca, "pin", d->pin, "state", "active"));
    return 0;
}

int qn_device_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    struct page pg = { c, json_array(), qn_msg_get(in, "after"), false };

    (void)p;
    (void)who;
    return page_answer(&pg, "devices", qn_store_device_each(c->store, device_row, &pg, err), out);
}

static int terminal_row(void *ctx, const struct qn_terminal *t)
{
    struct page *pg = ctx;
    struct qn_device d = { 0 };
    struct qn_err err;

    if (page_skips(pg, t->name))
        return pg->more;
    if (qn_store_device(pg->c->store, t->device, &d, &err) != 0)
        snprintf(d.name, sizeof d.name, "unknown");
    json_array_append_new(pg->rows, json_pack("{s:s, s:s, s:[], s:s, s:i, s:s}", "name", t->name, "device", d.name, "devices",
                                              "state", t->state, "certificate", 0, "ceiling", ""));
    return 0;
}

int qn_terminal_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                     struct qn_err *err)
{
    struct page pg = { c, json_array(), qn_msg_get(in, "after"), false };

    (void)p;
    (void)who;
    return page_answer(&pg, "terminals", qn_store_terminal_each(c->store, terminal_row, &pg, err), out);
}

int qn_terminal_revoke(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                       struct qn_err *err)
{
    int r = qn_store_terminal_revoke(c->store, qn_msg_get(in, "name"), err);

    (void)p;
    (void)out;
    if (r == QN_ENOTFOUND)
        return qn_fail(err, QN_ENOTFOUND, "there is no terminal %s", qn_msg_get(in, "name"));
    if (r != 0)
        return r;
    return qn_record(c, QN_AUDIT_TERMINAL_SET, in->req, err, "{s:s, s:s, s:s, s:s}", "terminal", qn_msg_get(in, "name"), "state",
                     "revoked", "person", who->person.dir_id, "reason", qn_msg_get(in, "reason"));
}

int qn_terminal_code(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}

int qn_terminal_certify(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}
