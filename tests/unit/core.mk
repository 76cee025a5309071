# unit tests of core
CORE_TESTS = tests/unit/test-policy tests/unit/test-policy-document tests/unit/test-owner-map tests/unit/test-badge-rules \
	tests/unit/test-own-pin tests/unit/test-terminal-ca tests/unit/test-request-members \
	tests/unit/test-job-change tests/unit/test-job-output tests/unit/test-job-fit tests/unit/test-device-words
check_PROGRAMS += $(CORE_TESTS)
TESTS += $(CORE_TESTS)

tests_unit_test_policy_SOURCES = tests/unit/test-policy.c tests/unit/test.h
tests_unit_test_policy_CPPFLAGS = $(UNIT_CPPFLAGS) $(SQLITE_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_policy_LDADD = server/libcore.a server/libstore.a $(UNIT_LIBS) $(SQLITE_LIBS) $(EVENT_LIBS)

tests_unit_test_owner_map_SOURCES = tests/unit/test-owner-map.c tests/unit/test.h server/owner-map.c
tests_unit_test_owner_map_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_owner_map_LDADD = $(UNIT_LIBS)

tests_unit_test_policy_document_SOURCES = tests/unit/test-policy-document.c tests/unit/test.h
tests_unit_test_policy_document_CPPFLAGS = $(UNIT_CPPFLAGS) $(SQLITE_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_policy_document_LDADD = server/libcore.a server/libstore.a $(UNIT_LIBS) $(SQLITE_LIBS) $(EVENT_LIBS)
tests_unit_test_badge_rules_SOURCES = tests/unit/test-badge-rules.c tests/unit/test.h
tests_unit_test_badge_rules_CPPFLAGS = $(UNIT_CPPFLAGS) $(SQLITE_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_badge_rules_LDADD = server/libcore.a server/libstore.a $(UNIT_LIBS) $(SQLITE_LIBS) $(EVENT_LIBS)
tests_unit_test_own_pin_SOURCES = tests/unit/test-own-pin.c tests/unit/test.h
tests_unit_test_own_pin_CPPFLAGS = $(UNIT_CPPFLAGS) $(SQLITE_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_own_pin_LDADD = server/libcore.a server/libstore.a $(UNIT_LIBS) $(SQLITE_LIBS) $(EVENT_LIBS)

tests_unit_test_terminal_ca_SOURCES = tests/unit/test-terminal-ca.c tests/unit/scratch.h
tests_unit_test_terminal_ca_CPPFLAGS = $(UNIT_CPPFLAGS) $(SQLITE_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_terminal_ca_LDADD = server/libcore.a server/libstore.a $(UNIT_LIBS) $(SQLITE_LIBS) $(EVENT_LIBS)

tests_unit_test_request_members_SOURCES = tests/unit/test-request-members.c tests/unit/test.h
tests_unit_test_request_members_CPPFLAGS = $(UNIT_CPPFLAGS) $(SQLITE_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_request_members_LDADD = server/libcore.a server/libstore.a $(UNIT_LIBS) $(SQLITE_LIBS) $(EVENT_LIBS)

tests_unit_test_job_output_SOURCES = tests/unit/test-job-output.c tests/unit/test.h
tests_unit_test_job_output_CPPFLAGS = $(UNIT_CPPFLAGS) $(SQLITE_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_job_output_LDADD = server/libcore.a server/libstore.a $(UNIT_LIBS) $(SQLITE_LIBS) $(EVENT_LIBS)

tests_unit_test_job_change_SOURCES = tests/unit/test-job-change.c tests/unit/test.h
tests_unit_test_job_change_CPPFLAGS = $(UNIT_CPPFLAGS) $(SQLITE_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_job_change_LDADD = server/libcore.a server/libstore.a $(UNIT_LIBS) $(SQLITE_LIBS) $(EVENT_LIBS)

tests_unit_test_device_words_SOURCES = tests/unit/test-device-words.c tests/unit/test.h server/device-words.c
tests_unit_test_device_words_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_device_words_LDADD = $(UNIT_LIBS)

tests_unit_test_job_fit_SOURCES = tests/unit/test-job-fit.c tests/unit/test.h
tests_unit_test_job_fit_CPPFLAGS = $(UNIT_CPPFLAGS) $(SQLITE_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_job_fit_LDADD = server/libcore.a server/libstore.a $(UNIT_LIBS) $(SQLITE_LIBS) $(EVENT_LIBS)
