# Everything but the library's callbacks and main() is in an archive that the tests link too.
noinst_LIBRARIES += web/libweb.a
web_libweb_a_CPPFLAGS = $(AM_CPPFLAGS) $(GNUTLS_CFLAGS) $(JANSSON_CFLAGS)
web_libweb_a_SOURCES = \
	web/admission.c \
	web/admission.h \
	web/asset.c \
	web/asset.h \
	web/catalogue.c \
	web/catalogue.def \
	web/catalogue.h \
	web/certificate.c \
	web/certificate.h \
	web/console-act.c \
	web/console-audit.c \
	web/console-contain.c \
	web/console-device.c \
	web/console-jobs.c \
	web/console-page.c \
	web/console-page.h \
	web/console-person.c \
	web/console-policy.c \
	web/console-printer.c \
	web/console-printer.h \
	web/console-propose.c \
	web/console-request.c \
	web/console-roles.c \
	web/console-terminal.c \
	web/console.c \
	web/console.h \
	web/cookie.c \
	web/cookie.h \
	web/form.c \
	web/form.h \
	web/guard.c \
	web/guard.h \
	web/html.c \
	web/html.h \
	web/job-view.c \
	web/job-view.h \
	web/kiosk-enrol.c \
	web/kiosk-follow.c \
	web/kiosk-follow.h \
	web/kiosk-jobs.c \
	web/kiosk-jobs.h \
	web/kiosk-login.c \
	web/kiosk-options.c \
	web/kiosk-own.c \
	web/kiosk-print.c \
	web/kiosk-printer.c \
	web/kiosk-printer.h \
	web/kiosk-progress.c \
	web/kiosk-second.c \
	web/kiosk.h \
	web/login.c \
	web/login.h \
	web/notice.c \
	web/notice.h \
	web/option-view.c \
	web/option-view.h \
	web/own.c \
	web/own.h \
	web/page.c \
	web/page.h \
	web/portal-delegate.c \
	web/portal-own.c \
	web/portal.c \
	web/portal.h \
	web/route.c \
	web/route.h \
	web/rpc.c \
	web/rpc.h \
	web/view.c \
	web/web.c \
	web/web.h
nodist_web_libweb_a_SOURCES = web/assets.h

pkglibexec_PROGRAMS += web/quoin-web
web_quoin_web_CPPFLAGS = $(AM_CPPFLAGS) $(MHD_CFLAGS) $(GNUTLS_CFLAGS) $(JANSSON_CFLAGS)
web_quoin_web_SOURCES = web/deadline.c web/deadline.h web/edge.c web/edge.h web/listen.c web/listen.h web/main.c web/random.c web/reply.c \
	web/reply.h
web_quoin_web_LDADD = web/libweb.a lib/libquoin.a $(MHD_LIBS) $(GNUTLS_LIBS) $(JANSSON_LIBS) $(CONFUSE_LIBS) \
	$(SECCOMP_LIBS) -lpthread

web/libweb_a-asset.$(OBJEXT) web/libweb_a-page.$(OBJEXT) web/libweb_a-route.$(OBJEXT): web/assets.h
BUILT_SOURCES += web/assets.h
CLEANFILES += web/assets.h
EXTRA_DIST += web/embed.sh web/static/style.css web/static/mark.svg
web/assets.h: $(srcdir)/web/embed.sh $(srcdir)/web/static/style.css $(srcdir)/web/static/mark.svg
	$(AM_V_GEN)$(MKDIR_P) web && $(SHELL) $(srcdir)/web/embed.sh $(srcdir)/web/static/style.css \
		$(srcdir)/web/static/mark.svg >$@.tmp && mv $@.tmp $@
