/* The service account's password, sealed for the servers it is meant for: AES-256-GCM under a key of its own file, with what the
 * password may be sent to as associated data. Whoever can change quoin.conf, but not read the key, gains nothing by it. */
#ifndef QN_LDAP_SECRET_SEAL_H
#define QN_LDAP_SECRET_SEAL_H

#include "ldap/secret-file.h"
#include "ldap/settings.h"
#include "lib/buf.h"

/* Adds what a sealed password is bound to: scheme (with or without StartTLS), host and port of each server in their order, the
 * SHA-256 of the CA file, the bind name. Host names in lower case, ports always named. QN_EIO if the CA file can't be read. */
int qn_secret_scope(struct qn_buf *out, const struct qn_settings *s, struct qn_err *err);

/* Reads the password: directory-secret-file is sealed, which its first line says, or one line in clear. The caller frees
 * out->bytes with qn_secret_free(). What qn_secret_file_read() says no to, also for the key; QN_EDENIED if it was sealed for
 * something else, with another key, or was changed; QN_EINVAL if it is malformed, or there is no directory-key-file. */
int qn_secret_open(struct qn_secret_text *out, const struct qn_settings *s, struct qn_err *err);

/* Once, before the workers: can the password be had? If it is sealed, s->ca becomes a copy in memory that nobody can change any
 * more, so that the certificates it was sealed with are those that are trusted. As qn_secret_open(). */
int qn_secret_check(struct qn_settings *s, struct qn_err *err);

/* Seals n bytes into directory-secret-file for the settings as they are; makes directory-key-file if there is none. Both files
 * get settings->user and this group (-1: as it is). QN_EINVAL for settings without the two; else what writing and reading files says. */
int qn_secret_seal(const struct qn_settings *s, const uint8_t *secret, size_t n, unsigned gid, struct qn_err *err);

/* Reads the password from standard input: one line; from a terminal twice, without showing it. prompt_for names the account.
 * The caller frees out->bytes. QN_EINVAL as qn_secret_line(), or if the two differ; QN_EIO. */
int qn_secret_ask(struct qn_secret_text *out, const char *prompt_for, struct qn_err *err);

#endif
