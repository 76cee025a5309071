/* Opening the log: store, head file and public key must tell the same story. Nothing here reads the whole log. */
#include "config.h"

#include "server/audit-private.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/id.h"

static int open_key(struct qn_audit *a, const char *origin, const uint8_t seed[32], struct qn_err *err)
{
    uint8_t public[32];
    size_t n = sizeof public;

    a->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    if (!a->key || EVP_PKEY_get_raw_public_key(a->key, public, &n) != 1 || n != sizeof public)
        return qn_fail(err, QN_EINTERNAL, "the log's signing key can't be used");
    return qn_note_key(&a->name, origin, public, err);
}

/* The key line beside the head file is for verifiers: written once, then it must stay what it is. */
static int open_public(struct qn_audit *a, const char *head_path, struct qn_err *err)
{
    char *copy = qn_strdup(head_path), path[4096], want[QN_NOTE_MAX + 1], got[QN_NOTE_MAX + 1];
    size_t n = 0;
    FILE *f;
    int r = 0;

    snprintf(path, sizeof path, "%s/" QN_AUDIT_KEY_FILE, dirname(copy));
    free(copy);
    qn_note_key_format(want, &a->name);
    snprintf(want + strlen(want), sizeof want - strlen(want), "\n");
    f = fopen(path, "re");
    if (!f && errno == ENOENT)
        return qn_head_put_file(path, 0644, want, strlen(want), err);
    if (!f || ((n = fread(got, 1, sizeof got - 1, f)) == 0 && ferror(f)))
        r = qn_fail_errno(err, "reading %s", path);
    got[n] = '\0';
    if (f)
        fclose(f);
    if (r == 0 && strcmp(got, want) != 0)
        r = qn_fail(err, QN_ECORRUPT, "%s names another log or key than this server's", path);
    return r;
}

/* The store's own two statements about the log: its last record, and the row of its edge. */
static int open_store(struct qn_audit *a, char **note_out, struct qn_err *err)
{
    uint8_t edge[QN_EDGE_MAX * QN_HASH];
    int64_t rows = 0, size = 0;
    size_t edge_len = 0;
    int r = qn_store_audit_size(a->store, &rows, err);

    *note_out = NULL;
    if (r == 0)
        r = qn_store_head(a->store, &size, edge, sizeof edge, &edge_len, note_out, err);
    if (r == QN_ENOTFOUND)
        r = 0;
    if (r != 0)
        return r;
    if (rows != size)
        return qn_fail(err, QN_ECORRUPT, "the log has %lld records, its head row says %lld", (long long)rows,
                       (long long)size);
    if (!qn_merkle_load(&a->tree, (uint64_t)size, edge, edge_len))
        return qn_fail(err, QN_ECORRUPT, "the log's head row has an edge of the wrong length");
    a->flushed = a->tree.size;
    a->final = a->mark = a->tree;
    return 0;
}

static int open_extend(void *ctx, int64_t seq, const char *entry, size_t entry_len, const uint8_t leaf[32])
{
    struct qn_merkle *t = ctx;
    uint8_t hash[QN_HASH];

    if ((uint64_t)seq != t->size)
        return 1;
    qn_merkle_leaf(hash, entry, entry_len);
    if (memcmp(hash, leaf, sizeof hash) != 0)
        return 1;
    qn_merkle_append(t, hash);
    return 0;
}

/* Records that were committed after the last signature must lead from the signed tree to the store's. */
static int open_compare(struct qn_audit *a, struct qn_err *err)
{
    struct qn_merkle t = a->head.tree;
    uint8_t want[QN_HASH], got[QN_HASH];
    long long rows = (long long)a->tree.size, was = (long long)t.size;
    int r;

    if (was > rows)
        return qn_fail(err, QN_ECORRUPT,
                       "the log has %lld records but its head file signed %lld: records were cut off, or an older "
                       "database was put back",
                       rows, was);
    r = qn_store_audit_each(a->store, was, rows - was, open_extend, &t, err);
    if (r != 0)
        return r;
    qn_merkle_root(want, &a->tree);
    qn_merkle_root(got, &t);
    if (t.size == a->tree.size && memcmp(want, got, sizeof got) == 0)
        return 0;
    if (was == rows)
        return qn_fail(err, QN_ECORRUPT, "the log has another root than its head file signed at %lld records", was);
    return qn_fail(err, QN_ECORRUPT,
                   "the log's records after %lld, which its head file signed, do not lead to its head row", was);
}

/* The store remembers a head that was signed before it was written: a head file older than that was put back. */
static int open_known(struct qn_audit *a, const char *note_text, struct qn_err *err)
{
    struct qn_note note;
    int r;

    if (!note_text)
        return 0;
    r = qn_note_open(&note, note_text, &a->name, err);
    if (r != 0)
        return qn_prefix(err, "the log's head row");
    if (note.size > a->head.tree.size)
        return qn_fail(err, QN_ECORRUPT,
                       "the head file signed %llu records, the database knows a head of %llu: an older head file was "
                       "put back",
                       (unsigned long long)a->head.tree.size, (unsigned long long)note.size);
    return 0;
}

/* Only a log without a record may be without a head file: it then gets its first one, before there is a record. */
static int open_first(struct qn_audit *a, const char *path, struct qn_err *err)
{
    struct qn_note note = { .size = 0 };

    if (a->tree.size != 0)
        return qn_fail(err, QN_ECORRUPT, "the log has %llu records but %s is missing", (unsigned long long)a->tree.size,
                       path);
    memset(&a->head, 0, sizeof a->head);
    a->head.generation = 1;
    qn_merkle_root(note.root, &a->tree);
    qn_note_sign(a->head.note, &a->name, a->key, &note);
    return qn_head_create(path, &a->head, err);
}

static int open_checks(struct qn_audit *a, const char *head_path, struct qn_err *err)
{
    char *note = NULL;
    int r = open_store(a, &note, err);

    if (r == 0)
        r = qn_head_read(&a->head, head_path, &a->name, err);
    if (r == QN_ENOTFOUND)
        r = open_first(a, head_path, err);
    else if (r == 0)
        r = open_compare(a, err);
    if (r == 0)
        r = open_known(a, note, err);
    free(note);
    return r;
}

int qn_audit_open(struct qn_audit **out, struct qn_store *store, const char *head_path, const char *origin,
                  const uint8_t seed[32], struct qn_err *err)
{
    struct qn_audit *a = qn_alloc(sizeof *a);
    uint8_t random[4];
    int r;

    *out = NULL;
    a->store = store;
    a->fd = -1;
    qn_random(random, sizeof random);
    a->boot[0] = 'b';
    qn_hex(a->boot + 1, random, sizeof random);
    r = open_key(a, origin, seed, err);
    if (r == 0)
        r = open_public(a, head_path, err);
    if (r == 0)
        r = open_checks(a, head_path, err);
    if (r == 0 && (a->fd = qn_head_open(head_path, err)) < 0)
        r = QN_EIO;
    if (r != 0) {
        qn_audit_free(&a);
        return qn_prefix(err, "audit log");
    }
    *out = a;
    return 0;
}

void qn_audit_free(struct qn_audit **address)
{
    struct qn_audit *a = *address;

    if (!a)
        return;
    EVP_PKEY_free(a->key);
    if (a->fd >= 0)
        close(a->fd);
    free(a);
    *address = NULL;
}
