/* PINs that are guessed first. */
#include "config.h"

#include "server/auth-pin.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

static void test_what_is_guessed_first_is_known(void **state)
{
    static const char *const bad[] = {
        "000000", "999999", "00000000", "123456", "654321", "012345", "890123", "210987", "135791", "246802", "12345678",
        "123123", "121212", "454545", "12341234", "100100", "112211", "123321", "12344321", "110110", "100000", "999990",
        "147258", "258369", "963852", "159357", "789456", "010190", "311299", "123199", "991231", "900101", "19840517", "17051984",
    };
    static const char *const good[] = { "739104", "482913", "606172", "80264975", "5829174063", "970863", "4471882" };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(bad); i++)
        if (!qn_pin_guessable(bad[i]))
            fail_msg("%s is not refused", bad[i]);
    for (size_t i = 0; i < QN_COUNT(good); i++)
        if (qn_pin_guessable(good[i]))
            fail_msg("%s is refused", good[i]);
}

/* Six digits, none of those, and every digit at every place: the draw is not narrowed by more than the list. */
static void test_random_pins_are_spread(void **state)
{
    int seen[6][10] = { { 0 } };
    unsigned refused = 0;
    char pin[7];

    (void)state;
    for (int n = 0; n < 20000; n++) {
        qn_pin_random(pin);
        assert_int_equal(strlen(pin), 6);
        assert_false(qn_pin_guessable(pin));
        for (int i = 0; i < 6; i++)
            seen[i][pin[i] - '0']++;
    }
    for (int i = 0; i < 6; i++)
        for (int d = 0; d < 10; d++)
            assert_in_range(seen[i][d], 900, 3000);
    for (int n = 0; n < 1000000; n++) {
        snprintf(pin, sizeof pin, "%06d", n);
        refused += qn_pin_guessable(pin);
    }
    assert_in_range(refused, 1000, 160000); /* a quarter of a bit */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_guessed_first_is_known),
        cmocka_unit_test(test_random_pins_are_spread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
