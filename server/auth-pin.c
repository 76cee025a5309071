#include "server/auth-pin.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "lib/secret.h"
#include "server/policy.h"

int qn_badge_read(const struct qn_msg *in, char out[QN_BADGE_TEXT], struct qn_err *err)
{
    size_t n;
    const uint8_t *typed = qn_msg_get_secret(in, QN_SECRET_BADGE, &n);

    return qn_badge_number(json_object_get(qn_policy()->document, "badges"), typed, n, out, err);
}

int qn_badge_hash(const struct qn_core *c, const char *number, uint8_t out[32], struct qn_err *err)
{
    const uint8_t *key = qn_keystore_get(c->keys, "badge");
    unsigned len = 32;

    if (!key)
        return qn_fail(err, QN_EINTERNAL, "the badge key is missing from the keystore");
    if (!HMAC(EVP_sha256(), key, 32, (const unsigned char *)number, strlen(number), out, &len))
        return qn_fail(err, QN_EINTERNAL, "HMAC failed");
    return 0;
}

int qn_badge_mac(const struct qn_core *c, const struct qn_msg *in, uint8_t out[32], struct qn_err *err)
{
    char number[QN_BADGE_TEXT];
    int r = qn_badge_read(in, number, err);

    if (r == 0)
        r = qn_badge_hash(c, number, out, err);
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

/* Digit i of a pattern of n digits that goes on with itself: "123123", "5858". */
static bool repeats_every(const char *pin, size_t n, size_t every)
{
    for (size_t i = every; i < n; i++)
        if (pin[i] != pin[i - every])
            return false;
    return true;
}

/* The same step from digit to digit, 0 after 9, or a line over the keys: "123456", "890123", "135791", "147258". */
static bool runs(const char *pin, size_t n)
{
    static const char *const lines[] = { "147258369", "963852741", "741852963",
                                         "369258147", "159357", "357159", "753951", "951753", "123698745", "147896325", "789456123",
                                         "321654987", "456789123" };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (strstr(lines[i], pin))
            return true;
    for (size_t i = 1; i < n; i++)
        if ((pin[i] - pin[i - 1] - (pin[1] - pin[0])) % 10 != 0)
            return false;
    return true;
}

static int two(const char *p)
{
    return (p[0] - '0') * 10 + p[1] - '0';
}

static bool day_and_month(int a, int b)
{
    return (a >= 1 && a <= 31 && b >= 1 && b <= 12) || (a >= 1 && a <= 12 && b >= 1 && b <= 31);
}

/* A day as people write it: ddmmyy, mmddyy, yymmdd; with the century ddmmyyyy, mmddyyyy, yyyymmdd. */
static bool is_date(const char *pin, size_t n)
{
    if (n == 6)
        return day_and_month(two(pin), two(pin + 2)) || day_and_month(two(pin + 2), two(pin + 4));
    if (n != 8)
        return false;
    return ((two(pin + 4) == 19 || two(pin + 4) == 20) && day_and_month(two(pin), two(pin + 2))) ||
           ((two(pin) == 19 || two(pin) == 20) && day_and_month(two(pin + 4), two(pin + 6)));
}

/* The first half back to front, or few digits in all: "123321", "112211". */
static bool is_poor(const char *pin, size_t n)
{
    unsigned seen = 0;
    size_t mirror = 0;

    for (size_t i = 0; i < n; i++) {
        seen |= 1U << (pin[i] - '0');
        mirror += pin[i] == pin[n - 1 - i];
    }
    return mirror == n || __builtin_popcount(seen) <= 2;
}

bool qn_pin_guessable(const char *pin)
{
    size_t n = strlen(pin);

    for (size_t every = 1; every <= n / 2; every++)
        if (repeats_every(pin, n, every))
            return true;
    return runs(pin, n) || is_date(pin, n) || is_poor(pin, n);
}

void qn_pin_random(char out[7])
{
    do {
        uint32_t v;

        do
            qn_random(&v, sizeof v);
        while (v >= 4294000000U); /* the largest multiple of a million: no digit is likelier than another */
        snprintf(out, 7, "%06u", (unsigned)(v % 1000000U));
    } while (qn_pin_guessable(out));
}

void qn_pin_question(struct qn_msg *out, const void *pin, size_t n, const uint8_t salt[16], int64_t cost, const char *req)
{
    qn_msg_request(out, "pin.hash", req);
    qn_msg_int(out, "n", cost);
    qn_msg_secret(out, QN_SECRET_PIN, pin, n);
    qn_msg_secret(out, QN_SECRET_SALT, salt, 16);
}
