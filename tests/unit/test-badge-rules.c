#include "config.h"

#include "server/badge-rules.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/test.h"

static json_t *rules_of(const char *text)
{
    json_error_t bad;
    json_t *rules = json_loads(text, 0, &bad);

    if (!rules)
        fail_msg("%s: %s", text, bad.text);
    return rules;
}

/* What readers of the field type for one badge, and what we make of it. */
static const struct { const char *rules, *typed, *number; } cases[] = {
    /* no rule: as it always was */
    { "[]", "04 aa-bb", "04AA-BB" },
    { "[]", "\r\n 04A1b2C3 \r\n", "04A1B2C3" },
    { "[]", "0012345678", "0012345678" },
    /* MIFARE Classic, 4 bytes: hex in every dress */
    { "[{\"match\":\"[0-9A-Fa-f: -]{8,11}\",\"base\":\"hex\"}]", "de:ad:be:ef", "DEADBEEF" },
    { "[{\"match\":\"[0-9A-Fa-f: -]{8,11}\",\"base\":\"hex\"}]", "DE AD BE EF", "DEADBEEF" },
    { "[{\"match\":\"[0-9A-Fa-f: -]{8,11}\",\"base\":\"hex\"}]", "de-ad-be-ef", "DEADBEEF" },
    { "[{\"match\":\"[0-9A-Fa-f: -]{8,11}\",\"base\":\"hex\"}]", "04a1b2c3", "04A1B2C3" },
    /* the same as a decimal number of ten digits, and byte-reversed */
    { "[{\"match\":\"[0-9]{10}\",\"base\":\"decimal\",\"bytes\":4}]", "3735928559", "DEADBEEF" },
    { "[{\"match\":\"[0-9]{10}\",\"base\":\"decimal\",\"bytes\":4}]", "0077705923", "04A1B2C3" },
    { "[{\"match\":\"[0-9]{10}\",\"base\":\"decimal\",\"bytes\":4,\"reverse\":true}]", "4022250974", "DEADBEEF" },
    { "[{\"match\":\"[0-9A-F]{8}\",\"base\":\"hex\",\"reverse\":true}]", "EFBEADDE", "DEADBEEF" },
    { "[{\"match\":\"[0-9]{1,10}\",\"base\":\"decimal\",\"bytes\":4,\"reverse\":true}]", "4", "04000000" },
    /* MIFARE Ultralight, DESFire: 7 bytes */
    { "[{\"match\":\"[0-9A-F]{14}\",\"base\":\"hex\"}]", "04A1B2C3D4E5F6", "04A1B2C3D4E5F6" },
    { "[{\"match\":\"[0-9A-F]{14}\",\"base\":\"hex\",\"reverse\":true}]", "F6E5D4C3B2A104", "04A1B2C3D4E5F6" },
    { "[{\"match\":\"[0-9]{16,17}\",\"base\":\"decimal\",\"bytes\":7}]", "1303931580478966", "04A1EB3AAA75F6" },
    { "[{\"match\":\"[0-9]{16}\",\"base\":\"decimal\",\"bytes\":7,\"reverse\":true}]", "1303931580478966", "F675AA3AEBA104" },
    /* leading zeros: a reader that pads, one that does not */
    { "[{\"match\":\"0*([0-9A-F]+)\",\"base\":\"hex\",\"bytes\":4}]", "00000000DEADBEEF", "DEADBEEF" },
    { "[{\"match\":\"[0-9A-F]+\",\"base\":\"hex\",\"bytes\":4}]", "A1B2C3", "00A1B2C3" },
    { "[{\"match\":\"[0-9]+\",\"base\":\"decimal\"}]", "0000012345", "3039" },
    { "[{\"match\":\"[0-9]+\",\"base\":\"decimal\"}]", "12345", "3039" },
    { "[{\"match\":\"[0-9]+\",\"base\":\"decimal\"}]", "0000", "00" },
    /* Wiegand 26: facility and card printed on the badge, as one decimal number, and raw with its parity bits */
    { "[{\"match\":\"([0-9]{1,3})[,:]([0-9]{1,5})\",\"base\":\"decimal\",\"card-bits\":16,\"bytes\":3}]", "123,45678", "7BB26E" },
    { "[{\"match\":\"([0-9]{3})([0-9]{5})\",\"base\":\"decimal\",\"card-bits\":16,\"bytes\":3}]", "12345678", "7BB26E" },
    { "[{\"match\":\"([0-9]{3})([0-9]{5})\",\"base\":\"decimal\",\"card-bits\":16,\"bytes\":3}]", "00100042", "01002A" },
    { "[{\"match\":\"[0-9]{10}\",\"base\":\"decimal\",\"bits\":24,\"bytes\":3}]", "0008106606", "7BB26E" },
    { "[{\"match\":\"[0-9A-F]{7}\",\"base\":\"hex\",\"shift\":1,\"bits\":24,\"bytes\":3}]", "2F764DC", "7BB26E" },
    /* Wiegand 34: 16 bits each; the card alone, without its facility */
    { "[{\"match\":\"([0-9]{1,5})-([0-9]{1,5})\",\"base\":\"decimal\",\"card-bits\":16,\"bytes\":4}]", "4660-22136", "12345678" },
    { "[{\"match\":\"[0-9]{1,5}-([0-9]{1,5})\",\"base\":\"decimal\",\"bytes\":2}]", "4660-22136", "5678" },
    { "[{\"match\":\"[0-9A-F]{8}\",\"base\":\"hex\",\"bits\":16,\"bytes\":2}]", "12345678", "5678" },
    /* keyboard wedges: magnetic stripe, a prefix of the reader, a line end */
    { "[{\"match\":\";([0-9]+)\\\\?\",\"base\":\"text\"}]", ";0001234567?\r", "0001234567" },
    { "[{\"match\":\"%B([^^]+)\\\\^.*\",\"base\":\"text\"}]", "%Bemp42^DOE/JOHN^", "emp42" },
    { "[{\"match\":\"UID=([0-9A-Fa-f]+)#?\",\"base\":\"hex\"}]", "UID=deadbeef#\n", "DEADBEEF" },
    /* the first rule that matches wins; none: as without rules */
    { "[{\"match\":\"[0-9]{10}\",\"base\":\"decimal\",\"bytes\":4},{\"match\":\"[0-9A-F]+\",\"base\":\"hex\"}]", "3735928559", "DEADBEEF" },
    { "[{\"match\":\"[0-9]{10}\",\"base\":\"decimal\",\"bytes\":4},{\"match\":\"[0-9A-F]+\",\"base\":\"hex\"}]", "DEADBEEF", "DEADBEEF" },
    { "[{\"match\":\"[0-9]{10}\",\"base\":\"decimal\",\"bytes\":4}]", "x-17 y", "X-17Y" },
    { "[{\"match\":\"a|b\",\"base\":\"text\"}]", "ab", "AB" }, /* all of it, also with alternatives */
};

static void test_what_readers_type_becomes_one_number(void **state)
{
    char out[QN_BADGE_TEXT];
    struct qn_err err;

    (void)state;
    for (size_t i = 0; i < QN_COUNT(cases); i++) {
        json_t *rules = rules_of(cases[i].rules);

        assert_works(qn_badge_rules_check(rules, &err));
        assert_works(qn_badge_number(rules, cases[i].typed, strlen(cases[i].typed), out, &err));
        if (strcmp(out, cases[i].number) != 0)
            fail_msg("case %zu: \"%s\" became %s, expected %s", i, cases[i].typed, out, cases[i].number);
        json_decref(rules);
    }
}

static void test_what_is_no_number_is_refused_without_saying_it(void **state)
{
    static const struct { const char *rules, *typed, *words; } bad[] = {
        { "[]", "", "empty" }, { "[]", " \r\n\t ", "empty" },
        { "[]", "12345678901234567890123456789012345678901234567890123456789012345", "at most 64" },
        { "[{\"match\":\".*\",\"base\":\"hex\"}]", "secretXYZ", "expects" },
        { "[{\"match\":\".*\",\"base\":\"decimal\"}]", "12A4", "expects" },
        { "[{\"match\":\".*\",\"base\":\"decimal\",\"bytes\":2}]", "65536", "more than 2 bytes" },
        { "[{\"match\":\"([0-9]+),([0-9]+)\",\"base\":\"decimal\",\"card-bits\":16}]", "1,65536", "expects" },
        { "[{\"match\":\"x([0-9]*)\",\"base\":\"text\"}]", "x", "empty" },
    };
    char out[QN_BADGE_TEXT];
    struct qn_err err;

    (void)state;
    for (size_t i = 0; i < QN_COUNT(bad); i++) {
        json_t *rules = rules_of(bad[i].rules);

        assert_fails(qn_badge_number(rules, bad[i].typed, strlen(bad[i].typed), out, &err), QN_EINVAL, bad[i].words);
        assert_null(*bad[i].typed ? strstr(err.text, bad[i].typed) : NULL);
        json_decref(rules);
    }
}

static void test_rules_are_checked(void **state)
{
    static const struct { const char *rules, *words; } bad[] = {
        { "{}", "at most 16 rules" }, { "[1]", "badge rule 1: it is not an object" },
        { "[{\"match\":\"x\"}]", "needed" }, { "[{\"base\":\"hex\"}]", "needed" },
        { "[{\"match\":\"x\",\"base\":\"octal\"}]", "hex, decimal or text" },
        { "[{\"match\":\"x\",\"base\":\"hex\",\"colour\":1}]", "no member \"colour\"" },
        { "[{\"match\":\"x\",\"base\":\"hex\",\"reverse\":1}]", "true or false" },
        { "[{\"match\":\"x\",\"base\":\"hex\",\"bytes\":33}]", "from 1 to 32" },
        { "[{\"match\":\"x\",\"base\":\"hex\",\"bits\":0}]", "from 1 to 256" },
        { "[{\"match\":\"x\",\"base\":\"text\",\"bytes\":4}]", "a text has no bytes" },
        { "[{\"match\":\"x\",\"base\":\"decimal\",\"reverse\":true}]", "needs \"bytes\"" },
        { "[{\"match\":\"(\",\"base\":\"hex\"}]", "match" }, { "[{\"match\":\"[z\",\"base\":\"hex\"}]", "match" },
        { "[{\"match\":\"(a)(b)\",\"base\":\"hex\"}]", "one group" },
        { "[{\"match\":\"(a)\",\"base\":\"hex\",\"card-bits\":16}]", "two groups" },
        { "[{\"match\":\"(a*)*\",\"base\":\"hex\"}]", "repeats a repetition" },
        { "[{\"match\":\"((a+)b)+\",\"base\":\"hex\"}]", "repeats a repetition" },
        { "[{\"match\":\"(a{1,9}){1,9}\",\"base\":\"hex\"}]", "repeats a repetition" },
        { "[{\"match\":\"a**\",\"base\":\"hex\"}]", "repeats a repetition" },
        { "[{\"match\":\"(a)\\\\1\",\"base\":\"hex\"}]", "refers back" },
        { "[{},{\"match\":\"x\"}]", "badge rule 1" },
    };
    struct qn_err err;
    json_t *many = json_array();

    (void)state;
    for (size_t i = 0; i < QN_COUNT(bad); i++) {
        json_t *rules = rules_of(bad[i].rules);

        assert_fails(qn_badge_rules_check(rules, &err), QN_EINVAL, bad[i].words);
        json_decref(rules);
    }
    for (int i = 0; i < 17; i++)
        json_array_append_new(many, json_pack("{s:s, s:s}", "match", "x", "base", "hex"));
    assert_fails(qn_badge_rules_check(many, &err), QN_EINVAL, "at most 16");
    json_decref(many);
}

/* A bracket's characters are no operators, and a long expression is refused. */
static void test_brackets_and_length(void **state)
{
    char expression[QN_BADGE_MATCH + 2] = "";
    struct qn_err err;
    json_t *rules = rules_of("[{\"match\":\"([]*+()[:alpha:]]+)\",\"base\":\"text\"}]");

    (void)state;
    assert_works(qn_badge_rules_check(rules, &err));
    json_decref(rules);
    memset(expression, 'a', sizeof expression - 1);
    rules = json_pack("[{s:s, s:s}]", "match", expression, "base", "hex");
    assert_fails(qn_badge_rules_check(rules, &err), QN_EINVAL, "at most 128");
    json_decref(rules);
}

/* The worst that the checks let through, on the worst text, sixteen times over, stays far below a handler's 5 ms. */
static void test_the_worst_expression_is_quick(void **state)
{
    json_t *rules = json_array();
    char typed[QN_BADGE_TYPED], out[QN_BADGE_TEXT];
    struct timespec a, b;
    struct qn_err err;

    (void)state;
    memset(typed, 'a', sizeof typed);
    for (int i = 0; i < QN_BADGE_RULES; i++)
        json_array_append_new(rules, json_pack("{s:s, s:s}", "match", "a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", "base", "text"));
    assert_works(qn_badge_rules_check(rules, &err));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    assert_works(qn_badge_number(rules, typed, sizeof typed, out, &err));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    if ((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 > 50)
        fail_msg("%ld ms", (long)((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000));
    json_decref(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_readers_type_becomes_one_number),
        cmocka_unit_test(test_what_is_no_number_is_refused_without_saying_it),
        cmocka_unit_test(test_rules_are_checked),
        cmocka_unit_test(test_brackets_and_length),
        cmocka_unit_test(test_the_worst_expression_is_quick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
