#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "intake/pool.h"

static void fill(struct qn_pool *p, const char *owner, int count)
{
    static pid_t next = 100;

    for (int i = 0; i < count; i++)
        qn_pool_take(p, next++, -1)->owner = qn_pool_owner(owner);
}

static void test_one_owner_gets_half(void **state)
{
    static struct qn_pool p = { .max = 8 };

    (void)state;
    fill(&p, "alice", 3);
    assert_true(qn_pool_share(&p, qn_pool_owner("alice")));
    fill(&p, "alice", 1);
    assert_false(qn_pool_share(&p, qn_pool_owner("alice")));
    assert_true(qn_pool_share(&p, qn_pool_owner("bob")));
}

static void test_shares_shrink_with_owners_but_never_to_nothing(void **state)
{
    static struct qn_pool p = { .max = 6 };

    (void)state;
    fill(&p, "alice", 2);
    fill(&p, "bob", 1);
    assert_true(qn_pool_share(&p, qn_pool_owner("bob"))); /* two owners: two places each */
    assert_false(qn_pool_share(&p, qn_pool_owner("alice")));
    fill(&p, "carol", 1);
    fill(&p, "dave", 1);
    assert_true(qn_pool_share(&p, qn_pool_owner("erin")));
    assert_false(qn_pool_share(&p, qn_pool_owner("bob")));
    p.max = 5;
    assert_null(qn_pool_take(&p, 999, -1));
}

static void test_gate_tells_the_owner_once(void **state)
{
    static struct qn_pool p = { .max = 2 };
    uint64_t who = qn_pool_owner("alice");
    int pair[2];
    char yes = 0;
    struct qn_place *place;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    place = qn_pool_take(&p, 7, pair[0]);
    assert_int_equal(send(pair[1], &who, sizeof who, 0), sizeof who);
    qn_pool_answer(&p, place);
    assert_int_equal(recv(pair[1], &yes, 1, 0), 1);
    assert_int_equal(yes, 1);
    assert_int_equal(place->gate, -1);
    assert_true(place->owner == who);
    assert_true(qn_pool_drop(&p, 7));
    assert_false(qn_pool_drop(&p, 7));
    assert_int_equal(p.used, 0);
    close(pair[1]);
}

static void test_gate_of_a_dead_child_is_closed(void **state)
{
    static struct qn_pool p = { .max = 2 };
    int pair[2];
    struct qn_place *place;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    place = qn_pool_take(&p, 8, pair[0]);
    close(pair[1]);
    qn_pool_answer(&p, place);
    assert_int_equal(place->gate, -1);
    assert_true(place->owner == 0);
    assert_true(qn_pool_drop(&p, 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_owner_gets_half),
        cmocka_unit_test(test_shares_shrink_with_owners_but_never_to_nothing),
        cmocka_unit_test(test_gate_tells_the_owner_once),
        cmocka_unit_test(test_gate_of_a_dead_child_is_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
