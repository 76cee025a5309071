/* The set of keys in memory and the two slots it is kept in. */
#ifndef QN_KEYSTORE_PRIVATE_H
#define QN_KEYSTORE_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum { KEYSTORE_ID_MAX = 63, KEYSTORE_SLOT = 512 * 1024, KEYSTORE_SLOTS = 2 };

struct keystore_entry {
    char id[KEYSTORE_ID_MAX + 1];
    uint8_t *key; /* 32 bytes from qn_secret_alloc() */
};

/* Sorted by id. */
struct keystore_set {
    struct keystore_entry *entry;
    size_t n;
};

/* keys/ on disk, held open and locked. */
struct keystore_file {
    int dir;
    uint8_t *root;   /* 32 bytes from qn_secret_alloc() */
    uint8_t *plain;  /* a slot's body: locked memory, wiped after each use */
    uint8_t *slot;   /* a slot as it is on disk */
};

int keystore_file_open(struct keystore_file *f, const char *dir, int create, struct qn_err *err);
void keystore_file_close(struct keystore_file *f);

/* Is there a keystore of the right size, and ours alone? 1, 0 if there is none, or a code. What it holds is then on the disk: a process
 * that was killed before its sync has left bytes that can be read and are yet lost when the power fails. */
int keystore_file_exists(const struct keystore_file *f, struct qn_err *err);

/* Makes a keystore file of generation 1 and an empty slot, under its name only once it is complete and synced. */
int keystore_file_make(struct keystore_file *f, const struct keystore_set *set, struct qn_err *err);

/* Overwrites a whole slot in place and syncs. A failed one may be torn: it is not the one in use. QN_EFULL if it does not fit. */
int keystore_slot_write(struct keystore_file *f, int slot, uint64_t generation, const struct keystore_set *set,
                        struct qn_err *err);

/* Reads a slot into an empty set. QN_ENOTFOUND if it was never written, QN_ECORRUPT with the reason. */
int keystore_slot_read(struct keystore_file *f, int slot, uint64_t *generation_out, struct keystore_set *set_out,
                       struct qn_err *err);

struct keystore_entry *keystore_set_find(const struct keystore_set *set, const char *id);
/* Adds an entry (key taken over) that is not there yet, keeping the order. */
void keystore_set_add(struct keystore_set *set, const char *id, uint8_t *key);
void keystore_set_free(struct keystore_set *set);
int keystore_id_valid(const char *id, size_t n);

#endif
