#include "config.h"

#include "server/merkle.h"

#include <openssl/evp.h>
#include <string.h>

#include "lib/err.h"

static const EVP_MD *merkle_sha256(void)
{
    static EVP_MD *md; /* fetched once: a fetch costs more than a hash */

    if (!md)
        md = EVP_MD_fetch(NULL, "SHA256", NULL);
    return md;
}

/* SHA-256 of a || b || c. */
static void merkle_hash(uint8_t out[QN_HASH], const void *a, size_t a_len, const void *b, size_t b_len, const void *c,
                        size_t c_len)
{
    static EVP_MD_CTX *ctx;

    if (!ctx)
        ctx = EVP_MD_CTX_new();
    if (!ctx || EVP_DigestInit_ex2(ctx, merkle_sha256(), NULL) != 1 || EVP_DigestUpdate(ctx, a, a_len) != 1 ||
        EVP_DigestUpdate(ctx, b, b_len) != 1 || EVP_DigestUpdate(ctx, c, c_len) != 1 ||
        EVP_DigestFinal_ex(ctx, out, NULL) != 1)
        qn_panic("SHA-256 failed");
}

/* RFC 6962 section 2.1: a node is the hash of 0x01 and its two children. */
static void merkle_node(uint8_t out[QN_HASH], const uint8_t left[QN_HASH], const uint8_t right[QN_HASH])
{
    static const uint8_t node = 0x01;

    merkle_hash(out, &node, 1, left, QN_HASH, right, QN_HASH);
}

void qn_merkle_leaf(uint8_t out[QN_HASH], const void *entry, size_t n)
{
    static const uint8_t leaf = 0x00;

    merkle_hash(out, &leaf, 1, entry, n, "", 0);
}

/* A new leaf completes one subtree for each 1 at the low end of the old size. */
void qn_merkle_append(struct qn_merkle *t, const uint8_t leaf[QN_HASH])
{
    uint8_t hash[QN_HASH];

    memcpy(hash, leaf, QN_HASH);
    for (uint64_t bits = t->size; bits & 1; bits >>= 1)
        merkle_node(hash, t->edge[--t->edges], hash);
    memcpy(t->edge[t->edges++], hash, QN_HASH);
    t->size++;
}

void qn_merkle_root(uint8_t out[QN_HASH], const struct qn_merkle *t)
{
    unsigned i = t->edges;

    if (i == 0) {
        merkle_hash(out, "", 0, "", 0, "", 0);
        return;
    }
    memcpy(out, t->edge[--i], QN_HASH);
    while (i > 0)
        merkle_node(out, t->edge[--i], out);
}

bool qn_merkle_load(struct qn_merkle *t, uint64_t size, const void *edge, size_t edge_len)
{
    memset(t, 0, sizeof *t);
    if (edge_len != (size_t)__builtin_popcountll(size) * QN_HASH)
        return false;
    t->size = size;
    t->edges = (unsigned)(edge_len / QN_HASH);
    if (edge_len)
        memcpy(t->edge, edge, edge_len);
    return true;
}
