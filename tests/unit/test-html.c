#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "web/html.h"

static void expect(struct qn_html *h, const char *text)
{
    assert_false(h->buf.full);
    assert_string_equal(h->buf.data, text);
    qn_html_free(h);
    qn_html_open(h);
}

static void test_html_escapes(void **state)
{
    const char *volatile none = NULL; /* json_string_value() of what is not there */
    struct qn_html h;

    (void)state;
    qn_html_open(&h);
    qn_html_add(&h, "<p title=\"%s\">%d %lld 100%%</p>", "<b>&\"'", -5, 1LL << 40);
    expect(&h, "<p title=\"&lt;b&gt;&amp;&quot;&#39;\">-5 1099511627776 100%</p>");
    qn_html_add(&h, "%s|%s", "", none);
    expect(&h, "|");
    qn_html_add(&h, "%s", "%s%n");
    expect(&h, "%s%n");
    qn_html_free(&h);
}

static void test_html_bad_bytes(void **state)
{
    struct qn_html h;

    (void)state;
    qn_html_open(&h);
    qn_html_add(&h, "%s", "a\xff<\xc3(\x01\x1b[2J\n\xc2\x85z");
    expect(&h, "a?&lt;?(??[2J???z");
    qn_html_free(&h);
}

/* Longer than the internal pieces, with characters of every size across their borders. */
static void test_html_long_text(void **state)
{
    char text[2000], *p = text;
    struct qn_html h;

    (void)state;
    qn_html_open(&h);
    for (int i = 0; i < 180; i++) {
        memcpy(p, "\xe2\x82\xac\xf0\x9f\x98\x80x", 8);
        p += 8;
    }
    *p = '\0';
    qn_html_add(&h, "%s", text);
    expect(&h, text);
    qn_html_free(&h);
}

static void test_html_cut(void **state)
{
    struct qn_html h;

    (void)state;
    qn_html_open(&h);
    qn_html_cut(&h, "\xc3\xa4\xc3\xb6<\xc3\xbc", 3);
    expect(&h, "\xc3\xa4\xc3\xb6&lt;\xe2\x80\xa6");
    qn_html_cut(&h, "abc", 3);
    expect(&h, "abc");
    qn_html_cut(&h, "\x80\x80\x80", 1);
    expect(&h, "???");
    qn_html_free(&h);
}

static void test_html_say(void **state)
{
    struct qn_html h;

    (void)state;
    qn_html_open(&h);
    qn_html_say(&h, QN_SAY_LEFT, "<3 h>");
    expect(&h, "&lt;3 h&gt; left");
    qn_html_say(&h, QN_SAY_WHY_PRINTER_CERTIFICATE, NULL);
    assert_non_null(strstr(h.buf.data, "could not prove"));
    qn_html_free(&h);
}

static void test_html_too_long(void **state)
{
    struct qn_html h;
    char *text = malloc(QN_HTML_MAX);

    (void)state;
    memset(text, '<', QN_HTML_MAX - 1);
    text[QN_HTML_MAX - 1] = '\0';
    qn_html_open(&h);
    qn_html_add(&h, "%s", text);
    assert_true(h.buf.full);
    qn_html_free(&h);
    free(text);
}

/* Every word that the core or a worker may send as "why" has a sentence of its own; keys are unique; every sentence
 * ends. */
static void test_catalogue(void **state)
{
    static const char *const why[] = {
        "printer-off", "printer-busy", "printer-refused-format", "printer-error", "printer-certificate", "printer-stopped", "damaged",
        "options-unsupported", "options-too-big", "options-no-pages", "options-failed",
        "due", "not-yours", "already-printing", "class-needs-password", "class-needs-proof", "device-ceiling", "link-not-encrypted",
        "terminal-ceiling", "other-device", "device-retired",
        "paper-empty", "paper-jam", "toner-empty", "cover-open", "output-full", "asking", "stopped", "second-needed", "second-refused",
        "owner-pending", "owner-unverified", "owner-left", "no-deliver", "uncertain", "directory-away", "zone-person", "zone-class",
        "delegate", "terminal-locked", "device-locked", "queue-locked", "account",
    };

    (void)state;
    for (size_t i = 0; i < sizeof why / sizeof *why; i++)
        assert_int_not_equal(qn_say_find("why-", why[i], QN_SAYINGS), QN_SAYINGS);
    assert_int_equal(qn_say_find("why-", "no-such", QN_SAY_WHY_OTHER), QN_SAY_WHY_OTHER);
    for (int i = 0; i < QN_SAYINGS; i++) {
        assert_int_equal(qn_say_find("", qn_say_key((enum qn_say)i), QN_SAYINGS), i);
        assert_true(i == QN_SAY_NONE || i == QN_SAY_WHY_NONE || *qn_say((enum qn_say)i));
    }
    assert_string_equal(qn_say(QN_SAYINGS), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html_escapes), cmocka_unit_test(test_html_bad_bytes), cmocka_unit_test(test_html_long_text),
        cmocka_unit_test(test_html_cut),     cmocka_unit_test(test_html_say),       cmocka_unit_test(test_html_too_long),
        cmocka_unit_test(test_catalogue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
