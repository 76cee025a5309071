#include "config.h"

#include "server/keystore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/id.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "server/keystore-private.h"

struct qn_keystore {
    struct keystore_file file;
    struct keystore_set set;
    uint64_t generation;
    int slot;              /* that holds the generation */
};

static const char *const long_lived[] = { "pepper", "badge", "audit", "export", "terminal-ca" };

int keystore_id_valid(const char *id, size_t n)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:._-";

    if (n == 0 || n > KEYSTORE_ID_MAX)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (!id[i] || !strchr(good, id[i]))
            return 0;
    return 1;
}

static int entry_compare(const void *a, const void *b)
{
    return strcmp(((const struct keystore_entry *)a)->id, ((const struct keystore_entry *)b)->id);
}

struct keystore_entry *keystore_set_find(const struct keystore_set *set, const char *id)
{
    struct keystore_entry want = { .key = NULL };

    if (!set->n || strlen(id) > KEYSTORE_ID_MAX)
        return NULL;
    snprintf(want.id, sizeof want.id, "%s", id);
    return bsearch(&want, set->entry, set->n, sizeof *set->entry, entry_compare);
}

void keystore_set_add(struct keystore_set *set, const char *id, uint8_t *key)
{
    size_t at = set->n;

    set->entry = qn_realloc(set->entry, (set->n + 1) * sizeof *set->entry);
    while (at > 0 && strcmp(set->entry[at - 1].id, id) > 0)
        at--;
    memmove(&set->entry[at + 1], &set->entry[at], (set->n - at) * sizeof *set->entry);
    memset(&set->entry[at], 0, sizeof *set->entry);
    memcpy(set->entry[at].id, id, strlen(id));
    set->entry[at].key = key;
    set->n++;
}

void keystore_set_free(struct keystore_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        qn_secret_free(&set->entry[i].key);
    free(set->entry);
    memset(set, 0, sizeof *set);
}

/* The same keys in memory of their own, without those of skip (n ids). */
static void set_copy(struct keystore_set *out, const struct keystore_set *set, const char *const *skip, unsigned n)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < set->n; i++) {
        unsigned s = 0;
        uint8_t *key;

        while (s < n && strcmp(skip[s], set->entry[i].id) != 0)
            s++;
        if (s < n)
            continue;
        key = qn_secret_alloc(32);
        memcpy(key, set->entry[i].key, 32);
        keystore_set_add(out, set->entry[i].id, key);
    }
}

static void set_add_fresh(struct keystore_set *set, const char *id)
{
    uint8_t *key;

    if (keystore_set_find(set, id))
        return;
    key = qn_secret_alloc(32);
    qn_random(key, 32);
    keystore_set_add(set, id, key);
}

/* The higher generation that opens. A slot that doesn't is what a crash in the middle of a write leaves. */
static int slots_read(struct qn_keystore *k, struct qn_err *err)
{
    int found = 0;

    for (int slot = 0; slot < KEYSTORE_SLOTS; slot++) {
        struct keystore_set set;
        uint64_t generation;
        int r = keystore_slot_read(&k->file, slot, &generation, &set, err);

        if (r != 0 && r != QN_ECORRUPT && r != QN_ENOTFOUND)
            return r;
        if (r == QN_ECORRUPT)
            qn_log_err(QN_LOG_WARNING, "keystore", err);
        if (r != 0)
            continue;
        if (found && generation < k->generation) {
            keystore_set_free(&set);
            continue;
        }
        keystore_set_free(&k->set);
        k->set = set;
        k->generation = generation;
        k->slot = slot;
        found = 1;
    }
    return found ? 0 : qn_fail(err, QN_ECORRUPT, "neither slot of the keystore opens: wrong root, or both are damaged");
}

static int keystore_load(struct qn_keystore *k, const char *dir, int create, struct qn_err *err)
{
    int r = keystore_file_open(&k->file, dir, create, err), there;

    if (r != 0)
        return r;
    there = keystore_file_exists(&k->file, err);
    if (there < 0)
        return there;
    if (!there) {
        if (!create)
            return qn_fail(err, QN_ENOTFOUND, "there is no keystore");
        for (size_t i = 0; i < sizeof long_lived / sizeof *long_lived; i++)
            set_add_fresh(&k->set, long_lived[i]);
        r = keystore_file_make(&k->file, &k->set, err);
        if (r != 0)
            return r;
    }
    return slots_read(k, err);
}

int qn_keystore_open(struct qn_keystore **out, const char *dir, int create, struct qn_err *err)
{
    struct qn_keystore *k = qn_alloc(sizeof *k);
    int r = keystore_load(k, dir, create, err);

    if (r != 0)
        qn_keystore_free(&k);
    *out = k;
    return r;
}

void qn_keystore_free(struct qn_keystore **k)
{
    if (!*k)
        return;
    keystore_set_free(&(*k)->set);
    keystore_file_close(&(*k)->file);
    free(*k);
    *k = NULL;
}

const uint8_t *qn_keystore_get(const struct qn_keystore *k, const char *id)
{
    const struct keystore_entry *e = keystore_set_find(&k->set, id);

    return e ? e->key : NULL;
}

uint64_t qn_keystore_generation(const struct qn_keystore *k)
{
    return k->generation;
}

/* Writes set as the next generation into the slot that is not in use. */
static int next_write(struct qn_keystore *k, const struct keystore_set *set, struct qn_err *err)
{
    int slot = (k->slot + 1) % KEYSTORE_SLOTS, r = keystore_slot_write(&k->file, slot, k->generation + 1, set, err);

    if (r == 0) {
        k->generation++;
        k->slot = slot;
    }
    return r;
}

int qn_keystore_make(struct qn_keystore *k, const char *const *ids, unsigned n, struct qn_err *err)
{
    struct keystore_set next;
    unsigned missing = 0;
    int r;

    for (unsigned i = 0; i < n; i++) {
        if (!keystore_id_valid(ids[i], strlen(ids[i])))
            return qn_fail(err, QN_EINVAL, "'%s' is no name for a key", ids[i]);
        missing += !keystore_set_find(&k->set, ids[i]);
    }
    if (!missing)
        return 0;
    set_copy(&next, &k->set, NULL, 0);
    for (unsigned i = 0; i < n; i++)
        set_add_fresh(&next, ids[i]);
    r = next_write(k, &next, err);
    if (r == 0) {
        /* Keys that were there keep their place: callers may hold pointers to them. */
        for (size_t i = 0; i < next.n; i++)
            if (!keystore_set_find(&k->set, next.entry[i].id)) {
                keystore_set_add(&k->set, next.entry[i].id, next.entry[i].key);
                next.entry[i].key = NULL; /* transferred */
            }
    }
    keystore_set_free(&next);
    return r;
}

/* Reads a slot back: it must be of a generation after `old` and hold none of the ids. */
static int slot_prove(struct qn_keystore *k, int slot, uint64_t old, const char *const *ids, unsigned n, struct qn_err *err)
{
    struct keystore_set set;
    uint64_t generation;
    int r = keystore_slot_read(&k->file, slot, &generation, &set, err);

    if (r != 0)
        return r;
    if (generation <= old)
        r = qn_fail(err, QN_EIO, "slot %d of the keystore still holds generation %llu", slot, (unsigned long long)generation);
    for (unsigned i = 0; i < n && r == 0; i++)
        if (keystore_set_find(&set, ids[i]))
            r = qn_fail(err, QN_EIO, "slot %d of the keystore still holds %s", slot, ids[i]);
    keystore_set_free(&set);
    return r;
}

static void set_forget(struct keystore_set *set, const char *id)
{
    struct keystore_entry *e = keystore_set_find(set, id);

    if (!e)
        return;
    qn_secret_free(&e->key);
    set->n--;
    memmove(e, e + 1, (size_t)(set->entry + set->n - e) * sizeof *e);
}

int qn_keystore_destroy(struct qn_keystore *k, const char *const *ids, unsigned n, struct qn_err *err)
{
    uint64_t old = k->generation;
    struct keystore_set rest;
    int r = 0;

    for (unsigned i = 0; i < n; i++)
        for (size_t l = 0; l < sizeof long_lived / sizeof *long_lived; l++)
            if (strcmp(ids[i], long_lived[l]) == 0)
                return qn_fail(err, QN_EDENIED, "%s is not a shred key", ids[i]);
    set_copy(&rest, &k->set, ids, n);
    for (int slot = 0; slot < KEYSTORE_SLOTS && r == 0; slot++)
        r = next_write(k, &rest, err);
    for (int slot = 0; slot < KEYSTORE_SLOTS && r == 0; slot++)
        r = slot_prove(k, slot, old, ids, n, err);
    keystore_set_free(&rest);
    for (unsigned i = 0; i < n && r == 0; i++)
        set_forget(&k->set, ids[i]);
    return r;
}
