#include "config.h"

#include "server/badge-rules.h"

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/secret.h"

enum { WIDE = 32, GROUPS = 3 }; /* a number has up to 256 bits, big-endian; groups of a match: all, one, two */

enum base { BASE_HEX, BASE_DECIMAL, BASE_TEXT };

struct rule {
    const char *match;
    enum base base;
    bool reverse;
    int bytes, bits, shift, card_bits; /* 0: not given */
};

static const char *const bases[] = { [BASE_HEX] = "hex", [BASE_DECIMAL] = "decimal", [BASE_TEXT] = "text" };

/* The numbers a rule may have, and what is least and most. */
static const struct { const char *name; size_t at; int least, most; } numbers[] = {
    { "bytes", offsetof(struct rule, bytes), 1, WIDE },
    { "bits", offsetof(struct rule, bits), 1, WIDE * 8 },
    { "shift", offsetof(struct rule, shift), 1, 64 },
    { "card-bits", offsetof(struct rule, card_bits), 1, 64 },
};

/* ---- reading and checking rules ---- */

static int rule_number(struct rule *r, const char *key, const json_t *v, struct qn_err *err)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(key, numbers[i].name) != 0)
            continue;
        if (!json_is_integer(v) || json_integer_value(v) < numbers[i].least || json_integer_value(v) > numbers[i].most)
            return qn_fail(err, QN_EINVAL, "\"%s\" is a number from %d to %d", key, numbers[i].least, numbers[i].most);
        *(int *)(void *)((char *)r + numbers[i].at) = (int)json_integer_value(v);
        return 0;
    }
    return qn_fail(err, QN_EINVAL, "there is no member \"%s\"", key);
}

static int rule_member(struct rule *r, const char *key, const json_t *v, struct qn_err *err)
{
    if (strcmp(key, "match") == 0) {
        r->match = json_string_value(v);
        return r->match && json_string_length(v) <= QN_BADGE_MATCH ? 0 :
               qn_fail(err, QN_EINVAL, "\"match\" is an expression of at most %d characters", QN_BADGE_MATCH);
    }
    if (strcmp(key, "base") == 0) {
        for (size_t i = 0; json_is_string(v) && i < sizeof bases / sizeof *bases; i++)
            if (strcmp(bases[i], json_string_value(v)) == 0) {
                r->base = (enum base)i;
                return 0;
            }
        return qn_fail(err, QN_EINVAL, "\"base\" is hex, decimal or text");
    }
    if (strcmp(key, "reverse") == 0) {
        r->reverse = json_is_true(v);
        return json_is_boolean(v) ? 0 : qn_fail(err, QN_EINVAL, "\"reverse\" is true or false");
    }
    return rule_number(r, key, v, err);
}

static int rule_read(struct rule *r, const json_t *o, struct qn_err *err)
{
    const char *key;
    json_t *v;
    int code;

    memset(r, 0, sizeof *r);
    if (!json_is_object(o))
        return qn_fail(err, QN_EINVAL, "it is not an object");
    json_object_foreach((json_t *)(uintptr_t)o, key, v)
        if ((code = rule_member(r, key, v, err)) != 0)
            return code;
    if (!r->match || !json_object_get(o, "base"))
        return qn_fail(err, QN_EINVAL, "\"match\" and \"base\" are needed");
    if (r->base == BASE_TEXT && (r->reverse || r->bytes || r->bits || r->shift || r->card_bits))
        return qn_fail(err, QN_EINVAL, "a text has no bytes and bits");
    if (r->reverse && r->base == BASE_DECIMAL && !r->bytes)
        return qn_fail(err, QN_EINVAL, "\"reverse\" of a decimal number needs \"bytes\"");
    return 0;
}

/* A bracket expression, from '[' to behind its ']'. */
static const char *skip_bracket(const char *p)
{
    p++;
    if (*p == '^')
        p++;
    if (*p == ']')
        p++;
    while (*p && *p != ']') {
        if (p[0] == '[' && (p[1] == ':' || p[1] == '.' || p[1] == '=')) {
            const char kind = p[1];

            for (p += 2; *p && !(p[0] == kind && p[1] == ']'); p++)
                ;
            p += *p ? 1 : 0;
        }
        p += *p ? 1 : 0;
    }
    return *p ? p + 1 : p;
}

/* A repetition, "?" aside, that starts at p; *next is behind it. */
static bool repeats(const char *p, const char **next)
{
    const char *end = *p == '{' ? strchr(p, '}') : NULL;

    *next = end ? end + 1 : p + (*p == '*' || *p == '+' || *p == '?');
    return *p == '*' || *p == '+' || *p == '{';
}

/* No way back and no repetition of a repetition: what remains takes time that grows with the text's length alone. */
static int expression_tame(const char *p, struct qn_err *err)
{
    bool inside[16] = { false }; /* the open groups: do they hold a repetition? */
    bool closed = false, repeated = false; /* the item before p: was it such a group, a repetition itself? */
    int depth = 0;

    while (*p) {
        const char *next;
        bool again = repeats(p, &next);

        if (again && (closed || repeated))
            return qn_fail(err, QN_EINVAL, "\"match\" repeats a repetition");
        inside[depth] = inside[depth] || again;
        repeated = next != p;
        closed = false;
        if (repeated) {
            p = next;
        } else if (*p == '\\') {
            if (p[1] == '\0' || (p[1] >= '1' && p[1] <= '9'))
                return qn_fail(err, QN_EINVAL, "\"match\" refers back or ends in a backslash");
            p += 2;
        } else if (*p == '[') {
            p = skip_bracket(p);
        } else if (*p == '(') {
            if (++depth == 16)
                return qn_fail(err, QN_EINVAL, "\"match\" has too many groups in groups");
            inside[depth] = false;
            p++;
        } else if (*p == ')' && depth > 0) {
            closed = inside[depth--];
            inside[depth] = inside[depth] || closed;
            p++;
        } else {
            p++;
        }
    }
    return 0;
}

/* Compiled so that it has to match everything; the caller frees with regfree(). */
static int rule_compile(const struct rule *r, regex_t *re, struct qn_err *err)
{
    char whole[QN_BADGE_MATCH + 8], why[128];
    int code;

    snprintf(whole, sizeof whole, "^(%s)$", r->match);
    code = regcomp(re, whole, REG_EXTENDED);
    if (code != 0) {
        regerror(code, re, why, sizeof why);
        return qn_fail(err, QN_EINVAL, "\"match\": %s", why);
    }
    return 0;
}

static int rule_check(const json_t *o, struct qn_err *err)
{
    struct rule r;
    regex_t re;
    size_t groups;
    int code = rule_read(&r, o, err);

    if (code != 0 || (code = expression_tame(r.match, err)) != 0 || (code = rule_compile(&r, &re, err)) != 0)
        return code;
    groups = re.re_nsub - 1; /* ours is the first */
    regfree(&re);
    if (r.card_bits ? groups != 2 : groups > 1)
        return qn_fail(err, QN_EINVAL, r.card_bits ? "with \"card-bits\", \"match\" has two groups: facility and card" :
                       "\"match\" has one group at most: the number");
    return 0;
}

int qn_badge_rules_check(const json_t *rules, struct qn_err *err)
{
    const json_t *o;
    size_t i;
    int r;

    if (!json_is_array(rules) || json_array_size(rules) > QN_BADGE_RULES)
        return qn_fail(err, QN_EINVAL, "\"badges\" lists at most %d rules", QN_BADGE_RULES);
    json_array_foreach(rules, i, o)
        if ((r = rule_check(o, err)) != 0) {
            char where[32];

            snprintf(where, sizeof where, "badge rule %zu", i + 1);
            return qn_prefix(err, where);
        }
    return 0;
}

/* ---- numbers ---- */

static int digit_of(char ch)
{
    return ch >= '0' && ch <= '9' ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : ch >= 'A' && ch <= 'F' ? ch - 'A' + 10 : 99;
}

/* v = v * by + add; false when it does not fit. */
static bool wide_step(uint8_t v[WIDE], unsigned by, unsigned add)
{
    for (int i = WIDE - 1; i >= 0; i--) {
        add += v[i] * by;
        v[i] = (uint8_t)add;
        add >>= 8;
    }
    return add == 0;
}

/* Digits, with separators anywhere between them. Returns how many, 0 if there are none or it is no number. */
static size_t wide_read(uint8_t v[WIDE], const char *p, size_t n, unsigned base)
{
    size_t digits = 0;

    memset(v, 0, WIDE);
    for (size_t i = 0; i < n; i++) {
        unsigned d = (unsigned)digit_of(p[i]);

        if (strchr(" :-._,", p[i]))
            continue;
        if (d >= base || !wide_step(v, base, d))
            return 0;
        digits++;
    }
    return digits;
}

static bool wide_bit(const uint8_t v[WIDE], int bit)
{
    return bit < WIDE * 8 && (v[WIDE - 1 - bit / 8] >> bit % 8 & 1);
}

/* Leaves bits shift to shift + bits - 1. */
static void wide_cut(uint8_t v[WIDE], int shift, int bits)
{
    uint8_t out[WIDE] = { 0 };

    for (int i = 0; i < bits && i < WIDE * 8; i++)
        if (wide_bit(v, i + shift))
            out[WIDE - 1 - i / 8] |= (uint8_t)(1U << i % 8);
    memcpy(v, out, WIDE);
    qn_wipe(out, sizeof out);
}

/* facility above the card's bits. False if the card has more than those, or it does not fit. */
static bool wide_join(uint8_t card[WIDE], uint8_t facility[WIDE], int card_bits)
{
    for (int i = card_bits; i < WIDE * 8; i++)
        if (wide_bit(card, i))
            return false;
    for (int i = 0; i < card_bits; i++)
        if (!wide_step(facility, 2, 0))
            return false;
    for (int i = 0; i < WIDE; i++)
        card[i] |= facility[i];
    return true;
}

static int wide_bytes(const uint8_t v[WIDE])
{
    int n = WIDE;

    while (n > 1 && v[WIDE - n] == 0)
        n--;
    return n;
}

static int number_write(const struct rule *r, uint8_t v[WIDE], int natural, char out[QN_BADGE_TEXT], struct qn_err *err)
{
    int least = wide_bytes(v), bytes = r->bytes ? r->bytes : natural > least ? natural : least;

    if (least > bytes)
        return qn_fail(err, QN_EINVAL, "the badge's number has more than %d bytes", bytes);
    for (int i = 0; i < bytes; i++)
        snprintf(out + (size_t)i * 2, 3, "%02X", v[r->reverse ? WIDE - 1 - i : WIDE - bytes + i]);
    return 0;
}

/* ---- what was typed ---- */

static int number_text(const char *p, size_t n, char out[QN_BADGE_TEXT], struct qn_err *err)
{
    if (n == 0)
        return qn_fail(err, QN_EINVAL, "the badge's number is empty");
    memcpy(out, p, n);
    out[n] = '\0';
    return 0;
}

static int number_of(const struct rule *r, const char *text, const regmatch_t *at, char out[QN_BADGE_TEXT], struct qn_err *err)
{
    unsigned base = r->base == BASE_HEX ? 16 : 10;
    uint8_t v[WIDE], facility[WIDE] = { 0 };
    const regmatch_t *m = r->card_bits ? &at[3] : at[2].rm_so >= 0 ? &at[2] : &at[1];
    size_t digits;
    int code = 0;

    if (r->base == BASE_TEXT)
        return number_text(text + m->rm_so, (size_t)(m->rm_eo - m->rm_so), out, err);
    digits = wide_read(v, text + m->rm_so, (size_t)(m->rm_eo - m->rm_so), base);
    if (digits == 0 || (r->card_bits && (wide_read(facility, text + at[2].rm_so, (size_t)(at[2].rm_eo - at[2].rm_so), base) == 0 ||
                                         !wide_join(v, facility, r->card_bits))))
        code = qn_fail(err, QN_EINVAL, "the badge's number is not the %s number that its rule expects", bases[r->base]);
    if (code == 0 && (r->shift || r->bits))
        wide_cut(v, r->shift, r->bits ? r->bits : WIDE * 8);
    if (code == 0) /* leading zeros of hex digits count, unless something was cut or joined */
        code = number_write(r, v, base == 16 && !r->shift && !r->bits && !r->card_bits ? (int)(digits + 1) / 2 : 1, out, err);
    qn_wipe(v, sizeof v);
    qn_wipe(facility, sizeof facility);
    return code;
}

/* Without a rule. */
static void number_plain(const char *text, char out[QN_BADGE_TEXT])
{
    size_t used = 0;

    for (; *text; text++)
        if (*text != ' ')
            out[used++] = *text >= 'a' && *text <= 'z' ? (char)(*text - 32) : *text;
    out[used] = '\0';
}

/* 0, QN_ENOTFOUND if the rule is not for this text, or QN_EINVAL. */
static int rule_try(const json_t *o, const char *text, char out[QN_BADGE_TEXT], struct qn_err *err)
{
    regmatch_t at[1 + GROUPS] = { 0 };
    struct rule r;
    regex_t re;
    int code = rule_read(&r, o, err);

    if (code != 0 || (code = rule_compile(&r, &re, err)) != 0)
        return code;
    code = regexec(&re, text, 1 + GROUPS, at, 0) == 0 ? number_of(&r, text, at, out, err) : QN_ENOTFOUND;
    regfree(&re);
    return code;
}

int qn_badge_number(const json_t *rules, const void *typed, size_t n, char out[QN_BADGE_TEXT], struct qn_err *err)
{
    const char *p = typed;
    char text[QN_BADGE_TYPED + 1];
    size_t used = 0;
    int r = QN_ENOTFOUND;

    out[0] = '\0';
    if (n > QN_BADGE_TYPED)
        return qn_fail(err, QN_EINVAL, "a badge's number has at most %d characters", QN_BADGE_TYPED);
    for (size_t i = 0; i < n; i++) /* control characters are the reader's, blanks at both ends nobody's */
        if (p[i] >= ' ' && p[i] < 0x7f && (p[i] != ' ' || used > 0))
            text[used++] = p[i];
    while (used > 0 && text[used - 1] == ' ')
        used--;
    text[used] = '\0';
    if (used == 0)
        r = qn_fail(err, QN_EINVAL, "a badge's number is empty");
    for (size_t i = 0; r == QN_ENOTFOUND && i < json_array_size(rules); i++)
        r = rule_try(json_array_get(rules, i), text, out, err);
    if (r == QN_ENOTFOUND) {
        number_plain(text, out);
        r = 0;
    }
    qn_wipe(text, sizeof text);
    if (r != 0)
        qn_wipe(out, QN_BADGE_TEXT);
    return r;
}
