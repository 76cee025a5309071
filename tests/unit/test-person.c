#include "tests/unit/test.h"

#include <string.h>

#include "ldap/person.h"

static void test_an_id_becomes_the_attributes_bytes(void **state)
{
    static const uint8_t guid[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
    uint8_t out[64];

    (void)state;
    assert_int_equal(qn_person_id_value(out, "objectGUID", "00010203-0405-0607-0809-0a0b0c0d0e0f"), 16);
    assert_memory_equal(out, guid, 16);
    assert_int_equal(qn_person_id_value(out, "OBJECTguid", "00010203-0405-0607-0809-0A0B0C0D0E0F"), 16);
    assert_memory_equal(out, guid, 16);
    assert_int_equal(qn_person_id_value(out, "entryUUID", "00010203-0405-0607-0809-0a0b0c0d0e0f"), 36);
    assert_memory_equal(out, "00010203-0405-0607-0809-0a0b0c0d0e0f", 36);
}

static void test_what_is_no_guid(void **state)
{
    static const char *const bad[] = {
        "", "-", "00010203", "00010203-0405-0607-0809-0a0b0c0d0e0", "00010203-0405-0607-0809-0a0b0c0d0e0f0",
        "00010203-0405-0607-0809-0a0b0c0d0e0f-", "000102030405060708090a0b0c0d0e0f", "0001020304-05-0607-0809-0a0b0c0d0e0f",
        "0001020g-0405-0607-0809-0a0b0c0d0e0f", "00010203-0405-0607-0809-0a0b0c0d0e\xc3\xa9", "{0010203-0405-0607-0809-0a0b0c0d0e0}",
    };
    uint8_t out[64];
    char much[66];

    (void)state;
    for (size_t i = 0; i < QN_COUNT(bad); i++)
        assert_int_equal(qn_person_id_value(out, "objectGUID", bad[i]), 0);
    memset(much, 'a', sizeof much);
    much[65] = '\0';
    assert_int_equal(qn_person_id_value(out, "entryUUID", much), 0);
    much[64] = '\0';
    assert_int_equal(qn_person_id_value(out, "entryUUID", much), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_id_becomes_the_attributes_bytes),
        cmocka_unit_test(test_what_is_no_guid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
