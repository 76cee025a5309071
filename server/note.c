#include "config.h"

#include "server/note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

enum { ED25519 = 0x01, SIGNATURE = 64, SIGNED = 4 + SIGNATURE, ROOT_TEXT = 44 };

static const char dash[] = "\xe2\x80\x94 "; /* U+2014 and a space begin a signature line */

static void note_base64(char *out, const void *p, size_t n)
{
    EVP_EncodeBlock((unsigned char *)out, p, (int)n);
}

/* Exactly n bytes (at most 96) from the text up to its end or a newline; only the one canonical form. */
static bool note_unbase64(uint8_t *out, size_t n, const char *text)
{
    uint8_t raw[100];
    char again[140];
    size_t len = 4 * ((n + 2) / 3);

    if (strcspn(text, "\n") != len || EVP_DecodeBlock(raw, (const unsigned char *)text, (int)len) < (int)n)
        return false;
    note_base64(again, raw, n);
    if (memcmp(again, text, len) != 0)
        return false;
    memcpy(out, raw, n);
    return true;
}

static bool note_name_valid(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && n < QN_NOTE_NAME && qn_utf8_clean(name, n) && strcspn(name, " +") == n;
}

int qn_note_key(struct qn_note_key *out, const char *name, const uint8_t public[32], struct qn_err *err)
{
    uint8_t said[QN_NOTE_NAME + 34], hash[EVP_MAX_MD_SIZE];
    size_t n = strlen(name);

    memset(out, 0, sizeof *out);
    if (!note_name_valid(name))
        return qn_fail(err, QN_EINVAL, "the log's name must have 1 to %d characters, without spaces and '+'",
                       QN_NOTE_NAME - 1);
    memcpy(said, name, n);
    said[n] = '\n';
    said[n + 1] = ED25519;
    memcpy(said + n + 2, public, 32);
    if (EVP_Digest(said, n + 34, hash, NULL, EVP_sha256(), NULL) != 1)
        qn_panic("SHA-256 failed");
    memcpy(out->name, name, n + 1);
    memcpy(out->id, hash, sizeof out->id);
    memcpy(out->public, public, 32);
    return 0;
}

void qn_note_key_format(char out[QN_NOTE_MAX], const struct qn_note_key *key)
{
    uint8_t typed[33] = { ED25519 };
    char id[9], text[48];

    memcpy(typed + 1, key->public, 32);
    note_base64(text, typed, sizeof typed);
    snprintf(out, QN_NOTE_MAX, "%s+%s+%s", key->name, qn_hex(id, key->id, sizeof key->id), text);
}

int qn_note_key_parse(struct qn_note_key *out, const char *line, struct qn_err *err)
{
    char name[QN_NOTE_NAME], again[QN_NOTE_MAX];
    uint8_t typed[33];
    size_t n = strcspn(line, "+"), len = strcspn(line, "\n");

    memset(out, 0, sizeof *out);
    if (n >= sizeof name || strlen(line) < n + 10 || !note_unbase64(typed, sizeof typed, line + n + 10) ||
        typed[0] != ED25519)
        return qn_fail(err, QN_EINVAL, "that is no Ed25519 key line of a log");
    memcpy(name, line, n);
    name[n] = '\0';
    if (qn_note_key(out, name, typed + 1, err) != 0)
        return QN_EINVAL;
    qn_note_key_format(again, out);
    if (strlen(again) != len || memcmp(again, line, len) != 0 || (line[len] && line[len + 1])) {
        memset(out, 0, sizeof *out);
        return qn_fail(err, QN_EINVAL, "the log's key line is damaged");
    }
    return 0;
}

static size_t note_text(char out[QN_NOTE_MAX], const struct qn_note_key *key, const struct qn_note *note)
{
    char root[ROOT_TEXT + 1];

    note_base64(root, note->root, sizeof note->root);
    return (size_t)snprintf(out, QN_NOTE_MAX, "%s\n%llu\n%s\n", key->name, (unsigned long long)note->size, root);
}

void qn_note_sign(char out[QN_NOTE_MAX], const struct qn_note_key *key, EVP_PKEY *pkey, const struct qn_note *note)
{
    size_t n = note_text(out, key, note), sig_len = SIGNATURE;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t sig[SIGNED];
    char text[4 * SIGNED];

    memcpy(sig, key->id, sizeof key->id);
    if (!ctx || EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) != 1 ||
        EVP_DigestSign(ctx, sig + sizeof key->id, &sig_len, (const unsigned char *)out, n) != 1 || sig_len != SIGNATURE)
        qn_panic("signing the head failed");
    EVP_MD_CTX_free(ctx);
    note_base64(text, sig, sizeof sig);
    snprintf(out + n, QN_NOTE_MAX - n, "\n%s%s %s\n", dash, key->name, text);
}

static bool note_signed(const struct qn_note_key *key, const char *text, size_t n, const uint8_t sig[SIGNATURE])
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->public, sizeof key->public);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = false;

    if (pkey && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1)
        good = EVP_DigestVerify(ctx, sig, SIGNATURE, (const unsigned char *)text, n) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return good;
}

/* The signature of key among the lines that follow the empty one. */
static bool note_find(const char *lines, const struct qn_note_key *key, uint8_t sig[SIGNED])
{
    size_t mark = sizeof dash - 1, name = strlen(key->name);

    for (const char *p = lines; *p; p += strcspn(p, "\n"), p += *p == '\n')
        if (strncmp(p, dash, mark) == 0 && strncmp(p + mark, key->name, name) == 0 && p[mark + name] == ' ' &&
            note_unbase64(sig, SIGNED, p + mark + name + 1) && memcmp(sig, key->id, sizeof key->id) == 0)
            return true;
    return false;
}

int qn_note_open(struct qn_note *out, const char *text, const struct qn_note_key *key, struct qn_err *err)
{
    const char *size = text + strcspn(text, "\n"), *end;
    char again[QN_NOTE_MAX], *stop;
    struct qn_note note;
    uint8_t sig[SIGNED];

    memset(out, 0, sizeof *out);
    if (*size != '\n' || !(end = strstr(text, "\n\n")))
        return qn_fail(err, QN_ECORRUPT, "the head is not a signed note");
    note.size = strtoull(size + 1, &stop, 10);
    if (*stop != '\n' || !note_unbase64(note.root, sizeof note.root, stop + 1))
        return qn_fail(err, QN_ECORRUPT, "the head is not a checkpoint");
    end++;
    if (note_text(again, key, &note) != (size_t)(end - text) || memcmp(again, text, (size_t)(end - text)) != 0)
        return qn_fail(err, QN_ECORRUPT, "the head is of another log, or not in its one form");
    if (!note_find(end + 1, key, sig))
        return qn_fail(err, QN_ECORRUPT, "the head has no signature of this log's key");
    if (!note_signed(key, text, (size_t)(end - text), sig + sizeof key->id))
        return qn_fail(err, QN_ECORRUPT, "the head's signature is wrong");
    *out = note;
    return 0;
}
