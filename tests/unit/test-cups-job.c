#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intake/cups-job.h"

static struct qn_err err;

#define HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Language: en\r\nContent-Length: "
#define UUID "urn:uuid:e904d2ab-0000-4000-8000-000000000001"

/* ---- the answer of a cupsd, made and then damaged ---- */

static void put(struct qn_buf *b, uint8_t tag, const char *name, const void *value, size_t n)
{
    uint8_t len[2];

    qn_buf_add(b, &tag, 1);
    qn_put16(len, (uint16_t)strlen(name));
    qn_buf_add(b, len, 2);
    qn_buf_puts(b, name);
    qn_put16(len, (uint16_t)n);
    qn_buf_add(b, len, 2);
    qn_buf_add(b, value, n);
}

static void put_text(struct qn_buf *b, uint8_t tag, const char *name, const char *value)
{
    put(b, tag, name, value, strlen(value));
}

static void put_number(struct qn_buf *b, uint8_t tag, const char *name, uint32_t value)
{
    uint8_t bytes[4];

    qn_put32(bytes, value);
    put(b, tag, name, bytes, 4);
}

/* Up to the job's attributes. */
static void front(struct qn_buf *b, uint16_t status)
{
    uint8_t bytes[] = { 2, 0, (uint8_t)(status >> 8), (uint8_t)status, 0, 0, 0, 1, 1 };

    qn_buf_add(b, bytes, sizeof bytes);
    put_text(b, 0x47, "attributes-charset", "utf-8");
    put_text(b, 0x48, "attributes-natural-language", "en");
    qn_buf_add(b, "\2", 1);
}

/* As cupsd 2.4.2 writes it. */
static void whole(struct qn_buf *b)
{
    front(b, 0);
    put_number(b, 0x21, "number-of-documents", 3);
    put_text(b, 0x42, "job-originating-user-name", "alice");
    put_text(b, 0x42, "job-sheets", "standard");
    put_text(b, 0x42, "", "classified");
    put_text(b, 0x45, "job-uuid", UUID);
    put_number(b, 0x21, "time-at-creation", 1795278165);
    put_number(b, 0x21, "job-id", 42);
    put_number(b, 0x23, "job-state", 5);
    qn_buf_puts(b, "\3");
}

static int read_it(struct qn_cups_job *j, const struct qn_buf *b)
{
    memset(&err, 0, sizeof err);
    return qn_cups_job_read(j, (const uint8_t *)b->data, b->len, &err);
}

static void test_an_answer_of_cupsd_is_read(void **state)
{
    struct qn_buf b = { 0 };
    struct qn_cups_job j;

    (void)state;
    whole(&b);
    assert_int_equal(read_it(&j, &b), 0);
    assert_int_equal(j.id, 42);
    assert_int_equal(j.state, QN_CUPS_PROCESSING);
    assert_int_equal(j.created, 1795278165);
    assert_int_equal(j.documents, 3);
    assert_string_equal(j.owner, "alice");
    assert_string_equal(j.uuid, UUID);
    assert_string_equal(j.sheet[0], "standard");
    assert_string_equal(j.sheet[1], "classified");
    qn_buf_free(&b);
}

static void test_cut_anywhere_or_longer_it_is_refused(void **state)
{
    struct qn_buf b = { 0 };
    struct qn_cups_job j;

    (void)state;
    whole(&b);
    for (size_t n = 0; n < b.len; n++) {
        uint8_t *exact = malloc(n ? n : 1); /* so that a sanitizer sees a step too far */

        memcpy(exact, b.data, n);
        assert_int_equal(qn_cups_job_read(&j, exact, n, &err), QN_EINVAL);
        free(exact);
    }
    qn_buf_puts(&b, "x");
    assert_int_equal(read_it(&j, &b), QN_EINVAL);
    qn_buf_free(&b);
}

static void test_statuses(void **state)
{
    static const struct { uint16_t status; int code; } rows[] = {
        { 0x0000, 0 }, { 0x0001, 0 }, { 0x0400, QN_EAWAY }, { 0x0401, QN_EAWAY }, { 0x0403, QN_EAWAY },
        { 0x0406, QN_ENOTFOUND }, { 0x0500, QN_EAWAY }, { 0x0507, QN_EAWAY }, { 0xffff, QN_EAWAY },
    };
    struct qn_cups_job j;

    (void)state;
    for (size_t i = 0; i < QN_COUNT(rows); i++) {
        struct qn_buf b = { 0 };

        front(&b, rows[i].status);
        qn_buf_puts(&b, "\3");
        assert_int_equal(read_it(&j, &b), rows[i].code);
        assert_true(rows[i].code == 0 || err.text[0]);
        qn_buf_free(&b);
    }
}

/* Each line is one attribute in a job's group; the code is what the answer gets. */
static void test_values_of_the_wrong_kind_are_refused(void **state)
{
    static const struct { uint8_t tag; const char *name, *value; size_t n; int code; } rows[] = {
        { 0x21, "job-id", "\0\0\0\7", 4, 0 },
        { 0x23, "job-id", "\0\0\0\7", 4, 0 },
        { 0x21, "job-id", "\0\0\0\0\7", 5, QN_EINVAL },
        { 0x21, "job-id", "\0\0\7", 3, QN_EINVAL },
        { 0x42, "job-id", "\0\0\0\7", 4, QN_EINVAL },
        { 0x13, "job-id", "", 0, 0 },                        /* no-value */
        { 0x13, "job-id", "\0\0\0\7", 4, QN_EINVAL },
        { 0x42, "job-uuid", "x", 1, 0 },
        { 0x45, "job-uuid", "", 0, 0 },
        { 0x21, "job-uuid", "\0\0\0\7", 4, QN_EINVAL },
        { 0x45, "job-uuid", "a\0b", 3, QN_EINVAL },
        { 0x45, "job-uuid", "0123456789012345678901234567890123456789012345678901234567890123", 64, QN_EINVAL },
        { 0x45, "job-uuid", "012345678901234567890123456789012345678901234567890123456789012", 63, 0 },
        { 0x36, "job-originating-user-name", "\0\2en\0\5alice", 11, 0 },
        { 0x36, "job-originating-user-name", "\0\2en\0\6alice", 11, QN_EINVAL },
        { 0x36, "job-originating-user-name", "\0\2en\0\4alice", 11, QN_EINVAL },
        { 0x36, "job-originating-user-name", "\0\2en", 4, QN_EINVAL },
        { 0x36, "job-originating-user-name", "", 0, QN_EINVAL },
        { 0x34, "job-sheets", "", 0, QN_EINVAL },            /* a collection */
        { 0x34, "something-else", "", 0, 0 },
        { 0x7f, "something-else", "\0\0", 2, 0 },
        { 0x42, "", "x", 1, QN_EINVAL },                     /* one more of nothing */
    };
    struct qn_cups_job j;

    (void)state;
    for (size_t i = 0; i < QN_COUNT(rows); i++) {
        struct qn_buf b = { 0 };

        front(&b, 0);
        put(&b, rows[i].tag, rows[i].name, rows[i].value, rows[i].n);
        qn_buf_puts(&b, "\3");
        if (read_it(&j, &b) != rows[i].code)
            fail_msg("line %zu: %s", i, err.text);
        qn_buf_free(&b);
    }
}

static void test_twice_or_too_many_is_refused(void **state)
{
    struct qn_buf b = { 0 };
    struct qn_cups_job j;

    (void)state;
    front(&b, 0);
    put_text(&b, 0x42, "job-originating-user-name", "alice");
    put_text(&b, 0x42, "job-originating-user-name", "mallory");
    qn_buf_puts(&b, "\3");
    assert_int_equal(read_it(&j, &b), QN_EINVAL);
    qn_buf_free(&b);
    front(&b, 0);
    put_text(&b, 0x42, "job-originating-user-name", "alice");
    put_text(&b, 0x42, "", "mallory");
    qn_buf_puts(&b, "\3");
    assert_int_equal(read_it(&j, &b), QN_EINVAL);
    qn_buf_free(&b);
    front(&b, 0);
    put_text(&b, 0x42, "job-originating-user-name", "alice");
    qn_buf_puts(&b, "\2"); /* another job's */
    put_text(&b, 0x42, "job-originating-user-name", "mallory");
    qn_buf_puts(&b, "\3");
    assert_int_equal(read_it(&j, &b), QN_EINVAL);
    qn_buf_free(&b);
    front(&b, 0);
    for (int i = 0; i < 3; i++)
        put_text(&b, 0x42, i ? "" : "job-sheets", "none");
    qn_buf_puts(&b, "\3");
    assert_int_equal(read_it(&j, &b), QN_EINVAL);
    qn_buf_free(&b);
}

static void test_other_groups_say_nothing_about_the_job(void **state)
{
    static const uint8_t start[] = { 2, 0, 0, 0, 0, 0, 0, 1 };
    struct qn_buf b = { 0 };
    struct qn_cups_job j;

    (void)state;
    qn_buf_add(&b, start, sizeof start);
    qn_buf_puts(&b, "\1");
    put_text(&b, 0x42, "job-originating-user-name", "mallory");
    qn_buf_puts(&b, "\5");
    put_number(&b, 0x21, "job-id", 42);
    qn_buf_puts(&b, "\3");
    assert_int_equal(read_it(&j, &b), 0);
    assert_string_equal(j.owner, "");
    assert_int_equal(j.id, -1);
    qn_buf_free(&b);
    qn_buf_add(&b, start, sizeof start); /* an attribute of no group at all */
    put_number(&b, 0x21, "job-id", 42);
    qn_buf_puts(&b, "\3");
    assert_int_equal(read_it(&j, &b), QN_EINVAL);
    b.data[7] = 2; /* an answer to another request */
    assert_int_equal(read_it(&j, &b), QN_EINVAL);
    qn_buf_free(&b);
}

static void test_http_heads(void **state)
{
    static const struct { const char *text; int code; size_t body; } rows[] = {
        { HEAD "3\r\n\r\nabc", 0, 3 },
        { HEAD "0\r\n\r\n", 0, 0 },
        { HEAD "3\r\n\r\nab", QN_EAGAIN, 0 },
        { HEAD "3\r\n\r", QN_EAGAIN, 0 },
        { "HTT", QN_EAGAIN, 0 },
        { "", QN_EAGAIN, 0 },
        { HEAD "3\r\n\r\nabcd", QN_EINVAL, 0 },
        { HEAD "3\r\ncontent-length: 3\r\n\r\nabc", QN_EINVAL, 0 },
        { HEAD "3\r\nTransfer-Encoding: chunked\r\n\r\nabc", QN_EINVAL, 0 },
        { HEAD "3x\r\n\r\nabc", QN_EINVAL, 0 },
        { HEAD "-3\r\n\r\nabc", QN_EINVAL, 0 },
        { HEAD "\r\n\r\n", QN_EINVAL, 0 },
        { HEAD "16385\r\n\r\n", QN_EINVAL, 0 },
        { HEAD "99999999999999999999999999\r\n\r\n", QN_EINVAL, 0 },
        { "HTTP/1.1 200 OK\r\n\r\n", QN_EINVAL, 0 },
        { "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", QN_EAWAY, 0 },
        { "HTTP/1.1 503 Service Unavailable\r\n\r\n", QN_EAWAY, 0 },
        { "HTTP/1.1 2\r\nContent-Length: 0\r\n\r\n", QN_EINVAL, 0 },
        { "SSH-2.0-x\r\n\r\n", QN_EINVAL, 0 },
        { "\r\n\r\n", QN_EINVAL, 0 },
    };
    static uint8_t endless[8192];
    const uint8_t *body;
    size_t n;

    (void)state;
    for (size_t i = 0; i < QN_COUNT(rows); i++) {
        size_t len = strlen(rows[i].text);
        uint8_t *exact = malloc(len ? len : 1);

        memcpy(exact, rows[i].text, len);
        if (qn_cups_job_body(exact, len, &body, &n, &err) != rows[i].code)
            fail_msg("head %zu: %s", i, err.text);
        if (rows[i].code == 0) {
            assert_int_equal(n, rows[i].body);
            assert_ptr_equal(body, exact + len - n);
        }
        free(exact);
    }
    memset(endless, 'x', sizeof endless);
    assert_int_equal(qn_cups_job_body(endless, sizeof endless, &body, &n, &err), QN_EINVAL);
}

static void test_the_question(void **state)
{
    struct qn_buf b = { 0 };
    char *body;

    (void)state;
    qn_cups_job_ask(&b, 42, "quoin-intake");
    assert_memory_equal(b.data, "POST / HTTP/1.1\r\n", 17);
    assert_non_null(strstr(b.data, "\r\nAuthorization: PeerCred quoin-intake\r\n"));
    body = strstr(b.data, "\r\n\r\n") + 4;
    assert_int_equal(strtoul(strstr(b.data, "Content-Length: ") + 16, NULL, 10), b.len - (size_t)(body - b.data));
    assert_memory_equal(body, "\2\0\0\x09\0\0\0\1\1", 9);
    assert_int_equal(b.data[b.len - 1], 3);
    assert_non_null(memmem(body, b.len - (size_t)(body - b.data), "\0\7job-uri\0\x17ipp://localhost/jobs/42", 34));
    qn_buf_free(&b);
    qn_cups_job_ask(&b, 42, "");
    assert_null(strstr(b.data, "Authorization"));
    qn_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_of_cupsd_is_read),
        cmocka_unit_test(test_cut_anywhere_or_longer_it_is_refused),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_values_of_the_wrong_kind_are_refused),
        cmocka_unit_test(test_twice_or_too_many_is_refused),
        cmocka_unit_test(test_other_groups_say_nothing_about_the_job),
        cmocka_unit_test(test_http_heads),
        cmocka_unit_test(test_the_question),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
