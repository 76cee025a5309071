sbin_PROGRAMS += ctl/quoinctl
ctl_quoinctl_CPPFLAGS = $(AM_CPPFLAGS) -DQN_SBINDIR='"$(sbindir)"' $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) $(SQLITE_CFLAGS)
ctl_quoinctl_SOURCES = \
	ctl/audit-check.c \
	ctl/audit-walk.c \
	ctl/audit.c \
	ctl/audit.h \
	ctl/badge.c \
	ctl/call.c \
	ctl/certify.c \
	ctl/check-spool.c \
	ctl/check-spool.h \
	ctl/check.c \
	ctl/contain.c \
	ctl/ctl.h \
	ctl/cups.c \
	ctl/cupsconf.c \
	ctl/cupsconf.h \
	ctl/cupsrules.c \
	ctl/cupsrules.h \
	ctl/device-facts.c \
	ctl/device.c \
	ctl/directory.c \
	ctl/main.c \
	ctl/policy.c \
	ctl/recover.c \
	ctl/request.c \
	ctl/roles.c \
	ctl/say.c \
	ctl/session.c \
	ctl/status.c \
	ctl/terminal.c
ctl_quoinctl_LDADD = server/libstore.a lib/libquoin.a $(JANSSON_LIBS) $(CONFUSE_LIBS) $(SQLITE_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS)
