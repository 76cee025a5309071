sbin_PROGRAMS += ctl/quoinctl
ctl_quoinctl_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) $(SQLITE_CFLAGS)
ctl_quoinctl_SOURCES = \
	ctl/main.c ctl/ctl.h ctl/call.c ctl/status.c ctl/device.c ctl/terminal.c ctl/badge.c ctl/policy.c ctl/session.c \
	ctl/say.c ctl/request.c ctl/roles.c ctl/contain.c ctl/cups.c ctl/directory.c ctl/check.c \
	ctl/check-spool.c ctl/check-spool.h \
	ctl/cupsconf.c ctl/cupsconf.h ctl/cupsrules.c ctl/cupsrules.h ctl/audit.c ctl/audit.h ctl/audit-check.c ctl/audit-walk.c
ctl_quoinctl_LDADD = server/libstore.a lib/libquoin.a $(JANSSON_LIBS) $(CONFUSE_LIBS) $(SQLITE_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS)
