#include "config.h"

#include "ldap/secret-seal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/id.h"
#include "lib/seal.h"
#include "lib/secret.h"

/* The file: this line, then nonce, ciphertext and tag (qn_gcm_seal()) in hex, and the end of the line. */
static const char head[] = "QUOIN SEALED SECRET 1\n";

enum { KEY = 32, HEAD = sizeof head - 1, BODY = QN_SECRET_TEXT_MAX + QN_GCM_EXTRA, FILE_MAX = HEAD + 2 * BODY + 1, CA_MAX = 16 << 20 };

/* ---- what it is bound to ---- */

/* Each part with its length in front: no two different lists look the same. */
static void scope_add(struct qn_buf *out, const char *text, size_t n)
{
    qn_buf_printf(out, "%zu:", n);
    for (size_t i = 0; i < n; i++) {
        char c = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);

        qn_buf_add(out, &c, 1);
    }
    qn_buf_puts(out, "\n");
}

static void scope_server(struct qn_buf *out, const struct qn_settings *s, unsigned server)
{
    const char *uri = s->server[server], *host = strstr(uri, "://") + 3, *port = strrchr(host, ':');
    bool ldaps = strncasecmp(uri, "ldaps:", 6) == 0;
    const char *scheme = ldaps ? "ldaps" : s->starttls ? "ldap+starttls" : "ldap";
    size_t n;

    if (port && strchr(port, ']'))
        port = NULL; /* a colon of an IPv6 address */
    n = port ? (size_t)(port - host) : strlen(host);
    port = port && port[1] ? port + 1 : ldaps ? "636" : "389";
    scope_add(out, scheme, strlen(scheme));
    scope_add(out, host, n);
    scope_add(out, port, strlen(port));
}

/* The whole file, at most CA_MAX bytes. */
static int ca_read(struct qn_buf *out, const char *path, struct qn_err *err)
{
    char part[4096];
    FILE *f = fopen(path, "re");
    size_t n;
    int r = 0;

    if (!f)
        return qn_fail_errno(err, "directory-ca: reading %s", path);
    out->max = CA_MAX;
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        qn_buf_add(out, part, n);
    if (ferror(f))
        r = qn_fail_errno(err, "directory-ca: reading %s", path);
    else if (out->full)
        r = qn_fail(err, QN_EINVAL, "directory-ca: %s is too large", path);
    fclose(f);
    return r;
}

static int scope_ca(struct qn_buf *out, const char *path, struct qn_err *err)
{
    struct qn_buf ca = { 0 };
    uint8_t sum[32] = { 0 };
    char hex[65] = "";
    int r = *path ? ca_read(&ca, path, err) : 0;

    if (r == 0 && *path && EVP_Digest(ca.data ? ca.data : "", ca.len, sum, NULL, EVP_sha256(), NULL) != 1)
        r = qn_fail(err, QN_EINTERNAL, "libcrypto can't compute SHA-256");
    if (r == 0)
        scope_add(out, *path ? qn_hex(hex, sum, sizeof sum) : "", *path ? sizeof hex - 1 : 0);
    qn_buf_free(&ca);
    return r;
}

int qn_secret_scope(struct qn_buf *out, const struct qn_settings *s, struct qn_err *err)
{
    int r;

    qn_buf_puts(out, "quoin directory secret 1\n");
    for (unsigned i = 0; i < s->servers; i++)
        scope_server(out, s, i);
    if ((r = scope_ca(out, s->ca, err)) != 0)
        return r;
    qn_buf_printf(out, "%zu:%s\n", strlen(s->bind_dn), s->bind_dn);
    return out->full ? qn_fail(err, QN_EINVAL, "the list of servers is too long") : 0;
}

/* ---- opening ---- */

static int key_read(struct qn_secret_text *key, const struct qn_settings *s, struct qn_err *err)
{
    int r;

    memset(key, 0, sizeof *key);
    if (!*s->key_file)
        return qn_fail(err, QN_EINVAL, "directory-key-file: say where the key of the sealed directory-secret-file is");
    r = qn_secret_file_read(key, s->key_file, s->user, KEY, err);
    if (r == 0 && key->len != KEY)
        r = qn_fail(err, QN_EINVAL, "%s must hold a key of %d bytes", s->key_file, KEY);
    if (r != 0) {
        qn_secret_free(&key->bytes);
        qn_prefix(err, "directory-key-file");
    }
    return r;
}

/* Hex after the head, with an end of line behind. The length, or 0. */
static size_t body_read(uint8_t out[BODY], struct qn_secret_text *file)
{
    char *hex = (char *)file->bytes + HEAD;
    size_t n = file->len - HEAD;

    if (n > 0 && hex[n - 1] == '\n')
        hex[--n] = '\0';
    return n % 2 == 0 && n / 2 > QN_GCM_EXTRA && n / 2 <= BODY && qn_unhex(out, n / 2, hex) ? n / 2 : 0;
}

static bool is_sealed(const struct qn_secret_text *file)
{
    return file->len >= HEAD && memcmp(file->bytes, head, HEAD) == 0;
}

/* The file's bytes become the password. */
static int unseal(struct qn_secret_text *file, const struct qn_settings *s, struct qn_err *err)
{
    struct qn_buf scope = { 0 };
    struct qn_secret_text key;
    uint8_t body[BODY];
    size_t n = body_read(body, file);
    int r = key_read(&key, s, err);

    if (r != 0)
        return r;
    if (n == 0)
        r = qn_fail(err, QN_EINVAL, "%s is no sealed secret: run \"quoinctl directory secret\"", s->secret_file);
    if (r == 0)
        r = qn_secret_scope(&scope, s, err);
    if (r == 0 && qn_gcm_open(file->bytes, key.bytes, scope.data, scope.len, body, n - QN_GCM_EXTRA, NULL) != 0)
        r = qn_fail(err, QN_EDENIED, "%s was not sealed for these directory-servers, this directory-ca file, this directory-bind-dn "
                    "and this directory-key-file: nothing is sent; if the change is meant, run \"quoinctl directory secret\"",
                    s->secret_file);
    if (r == 0) {
        file->len = n - QN_GCM_EXTRA;
        file->bytes[file->len] = '\0';
    }
    qn_buf_free(&scope);
    qn_secret_free(&key.bytes);
    return r;
}

static int open_either(struct qn_secret_text *out, const struct qn_settings *s, bool *sealed_out, struct qn_err *err)
{
    int r;

    memset(out, 0, sizeof *out);
    *sealed_out = false;
    if (!*s->secret_file)
        return 0;
    r = qn_secret_file_read(out, s->secret_file, s->user, FILE_MAX, err);
    if (r == 0)
        r = (*sealed_out = is_sealed(out)) ? unseal(out, s, err) : qn_secret_line(out, s->secret_file, err);
    if (r != 0) {
        qn_secret_free(&out->bytes);
        out->len = 0;
        qn_prefix(err, "directory-secret-file");
    }
    return r;
}

int qn_secret_open(struct qn_secret_text *out, const struct qn_settings *s, struct qn_err *err)
{
    bool sealed;

    return open_either(out, s, &sealed, err);
}

/* ---- the certificates it was sealed with ---- */

static int ca_keep(struct qn_settings *s, struct qn_err *err)
{
    struct qn_buf ca = { 0 };
    int r = ca_read(&ca, s->ca, err), fd = -1;

    if (r == 0 && ((fd = memfd_create("directory-ca", MFD_CLOEXEC | MFD_ALLOW_SEALING)) < 0 ||
                   write(fd, ca.data, ca.len) != (ssize_t)ca.len ||
                   fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0))
        r = qn_fail_errno(err, "directory-ca: keeping a copy");
    qn_buf_free(&ca);
    if (r == 0) {
        snprintf(s->ca_copy, sizeof s->ca_copy, "/proc/self/fd/%d", fd);
        s->ca = s->ca_copy; /* the descriptor stays open for the process and those it forks */
    } else if (fd >= 0) {
        close(fd);
    }
    return r;
}

int qn_secret_check(struct qn_settings *s, struct qn_err *err)
{
    struct qn_secret_text secret;
    bool sealed = false;
    int r = open_either(&secret, s, &sealed, err);

    qn_secret_free(&secret.bytes);
    if (r == 0 && sealed && *s->ca && (r = ca_keep(s, err)) == 0) {
        r = open_either(&secret, s, &sealed, err); /* against the copy: the file may have changed in between */
        qn_secret_free(&secret.bytes);
    }
    return r;
}

/* ---- sealing ---- */

static int key_make(struct qn_secret_text *key, const struct qn_settings *s, unsigned gid, struct qn_err *err)
{
    uint8_t *fresh;
    int r;

    if (*s->key_file && access(s->key_file, F_OK) != 0 && errno == ENOENT) {
        fresh = qn_secret_alloc(KEY);
        qn_random(fresh, KEY);
        r = qn_secret_file_write(s->key_file, fresh, KEY, s->user, gid, true, err);
        qn_secret_free(&fresh);
        if (r != 0)
            return qn_prefix(err, "directory-key-file");
    }
    return key_read(key, s, err);
}

int qn_secret_seal(const struct qn_settings *s, const uint8_t *secret, size_t n, unsigned gid, struct qn_err *err)
{
    struct qn_buf scope = { 0 }, file = { 0 };
    struct qn_secret_text key = { 0 };
    uint8_t body[BODY];
    char hex[2 * BODY + 1];
    int r;

    if (!*s->secret_file || n == 0 || n > QN_SECRET_TEXT_MAX)
        return qn_fail(err, QN_EINVAL, "directory-bind-dn and directory-secret-file: set both, so that there is a secret to seal");
    r = key_make(&key, s, gid, err);
    if (r == 0)
        r = qn_secret_scope(&scope, s, err);
    if (r == 0)
        r = qn_gcm_seal(body, key.bytes, scope.data, scope.len, secret, n, err);
    if (r == 0) {
        qn_buf_puts(&file, head);
        qn_buf_puts(&file, qn_hex(hex, body, n + QN_GCM_EXTRA));
        qn_buf_puts(&file, "\n");
        r = qn_secret_file_write(s->secret_file, file.data, file.len, s->user, gid, false, err);
    }
    qn_buf_free(&file);
    qn_buf_free(&scope);
    qn_secret_free(&key.bytes);
    return r;
}
