#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/buf.h"
#include "server/merkle.h"

/* The leaves and roots that the implementations of RFC 6962 test each other with. */
static const struct { const char *bytes; size_t n; } leaves[] = {
    { "", 0 }, { "\x00", 1 }, { "\x10", 1 }, { "\x20\x21", 2 }, { "\x30\x31", 2 }, { "\x40\x41\x42\x43", 4 },
    { "\x50\x51\x52\x53\x54\x55\x56\x57", 8 },
    { "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16 },
};
static const char *const roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void assert_root(const struct qn_merkle *t, const char *want)
{
    uint8_t root[QN_HASH];
    char hex[2 * QN_HASH + 1];

    qn_merkle_root(root, t);
    assert_string_equal(qn_hex(hex, root, sizeof root), want);
}

static void test_known_roots(void **state)
{
    struct qn_merkle t = { 0 };
    uint8_t leaf[QN_HASH];

    (void)state;
    assert_root(&t, roots[0]);
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++) {
        qn_merkle_leaf(leaf, leaves[i].bytes, leaves[i].n);
        qn_merkle_append(&t, leaf);
        assert_int_equal(t.size, i + 1);
        assert_int_equal(t.edges, __builtin_popcountll(i + 1));
        assert_root(&t, roots[i + 1]);
    }
}

static void plain_root(uint8_t out[QN_HASH], uint8_t (*hashes)[QN_HASH], size_t n)
{
    struct qn_merkle pair = { 0 };
    size_t half = 1;
    uint8_t left[QN_HASH], right[QN_HASH];

    if (n == 1) {
        memcpy(out, hashes[0], QN_HASH);
        return;
    }
    while (2 * half < n)
        half *= 2;
    plain_root(left, hashes, half);
    plain_root(right, hashes + half, n - half);
    qn_merkle_append(&pair, left); /* a tree of two is one node over both */
    qn_merkle_append(&pair, right);
    qn_merkle_root(out, &pair);
}

/* Against the recursive definition of the RFC, for every size up to a few hundred. */
static void test_every_size_is_the_definition(void **state)
{
    static uint8_t hashes[300][QN_HASH];
    struct qn_merkle t = { 0 };
    uint8_t want[QN_HASH], got[QN_HASH];

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        qn_merkle_leaf(hashes[i], &i, sizeof i);
        qn_merkle_append(&t, hashes[i]);
        plain_root(want, hashes, i + 1);
        qn_merkle_root(got, &t);
        assert_memory_equal(want, got, QN_HASH);
    }
}

static void test_stored_edge_goes_on(void **state)
{
    struct qn_merkle a = { 0 }, b;
    uint8_t leaf[QN_HASH], ra[QN_HASH], rb[QN_HASH];

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        assert_true(qn_merkle_load(&b, a.size, a.edge, a.edges * (size_t)QN_HASH));
        qn_merkle_leaf(leaf, &i, sizeof i);
        qn_merkle_append(&a, leaf);
        qn_merkle_append(&b, leaf);
        qn_merkle_root(ra, &a);
        qn_merkle_root(rb, &b);
        assert_memory_equal(ra, rb, QN_HASH);
    }
    assert_false(qn_merkle_load(&b, 3, a.edge, QN_HASH));
    assert_int_equal(b.size, 0);
    assert_false(qn_merkle_load(&b, 4, a.edge, 2 * QN_HASH));
    assert_true(qn_merkle_load(&b, 0, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_roots),
        cmocka_unit_test(test_every_size_is_the_definition),
        cmocka_unit_test(test_stored_edge_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
