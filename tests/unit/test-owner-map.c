#include "tests/unit/test.h"

#include <string.h>

#include "server/owner-map.h"

static const char *const realms[] = { "EXAMPLE", "example.org", "" };

static const struct {
    const char *name, *login; /* NULL: refused */
    const char *why;
} want[] = {
    /* forms */
    { "alice", "alice", NULL },
    { "EXAMPLE\\alice", "alice", NULL },
    { "alice@example.org", "alice", NULL },
    { "alice@EXAMPLE", "alice", NULL },
    { "example.org\\alice", "alice", NULL },
    { "alice b", "alice b", NULL },
    { "o'neil", "o'neil", NULL },
    { "svc/host", "svc/host", NULL },
    /* case: of a realm it does not matter, of a login it stays (the directory knows its own spelling) */
    { "ALICE", "ALICE", NULL },
    { "example\\Alice", "Alice", NULL },
    { "Alice@Example.Org", "Alice", NULL },
    /* realms that are not ours, or are none, or are two */
    { "EVIL\\alice", NULL, "realm" },
    { "alice@evil.test", NULL, "realm" },
    { "alice@example.org.evil.test", NULL, "realm" },
    { "alice@evil.example.org", NULL, "realm" },
    { "alice@example.or", NULL, "realm" },
    { "alice@example.orgx", NULL, "realm" },
    { "alice@example.org ", NULL, "realm" },
    { " EXAMPLE\\alice", NULL, "realm" },
    { "EX\xd0\x90MPLE\\alice", NULL, "realm" }, /* a Cyrillic letter */
    { "EXAMPLE\\alice@example.org", NULL, "no login" },
    { "EXAMPLE\\EXAMPLE\\alice", NULL, "no login" },
    { "alice@example.org@evil.test", NULL, "realm" },
    { "alice@evil.test@example.org", NULL, "realm" },
    { "alice@example.org\\EXAMPLE", NULL, "realm" },
    { "EXAMPLE/alice", "EXAMPLE/alice", NULL }, /* no form of ours: a login that nobody has */
    /* no login */
    { "", NULL, "no login" },
    { "EXAMPLE\\", NULL, "no login" },
    { "alice@", NULL, "realm" },
    { "\\alice", NULL, "realm" },
    { "@example.org", NULL, "no login" },
    { " alice", NULL, "no login" },
    { "alice ", NULL, "no login" },
    { "EXAMPLE\\ alice", NULL, "no login" },
    { "alice @example.org", NULL, "no login" },
    { "alice\n", NULL, "no login" },
    { "ali\tce", NULL, "no login" },
    { "alice\x7f", NULL, "no login" },
    { "alice\xff", NULL, "no login" },
    { "alice\xc2\x85", NULL, "no login" },
    { "\xed\xa0\x80", NULL, "no login" },
    /* what can't be seen */
    { "alice\xc2\xa0", NULL, "can't be told" },         /* no-break space */
    { "ali\xc2\xad" "ce", NULL, "can't be told" },      /* soft hyphen */
    { "alice\xe2\x80\x8b", NULL, "can't be told" },     /* zero width space */
    { "ali\xe2\x80\x8d" "ce", NULL, "can't be told" },  /* zero width joiner */
    { "\xe2\x80\xae" "ecila", NULL, "can't be told" },  /* right to left */
    { "\xef\xbb\xbf" "alice", NULL, "can't be told" },  /* byte order mark */
    { "alice\xef\xb8\x8f", NULL, "can't be told" },     /* variation selector */
    { "alice\xe3\x80\x80", NULL, "can't be told" },     /* ideographic space */
    { "alice\xf3\xa0\x81\xa1", NULL, "can't be told" }, /* tag */
    { "alic\xcd\x8f" "e", NULL, "can't be told" },      /* grapheme joiner */
    /* what looks like something else */
    { "\xd0\xb0lice", NULL, "two alphabets" },                      /* Cyrillic a */
    { "alic\xd0\xb5", NULL, "two alphabets" },                      /* Cyrillic e */
    { "al\xce\xb9" "ce", NULL, "two alphabets" },                   /* Greek iota */
    { "EXAMPLE\\alice\xd1\x96", NULL, "two alphabets" },            /* Ukrainian i */
    { "\xef\xbd\x81lice", NULL, "can't be told" },                  /* wide a */
    { "\xf0\x9d\x90\x9a" "b", NULL, "can't be told" },              /* mathematical a */
    { "al\xc4\xb1" "ce", "al\xc4\xb1" "ce", NULL },                 /* dotless i: a Latin letter; the directory decides */
    { "a\xcc\x81lice", NULL, "can't be told" },                     /* combining accent */
    { "\xef\xac\x81x", NULL, "can't be told" },                     /* ligature */
    { "\xe2\x85\xb0", NULL, "can't be told" },                      /* small Roman one */
    /* logins of other alphabets */
    { "m\xc3\xbcller", "m\xc3\xbcller", NULL },
    { "\xd0\xb0\xd0\xbb\xd0\xb8\xd1\x81\xd0\xb0", "\xd0\xb0\xd0\xbb\xd0\xb8\xd1\x81\xd0\xb0", NULL },
    { "\xd0\xb0\xd0\xbb\xd0\xb8\xd1\x81\xd0\xb0" "7@example.org", "\xd0\xb0\xd0\xbb\xd0\xb8\xd1\x81\xd0\xb0" "7", NULL },
    { "\xe5\x8c\x97\xe4\xba\xac", "\xe5\x8c\x97\xe4\xba\xac", NULL },
};

static void test_every_name_is_mapped_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < QN_COUNT(want); i++) {
        char out[QN_LOGIN_MAX + 1] = "stale";
        struct qn_err err = { 0 };
        int r = qn_owner_map(realms, 3, want[i].name, out, &err);

        if ((r == 0) != !!want[i].login || strcmp(out, want[i].login ? want[i].login : "") != 0 ||
            (want[i].why && !strstr(err.text, want[i].why)))
            fail_msg("\"%s\": \"%s\" (%s)", want[i].name, out, err.text);
        assert_int_equal(r, want[i].login ? 0 : QN_EDENIED);
    }
}

static void test_without_realms_only_plain_logins(void **state)
{
    char out[QN_LOGIN_MAX + 1];

    (void)state;
    assert_int_equal(qn_owner_map(NULL, 0, "alice", out, NULL), 0);
    assert_int_equal(qn_owner_map(NULL, 0, "EXAMPLE\\alice", out, NULL), QN_EDENIED);
    assert_int_equal(qn_owner_map(NULL, 0, "alice@example.org", out, NULL), QN_EDENIED);
    assert_int_equal(qn_owner_map(NULL, 0, "alice@", out, NULL), QN_EDENIED);
    assert_int_equal(qn_owner_map(NULL, 0, "\\alice", out, NULL), QN_EDENIED);
}

static void test_a_long_name(void **state)
{
    char name[QN_LOGIN_MAX + 2], out[QN_LOGIN_MAX + 1];

    (void)state;
    memset(name, 'a', sizeof name);
    name[QN_LOGIN_MAX] = '\0';
    assert_int_equal(qn_owner_map(NULL, 0, name, out, NULL), 0);
    assert_string_equal(out, name);
    name[QN_LOGIN_MAX] = 'a';
    name[QN_LOGIN_MAX + 1] = '\0';
    assert_int_equal(qn_owner_map(NULL, 0, name, out, NULL), QN_EDENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_name_is_mapped_as_the_table_says),
        cmocka_unit_test(test_without_realms_only_plain_logins),
        cmocka_unit_test(test_a_long_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
