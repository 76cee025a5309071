#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "server/note.h"

static const uint8_t seed[32] = "a seed of exactly 32 characters";

static EVP_PKEY *key_make(struct qn_note_key *key, const char *name)
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    uint8_t public[32];
    size_t n = sizeof public;

    assert_int_equal(EVP_PKEY_get_raw_public_key(pkey, public, &n), 1);
    assert_int_equal(qn_note_key(key, name, public, NULL), 0);
    return pkey;
}

/* The example key of c2sp.org/signed-note: its key line must parse, and its id be what the page says. */
static void test_key_line_of_the_specification(void **state)
{
    static const char line[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    struct qn_note_key key;
    char again[QN_NOTE_MAX];

    (void)state;
    assert_int_equal(qn_note_key_parse(&key, line, NULL), 0);
    assert_string_equal(key.name, "PeterNeumann");
    qn_note_key_format(again, &key);
    assert_string_equal(again, line);
}

/* A note signed by that key is still not a head of a log. */
static void test_a_note_that_is_no_checkpoint(void **state)
{
    static const char line[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    struct qn_note_key key;
    struct qn_note note;
    struct qn_err err;

    (void)state;
    assert_int_equal(qn_note_key_parse(&key, line, NULL), 0);
    assert_int_equal(qn_note_open(&note, "If you think cryptography is the answer to your problem,\n"
                                  "then you don't know what your problem is.\n\n"
                                  "\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSN"
                                  "XgKvqfqdngotpRZb6KE6RyyBwJnAM=\n", &key, &err), QN_ECORRUPT);
    assert_string_equal(err.text, "the head is not a checkpoint");
}

static void test_signed_is_opened(void **state)
{
    struct qn_note note = { .size = 1234567 }, got;
    struct qn_note_key key, same;
    EVP_PKEY *pkey = key_make(&key, "print.example.com/log");
    char text[QN_NOTE_MAX], line[QN_NOTE_MAX];

    (void)state;
    memset(note.root, 7, sizeof note.root);
    qn_note_sign(text, &key, pkey, &note);
    assert_non_null(strstr(text, "print.example.com/log\n1234567\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n"));
    assert_int_equal(qn_note_open(&got, text, &key, NULL), 0);
    assert_int_equal(got.size, note.size);
    assert_memory_equal(got.root, note.root, sizeof note.root);
    qn_note_key_format(line, &key);
    assert_int_equal(qn_note_key_parse(&same, line, NULL), 0);
    assert_memory_equal(&same, &key, sizeof key);
    EVP_PKEY_free(pkey);
}

/* Whatever single bit changes, the note is refused or says the same. */
static void test_no_flipped_bit_passes(void **state)
{
    struct qn_note note = { .size = 42 }, got;
    struct qn_note_key key;
    EVP_PKEY *pkey = key_make(&key, "a/log");
    char text[QN_NOTE_MAX], bad[QN_NOTE_MAX];
    size_t n;

    (void)state;
    qn_note_sign(text, &key, pkey, &note);
    n = strlen(text);
    for (size_t i = 0; i + 1 < n; i++) /* the last newline carries nothing */
        for (int bit = 0; bit < 8; bit++) {
            memcpy(bad, text, n + 1);
            bad[i] = (char)(bad[i] ^ 1 << bit);
            if (qn_note_open(&got, bad, &key, NULL) == 0)
                fail_msg("byte %zu bit %d", i, bit);
            assert_int_equal(got.size, 0);
        }
    for (size_t i = 0; i + 1 < n; i++) {
        memcpy(bad, text, n + 1);
        bad[i] = '\0';
        assert_int_equal(qn_note_open(&got, bad, &key, NULL), QN_ECORRUPT);
    }
    EVP_PKEY_free(pkey);
}

static void test_other_signers_are_passed_over(void **state)
{
    struct qn_note note = { .size = 42 }, got;
    struct qn_note_key key, other;
    EVP_PKEY *pkey = key_make(&key, "a/log");
    char text[QN_NOTE_MAX], more[2 * QN_NOTE_MAX];
    char *at;

    (void)state;
    qn_note_sign(text, &key, pkey, &note);
    at = strstr(text, "\n\n") + 2;
    snprintf(more, sizeof more, "%.*s\xe2\x80\x94 witness AAAAAAAA\n%s", (int)(at - text), text, at);
    assert_int_equal(qn_note_open(&got, more, &key, NULL), 0);
    EVP_PKEY_free(key_make(&other, "b/log"));
    assert_int_equal(qn_note_open(&got, more, &other, NULL), QN_ECORRUPT);
    *at = '\0';
    assert_int_equal(qn_note_open(&got, text, &key, NULL), QN_ECORRUPT);
    EVP_PKEY_free(pkey);
}

static void test_bad_names_and_key_lines(void **state)
{
    static const char *const names[] = { "", "a b", "a+b", "a\nb", "a\tb", "\xff" };
    static const char *const lines[] = {
        "", "+", "a+", "a+00000000+", "a+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW ",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n\n",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    };
    struct qn_note_key key;
    uint8_t public[32] = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(qn_note_key(&key, names[i], public, NULL), QN_EINVAL);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (qn_note_key_parse(&key, lines[i], NULL) != QN_EINVAL)
            fail_msg("%s", lines[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_line_of_the_specification),
        cmocka_unit_test(test_a_note_that_is_no_checkpoint),
        cmocka_unit_test(test_signed_is_opened),
        cmocka_unit_test(test_no_flipped_bit_passes),
        cmocka_unit_test(test_other_signers_are_passed_over),
        cmocka_unit_test(test_bad_names_and_key_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
