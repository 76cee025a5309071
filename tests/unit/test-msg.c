#include "config.h"

#include "tests/unit/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/msg.h"

static struct qn_err err;
static uint8_t packet[QN_MSG_MAX];
static int end[2];

static int setup(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, end);
}

static int teardown(void **state)
{
    (void)state;
    close(end[0]);
    close(end[1]);
    return 0;
}

static void test_a_message_comes_back_whole(void **state)
{
    struct qn_msg m, n;
    size_t len;
    int bytes;

    (void)state;
    qn_msg_request(&m, "login.badge", "r0123456789abcdef");
    m.seq = 42;
    qn_msg_str(&m, "text", "\xc3\xa9");
    qn_msg_int(&m, "number", INT64_MIN);
    qn_msg_secret(&m, QN_SECRET_BADGE, "98765", 5);
    qn_msg_secret(&m, QN_SECRET_PIN, "\0\1\2\3", 4);
    bytes = qn_msg_encode(&m, packet, &err);
    assert_true(bytes > 0);
    assert_null(memmem(packet, qn_get32(packet + 4) + 8, "98765", 5)); /* never in the JSON text */
    assert_works(qn_msg_decode(&n, packet, (size_t)bytes, &err));
    assert_string_equal(n.verb, "login.badge");
    assert_string_equal(n.req, "r0123456789abcdef");
    assert_int_equal(n.seq, 42);
    assert_false(n.answer);
    assert_string_equal(qn_msg_get(&n, "text"), "\xc3\xa9");
    assert_true(qn_msg_get_int(&n, "number") == INT64_MIN);
    assert_true(qn_msg_has(&n, "number"));
    assert_false(qn_msg_has(&n, "none"));
    assert_string_equal(qn_msg_get(&n, "number"), "");
    assert_int_equal(qn_msg_get_int(&n, "text"), 0);
    assert_memory_equal(qn_msg_get_secret(&n, QN_SECRET_BADGE, &len), "98765", 6);
    assert_int_equal(len, 5);
    assert_memory_equal(qn_msg_get_secret(&n, QN_SECRET_PIN, &len), "\0\1\2\3", 5);
    assert_null(qn_msg_get_secret(&n, QN_SECRET_KEY, &len));
    assert_int_equal(len, 0);
    qn_msg_free(&n);
    qn_msg_answer(&n, &m, QN_EDENIED, "because");
    bytes = qn_msg_encode(&n, packet, &err);
    qn_msg_free(&m);
    qn_msg_free(&n);
    assert_works(qn_msg_decode(&n, packet, (size_t)bytes, &err));
    assert_true(n.answer);
    assert_int_equal(n.code, QN_EDENIED);
    assert_string_equal(n.text, "because");
    assert_int_equal(n.seq, 42);
    qn_msg_free(&n);
    qn_msg_free(&n);
}

#define ENVELOPE(rest) "{\"m\":\"status\",\"seq\":1,\"req\":\"r0123456789abcdef\",\"f\":{}" rest "}"

/* A packet of that text, with a tail of n bytes and that number of secret items. */
static size_t packet_of(const char *text, unsigned items, const char *tail, size_t n)
{
    size_t len = strlen(text);

    memcpy(packet, "QN\1", 3);
    packet[3] = (uint8_t)items;
    qn_put32(packet + 4, (uint32_t)len);
    memcpy(packet + 8, text, len);
    memcpy(packet + 8 + len, tail, n);
    return 8 + len + n;
}

static void test_malformed_packets_are_refused_by_name(void **state)
{
    static const struct { const char *text, *tail; size_t n; unsigned items; const char *words; } tries[] = {
        { "", "", 0, 0, "not JSON" },
        { "{", "", 0, 0, "not JSON" },
        { "[]", "", 0, 0, "envelope" },
        { "{}", "", 0, 0, "envelope" },
        { ENVELOPE(",\"x\":1"), "", 0, 0, "envelope" },
        { ENVELOPE(",\"m\":\"status\""), "", 0, 0, "not JSON" }, /* twice the same name */
        { "{\"m\":\"status\",\"seq\":\"1\",\"req\":\"r0123456789abcdef\",\"f\":{}}", "", 0, 0, "envelope" },
        { "{\"m\":\"status\",\"seq\":1,\"req\":\"r0123456789abcdef\",\"f\":[]}", "", 0, 0, "envelope" },
        { "{\"m\":\"sta tus\",\"seq\":1,\"req\":\"r0123456789abcdef\",\"f\":{}}", "", 0, 0, "verb" },
        { "{\"m\":\"abcdefghijklmnopqrstuvwxyzabcdefghij\",\"seq\":1,\"req\":\"r0123456789abcdef\",\"f\":{}}", "", 0, 0, "verb" },
        { "{\"m\":\"status\",\"seq\":1,\"req\":\"../etc\",\"f\":{}}", "", 0, 0, "request id" },
        { ENVELOPE(",\"code\":\"ok\""), "", 0, 0, "answer" },
        { ENVELOPE(",\"code\":\"ok\",\"text\":\"a\\nb\""), "", 0, 0, "answer" },
        { ENVELOPE(""), "x", 1, 0, "bytes after its end" },
        { ENVELOPE(""), "", 0, 1, "inside a secret" },
        { ENVELOPE(""), "\1\0", 2, 1, "inside a secret" },
        { ENVELOPE(""), "\1\0\0", 3, 1, "bad length" },
        { ENVELOPE(""), "\1\0\5abcd", 7, 1, "bad length" },
        { ENVELOPE(""), "\0\0\1a", 4, 1, "unknown or repeated" },
        { ENVELOPE(""), "\14\0\1a", 4, 1, "unknown or repeated" },
        { ENVELOPE(""), "\1\0\1a\1\0\1b", 8, 2, "unknown or repeated" },
        { ENVELOPE(""), "\1\0\1a", 4, 7, "7 secret items" },
        { "{\"m\":\"status\",\"seq\":1,\"req\":\"r0123456789abcdef\",\"f\":{\"a\":\"\xff\"}}", "", 0, 0, "not JSON" },
        { "{\"m\":\"status\",\"seq\":1,\"req\":\"r0123456789abcdef\",\"f\":{\"a\":\"\\u0000\"}}", "", 0, 0, "not JSON" },
    };
    struct qn_msg m;

    (void)state;
    for (size_t i = 0; i < QN_COUNT(tries); i++) {
        size_t n = packet_of(tries[i].text, tries[i].items, tries[i].tail, tries[i].n);

        assert_fails(qn_msg_decode(&m, packet, n, &err), QN_EINVAL, tries[i].words);
        assert_null(m.f);
        assert_int_equal(m.secrets, 0);
    }
}

static void test_malformed_heads_are_refused_by_name(void **state)
{
    struct qn_msg m;
    size_t n = packet_of(ENVELOPE(""), 0, "", 0);

    (void)state;
    for (size_t cut = 0; cut < n; cut++)
        assert_fails(qn_msg_decode(&m, packet, cut, &err), QN_EINVAL, cut < 8 ? "not a message" : "longer than its packet");
    assert_works(qn_msg_decode(&m, packet, n, &err));
    qn_msg_free(&m);
    packet[2] = 2;
    assert_fails(qn_msg_decode(&m, packet, n, &err), QN_EINVAL, "version 2, expected 1");
    packet[2] = 1;
    packet[0] = 'q';
    assert_fails(qn_msg_decode(&m, packet, n, &err), QN_EINVAL, "not a message");
    packet[0] = 'Q';
    qn_put32(packet + 4, 0xffffffff);
    assert_fails(qn_msg_decode(&m, packet, n, &err), QN_EINVAL, "longer than its packet");
}

static void test_deep_nesting_is_refused(void **state)
{
    static char text[40000];
    struct qn_msg m;

    (void)state;
    memset(text, '[', sizeof text - 1);
    assert_fails(qn_msg_decode(&m, packet, packet_of(text, 0, "", 0), &err), QN_EINVAL, "not JSON");
}

static void test_what_does_not_fit_is_not_encoded(void **state)
{
    static char big[QN_MSG_MAX + 1];
    struct qn_msg m;

    (void)state;
    memset(big, 'a', sizeof big - 1);
    qn_msg_request(&m, "status", NULL);
    qn_msg_str(&m, "big", big);
    assert_fails(qn_msg_encode(&m, packet, &err), QN_EINVAL, "larger than 65536");
    big[QN_MSG_MAX - 8 - 63] = '\0'; /* the envelope around it takes 63 */
    qn_msg_str(&m, "big", big);
    assert_int_equal(qn_msg_encode(&m, packet, &err), QN_MSG_MAX);
    qn_msg_secret(&m, QN_SECRET_PIN, "1234", 4);
    assert_fails(qn_msg_encode(&m, packet, &err), QN_EINVAL, "larger than 65536");
    assert_fails(qn_msg_send(end[0], &m, &err), QN_EINVAL, "larger than 65536");
    qn_msg_free(&m);
}

static void test_descriptors_travel(void **state)
{
    struct qn_msg m;
    struct stat a, b;
    int fd = open("/etc/hostname", O_RDONLY), got;

    (void)state;
    fstat(fd, &a);
    qn_msg_request(&m, "status", NULL);
    qn_msg_fd(&m, fd);
    qn_msg_fd(&m, dup(fd));
    assert_works(qn_msg_send(end[0], &m, &err));
    qn_msg_free(&m);
    assert_int_equal(fcntl(fd, F_GETFD), -1); /* closed with the message */
    assert_works(qn_msg_recv(end[1], &m, &err));
    assert_int_equal(m.fds, 2);
    got = qn_msg_take_fd(&m, 1);
    assert_int_equal(qn_msg_take_fd(&m, 1), -1);
    assert_int_equal(qn_msg_take_fd(&m, 2), -1);
    assert_int_equal(fcntl(got, F_GETFD), FD_CLOEXEC);
    fstat(got, &b);
    assert_true(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
    fd = m.fd[0];
    qn_msg_free(&m);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(fcntl(got, F_GETFD), FD_CLOEXEC); /* taken: ours */
    close(got);
}

/* Sends raw bytes with n descriptors. */
static void raw_send(const void *p, size_t len, size_t n)
{
    union { char bytes[CMSG_SPACE(sizeof(int) * 16)]; struct cmsghdr align; } control = { 0 };
    struct iovec iov = { (void *)(uintptr_t)p, len };
    struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };

    if (n) {
        h.msg_control = control.bytes;
        h.msg_controllen = CMSG_SPACE(sizeof(int) * n);
        control.align.cmsg_level = SOL_SOCKET;
        control.align.cmsg_type = SCM_RIGHTS;
        control.align.cmsg_len = CMSG_LEN(sizeof(int) * n);
        for (size_t i = 0; i < n; i++)
            memcpy(CMSG_DATA(&control.align) + i * sizeof(int), &end[0], sizeof(int));
    }
    assert_int_equal(sendmsg(end[0], &h, 0), (ssize_t)len);
}

static int fds_open(void)
{
    int n = 0;

    for (int fd = 0; fd < 200; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void test_descriptors_of_refused_messages_are_closed(void **state)
{
    size_t n = packet_of(ENVELOPE(""), 0, "", 0);
    struct qn_msg m;
    int before = fds_open();

    (void)state;
    raw_send("junk", 4, 2);
    assert_fails(qn_msg_recv(end[1], &m, &err), QN_EINVAL, "not a message");
    raw_send(packet, n, 3);
    assert_fails(qn_msg_recv(end[1], &m, &err), QN_EINVAL, "too many descriptors");
    raw_send(packet, n, 16);
    assert_fails(qn_msg_recv(end[1], &m, &err), QN_EINVAL, "too many descriptors");
    assert_int_equal(fds_open(), before);
}

static void test_a_packet_too_large_is_refused(void **state)
{
    static uint8_t big[QN_MSG_MAX + 10];
    struct qn_msg m;
    size_t n = packet_of(ENVELOPE(""), 0, "", 0);

    (void)state;
    memcpy(big, packet, n);
    raw_send(big, sizeof big, 0);
    assert_fails(qn_msg_recv(end[1], &m, &err), QN_EINVAL, "larger than 65536");
}

static void test_ends_and_full_sockets_are_told_apart(void **state)
{
    struct qn_msg m, n;
    int r = 0, sent = 0;

    (void)state;
    assert_fails(qn_msg_recv(end[1], &m, &err), QN_EAGAIN, "no message yet");
    qn_msg_request(&m, "status", NULL);
    while (r == 0 && sent < 100000) {
        r = qn_msg_send(end[0], &m, &err);
        sent++;
    }
    assert_int_equal(r, QN_EAGAIN);
    assert_works(qn_msg_recv(end[1], &n, &err));
    qn_msg_free(&n);
    assert_works(qn_msg_send(end[0], &m, &err));
    close(end[1]);
    assert_fails(qn_msg_send(end[0], &m, &err), QN_EEOF, "gone"); /* and no SIGPIPE */
    assert_fails(qn_msg_recv(end[0], &n, &err), QN_EEOF, "closed");
    qn_msg_free(&m);
    end[1] = dup(end[0]);
}

struct answerer { int64_t seq_off; int code, junk; const char *verb; };

/* Answers one request in a thread. */
static void *answer_one(void *p)
{
    const struct answerer *how = p;
    struct qn_msg m, a;
    struct qn_err e;
    int r;

    for (int ms = 0; (r = qn_msg_recv(end[1], &m, &e)) == QN_EAGAIN && ms < 5000; ms++)
        usleep(1000);
    if (r != 0)
        return NULL;
    qn_msg_answer(&a, &m, how->code, how->code ? "no" : NULL);
    a.seq += how->seq_off;
    if (how->verb)
        snprintf(a.verb, sizeof a.verb, "%s", how->verb);
    if (how->junk)
        qn_msg_int(&a, "junk", 1);
    qn_msg_send(end[1], &a, &e);
    qn_msg_free(&a);
    qn_msg_free(&m);
    return NULL;
}

static int call_with(struct answerer how, struct qn_msg *answer)
{
    struct qn_msg m;
    pthread_t t;
    int r;

    qn_msg_request(&m, "deliver.sent", NULL);
    qn_msg_str(&m, "job", "01a1ff83-2e8d-7416-a02e-8011d3aae6b8");
    pthread_create(&t, NULL, answer_one, &how);
    r = qn_msg_call(end[0], &m, answer, 5000, &err);
    pthread_join(t, NULL);
    qn_msg_free(&m);
    return r;
}

static void test_a_call_takes_only_its_own_answer(void **state)
{
    struct qn_msg a, m;

    (void)state;
    assert_works(call_with((struct answerer){ 0 }, &a));
    assert_int_equal(a.code, QN_OK);
    qn_msg_free(&a);
    assert_works(call_with((struct answerer){ .code = QN_ENOTFOUND }, &a));
    assert_int_equal(a.code, QN_ENOTFOUND);
    assert_string_equal(a.text, "no");
    qn_msg_free(&a);
    assert_fails(call_with((struct answerer){ .seq_off = 1 }, &a), QN_EINVAL, "does not belong to");
    assert_fails(call_with((struct answerer){ .verb = "status" }, &a), QN_EINVAL, "does not belong to");
    assert_fails(call_with((struct answerer){ .junk = 1 }, &a), QN_EINVAL, "does not belong there");
    assert_null(a.f);
    qn_msg_request(&m, "deliver.sent", NULL);
    assert_fails(qn_msg_call(end[0], &m, &a, 100, &err), QN_EINVAL, "job is missing"); /* not even sent */
    qn_msg_str(&m, "job", "01a1ff83-2e8d-7416-a02e-8011d3aae6b8");
    assert_fails(qn_msg_call(end[0], &m, &a, 50, &err), QN_ETIMEOUT, "no answer in time");
    qn_msg_free(&m);
}

static void test_dialling_and_the_peers_uid(void **state)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int s, fd;

    (void)state;
    snprintf(sa.sun_path, sizeof sa.sun_path, "/tmp/qn-msg-%ld.sock", (long)getpid());
    assert_fails(qn_msg_dial(sa.sun_path, &err), QN_EAWAY, "connecting to /tmp/qn-msg-");
    s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s, (struct sockaddr *)&sa, sizeof sa), 0);
    assert_int_equal(listen(s, 1), 0);
    fd = qn_msg_dial(sa.sun_path, &err);
    assert_true(fd >= 0);
    assert_int_equal(qn_msg_peer_uid(fd), geteuid());
    assert_int_equal(qn_msg_peer_uid(0 - 1), (unsigned)-1);
    close(fd);
    close(s);
    unlink(sa.sun_path);
    assert_fails(qn_msg_dial("/tmp/0123456789012345678901234567890123456789012345678901234567890123456789"
                             "01234567890123456789012345678901234567890123456789", &err), QN_EINVAL, "too long");
}

static void test_a_word_is_in_a_list_or_not(void **state)
{
    json_t *words = json_pack("[s, i, n, s]", "one", 2, "three");

    (void)state;
    assert_true(qn_words_have(words, "one"));
    assert_true(qn_words_have(words, "three"));
    assert_false(qn_words_have(words, "on"));
    assert_false(qn_words_have(words, "2"));
    assert_false(qn_words_have(words, ""));
    assert_false(qn_words_have(NULL, "one"));
    json_decref(words);
    words = json_string("one");
    assert_false(qn_words_have(words, "one"));
    json_decref(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message_comes_back_whole),
        cmocka_unit_test(test_malformed_packets_are_refused_by_name),
        cmocka_unit_test(test_malformed_heads_are_refused_by_name),
        cmocka_unit_test(test_deep_nesting_is_refused),
        cmocka_unit_test_setup_teardown(test_what_does_not_fit_is_not_encoded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_descriptors_travel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_descriptors_of_refused_messages_are_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_packet_too_large_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends_and_full_sockets_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_call_takes_only_its_own_answer, setup, teardown),
        cmocka_unit_test(test_dialling_and_the_peers_uid),
        cmocka_unit_test(test_a_word_is_in_a_list_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
