#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "server/job-wrap.h"

static struct qn_err err;

static struct qn_job job_of(void)
{
    struct qn_job j = { .class_ = 3 };

    strcpy(j.id, "0193b0a1-c2d3-7e4f-8a5b-6c7d8e9fa0b1");
    strcpy(j.owner_name, "alice");
    strcpy(j.shred, "shred:3:29000000");
    return j;
}

static void test_associated_data_is_the_drawn_one(void **state)
{
    static const char want[] = "0193b0a1c2d37e4f8a5b6c7d8e9fa0b1" "00000005616c696365" "00000003"
                               "0000001073687265643a333a3239303030303030";
    struct qn_job j = job_of();
    struct qn_buf b = { 0 };
    char hex[200];

    (void)state;
    assert_int_equal(qn_job_wrap_aad(&b, &j, &err), 0);
    assert_string_equal(qn_hex(hex, b.data, b.len), want);
    qn_buf_free(&b);
    strcpy(j.id, "not-an-id");
    assert_fails(qn_job_wrap_aad(&b, &j, &err), QN_EINVAL, "'not-an-id' is not a job's id");
}

static void test_an_edited_row_does_not_unwrap(void **state)
{
    uint8_t shred[32] = { 1 }, key[32] = { 2 }, out[32], zero[32] = { 0 };
    struct qn_job good = job_of(), j;

    (void)state;
    assert_works(qn_job_wrap(&good, shred, key, &err));
    assert_works(qn_job_unwrap(out, &good, shred, &err));
    assert_memory_equal(out, key, 32);
    j = good;
    strcpy(j.owner_name, "mallory");
    assert_fails(qn_job_unwrap(out, &j, shred, &err), QN_ECORRUPT, "not what was sealed");
    assert_memory_equal(out, zero, 32);
    j = good;
    j.class_ = 1;
    assert_fails(qn_job_unwrap(out, &j, shred, &err), QN_ECORRUPT, "not what was sealed");
    j = good;
    strcpy(j.shred, "shred:3:29000001");
    assert_fails(qn_job_unwrap(out, &j, shred, &err), QN_ECORRUPT, "not what was sealed");
    j = good;
    j.id[35] = '2';
    assert_fails(qn_job_unwrap(out, &j, shred, &err), QN_ECORRUPT, "not what was sealed");
    j = good;
    j.wrapped[59] ^= 1;
    assert_fails(qn_job_unwrap(out, &j, shred, &err), QN_ECORRUPT, "not what was sealed");
    shred[31] = 1;
    assert_fails(qn_job_unwrap(out, &good, shred, &err), QN_ECORRUPT, "not what was sealed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_associated_data_is_the_drawn_one),
        cmocka_unit_test(test_an_edited_row_does_not_unwrap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
