#include "ldap/person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ldap/crypt.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/secret.h"

enum { GUID = 16 };

void qn_person_wanted(const struct qn_settings *s, const char *list[QN_PERSON_WANTED])
{
    const char *more[] = { s->member_of, s->person, s->pin };
    unsigned n = 0;

    list[n++] = s->id;
    list[n++] = s->login;
    list[n++] = s->display;
    for (unsigned i = 0; i < sizeof more / sizeof *more; i++)
        if (*more[i])
            list[n++] = more[i];
    for (unsigned i = 0; i < sizeof qn_member_attributes / sizeof *qn_member_attributes; i++)
        list[n++] = qn_member_attributes[i];
    for (unsigned i = 0; qn_status_attributes[i]; i++)
        list[n++] = qn_status_attributes[i];
    list[n] = NULL;
}

static bool is_word(const struct berval *v)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@/+-";

    return v->bv_len > 0 && strlen(v->bv_val) == v->bv_len && strspn(v->bv_val, allowed) == v->bv_len;
}

/* MS-DTYP section 2.3.4: the first three parts of a GUID are little-endian, its text is not. */
static const unsigned guid_order[GUID] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

static bool is_guid(const char *attribute)
{
    return strcasecmp(attribute, "objectGUID") == 0;
}

static void guid_text(char out[65], const struct berval *v)
{
    size_t n = 0;

    for (unsigned i = 0; i < GUID; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[n++] = '-';
        n += (size_t)snprintf(out + n, 3, "%02x", (unsigned char)v->bv_val[guid_order[i]]);
    }
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

    return at ? (int)(at - digits) : -1;
}

size_t qn_person_id_value(uint8_t out[64], const char *attribute, const char *id)
{
    size_t n = strlen(id), at = 0;

    if (!is_guid(attribute)) {
        memcpy(out, id, n <= 64 ? n : 0);
        return n <= 64 ? n : 0;
    }
    for (unsigned i = 0; i < GUID; i++) {
        int high, low;

        if ((i == 4 || i == 6 || i == 8 || i == 10) && id[at++] != '-')
            return 0;
        if ((high = hex_digit(id[at])) < 0 || (low = hex_digit(id[at + 1])) < 0)
            return 0;
        out[guid_order[i]] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    return id[at] ? 0 : GUID;
}

static int take_id(struct qn_person *p, const char *attribute, struct berval **v, struct qn_err *err)
{
    bool guid = is_guid(attribute);

    if (!v || !v[0] || v[1])
        return qn_fail(err, QN_EAWAY, "the entry has not one %s that we may read (directory-id)", attribute);
    if (guid && v[0]->bv_len == GUID)
        guid_text(p->id, v[0]);
    else if (!guid && v[0]->bv_len < sizeof p->id && is_word(v[0]))
        memcpy(p->id, v[0]->bv_val, v[0]->bv_len);
    else
        return qn_fail(err, QN_EAWAY, "the entry's %s is not an identifier (directory-id)", attribute);
    return 0;
}

/* Of several logins the one that was asked for (NULL: none was), else the first. */
static int take_login(struct qn_person *p, const char *attribute, struct berval **v, const char *asked, struct qn_err *err)
{
    struct berval *best = v ? v[0] : NULL;

    for (size_t i = 0; asked && v && v[i]; i++)
        if (strlen(asked) == v[i]->bv_len && strncasecmp(asked, v[i]->bv_val, v[i]->bv_len) == 0)
            best = v[i];
    if (!best || best->bv_len >= sizeof p->login || qn_utf8_copy(p->login, sizeof p->login, best->bv_val, best->bv_len) == 0)
        return qn_fail(err, QN_EAWAY, "the entry has no %s that we may read (directory-login)", attribute);
    return 0;
}

static void take_status(struct qn_person *p, LDAP *ld, LDAPMessage *entry)
{
    for (unsigned a = 0; qn_status_attributes[a]; a++) {
        struct berval **v = ldap_get_values_len(ld, entry, qn_status_attributes[a]);

        for (size_t i = 0; v && v[i]; i++) {
            enum qn_status s = qn_status_of(a, v[i]->bv_val, qn_clock_wall());

            if (s > p->status) {
                p->status = s;
                p->why = qn_status_attributes[a];
            }
        }
        ldap_value_free_len(v);
    }
}

static int take_dn(struct qn_person *p, LDAP *ld, LDAPMessage *entry, struct qn_err *err)
{
    char *dn = ldap_get_dn(ld, entry);

    if (!dn || !*dn) {
        ldap_memfree(dn);
        return qn_fail(err, QN_EAWAY, "the directory gave an entry without a name");
    }
    p->dn = qn_strdup(dn);
    ldap_memfree(dn);
    return 0;
}

/* One value or none, in a form in which two spellings that a directory takes for equal are equal. */
static int take_same(struct qn_person *p, const char *attribute, struct berval **v, struct qn_err *err)
{
    char text[sizeof p->same];
    size_t n = 0;

    if (!v || !v[0])
        return 0;
    if (v[1])
        return qn_fail(err, QN_EAWAY, "the entry has more than one %s (directory-person)", attribute);
    qn_utf8_copy(text, sizeof text, v[0]->bv_val, v[0]->bv_len);
    for (const char *c = text; *c; c++)
        if (*c != ' ')
            p->same[n++] = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
        else if (n && c[1] && c[1] != ' ')
            p->same[n++] = ' ';
    p->same[n] = '\0';
    return 0;
}

/* The rest of "{CRYPT}...": of one value, and only of a kind that takes a bounded time to compute. */
static void take_verifier(struct qn_person *p, const char *attribute, struct berval **v)
{
    static const char scheme[] = "{CRYPT}";
    const size_t head = sizeof scheme - 1;
    struct qn_err err;

    if (!v || !v[0])
        return;
    if (v[1])
        qn_log(QN_LOG_WARNING, "person %s: more than one %s, so none counts (directory-pin)", p->id, attribute);
    else if (v[0]->bv_len <= head || strncasecmp(v[0]->bv_val, scheme, head) != 0)
        qn_log(QN_LOG_WARNING, "person %s: %s is no {CRYPT} hash and does not count (directory-pin)", p->id, attribute);
    else if (qn_crypt_check(v[0]->bv_val + head, v[0]->bv_len - head, &err) != 0)
        qn_log(QN_LOG_WARNING, "person %s: %s does not count: %s (directory-pin)", p->id, attribute, err.text);
    else {
        p->verifier_len = v[0]->bv_len - head;
        p->verifier = qn_secret_alloc(p->verifier_len + 1);
        memcpy(p->verifier, v[0]->bv_val + head, p->verifier_len);
    }
}

static int take_more(struct qn_person *p, const struct qn_settings *s, LDAP *ld, LDAPMessage *e, struct qn_err *err)
{
    struct berval **same = *s->person ? ldap_get_values_len(ld, e, s->person) : NULL;
    struct berval **pin = *s->pin ? ldap_get_values_len(ld, e, s->pin) : NULL;
    int r = take_same(p, s->person, same, err);

    take_verifier(p, s->pin, pin);
    ldap_value_free_len(same);
    ldap_value_free_len(pin);
    return r;
}

int qn_person_take(struct qn_person *p, const struct qn_settings *s, LDAP *ld, LDAPMessage *e, const char *login,
                   struct qn_err *err)
{
    struct berval **id = ldap_get_values_len(ld, e, s->id), **logins = ldap_get_values_len(ld, e, s->login);
    struct berval **display = ldap_get_values_len(ld, e, s->display);
    int r = take_dn(p, ld, e, err);

    if (r == 0)
        r = take_login(p, s->login, logins, login, err);
    if (r == 0)
        r = take_id(p, s->id, id, err);
    if (r == 0 && display && display[0])
        qn_utf8_copy(p->display, sizeof p->display, display[0]->bv_val, display[0]->bv_len);
    if (r == 0)
        r = take_more(p, s, ld, e, err);
    if (r == 0) {
        qn_member_take(&p->member, s, ld, e);
        take_status(p, ld, e);
    }
    ldap_value_free_len(id);
    ldap_value_free_len(logins);
    ldap_value_free_len(display);
    return r;
}

void qn_person_clear(struct qn_person *person)
{
    free(person->dn);
    qn_secret_free(&person->verifier);
    qn_member_free(&person->member);
    memset(person, 0, sizeof *person);
}
