# The store and the audit log: in quoind, in quoinctl's offline verifier and in their tests.
STORE_SCHEMA = server/schema/0001-first.sql
EXTRA_DIST += $(STORE_SCHEMA)

STORE_SOURCES = \
	server/audit-open.c \
	server/audit-private.h \
	server/audit.c \
	server/audit.h \
	server/head.c \
	server/head.h \
	server/job-state.c \
	server/job-state.def \
	server/job-state.h \
	server/merkle.c \
	server/merkle.h \
	server/note.c \
	server/note.h \
	server/store-audit.c \
	server/store-badge.c \
	server/store-contain.c \
	server/store-delegate.c \
	server/store-device-state.c \
	server/store-device.c \
	server/store-job-page.c \
	server/store-job-private.h \
	server/store-job.c \
	server/store-notice.c \
	server/store-person.c \
	server/store-policy.c \
	server/store-private.h \
	server/store-query.c \
	server/store-request.c \
	server/store-session.c \
	server/store-shred.c \
	server/store-sqlite.c \
	server/store-terminal.c \
	server/store-why.c \
	server/store.h
STORE_CFLAGS = $(SQLITE_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
STORE_LIBS = $(SQLITE_LIBS) $(JANSSON_LIBS) $(CRYPTO_LIBS)

noinst_LIBRARIES += server/libstore.a
server_libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(STORE_CFLAGS)
server_libstore_a_SOURCES = $(STORE_SOURCES)
nodist_server_libstore_a_SOURCES = server/store-schema.c

# The schema files as one C array, in the order of their numbers.
CLEANFILES += server/store-schema.c
server/store-schema.c: $(STORE_SCHEMA) server/store.mk
	$(AM_V_GEN)$(MKDIR_P) server && { \
	    echo '#include "server/store-private.h"'; \
	    echo 'const struct qn_schema qn_schema_files[] = {'; \
	    for f in $(STORE_SCHEMA); do \
	        n=`echo "$$f" | sed 's,.*/0*\([0-9]*\)-.*,\1,'`; \
	        echo "{ $$n, \"$$f\","; \
	        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' "$(top_srcdir)/$$f" || exit 1; \
	        echo '},'; \
	    done; \
	    echo '{ 0, NULL, NULL } };'; } > $@.tmp && mv $@.tmp $@
