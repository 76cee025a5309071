include server/store.mk

sbin_PROGRAMS += server/quoind
CORE_SOURCES = \
	server/admin.c \
	server/admin.h \
	server/appointment.c \
	server/appointment.h \
	server/auth-badge.c \
	server/auth-delay.c \
	server/auth-delay.h \
	server/auth-end.c \
	server/auth-end.h \
	server/auth-live.c \
	server/auth-live.h \
	server/auth-login-private.h \
	server/auth-login.c \
	server/auth-login.h \
	server/auth-person.c \
	server/auth-person.h \
	server/auth-pin.c \
	server/auth-pin.h \
	server/auth-prove.c \
	server/auth-prove.h \
	server/auth-session.c \
	server/auth-session.h \
	server/auth-throttle.c \
	server/auth-throttle.h \
	server/badge-rules.c \
	server/badge-rules.h \
	server/badge.c \
	server/badge.h \
	server/clock-two.c \
	server/clock-two.h \
	server/contain.c \
	server/contain.h \
	server/core.h \
	server/delegate.c \
	server/delegate.h \
	server/device-errand.c \
	server/device-errand.h \
	server/device-link.c \
	server/device-link.h \
	server/device-request.c \
	server/device-request.h \
	server/request-members.c \
	server/request-members.h \
	server/device-state.c \
	server/device-state.h \
	server/device.c \
	server/device.h \
	server/dispatch-live.c \
	server/dispatch-live.h \
	server/dispatch.c \
	server/dispatch.h \
	server/job-begin.c \
	server/job-commit.c \
	server/job-deliver.c \
	server/job-deliver.h \
	server/job-hold-private.h \
	server/job-hold.c \
	server/job-hold.h \
	server/job-key.c \
	server/job-key.h \
	server/job-list.c \
	server/job-owner.c \
	server/job-owner.h \
	server/job-fit.c \
	server/job-fit.h \
	server/job-output.c \
	server/job-output.h \
	server/job-purge.c \
	server/job-purge.h \
	server/job-ask.c server/job-ask.h server/job-queue.c \
	server/job-queue.h \
	server/job-release.c \
	server/job-release.h \
	server/job-stop.c \
	server/job-wrap.c \
	server/job-wrap.h \
	server/keystore-file.c \
	server/keystore-private.h \
	server/keystore.c \
	server/keystore.h \
	server/machine.c \
	server/machine.h \
	server/notice.c \
	server/notice.h \
	server/owner-map.c \
	server/owner-map.h \
	server/peer.c \
	server/peer.h \
	server/person-sweep.c \
	server/person-sweep.h \
	server/person-why.c \
	server/person-why.h \
	server/pin-own.c \
	server/pin-own.h \
	server/policy-act.c \
	server/policy-act.h \
	server/policy-change.c \
	server/policy-change.h \
	server/policy-class.c \
	server/policy-diff.c \
	server/policy-diff.h \
	server/policy-document.c \
	server/policy-document.h \
	server/policy-lint.c \
	server/policy-lint.h \
	server/policy-read.c \
	server/policy-read.h \
	server/policy-zone.c \
	server/policy-zone.h \
	server/policy.c \
	server/policy.h \
	server/record.c \
	server/record.h \
	server/recover.c \
	server/recover.h \
	server/request-decide.c \
	server/request-private.h \
	server/request-show.c \
	server/request.c \
	server/request.h \
	server/roles-show.c \
	server/roles-show.h \
	server/shred.c \
	server/shred.h \
	server/spool.c \
	server/spool.h \
	server/terminal-ca.c \
	server/terminal-ca.h \
	server/tick.c \
	server/tick.h \
	server/turn.c \
	server/turn.h \
	server/worker.c \
	server/worker.h
CORE_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS) $(CONFUSE_CFLAGS) $(EVENT_CFLAGS)

noinst_LIBRARIES += server/libcore.a
server_libcore_a_CPPFLAGS = $(CORE_CPPFLAGS)
server_libcore_a_SOURCES = $(CORE_SOURCES)

server_quoind_SOURCES = server/main.c
server_quoind_CPPFLAGS = $(CORE_CPPFLAGS)
server_quoind_LDADD = server/libcore.a server/libstore.a lib/libquoin.a $(SQLITE_LIBS) $(EVENT_LIBS) $(CRYPTO_LIBS) \
	$(JANSSON_LIBS) $(CONFUSE_LIBS) $(SECCOMP_LIBS)
