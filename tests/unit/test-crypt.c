#include "tests/unit/test.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "ldap/crypt.h"

/* Of 493817, by crypt(3) of libxcrypt 4.4 through perl. */
static const char sha512[] = "$6$c2FsdHNhbHQ$DDpmUh0Fid6QdXemPea.8zc5VZ/JhoZRwVPSvZD2BGQY9lwRyDxq8bnp5H2iZNOttzLoZZaMMyINAsxzrbZ6d.";
static const char sha256[] = "$5$rounds=5000$c2FsdHNhbHQ$Y.w6/hoYnqVYJalEX7RYUzw21wrF8WV6pTvPxTN48eA";
static const char bcrypt[] = "$2b$06$abcdefghijklmnopqrstuubN.DdgCoZP4KBkqgakg09Qjj6iPTxb2";

static void test_the_right_pin_gives_the_verifiers_own_hash(void **state)
{
    static const char *const verifiers[] = { sha512, sha256, bcrypt };
    uint8_t want[32], got[32];
    struct qn_err err;

    (void)state;
    for (size_t i = 0; i < QN_COUNT(verifiers); i++) {
        const char *v = verifiers[i];

        assert_int_equal(EVP_Digest(v, strlen(v), want, NULL, EVP_sha256(), NULL), 1);
        assert_works(qn_crypt_hash(got, "493817", v, strlen(v), &err));
        assert_memory_equal(got, want, sizeof want);
        assert_works(qn_crypt_hash(got, "493818", v, strlen(v), &err));
        assert_memory_not_equal(got, want, sizeof want);
    }
}

static void test_hashes_that_are_not_computed(void **state)
{
    static const char *const bad[] = {
        "", "*", "*0", "!", "x", "493817", "ab1234567890.",                                /* none, and DES */
        "$1$saltsalt$K41CxR9n53e5OfLJGRXC5/", "$md5$rounds=5000$a$$b", "$sha1$1$a$b",      /* fast ones */
        "$6$", "$6$salt", "$6$salt$short", "$6$rounds=5000$salt", "$6$$x",
        "$2b$13$abcdefghijklmnopqrstuubN.DdgCoZP4KBkqgakg09Qjj6iPTxb2",                     /* dear ones */
        "$2b$31$abcdefghijklmnopqrstuubN.DdgCoZP4KBkqgakg09Qjj6iPTxb2",
        "$2x$06$abcdefghijklmnopqrstuubN.DdgCoZP4KBkqgakg09Qjj6iPTxb2",
        "$5$rounds=1000000$c2FsdHNhbHQ$Y.w6/hoYnqVYJalEX7RYUzw21wrF8WV6pTvPxTN48eA",
        "$5$rounds=999$c2FsdHNhbHQ$Y.w6/hoYnqVYJalEX7RYUzw21wrF8WV6pTvPxTN48eA",
        "$5$rounds=5000\n$c2FsdHNhbHQ$Y.w6/hoYnqVYJalEX7RYUzw21wrF8WV6pTvPxTN48eA",
        "$y$jDT$salt$0123456789012345678901234567890123456789012", "$y$zzzz$salt$0123456789012345678901234567890123456789012",
        "$7$CU..../....salt$0123456789012345678901234567890123456789012",
    };
    uint8_t out[32] = { 1 };
    struct qn_err err;

    (void)state;
    for (size_t i = 0; i < QN_COUNT(bad); i++) {
        assert_fails(qn_crypt_check(bad[i], strlen(bad[i]), &err), QN_EINVAL, "no hash");
        assert_fails(qn_crypt_hash(out, "493817", bad[i], strlen(bad[i]), &err), QN_EINVAL, "no hash");
        assert_true(strlen(bad[i]) < 8 || !strstr(err.text, bad[i]));
        for (size_t j = 0; j < sizeof out; j++)
            assert_int_equal(out[j], 0);
    }
    assert_fails(qn_crypt_check(sha512, strlen(sha512) + 1, &err), QN_EINVAL, "no hash"); /* a NUL inside */
}

static void test_yescrypt_up_to_a_cost(void **state)
{
    struct qn_err err;

    (void)state;
    for (const char *cost = "56789ABC"; *cost; cost++) {
        char v[80];
        int n = snprintf(v, sizeof v, "$y$j%cT$salt$0123456789012345678901234567890123456789012", *cost);

        assert_works(qn_crypt_check(v, (size_t)n, &err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_right_pin_gives_the_verifiers_own_hash),
        cmocka_unit_test(test_hashes_that_are_not_computed),
        cmocka_unit_test(test_yescrypt_up_to_a_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
