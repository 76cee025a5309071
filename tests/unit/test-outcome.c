#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "deliver/outcome.h"

/* Kept by hand: what a person would say, for each cause (a line), how far it got (nothing, open, sending, sent)
 * and what the printer says of its job (unknown, completed, clean, spoilt, lost): Printed, Held, Uncertain, Damaged, Ask again,
 * and uncertain because it was Stopped. */
static const struct {
    enum qn_cause cause;
    const char *why;
    const char *cells[QN_REACHES];
} expected[] = {
    /*                                                       nothing open    sending sent */
    { QN_CAUSE_END, "printer-error",                       { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
    { QN_CAUSE_FILE, "damaged",                            { "DDDDD", "DDDDD", "DDDDD", "DDDDD" } },
    { QN_CAUSE_OURS, "no-deliver",                         { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
    { QN_CAUSE_OFF, "printer-off",                         { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
    { QN_CAUSE_CERTIFICATE, "printer-certificate",         { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
    { QN_CAUSE_BUSY, "printer-busy",                       { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
    { QN_CAUSE_FORMAT, "printer-refused-format",           { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
    { QN_CAUSE_OPTIONS, "options-unsupported",             { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
    { QN_CAUSE_LARGE, "options-too-big",                   { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
    { QN_CAUSE_PAGES, "options-no-pages",                  { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
    { QN_CAUSE_FILTER, "options-failed",                   { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
    { QN_CAUSE_STOPPED, "printer-stopped",                 { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
    { QN_CAUSE_ERROR, "printer-error",                     { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
    { QN_CAUSE_STOP, "stopped",                            { "HHHHH", "HHHHH", "SSHSS", "SPHSS" } },
    { QN_CAUSE_LOST, "interrupted",                        { "HHHHH", "HHHHH", "AUHUU", "APHUU" } },
};

static void check_cell(size_t line, int reach, int fate)
{
    struct qn_outcome o = qn_outcome_judge(expected[line].cause, (enum qn_reach)reach, (enum qn_fate)fate);
    const char *name = NULL, *why = NULL;

    switch (expected[line].cells[reach][fate]) {
    case 'P':
        name = "printed";
        why = "";
        break;
    case 'H':
        name = "held";
        why = expected[line].why;
        break;
    case 'A':
        name = "printing";
        why = expected[line].why;
        break;
    case 'S':
        name = "uncertain";
        why = "stopped";
        break;
    case 'U':
        name = why = "uncertain";
        break;
    case 'D':
        name = why = "damaged";
        break;
    }
    print_message("cause %zu, reach %d, fate %d\n", line, reach, fate);
    assert_string_equal(o.outcome, name);
    assert_string_equal(o.why, why);
}

static void test_every_combination(void **state)
{
    (void)state;
    assert_int_equal(sizeof expected / sizeof *expected, QN_CAUSES);
    for (size_t i = 0; i < QN_CAUSES; i++)
        for (int reach = 0; reach < QN_REACHES; reach++)
            for (int fate = 0; fate < QN_FATES; fate++)
                check_cell(i, reach, fate);
}

static void test_cause_of_a_code(void **state)
{
    (void)state;
    assert_int_equal(qn_outcome_cause(QN_EAWAY), QN_CAUSE_OFF);
    assert_int_equal(qn_outcome_cause(QN_ETIMEOUT), QN_CAUSE_OFF);
    assert_int_equal(qn_outcome_cause(QN_EEOF), QN_CAUSE_OFF);
    assert_int_equal(qn_outcome_cause(QN_EDENIED), QN_CAUSE_CERTIFICATE);
    assert_int_equal(qn_outcome_cause(QN_ECORRUPT), QN_CAUSE_FILE);
    assert_int_equal(qn_outcome_cause(QN_EIO), QN_CAUSE_OURS);
    assert_int_equal(qn_outcome_cause(QN_EINTERNAL), QN_CAUSE_OURS);
    assert_int_equal(qn_outcome_cause(QN_EINVAL), QN_CAUSE_ERROR);
    assert_int_equal(qn_outcome_cause(QN_EFULL), QN_CAUSE_ERROR);
    assert_int_equal(qn_outcome_cause(12345), QN_CAUSE_ERROR);
}

/* Numbers, not libcups' names: RFC 8011 section B.1. */
static void test_cause_of_a_status(void **state)
{
    (void)state;
    assert_int_equal(qn_outcome_status(0x0507), QN_CAUSE_BUSY);
    assert_int_equal(qn_outcome_status(0x0505), QN_CAUSE_BUSY);
    assert_int_equal(qn_outcome_status(0x050b), QN_CAUSE_BUSY);
    assert_int_equal(qn_outcome_status(0x0506), QN_CAUSE_STOPPED);
    assert_int_equal(qn_outcome_status(0x0504), QN_CAUSE_STOPPED);
    assert_int_equal(qn_outcome_status(0x050a), QN_CAUSE_STOPPED);
    assert_int_equal(qn_outcome_status(0x040a), QN_CAUSE_FORMAT);
    assert_int_equal(qn_outcome_status(0x0411), QN_CAUSE_FORMAT);
    assert_int_equal(qn_outcome_status(0x0400), QN_CAUSE_ERROR);
    assert_int_equal(qn_outcome_status(0x0500), QN_CAUSE_ERROR);
    assert_int_equal(qn_outcome_status(-1), QN_CAUSE_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_combination),
        cmocka_unit_test(test_cause_of_a_code),
        cmocka_unit_test(test_cause_of_a_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
