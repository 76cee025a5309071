# unit tests of ldap/
LDAP_UNIT_CPPFLAGS = $(UNIT_CPPFLAGS) $(LDAP_CFLAGS)
check_PROGRAMS += tests/unit/test-filter tests/unit/test-bind-reason tests/unit/test-group tests/unit/test-status tests/unit/test-pin \
	tests/unit/test-member tests/unit/test-crypt tests/unit/test-person
TESTS += tests/unit/test-filter tests/unit/test-bind-reason tests/unit/test-group tests/unit/test-status tests/unit/test-pin \
	tests/unit/test-member tests/unit/test-crypt tests/unit/test-person

tests_unit_test_filter_SOURCES = tests/unit/test-filter.c ldap/filter.c
tests_unit_test_filter_CPPFLAGS = $(LDAP_UNIT_CPPFLAGS)
tests_unit_test_filter_LDADD = $(UNIT_LIBS) $(LDAP_LIBS)

tests_unit_test_bind_reason_SOURCES = tests/unit/test-bind-reason.c ldap/bind-reason.c ldap/status.c
tests_unit_test_bind_reason_CPPFLAGS = $(LDAP_UNIT_CPPFLAGS)
tests_unit_test_bind_reason_LDADD = $(UNIT_LIBS) $(LDAP_LIBS)

tests_unit_test_group_SOURCES = tests/unit/test-group.c ldap/group.c
tests_unit_test_group_CPPFLAGS = $(LDAP_UNIT_CPPFLAGS)
tests_unit_test_group_LDADD = $(UNIT_LIBS) $(LDAP_LIBS)

tests_unit_test_status_SOURCES = tests/unit/test-status.c ldap/status.c
tests_unit_test_status_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_status_LDADD = $(UNIT_LIBS)

tests_unit_test_pin_SOURCES = tests/unit/test-pin.c ldap/pin.c
tests_unit_test_pin_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_pin_LDADD = $(UNIT_LIBS)

tests_unit_test_member_SOURCES = tests/unit/test-member.c ldap/member.c ldap/group.c
tests_unit_test_member_CPPFLAGS = $(LDAP_UNIT_CPPFLAGS)
tests_unit_test_member_LDADD = $(UNIT_LIBS) $(LDAP_LIBS)

tests_unit_test_crypt_SOURCES = tests/unit/test-crypt.c tests/unit/test.h ldap/crypt.c
tests_unit_test_crypt_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_crypt_LDADD = $(UNIT_LIBS) $(CRYPT_LIBS)

tests_unit_test_person_SOURCES = tests/unit/test-person.c tests/unit/test.h ldap/person.c ldap/member.c ldap/group.c ldap/status.c ldap/crypt.c
tests_unit_test_person_CPPFLAGS = $(LDAP_UNIT_CPPFLAGS)
tests_unit_test_person_LDADD = $(UNIT_LIBS) $(LDAP_LIBS) $(CRYPT_LIBS)
