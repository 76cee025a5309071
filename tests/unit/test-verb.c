#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/verb.h"

static struct qn_err err;

static json_t *row_of(const struct qn_field *fields);

/* The least valid value of a field. */
static json_t *value_of(const struct qn_field *f)
{
    char filler[256];
    json_t *v;

    memset(filler, '0', sizeof filler);

    switch (f->type) {
    case QN_FIELD_TEXT:
    case QN_FIELD_WORD:
    case QN_FIELD_HEX:
        return json_stringn(filler, (size_t)f->min);
    case QN_FIELD_INT:
        return json_integer(f->min);
    case QN_FIELD_MAP:
        return json_object();
    case QN_FIELD_ROWS:
    case QN_FIELD_WORDS:
    case QN_FIELD_TEXTS:
        v = json_array();
        for (int64_t i = 0; i < f->min; i++)
            json_array_append_new(v, f->type == QN_FIELD_ROWS ? row_of(f->rows) : json_string("a"));
        return v;
    }
    return NULL;
}

static json_t *row_of(const struct qn_field *fields)
{
    json_t *row = json_object();

    for (; fields->name; fields++)
        if (fields->required)
            json_object_set_new(row, fields->name, value_of(fields));
    return row;
}

/* The least valid request or answer of a verb. */
static void message_of(struct qn_msg *m, const struct qn_verb *v, bool answer)
{
    struct qn_msg ask;

    qn_msg_request(&ask, v->name, NULL);
    if (answer)
        qn_msg_answer(m, &ask, QN_OK, NULL);
    else
        *m = ask;
    if (answer)
        qn_msg_free(&ask);
    for (const struct qn_field *f = answer ? v->reply : v->ask; f->name; f++)
        if (f->required)
            qn_msg_json(m, f->name, value_of(f));
    for (unsigned kind = 1; !answer && kind < QN_SECRET_KINDS; kind++)
        if (v->ask_secrets & 1U << kind)
            qn_msg_secret(m, kind, "1234", 4);
    m->fds = answer ? 0 : v->ask_fds;
    m->fd[0] = m->fd[1] = -1;
}

static void test_every_line_of_the_table_is_sound(void **state)
{
    (void)state;
    for (const struct qn_verb *v = qn_verb_table; v->name; v++) {
        assert_true(strlen(v->name) < sizeof ((struct qn_msg *)0)->verb);
        assert_ptr_equal(qn_verb_find(v->name), v); /* no line twice */
        assert_true(v->ask_fds <= QN_MSG_FDS && v->reply_fds_may <= QN_MSG_FDS);
        for (int answer = 0; answer < 2; answer++)
            for (const struct qn_field *f = answer ? v->reply : v->ask; f->name; f++) {
                assert_true(f->min <= f->max);
                assert_true((f->type == QN_FIELD_ROWS) == (f->rows != NULL));
            }
    }
    assert_null(qn_verb_find("job.releaseall"));
    assert_null(qn_verb_find(""));
}

static void test_every_verb_takes_its_own_and_nothing_more(void **state)
{
    struct qn_msg m;

    (void)state;
    for (const struct qn_verb *v = qn_verb_table; v->name; v++)
        for (int answer = 0; answer < 2; answer++) {
            message_of(&m, v, answer);
            assert_works(qn_verb_check(&m, &err));
            qn_msg_int(&m, "surplus", 1);
            assert_fails(qn_verb_check(&m, &err), QN_EINVAL, "does not belong there");
            json_object_del(m.f, "surplus");
            m.fds++;
            if (answer ? v->reply_fds_may == 0 : true)
                assert_fails(qn_verb_check(&m, &err), QN_EINVAL, "wrong number of descriptors");
            m.fds = 0;
            qn_msg_free(&m);
        }
}

static void test_every_required_field_is_missed(void **state)
{
    (void)state;
    for (const struct qn_verb *v = qn_verb_table; v->name; v++)
        for (int answer = 0; answer < 2; answer++)
            for (const struct qn_field *f = answer ? v->reply : v->ask; f->name; f++) {
                struct qn_msg m;

                message_of(&m, v, answer);
                if (f->required) {
                    json_object_del(m.f, f->name);
                    assert_fails(qn_verb_check(&m, &err), QN_EINVAL, "is missing");
                    assert_non_null(strstr(err.text, f->name));
                    if (answer) { /* one that says no may say nothing else */
                        m.code = QN_EDENIED;
                        assert_works(qn_verb_check(&m, &err));
                    }
                }
                m.fds = 0;
                qn_msg_free(&m);
            }
}

static void test_every_secret_is_missed_and_strangers_are_refused(void **state)
{
    (void)state;
    for (const struct qn_verb *v = qn_verb_table; v->name; v++)
        for (unsigned kind = 1; kind < QN_SECRET_KINDS; kind++) {
            struct qn_msg m;

            message_of(&m, v, false);
            if (!((v->ask_secrets | v->ask_secrets_may) & 1U << kind)) {
                qn_msg_secret(&m, kind, "1234", 4);
                assert_fails(qn_verb_check(&m, &err), QN_EINVAL, "secrets missing, or that do not belong");
            } else if (v->ask_secrets & 1U << kind) {
                for (size_t i = 0; i < m.secrets; i++)
                    if (m.secret[i].kind == kind)
                        m.secret[i].kind = (uint8_t)(kind % (QN_SECRET_KINDS - 1) + 1);
                assert_fails(qn_verb_check(&m, &err), QN_EINVAL, "secrets missing, or that do not belong");
            }
            m.fds = 0;
            qn_msg_free(&m);
        }
}

/* Values that a field of that type must not have. */
static void bad_values(const struct qn_field *f, json_t *bad)
{
    static const char *const stray[] = { "a b", "a\nb", "\xc3\xa9\x7f", "<", "\"" };
    static char big[70000];

    memset(big, 'a', sizeof big - 1);
    json_array_append_new(bad, json_null());
    json_array_append_new(bad, json_true());
    json_array_append_new(bad, json_real(1.5));
    if (f->type != QN_FIELD_INT)
        json_array_append_new(bad, json_integer(1));
    if (f->type != QN_FIELD_MAP)
        json_array_append_new(bad, json_object());
    switch (f->type) {
    case QN_FIELD_TEXT:
    case QN_FIELD_WORD:
    case QN_FIELD_HEX:
        json_array_append_new(bad, json_stringn(big, (size_t)f->max + 1));
        if (f->min > 0)
            json_array_append_new(bad, json_stringn(big, (size_t)f->min - 1));
        json_array_append_new(bad, json_string("line\nfeed"));
        for (size_t i = 0; f->type != QN_FIELD_TEXT && i < QN_COUNT(stray); i++)
            json_array_append_new(bad, json_string(stray[i]));
        break;
    case QN_FIELD_INT:
        if (f->min > INT64_MIN)
            json_array_append_new(bad, json_integer(f->min - 1));
        if (f->max < INT64_MAX)
            json_array_append_new(bad, json_integer(f->max + 1));
        json_array_append_new(bad, json_string("1"));
        break;
    case QN_FIELD_MAP:
        json_array_append_new(bad, json_pack("{s:i}", "a", 1));
        json_array_append_new(bad, json_pack("{s:s}", "a b", "x"));
        json_array_append_new(bad, json_pack("{s:s}", "", "x"));
        json_array_append_new(bad, json_pack("{s:s%}", "a", big, (size_t)1024));
        json_array_append_new(bad, json_array());
        break;
    case QN_FIELD_WORDS:
        json_array_append_new(bad, json_pack("[s]", "a b"));
        json_array_append_new(bad, json_pack("[s]", ""));
        /* fall through */
    case QN_FIELD_TEXTS:
        json_array_append_new(bad, json_pack("[i]", 1));
        json_array_append_new(bad, json_pack("[s%]", big, (size_t)1024));
        break;
    case QN_FIELD_ROWS:
        json_array_append_new(bad, json_pack("[i]", 1));
        json_array_append_new(bad, json_pack("[{s:i}]", "surplus", 1));
        break;
    }
    if (f->type == QN_FIELD_WORDS || f->type == QN_FIELD_TEXTS || f->type == QN_FIELD_ROWS) {
        json_t *many = json_array();

        for (int64_t i = 0; i <= f->max; i++)
            json_array_append_new(many, f->type == QN_FIELD_ROWS ? json_object() : json_string("a"));
        json_array_append_new(bad, many);
    }
}

static void test_every_field_refuses_what_it_must_not_be(void **state)
{
    unsigned tried = 0;

    (void)state;
    for (const struct qn_verb *v = qn_verb_table; v->name; v++)
        for (int answer = 0; answer < 2; answer++)
            for (const struct qn_field *f = answer ? v->reply : v->ask; f->name; f++) {
                json_t *bad = json_array();
                struct qn_msg m;

                bad_values(f, bad);
                message_of(&m, v, answer);
                for (size_t i = 0; i < json_array_size(bad); i++, tried++) {
                    qn_msg_json(&m, f->name, json_incref(json_array_get(bad, i)));
                    if (qn_verb_check(&m, &err) != QN_EINVAL)
                        fail_msg("%s: field %s took bad value %zu", v->name, f->name, i);
                    assert_non_null(strstr(err.text, v->name));
                }
                json_decref(bad);
                m.fds = 0;
                qn_msg_free(&m);
            }
    assert_true(tried > 500);
}

static void test_an_unknown_verb_is_refused(void **state)
{
    struct qn_msg m;

    (void)state;
    qn_msg_request(&m, "job.read", NULL);
    assert_fails(qn_verb_check(&m, &err), QN_EINVAL, "unknown message job.read");
    qn_msg_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_line_of_the_table_is_sound),
        cmocka_unit_test(test_every_verb_takes_its_own_and_nothing_more),
        cmocka_unit_test(test_every_required_field_is_missed),
        cmocka_unit_test(test_every_secret_is_missed_and_strangers_are_refused),
        cmocka_unit_test(test_every_field_refuses_what_it_must_not_be),
        cmocka_unit_test(test_an_unknown_verb_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
