/* RFC 6962 section 2.1 tree hashing with only the right edge in memory. */
#ifndef QN_MERKLE_H
#define QN_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QN_HASH = 32, QN_EDGE_MAX = 64 };

struct qn_merkle {
    uint64_t size;                       /* leaves */
    uint8_t edge[QN_EDGE_MAX][QN_HASH];  /* full subtrees, largest first: one for each bit set in size */
    unsigned edges;
};

/* SHA-256(0x00 || entry). */
void qn_merkle_leaf(uint8_t out[QN_HASH], const void *entry, size_t n);
/* Appends a leaf hash. */
void qn_merkle_append(struct qn_merkle *t, const uint8_t leaf[QN_HASH]);
/* The tree's root; SHA-256 of nothing for an empty tree. */
void qn_merkle_root(uint8_t out[QN_HASH], const struct qn_merkle *t);
/* A tree of that size from its stored edge. False (and an empty tree) if the length is not that of such an edge. */
bool qn_merkle_load(struct qn_merkle *t, uint64_t size, const void *edge, size_t edge_len);

#endif
