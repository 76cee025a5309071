check_PROGRAMS += tests/unit/test-buf tests/unit/test-id tests/unit/test-clock tests/unit/test-secret tests/unit/test-msg \
	tests/unit/test-verb tests/unit/test-conf tests/unit/test-seal tests/unit/test-sandbox tests/unit/test-err tests/unit/test-document \
	tests/unit/test-fence \
	tests/unit/test-keystore tests/unit/test-spool tests/unit/test-job-wrap tests/unit/seal-job
TESTS += tests/unit/test-buf tests/unit/test-id tests/unit/test-clock tests/unit/test-secret tests/unit/test-msg \
	tests/unit/test-verb tests/unit/test-conf tests/unit/test-seal tests/unit/test-sandbox tests/unit/test-err tests/unit/test-document \
	tests/unit/test-fence \
	tests/unit/test-keystore tests/unit/test-spool tests/unit/test-job-wrap

tests_unit_test_buf_SOURCES = tests/unit/test-buf.c tests/unit/test.h
tests_unit_test_buf_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_buf_LDADD = $(UNIT_LIBS)
tests_unit_test_document_SOURCES = tests/unit/test-document.c tests/unit/test.h
tests_unit_test_document_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_document_LDADD = $(UNIT_LIBS)
tests_unit_test_id_SOURCES = tests/unit/test-id.c tests/unit/test.h
tests_unit_test_id_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_id_LDADD = $(UNIT_LIBS)
tests_unit_test_clock_SOURCES = tests/unit/test-clock.c tests/unit/test.h
tests_unit_test_clock_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_clock_LDADD = $(UNIT_LIBS)
tests_unit_test_secret_SOURCES = tests/unit/test-secret.c tests/unit/test.h
tests_unit_test_secret_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_secret_LDADD = $(UNIT_LIBS)
tests_unit_test_msg_SOURCES = tests/unit/test-msg.c tests/unit/test.h
tests_unit_test_msg_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_msg_LDADD = $(UNIT_LIBS)
tests_unit_test_verb_SOURCES = tests/unit/test-verb.c tests/unit/test.h
tests_unit_test_verb_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_verb_LDADD = $(UNIT_LIBS)
tests_unit_test_conf_SOURCES = tests/unit/test-conf.c tests/unit/test.h
tests_unit_test_conf_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_conf_LDADD = $(UNIT_LIBS)
tests_unit_test_seal_SOURCES = tests/unit/test-seal.c tests/unit/test.h
tests_unit_test_seal_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_seal_LDADD = $(UNIT_LIBS)
tests_unit_test_sandbox_SOURCES = tests/unit/test-sandbox.c tests/unit/test.h
tests_unit_test_sandbox_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_sandbox_LDADD = $(UNIT_LIBS)
tests_unit_test_fence_SOURCES = tests/unit/test-fence.c tests/unit/test.h
tests_unit_test_fence_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_fence_LDADD = $(UNIT_LIBS)
tests_unit_test_err_SOURCES = tests/unit/test-err.c tests/unit/test.h
tests_unit_test_err_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_err_LDADD = $(UNIT_LIBS)

tests_unit_test_keystore_SOURCES = tests/unit/test-keystore.c tests/unit/test.h server/keystore.c server/keystore-file.c
tests_unit_test_keystore_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_keystore_LDADD = $(UNIT_LIBS)
tests_unit_test_spool_SOURCES = tests/unit/test-spool.c tests/unit/test.h server/spool.c
tests_unit_test_spool_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_spool_LDADD = $(UNIT_LIBS)
tests_unit_test_job_wrap_SOURCES = tests/unit/test-job-wrap.c tests/unit/test.h server/job-wrap.c
tests_unit_test_job_wrap_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_job_wrap_LDADD = $(UNIT_LIBS)

# Makes sealed jobs for the independent decryptor (tests/flow/test_seal_independent.py).
tests_unit_seal_job_SOURCES = tests/unit/seal-job.c server/keystore.c server/keystore-file.c server/spool.c server/job-wrap.c
tests_unit_seal_job_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_seal_job_LDADD = $(UNIT_LIBS)

# The fuzzers' inputs travel with the sources: tests/fuzz/replay runs them.
EXTRA_DIST += tests/fuzz
