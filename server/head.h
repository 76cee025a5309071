/* The head file: the last signed head of the log, kept outside the database (quoin-audit(5) has the bytes).
 * Two slots of 4 KiB are overwritten in place in turn, so that one of them is whole whatever a crash tears. */
#ifndef QN_HEAD_H
#define QN_HEAD_H

#include "lib/err.h"
#include "server/note.h"

enum { QN_HEAD_SLOT = 4096 };

struct qn_head {
    uint64_t generation;     /* +1 at each signing */
    char note[QN_NOTE_MAX];
    struct qn_merkle tree;   /* what the note signs: size and edge */
};

/* Reads the newer whole slot and checks note, signature, and that the edge has the signed root.
 * QN_ENOTFOUND without a file, QN_ECORRUPT if no slot is whole or the newer one is not what was signed, QN_EIO. */
int qn_head_read(struct qn_head *out, const char *path, const struct qn_note_key *key, struct qn_err *err);

/* Creates the file with this first head, whole or not at all (rename, folder synced). */
int qn_head_create(const char *path, const struct qn_head *head, struct qn_err *err);

/* Opens the file for qn_head_write(), and syncs what a killed process may have left unsynced: the store is about to remember it.
 * The descriptor, or QN_EIO; the caller closes. */
int qn_head_open(const char *path, struct qn_err *err);

/* Overwrites the slot of head's generation and syncs it. After QN_EIO the descriptor is not to be used again. */
int qn_head_write(int fd, const struct qn_head *head, struct qn_err *err);

/* Writes a small file whole or not at all: path.new, synced, renamed, folder synced. */
int qn_head_put_file(const char *path, unsigned mode, const void *p, size_t n, struct qn_err *err);

#endif
