/* Adding records and signing heads. Opening, with its checks, is in audit-open.c. */
#include "config.h"

#include "server/audit-private.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"

enum { RECORD_VERSION = 1, ENTRY_MAX = 4095, SIGN_RECORDS = 256, SIGN_MS = 1000 };

const char *qn_audit_event_name(enum qn_audit_event e)
{
    static const char *const names[] = {
#define X(c, name, help) name,
        QN_AUDIT_TABLE(X)
#undef X
    };

    return (unsigned)e < QN_AUDIT_EVENTS ? names[e] : "unknown";
}

static int record_check(json_t *value, struct qn_err *err);

static int record_check_object(json_t *object, struct qn_err *err)
{
    const char *name;
    json_t *value;
    int r = 0;

    json_object_foreach(object, name, value) {
        if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")])
            return qn_fail(err, QN_EINTERNAL, "an audit field can't be called %s", name);
        r = record_check(value, err);
        if (r != 0)
            break;
    }
    return r;
}

/* Integers, strings, and objects and arrays of these have one canonical form; nothing else may be in a record. Strings come
 * from everywhere: what is not clean text is replaced, because a strange byte must not keep an act from being recorded. */
static int record_check(json_t *value, struct qn_err *err)
{
    json_t *element;
    size_t i;
    int r = 0;

    if (json_is_object(value))
        return record_check_object(value, err);
    if (json_is_array(value)) {
        json_array_foreach(value, i, element) {
            r = record_check(element, err);
            if (r != 0)
                break;
        }
        return r;
    }
    if (json_is_string(value) && !qn_utf8_clean(json_string_value(value), json_string_length(value))) {
        size_t room = json_string_length(value) + 1;
        char *clean = qn_alloc(room);

        qn_utf8_copy(clean, room, json_string_value(value), room - 1);
        json_string_set(value, clean);
        free(clean);
        return 0;
    }
    return json_is_integer(value) || json_is_string(value)
               ? 0 : qn_fail(err, QN_EINTERNAL, "audit fields are integers and strings");
}

/* The record's canonical JSON: sorted keys, compact. The caller frees. NULL and *err for fields that may not be. */
static char *record_make(struct qn_audit *a, enum qn_audit_event ev, const char *req, json_t *fields, int64_t now_ms,
                         struct qn_err *err)
{
    static const char *const ours[] = { "v", "seq", "ts", "boot", "ev", "req" };
    json_t *record = fields ? json_deep_copy(fields) : json_object();
    char ts[25], *text = NULL;

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (json_object_get(record, ours[i])) {
            qn_fail(err, QN_EINTERNAL, "the audit field %s is the log's own", ours[i]);
            goto out;
        }
    json_object_set_new(record, "v", json_integer(RECORD_VERSION));
    json_object_set_new(record, "seq", json_integer((json_int_t)a->tree.size));
    json_object_set_new(record, "ts", json_string(qn_clock_format(now_ms, ts)));
    json_object_set_new(record, "boot", json_string(a->boot));
    json_object_set_new(record, "ev", json_string(qn_audit_event_name(ev)));
    json_object_set_new(record, "req", json_string(req ? req : ""));
    if (record_check(record, err) != 0)
        goto out;
    text = json_dumps(record, JSON_SORT_KEYS | JSON_COMPACT);
    if (!text)
        qn_fail(err, QN_EINTERNAL, "the audit record can't be written");
out:
    json_decref(record);
    return text;
}

int qn_audit_add(struct qn_audit *a, enum qn_audit_event ev, const char *req, json_t *fields, int64_t now_ms,
                 struct qn_err *err)
{
    char *entry = record_make(a, ev, req, fields, now_ms, err);
    uint8_t leaf[QN_HASH];
    int r;

    if (!entry)
        return QN_EINTERNAL;
    if (strlen(entry) > ENTRY_MAX) {
        free(entry);
        return qn_fail(err, QN_EINVAL, "the audit record of %s is longer than %d bytes", qn_audit_event_name(ev), ENTRY_MAX);
    }
    qn_merkle_leaf(leaf, entry, strlen(entry));
    r = qn_store_audit_add(a->store, (int64_t)a->tree.size, entry, leaf, err);
    free(entry);
    if (r != 0)
        return qn_prefix(err, "audit record");
    qn_merkle_append(&a->tree, leaf);
    return 0;
}

void qn_audit_mark(struct qn_audit *a)
{
    a->mark = a->tree;
}

void qn_audit_undo(struct qn_audit *a)
{
    a->tree = a->mark;
}

void qn_audit_rollback(struct qn_audit *a)
{
    a->tree = a->mark = a->final;
    a->flushed = a->final.size;
}

int qn_audit_flush(struct qn_audit *a, struct qn_err *err)
{
    int r;

    if (a->tree.size == a->flushed)
        return 0;
    r = qn_store_head_put(a->store, (int64_t)a->tree.size, a->tree.edge, a->tree.edges * (size_t)QN_HASH, a->head.note, err);
    if (r == 0)
        a->flushed = a->tree.size;
    return r;
}

void qn_audit_committed(struct qn_audit *a)
{
    if (a->tree.size != a->final.size)
        a->final = a->mark = a->tree;
}

static void audit_head(struct qn_audit *a, struct qn_head *head)
{
    struct qn_note note = { .size = a->final.size };

    head->tree = a->final;
    qn_merkle_root(note.root, &head->tree);
    qn_note_sign(head->note, &a->name, a->key, &note);
}

int qn_audit_sign(struct qn_audit *a, bool force, int64_t now_ms, struct qn_err *err)
{
    struct qn_head head = { .generation = a->head.generation + 1 };
    uint64_t fresh = a->final.size - a->head.tree.size;
    int r;

    if (fresh == 0 || (!force && fresh < SIGN_RECORDS && now_ms >= a->signed_at && now_ms - a->signed_at < SIGN_MS))
        return 0;
    audit_head(a, &head);
    r = qn_head_write(a->fd, &head, err);
    if (r == 0) {
        a->head = head;
        a->signed_at = now_ms;
    }
    return r;
}

int64_t qn_audit_size(const struct qn_audit *a)
{
    return (int64_t)a->tree.size;
}
