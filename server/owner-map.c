#include "server/owner-map.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "lib/buf.h"

/* ---- forms: a name has the first one whose sign is in it ---- */

static const struct form {
    char sign;        /* between login and realm; 0: there is none */
    bool realm_first;
} forms[] = {
    { '\\', true },   /* EXAMPLE\alice */
    { '@', false },   /* alice@example.org, alice@EXAMPLE.ORG */
    { 0, false },     /* alice */
};

static bool is_ours(const char *const *realms, unsigned n, const char *realm, size_t len)
{
    for (unsigned i = 0; i < n; i++)
        if (len && strlen(realms[i]) == len && strncasecmp(realms[i], realm, len) == 0)
            return true;
    return false;
}

/* ---- characters (blocks of Unicode 15) ---- */

enum kind { PLAIN, REFUSED, LATIN, GREEK, CYRILLIC, ARMENIAN, CHEROKEE, COPTIC, LISU };

static const struct {
    uint32_t first, last;
    enum kind kind;
} blocks[] = {
    { 0x41, 0x5a, LATIN },         { 0x61, 0x7a, LATIN },
    { 0x80, 0xbf, REFUSED },       /* no-break space, soft hyphen, signs */
    { 0xc0, 0x24f, LATIN },
    { 0x250, 0x36f, REFUSED },     /* phonetic letters, modifiers, combining marks */
    { 0x370, 0x3ff, GREEK },       { 0x400, 0x52f, CYRILLIC },    { 0x530, 0x58f, ARMENIAN },
    { 0x61c, 0x61c, REFUSED },     /* a mark of direction */
    { 0x115f, 0x1160, REFUSED },   /* fillers */
    { 0x13a0, 0x13ff, CHEROKEE },
    { 0x1680, 0x1680, REFUSED },   /* a space */
    { 0x17b4, 0x17b5, REFUSED },   { 0x180b, 0x180f, REFUSED },   /* characters without a shape */
    { 0x1c80, 0x1c8f, CYRILLIC },
    { 0x1ab0, 0x1aff, REFUSED },   { 0x1d00, 0x1dff, REFUSED },   /* phonetic letters, combining marks */
    { 0x1e00, 0x1eff, LATIN },     { 0x1f00, 0x1fff, GREEK },
    { 0x2000, 0x2bff, REFUSED },   /* spaces, zero widths, directions, letter-like signs, numerals, arrows, symbols */
    { 0x2c60, 0x2c7f, LATIN },     { 0x2c80, 0x2cff, COPTIC },    { 0x2de0, 0x2dff, CYRILLIC },
    { 0x3000, 0x3000, REFUSED },   { 0x3164, 0x3164, REFUSED },   /* a space, a filler */
    { 0xa4d0, 0xa4ff, LISU },      { 0xa640, 0xa69f, CYRILLIC },  { 0xa720, 0xa7ff, LATIN },
    { 0xab30, 0xab6f, LATIN },     { 0xab70, 0xabbf, CHEROKEE },
    { 0xd800, 0xf8ff, REFUSED },   /* private use */
    { 0xfb00, 0xfb4f, REFUSED },   { 0xfe00, 0xfe2f, REFUSED },   /* ligatures; selectors, combining marks */
    { 0xfe50, 0xfeff, REFUSED },   { 0xff00, 0xffff, REFUSED },   /* small, wide and narrow forms; what is no character */
    { 0x1d000, 0x1fbff, REFUSED }, /* mathematical letters, enclosed ones, pictures */
    { 0xe0000, 0x10ffff, REFUSED }, /* tags, selectors, private use */
};

static enum kind kind_of(uint32_t c)
{
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (c >= blocks[i].first && c <= blocks[i].last)
            return blocks[i].kind;
    return PLAIN;
}

/* The character at *at of well-formed UTF-8 (RFC 3629); moves on. */
static uint32_t next(const char *s, size_t *at)
{
    unsigned char c = (unsigned char)s[(*at)++];
    unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    uint32_t v = more ? c & (0x3fU >> more) : c;

    while (more--)
        v = v << 6 | ((unsigned char)s[(*at)++] & 0x3f);
    return v;
}

/* Two alphabets in one login are how "alice" is written with one letter that is another. */
static int letters_check(const char *login, size_t n, struct qn_err *err)
{
    enum kind alphabet = PLAIN;

    for (size_t i = 0; i < n;) {
        enum kind k = kind_of(next(login, &i));

        if (k == REFUSED)
            return qn_fail(err, QN_EDENIED, "this login has characters that can't be told from others");
        if (k != PLAIN && alphabet != PLAIN && k != alphabet)
            return qn_fail(err, QN_EDENIED, "this login mixes letters of two alphabets that look alike");
        if (k != PLAIN)
            alphabet = k;
    }
    return 0;
}

/* ---- the whole ---- */

int qn_owner_map(const char *const *realms, unsigned n, const char *name, char out[QN_LOGIN_MAX + 1], struct qn_err *err)
{
    const struct form *f = forms;
    const char *sign, *login = name, *realm;
    size_t len = strlen(name);
    int r;

    out[0] = '\0';
    while (f->sign && !strchr(name, f->sign))
        f++;
    if (f->sign) {
        sign = strchr(name, f->sign);
        login = f->realm_first ? sign + 1 : name;
        realm = f->realm_first ? name : sign + 1;
        if (!is_ours(realms, n, realm, f->realm_first ? (size_t)(sign - name) : strlen(realm)))
            return qn_fail(err, QN_EDENIED, "the realm of this name is not one of ours");
        len = f->realm_first ? strlen(login) : (size_t)(sign - name);
    }
    if (len == 0 || len > QN_LOGIN_MAX || login[0] == ' ' || login[len - 1] == ' ' || !qn_utf8_clean(login, len) ||
        memchr(login, '\\', len) || memchr(login, '@', len))
        return qn_fail(err, QN_EDENIED, "this is no login name");
    if ((r = letters_check(login, len, err)) != 0)
        return r;
    memcpy(out, login, len);
    out[len] = '\0';
    return 0;
}
