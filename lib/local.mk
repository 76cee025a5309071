noinst_LIBRARIES += lib/libquoin.a
lib_libquoin_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(CONFUSE_CFLAGS) $(SECCOMP_CFLAGS)
lib_libquoin_a_SOURCES = \
	lib/buf.c lib/buf.h lib/clock.c lib/clock.h lib/conf.c lib/conf.h lib/document.c lib/document.h lib/err.c lib/err.h lib/fence.c lib/fence.h lib/id.c lib/id.h \
	lib/log.c lib/log.h lib/msg-socket.c lib/msg.c lib/msg.h lib/program.c lib/program.h lib/sandbox.c lib/sandbox.h lib/seal.c lib/seal.h \
	lib/seal-key.c lib/seal-private.h lib/seal-read.c lib/seal-write.c \
	lib/secret.c lib/secret.h lib/verb-admin.h lib/verb-print.h lib/verb-table.c lib/verb.c lib/verb.h
