# quoin-ldap: the directory's worker, and the PIN hasher; the only user of libldap.
pkglibexec_PROGRAMS += ldap/quoin-ldap
ldap_quoin_ldap_CPPFLAGS = $(AM_CPPFLAGS) $(LDAP_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
ldap_quoin_ldap_LDADD = lib/libquoin.a $(LDAP_LIBS) $(CRYPTO_LIBS) $(JANSSON_LIBS) $(CONFUSE_LIBS) $(SECCOMP_LIBS) $(CRYPT_LIBS)
ldap_quoin_ldap_SOURCES = \
	ldap/bind.c ldap/bind.h ldap/bind-reason.c ldap/bind-reason.h ldap/client.c ldap/client.h \
	ldap/crypt.c ldap/crypt.h ldap/explain.c ldap/explain.h \
	ldap/explain-net.c ldap/explain-net.h ldap/filter.c ldap/filter.h \
	ldap/find.c ldap/find.h ldap/group.c ldap/group.h ldap/main.c ldap/member.c ldap/member.h ldap/member-ask.c ldap/person.c ldap/person.h \
	ldap/pin.c ldap/pin.h ldap/secret-file.c \
	ldap/search.c ldap/search.h ldap/secret-ask.c ldap/secret-file.h ldap/secret-seal.c ldap/secret-seal.h ldap/settings.c ldap/settings.h ldap/status.c ldap/status.h ldap/watchdog.c ldap/watchdog.h \
	ldap/wipe.c ldap/worker.c ldap/worker.h
