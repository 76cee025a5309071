/* People, badges, PINs, sessions, devices, terminals, queues. */
#include "config.h"

#include "tests/unit/scratch.h"

#include "tests/unit/store-sample.h"

static struct qn_store *open_at(struct scratch *at)
{
    struct qn_store *s;

    assert_ok(qn_store_open(&s, scratch_path(at, "db"), err));
    return s;
}

static void test_person_is_its_directory_id(void **state)
{
    struct qn_store *s = open_at(*state);
    struct qn_person p, other = { .checked = 9 };
    int64_t alice = sample_person(s, "alice");

    assert_int_equal(sample_person(s, "alice"), alice);
    strcpy(other.dir_id, "new-id");
    strcpy(other.login, "alice"); /* the name has a new holder */
    assert_ok(qn_store_person_seen(s, &other, err));
    assert_int_not_equal(other.id, alice);
    assert_ok(qn_store_person_by_login(s, "alice", &p, err));
    assert_int_equal(p.id, other.id);
    assert_ok(qn_store_person(s, alice, &p, err));
    assert_string_equal(p.login, "");
    assert_string_equal(p.display, "The one called alice");
    assert_string_equal(p.roles, "user");
    assert_string_equal(p.status, "active");
    assert_int_equal(p.checked, 5);
    assert_no(QN_ENOTFOUND, NULL, qn_store_person_by_login(s, "Alice", &p, err));
    assert_int_equal(p.id, 0);
    assert_no(QN_ENOTFOUND, NULL, qn_store_person(s, 99, &p, err));
    other.dir_id[0] = '\0';
    assert_no(QN_EINVAL, NULL, qn_store_person_seen(s, &other, err));
    qn_store_close(&s);
}

static int count_badge(void *ctx, const struct qn_badge *b)
{
    assert_true(b->person > 0);
    ++*(int *)ctx;
    return 0;
}

static void test_badges_have_one_owner_and_are_ten_at_most(void **state)
{
    struct qn_store *s = open_at(*state);
    struct qn_badge b = { .mac = { 1 }, .person = sample_person(s, "alice"), .added = 1, .label = "blue", .source = "claim" }, got, other;
    struct qn_err said;
    int64_t bob = sample_person(s, "bob"), ended;
    int count = 0;

    assert_ok(qn_store_badge_add(s, &b, err));
    assert_ok(qn_store_badge_used(s, b.mac, 7, err));
    b.added = 2;
    assert_int_equal(qn_store_badge_add(s, &b, &said), QN_BADGE_KNOWN);
    other = b;
    other.person = bob;
    assert_no(QN_ECONFLICT, "somebody else", qn_store_badge_add(s, &other, err));
    assert_ok(qn_store_badge(s, b.mac, &got, err));
    assert_int_equal(got.person, b.person);
    assert_int_equal(got.added, 1);
    assert_int_equal(got.used, 7);
    assert_string_equal(got.label, "blue");
    other.mac[0] = 99;
    assert_no(QN_ENOTFOUND, NULL, qn_store_badge(s, other.mac, &got, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_badge_end(s, other.mac, err));
    for (int i = 2; i <= QN_BADGES_MAX; i++) {
        b.mac[0] = (uint8_t)i;
        assert_ok(qn_store_badge_add(s, &b, err));
    }
    b.mac[0] = 100;
    assert_no(QN_EFULL, "at most 10", qn_store_badge_add(s, &b, err));
    other.person = 99;
    assert_no(QN_EINVAL, NULL, qn_store_badge_add(s, &other, err));
    b.mac[0] = 1;
    assert_ok(qn_store_badge_end(s, b.mac, err));
    assert_ok(qn_store_badge_each(s, b.person, count_badge, &count, err));
    assert_int_equal(count, 9);
    assert_ok(qn_store_badge_end_person(s, b.person, &ended, err));
    assert_int_equal(ended, 9);
    qn_store_close(&s);
}

static void test_pins(void **state)
{
    struct qn_store *s = open_at(*state);
    int64_t alice = sample_person(s, "alice");
    struct qn_pin pin = { .salt = "0123456789abcde", .cost = 16384 }, got;

    assert_no(QN_ENOTFOUND, NULL, qn_store_pin(s, alice, &got, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_pin_count(s, alice, 1, 2, false, err));
    memset(pin.wrapped, 7, sizeof pin.wrapped);
    assert_ok(qn_store_pin_set(s, alice, &pin, err));
    assert_ok(qn_store_pin_count(s, alice, 10, 123456789012345, true, err));
    assert_ok(qn_store_pin(s, alice, &got, err));
    assert_memory_equal(got.salt, pin.salt, sizeof pin.salt);
    assert_memory_equal(got.wrapped, pin.wrapped, sizeof pin.wrapped);
    assert_int_equal(got.failures, 10);
    assert_int_equal(got.until, 123456789012345);
    assert_true(got.locked);
    assert_ok(qn_store_pin_set(s, alice, &pin, err)); /* a new PIN starts afresh */
    assert_ok(qn_store_pin(s, alice, &got, err));
    assert_int_equal(got.failures, 0);
    assert_false(got.locked);
    qn_store_close(&s);
}

static void test_throttles_forget_after_a_day(void **state)
{
    struct qn_store *s = open_at(*state);
    struct qn_throttle t = { 3, 50, 40 }, late = { 1, 0, 40 + 86400000 }, later = { 1, 0, 100 + 86400000 }, got;

    assert_ok(qn_store_throttle(s, "terminal:a", &got, err));
    assert_int_equal(got.failures, 0);
    assert_ok(qn_store_throttle_set(s, "terminal:a", &t, err));
    assert_ok(qn_store_throttle_set(s, "terminal:b", &late, err));
    assert_ok(qn_store_throttle(s, "terminal:a", &got, err));
    assert_int_equal(got.failures, 3);
    assert_int_equal(got.until, 50);
    assert_int_equal(got.last, 40);
    assert_ok(qn_store_throttle_set(s, "terminal:c", &later, err));
    assert_ok(qn_store_throttle(s, "terminal:a", &got, err));
    assert_int_equal(got.failures, 0);
    assert_ok(qn_store_throttle(s, "terminal:b", &got, err));
    assert_int_equal(got.failures, 1);
    qn_store_close(&s);
}

static struct qn_session session(uint8_t first, int64_t person, int64_t terminal, int kind, int64_t used)
{
    struct qn_session it = {
        .hash = { first }, .person = person, .terminal = terminal, .kind = kind, .created = 1, .used = used, .proved = -1, .uid = -1
    };

    strcpy(it.method, "badge-pin");
    strcpy(it.roles, "user auditor");
    return it;
}

static int names(void *ctx, const struct qn_device *d)
{
    strcat(ctx, d->name);
    return strlen(ctx) > 8;
}

static int terminal_names(void *ctx, const struct qn_terminal *t)
{
    strcat(ctx, t->name);
    return 0;
}

static int64_t terminal(struct qn_store *s, const char *name, const uint8_t code[32])
{
    struct qn_device d = { .ceiling = 2 };
    struct qn_terminal t = { 0 };

    strcpy(d.name, "printer");
    strcpy(d.uri, "ipps://printer/ipp/print");
    assert_ok(qn_store_device_put(s, &d, err));
    assert_ok(qn_store_device_by_name(s, "printer", &d, err));
    t.device = d.id;
    snprintf(t.name, sizeof t.name, "%s", name);
    assert_ok(qn_store_terminal_put(s, &t, err));
    assert_ok(qn_store_terminal_code(s, t.id, code, 100, err));
    return t.id;
}

static int idle_one(void *ctx, const struct qn_session *it)
{
    (void)it;
    ++*(int *)ctx;
    return 0;
}

static int idle(struct qn_store *s, int kind, int64_t before)
{
    int count = 0;

    assert_ok(qn_store_session_each_idle(s, kind, before, 10, idle_one, &count, err));
    return count;
}

static void test_sessions_end(void **state)
{
    struct qn_store *s = open_at(*state);
    int64_t alice = sample_person(s, "alice"), bob = sample_person(s, "bob"), count;
    struct qn_session a = session(1, alice, 1, QN_SESSION_KIOSK, 10), b = session(2, alice, 0, QN_SESSION_PORTAL, 20),
                      got;
    struct qn_session c = session(3, bob, 1, QN_SESSION_KIOSK, 30);
    uint8_t code[32] = { 9 };

    terminal(s, "t", code);
    assert_ok(qn_store_session_add(s, &a, err));
    assert_ok(qn_store_session_add(s, &b, err));
    assert_ok(qn_store_session_add(s, &c, err));
    assert_no(QN_ECONFLICT, NULL, qn_store_session_add(s, &a, err));
    assert_ok(qn_store_session(s, a.hash, &got, err));
    assert_memory_equal(&got, &a, sizeof got);
    assert_ok(qn_store_session_touch(s, b.hash, 25, err));
    assert_ok(qn_store_session_end_all(s, alice, 1, &count, err));
    assert_int_equal(count, 1);
    assert_no(QN_ENOTFOUND, NULL, qn_store_session(s, a.hash, &got, err));
    assert_int_equal(got.person, 0);
    assert_no(QN_ENOTFOUND, NULL, qn_store_session_touch(s, a.hash, 1, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_session_end(s, a.hash, err));
    assert_ok(qn_store_session(s, b.hash, &got, err));
    assert_int_equal(got.used, 25);
    assert_int_equal(got.terminal, 0);
    assert_int_equal(got.proved, -1);
    assert_ok(qn_store_session_prove(s, b.hash, 26, err));
    assert_ok(qn_store_session(s, b.hash, &got, err));
    assert_int_equal(got.proved, 26);
    assert_no(QN_ENOTFOUND, NULL, qn_store_session_prove(s, a.hash, 26, err));
    assert_int_equal(idle(s, QN_SESSION_PORTAL, 25), 0);
    assert_int_equal(idle(s, QN_SESSION_PORTAL, 26), 1);
    assert_int_equal(idle(s, QN_SESSION_SHELL, 26), 0);
    assert_int_equal(idle(s, QN_SESSION_KIOSK, 31), 1);
    assert_ok(qn_store_session_add(s, &a, err));
    assert_ok(qn_store_session_end_all(s, 0, 1, &count, err)); /* alice's and bob's, at the terminal */
    assert_int_equal(count, 2);
    assert_ok(qn_store_session_end_all(s, alice, 0, NULL, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_session(s, b.hash, &got, err));
    assert_ok(qn_store_session_add(s, &b, err));
    assert_ok(qn_store_session_end(s, b.hash, err));
    qn_store_close(&s);
}

static void test_terminal_enrols_exactly_once(void **state)
{
    struct qn_store *s = open_at(*state);
    uint8_t code[32] = { 9 }, token[32] = { 8 }, other[32] = { 7 }, none[32] = { 0 };
    struct qn_terminal t;

    terminal(s, "lobby", code);
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_by_token(s, none, &t, err)); /* no token is nobody's token */
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_enrol(s, token, token, 50, &t, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_enrol(s, code, token, 100, &t, err)); /* too late */
    assert_no(QN_EINVAL, NULL, qn_store_terminal_enrol(s, code, none, 99, &t, err));
    assert_ok(qn_store_terminal_enrol(s, code, token, 99, &t, err));
    assert_string_equal(t.name, "lobby");
    assert_string_equal(t.state, "enrolled");
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_enrol(s, code, token, 99, &t, err)); /* used */
    assert_ok(qn_store_terminal_by_token(s, token, &t, err));
    assert_memory_equal(t.token, token, 32);
    assert_memory_equal(t.code, none, 32);
    assert_ok(qn_store_terminal(s, t.id, &t, err));
    terminal(s, "lobby", code); /* a new code: the credential is good until it is used */
    assert_ok(qn_store_terminal_by_token(s, token, &t, err));
    assert_string_equal(t.state, "enrolled");
    assert_ok(qn_store_terminal_enrol(s, code, other, 99, &t, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_by_token(s, token, &t, err));
    assert_ok(qn_store_terminal_by_token(s, other, &t, err));
    assert_ok(qn_store_terminal_code(s, t.id, code, 100, err));
    assert_ok(qn_store_terminal_revoke(s, t.id, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_by_token(s, other, &t, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_enrol(s, code, token, 50, &t, err));
    assert_ok(qn_store_terminal_by_name(s, "lobby", &t, err));
    assert_string_equal(t.state, "revoked");
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_code(s, t.id, code, 100, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_revoke(s, 99, err));
    qn_store_close(&s);
}

static void test_a_terminal_and_its_certificate(void **state)
{
    struct qn_store *s = open_at(*state);
    uint8_t code[32] = { 9 }, token[32] = { 8 }, one[32] = { 1 }, two[32] = { 2 }, none[32] = { 0 };
    struct qn_terminal t;
    int64_t id = terminal(s, "lobby", code);

    assert_ok(qn_store_terminal(s, id, &t, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_certify(s, id, one, err)); /* it needs none */
    assert_ok(qn_store_terminal_enrol(s, code, token, 1, &t, err));
    t.certified = true;
    assert_ok(qn_store_terminal_put(s, &t, err)); /* now it does: what it had is not enough */
    assert_string_equal(t.state, "waiting");
    assert_memory_equal(t.token, none, 32);
    assert_ok(qn_store_terminal_certify(s, id, one, err));
    assert_ok(qn_store_terminal_code(s, id, code, 100, err));
    assert_ok(qn_store_terminal_enrol(s, code, token, 1, &t, err));
    assert_true(t.certified);
    assert_memory_equal(t.certificate, one, 32);
    t.ceiling = 3;
    assert_ok(qn_store_terminal_put(s, &t, err)); /* other things change: it stays */
    assert_string_equal(t.state, "enrolled");
    assert_ok(qn_store_terminal_certify(s, id, two, err)); /* a new one: enrol again */
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_by_token(s, token, &t, err));
    assert_ok(qn_store_terminal_revoke(s, id, err));
    assert_ok(qn_store_terminal(s, id, &t, err));
    assert_memory_equal(t.certificate, none, 32);
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_certify(s, id, two, err));
    assert_ok(qn_store_terminal_put(s, &t, err)); /* proposed and approved again */
    assert_string_equal(t.state, "waiting");
    qn_store_close(&s);
}

static void test_a_terminal_prints_on_a_set(void **state)
{
    struct qn_store *s = open_at(*state);
    uint8_t code[32] = { 9 };
    int64_t id = terminal(s, "lobby", code);
    struct qn_device d = { .ceiling = 2 };
    struct qn_terminal t;
    char said[200] = "";

    assert_ok(qn_store_terminal(s, id, &t, err));
    strcpy(d.uri, "ipp://x/");
    for (const char *name = "zy"; *name; name++) {
        struct qn_device made;

        snprintf(d.name, sizeof d.name, "%c", *name);
        assert_ok(qn_store_device_put(s, &d, err));
        assert_ok(qn_store_device_by_name(s, d.name, &made, err));
        assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_tied(s, id, made.id, err));
        assert_ok(qn_store_terminal_tie(s, id, made.id, err));
        assert_no(QN_ECONFLICT, NULL, qn_store_terminal_tie(s, id, made.id, err));
        assert_ok(qn_store_terminal_tied(s, id, made.id, err));
        d.id = made.id;
    }
    assert_ok(qn_store_terminal_each_tied(s, id, names, said, err));
    assert_string_equal(said, "yz");
    said[0] = '\0';
    assert_ok(qn_store_terminal_each_of(s, d.id, true, terminal_names, said, err));
    assert_string_equal(said, "");
    assert_ok(qn_store_terminal_each_of(s, d.id, false, terminal_names, said, err));
    assert_ok(qn_store_terminal_each_of(s, t.device, true, terminal_names, said, err));
    assert_string_equal(said, "lobbylobby");
    assert_ok(qn_store_device_untie(s, d.id, err));
    assert_ok(qn_store_device_retire(s, d.name, err));
    said[0] = '\0';
    assert_ok(qn_store_terminal_each_tied(s, id, names, said, err));
    assert_string_equal(said, "z");
    assert_ok(qn_store_terminal_untie(s, id, err));
    said[0] = '\0';
    assert_ok(qn_store_terminal_each_tied(s, id, names, said, err));
    assert_string_equal(said, "");
    assert_ok(qn_store_device(s, d.id, &d, err));
    assert_string_equal(d.state, "retired");
    assert_ok(qn_store_device_put(s, &d, err));
    assert_ok(qn_store_device(s, d.id, &d, err));
    assert_string_equal(d.state, "active");
    assert_no(QN_ENOTFOUND, NULL, qn_store_device_retire(s, "nowhere", err));
    qn_store_close(&s);
}

static void test_devices_and_queues(void **state)
{
    struct qn_store *s = open_at(*state);
    struct qn_device d = { .ceiling = 1 }, got;
    uint8_t code[32] = { 9 }, code2[32] = { 7 };
    char said[200] = "";

    strcpy(d.name, "b");
    strcpy(d.uri, "ipp://one/");
    strcpy(d.location, "first floor");
    strcpy(d.zone, "east");
    strcpy(d.custodian, "Dora");
    strcpy(d.state, "active");
    strcpy(d.ca, "/etc/ca");
    strcpy(d.pin, "00ff");
    assert_ok(qn_store_device_put(s, &d, err));
    d.ceiling = 3;
    assert_ok(qn_store_device_put(s, &d, err));
    assert_ok(qn_store_device_by_name(s, "b", &got, err));
    d.id = got.id;
    assert_memory_equal(&got, &d, sizeof d);
    assert_ok(qn_store_device(s, d.id, &got, err));
    assert_int_equal(got.ceiling, 3);
    assert_no(QN_ENOTFOUND, NULL, qn_store_device(s, 77, &got, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_device_by_name(s, "c", &got, err));
    strcpy(d.name, "zzz");
    assert_ok(qn_store_device_put(s, &d, err));
    terminal(s, "t2", code);
    terminal(s, "t1", code2);
    assert_ok(qn_store_device_each(s, "", 99, names, said, err));
    assert_string_equal(said, "bprinterzzz");
    said[0] = '\0';
    assert_ok(qn_store_device_each(s, "b", 99, names, said, err));
    assert_string_equal(said, "printerzzz");
    said[0] = '\0';
    strcat(said, "12345678");
    assert_ok(qn_store_device_each(s, "", 99, names, said, err));
    assert_string_equal(said, "12345678b");
    said[0] = '\0';
    assert_ok(qn_store_terminal_each(s, "", terminal_names, said, err));
    assert_string_equal(said, "t1t2");
    said[0] = '\0';
    assert_ok(qn_store_terminal_each(s, "t1", terminal_names, said, err));
    assert_string_equal(said, "t2");
    qn_store_close(&s);
}

static void test_idempotent_answers(void **state)
{
    struct qn_store *s = open_at(*state);
    int64_t alice = sample_person(s, "alice");
    char *answer;

    assert_no(QN_ENOTFOUND, NULL, qn_store_idem(s, alice, "k", &answer, err));
    assert_null(answer);
    assert_ok(qn_store_idem_put(s, alice, "k", "{\"ok\":1}", 10, err));
    assert_no(QN_ECONFLICT, NULL, qn_store_idem_put(s, alice, "k", "{}", 11, err));
    assert_ok(qn_store_idem(s, alice, "k", &answer, err));
    assert_string_equal(answer, "{\"ok\":1}");
    free(answer);
    assert_ok(qn_store_idem_sweep(s, 10, err));
    assert_ok(qn_store_idem(s, alice, "k", &answer, err));
    free(answer);
    assert_ok(qn_store_idem_sweep(s, 11, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_idem(s, alice, "k", &answer, err));
    qn_store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_person_is_its_directory_id), SCRATCH_TEST(test_badges_have_one_owner_and_are_ten_at_most), SCRATCH_TEST(test_pins),
        SCRATCH_TEST(test_throttles_forget_after_a_day), SCRATCH_TEST(test_sessions_end),
        SCRATCH_TEST(test_terminal_enrols_exactly_once), SCRATCH_TEST(test_a_terminal_and_its_certificate),
        SCRATCH_TEST(test_a_terminal_prints_on_a_set), SCRATCH_TEST(test_devices_and_queues),
        SCRATCH_TEST(test_idempotent_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
