/* audit verify, the walk: every record's bytes against its leaf, the tree against each root known for it. */
#include "config.h"

#include "ctl/audit.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 4096, KNOWN = 3 };

/* A root that somebody vouches for, at some size of the log. */
struct known { const char *what, *who; uint64_t size; uint8_t root[QN_HASH]; const struct qn_merkle *edge; };

struct walk {
    struct ctl_audit *a;
    int64_t next;             /* the record that must come now */
    bool gap;                 /* a record is missing: there is no tree after it */
    struct qn_merkle made;    /* of the records' bytes */
    struct qn_merkle kept;    /* of the leaf hashes stored beside them */
    struct known known[KNOWN];
    int knowns;
};

static void walk_know(struct walk *w, const char *what, const char *who, uint64_t size, const uint8_t *root,
                      const struct qn_merkle *edge)
{
    struct known *k = &w->known[w->knowns];

    if (size == 0)
        return;
    w->knowns++;
    *k = (struct known){ .what = what, .who = who, .size = size, .edge = edge };
    if (root)
        memcpy(k->root, root, QN_HASH);
    else
        qn_merkle_root(k->root, edge);
}

/* Both trees have the size of k: the first subtree that differs says which records were rewritten with their hashes. */
static void walk_locate(struct walk *w, const struct known *k)
{
    int64_t first = 0;

    for (unsigned i = 0; k->edge && i < k->edge->edges; i++) {
        uint64_t left = k->size - (uint64_t)first, span = (uint64_t)1 << (63 - __builtin_clzll(left));

        if (memcmp(k->edge->edge[i], w->kept.edge[i], QN_HASH) != 0) {
            ctl_audit_find(w->a, k->what, first, first + (int64_t)span - 1,
                           "a record from %lld to %lld was changed together with its hash: %s has another hash "
                           "over them",
                           (long long)first, (long long)first + (long long)span - 1, k->who);
            return;
        }
        first += (int64_t)span;
    }
    ctl_audit_find(w->a, k->what, 0, (int64_t)k->size - 1, "the first %llu records do not have the root of %s",
                   (unsigned long long)k->size, k->who);
}

/* An edited record was named by itself already: then the hashes that were kept still make the root. */
static void walk_compare(struct walk *w)
{
    uint8_t root[QN_HASH];

    for (int i = 0; i < w->knowns; i++) {
        if (w->known[i].size != w->made.size)
            continue;
        qn_merkle_root(root, &w->made);
        if (memcmp(root, w->known[i].root, QN_HASH) == 0)
            continue;
        qn_merkle_root(root, &w->kept);
        if (memcmp(root, w->known[i].root, QN_HASH) != 0)
            walk_locate(w, &w->known[i]);
    }
}

static void walk_gap(struct walk *w, int64_t until)
{
    if (until == w->next + 1)
        ctl_audit_find(w->a, "missing", w->next, w->next, "record %lld is missing", (long long)w->next);
    else
        ctl_audit_find(w->a, "missing", w->next, until - 1, "records %lld to %lld are missing", (long long)w->next,
                       (long long)until - 1);
    w->gap = true;
}

static int walk_record(void *ctx, int64_t seq, const char *entry, size_t len, const uint8_t leaf[32])
{
    struct walk *w = ctx;
    uint8_t hash[QN_HASH];

    if (seq >= w->a->rows)
        return 1; /* written meanwhile */
    if (seq > w->next)
        walk_gap(w, seq);
    w->next = seq + 1;
    qn_merkle_leaf(hash, entry, len);
    if (memcmp(hash, leaf, QN_HASH) != 0)
        ctl_audit_find(w->a, "edited", seq, seq,
                       "record %lld was changed: its bytes do not have the hash kept beside it", (long long)seq);
    if (w->gap)
        return 0;
    qn_merkle_append(&w->made, hash);
    qn_merkle_append(&w->kept, leaf);
    walk_compare(w);
    return 0;
}

/* Records below the size that was read are never changed by an honest core, so each batch may be a look of its own: a
 * long check must not keep the core from emptying its write-ahead log. */
int ctl_audit_walk(struct ctl_audit *a, struct qn_store *store, struct qn_err *err)
{
    struct walk *w = qn_alloc(sizeof *w);
    int r = 0;

    w->a = a;
    if (a->head_good)
        walk_know(w, "rewritten", "the signed head", a->head.tree.size, NULL, &a->head.tree);
    walk_know(w, "rewritten", "the signed head that the database knows", a->row_note.size, a->row_note.root, NULL);
    if (a->row_tree.size)
        walk_know(w, "head-row", "the database's head row", a->row_tree.size, NULL, &a->row_tree);
    for (int64_t before = -1; r == 0 && w->next < a->rows && w->next != before;) {
        before = w->next;
        r = qn_store_audit_each(store, before, BATCH, walk_record, w, err);
    }
    free(w);
    return r;
}
