# unit tests of store
STORE_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) $(SQLITE_CFLAGS)
STORE_TEST_LIBS = server/libstore.a $(UNIT_LIBS) $(SQLITE_LIBS)
STORE_TESTS = tests/unit/test-store tests/unit/test-store-job tests/unit/test-store-identity tests/unit/test-store-person \
	tests/unit/test-store-plan tests/unit/test-merkle tests/unit/test-note tests/unit/test-audit
check_PROGRAMS += $(STORE_TESTS) tests/unit/audit-sample
TESTS += $(STORE_TESTS)

tests_unit_test_store_SOURCES = tests/unit/test-store.c tests/unit/scratch.h tests/unit/store-sample.h
tests_unit_test_store_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_unit_test_store_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_job_SOURCES = tests/unit/test-store-job.c tests/unit/scratch.h tests/unit/store-sample.h
tests_unit_test_store_job_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_unit_test_store_job_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_identity_SOURCES = tests/unit/test-store-identity.c tests/unit/scratch.h tests/unit/store-sample.h
tests_unit_test_store_identity_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_unit_test_store_identity_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_person_SOURCES = tests/unit/test-store-person.c tests/unit/scratch.h tests/unit/store-sample.h
tests_unit_test_store_person_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_unit_test_store_person_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_plan_SOURCES = tests/unit/test-store-plan.c tests/unit/scratch.h tests/unit/store-sample.h
tests_unit_test_store_plan_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_unit_test_store_plan_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_merkle_SOURCES = tests/unit/test-merkle.c
tests_unit_test_merkle_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_unit_test_merkle_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_note_SOURCES = tests/unit/test-note.c
tests_unit_test_note_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_unit_test_note_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_audit_SOURCES = tests/unit/test-audit.c tests/unit/scratch.h
tests_unit_test_audit_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_unit_test_audit_LDADD = $(STORE_TEST_LIBS)

# Writes a log for the flow tests.
tests_unit_audit_sample_SOURCES = tests/unit/audit-sample.c
tests_unit_audit_sample_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
tests_unit_audit_sample_LDADD = $(STORE_TEST_LIBS)
