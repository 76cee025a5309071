#include "server/auth-pin.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "lib/secret.h"
#include "server/policy.h"

int qn_badge_mac(const struct qn_core *c, const struct qn_msg *in, uint8_t out[32], struct qn_err *err)
{
    const uint8_t *key = qn_keystore_get(c->keys, "badge");
    uint8_t number[64];
    size_t n, used = 0;
    const uint8_t *p = qn_msg_get_secret(in, QN_SECRET_BADGE, &n);
    unsigned len = 32;
    int r = 0;

    if (!key)
        return qn_fail(err, QN_EINTERNAL, "the badge key is missing from the keystore");
    for (size_t i = 0; p && i < n && used < sizeof number; i++)
        if (p[i] > ' ' && p[i] < 0x7f)
            number[used++] = p[i] >= 'a' && p[i] <= 'z' ? (uint8_t)(p[i] - 32) : p[i];
    if (used == 0 || n > sizeof number)
        r = qn_fail(err, QN_EINVAL, "a badge number has 1 to %zu characters", sizeof number);
    else if (!HMAC(EVP_sha256(), key, 32, number, used, out, &len))
        r = qn_fail(err, QN_EINTERNAL, "HMAC failed");
    qn_wipe(number, sizeof number);
    return r;
}

/* AAD: the person's directory id, so that a row can't be moved to another person. */
int qn_pin_store(const struct qn_core *c, const char *dir_id, const uint8_t hash[32], struct qn_pin *pin, struct qn_err *err)
{
    const uint8_t *pepper = qn_keystore_get(c->keys, "pepper");

    if (!pepper)
        return qn_fail(err, QN_EINTERNAL, "the pepper is missing from the keystore");
    return qn_wrap(pin->wrapped, pepper, hash, dir_id, strlen(dir_id), err);
}

bool qn_pin_matches(const struct qn_core *c, const char *dir_id, const uint8_t hash[32], const struct qn_pin *pin)
{
    const uint8_t *pepper = qn_keystore_get(c->keys, "pepper");
    uint8_t *stored = qn_secret_alloc(32);
    bool same = pepper && qn_unwrap(stored, pepper, pin->wrapped, dir_id, strlen(dir_id), NULL) == 0 &&
                qn_secret_equal(stored, hash, 32);

    qn_secret_free(&stored);
    return same;
}

void qn_pin_penalty(int64_t failures, int64_t now, int64_t *until_out, bool *locked_out)
{
    const struct qn_authentication *a = &qn_policy()->authentication;
    int64_t over = failures - a->pin_tries;

    *locked_out = failures >= a->pin_lock;
    *until_out = over < 0 ? 0 : now + (a->pin_wait << (over < 10 ? over : 10));
}

static bool pin_guessable(const char *pin)
{
    int up = 1, down = 1, same = 1, pairs = 1;

    for (int i = 1; i < 6; i++) {
        up += pin[i] == pin[i - 1] + 1;
        down += pin[i] == pin[i - 1] - 1;
        same += pin[i] == pin[0];
        pairs += i >= 2 && pin[i] == pin[i - 2];
    }
    return up >= 5 || down >= 5 || same >= 4 || pairs >= 5;
}

void qn_pin_random(char out[7])
{
    do {
        uint32_t v;

        do
            qn_random(&v, sizeof v);
        while (v >= 4294000000U); /* the largest multiple of a million: no digit is likelier than another */
        snprintf(out, 7, "%06u", (unsigned)(v % 1000000U));
    } while (pin_guessable(out));
}

void qn_pin_question(struct qn_msg *out, const void *pin, size_t n, const uint8_t salt[16], int64_t cost, const char *req)
{
    qn_msg_request(out, "pin.hash", req);
    qn_msg_int(out, "n", cost);
    qn_msg_secret(out, QN_SECRET_PIN, pin, n);
    qn_msg_secret(out, QN_SECRET_SALT, salt, 16);
}
