/* quoinctl terminal certify: a key made here, a certificate from the core for it, both in a PKCS#12 file for the panel's browser. */
#include "config.h"

#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/secret.h"

enum { POINT = 65, PASSWORD = 20, DER_MAX = 4096 };

/* 20 characters of base 32 without the look-alikes: 100 bits. */
static char *password_make(void)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    char *out = qn_secret_alloc(PASSWORD + 1);

    qn_random(out, PASSWORD);
    for (size_t i = 0; i < PASSWORD; i++)
        out[i] = letters[(unsigned char)out[i] & 31];
    return out;
}

static X509 *certificate_read(const struct qn_msg *answer, const char *field)
{
    const char *hex = qn_msg_get(answer, field);
    size_t n = strlen(hex) / 2;
    uint8_t der[DER_MAX];
    const unsigned char *at = der;

    return n > 0 && n <= sizeof der && qn_unhex(der, n, hex) ? d2i_X509(NULL, &at, (long)n) : NULL;
}

/* The whole file as bytes; NULL if anything of it could not be made. */
static unsigned char *pkcs12_make(EVP_PKEY *key, const struct qn_msg *answer, const char *name, const char *password, int *len_out)
{
    X509 *own = certificate_read(answer, "certificate"), *ca = certificate_read(answer, "ca");
    STACK_OF(X509) *chain = sk_X509_new_null();
    PKCS12 *file = NULL;
    unsigned char *bytes = NULL;

    if (own && ca && chain && sk_X509_push(chain, ca) > 0)
        file = PKCS12_create(password, name, key, own, chain, 0, 0, 0, 0, 0);
    *len_out = file ? i2d_PKCS12(file, &bytes) : 0;
    PKCS12_free(file);
    sk_X509_free(chain);
    X509_free(ca);
    X509_free(own);
    return *len_out > 0 ? bytes : NULL;
}

/* The file must be new: an older key is not overwritten unasked. Its descriptor, or -1 after a sentence. */
static int file_open(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        ctl_complain("%s: %s", path, strerror(errno));
    return fd;
}

static int file_write(int fd, const char *path, const unsigned char *bytes, int len)
{
    int r = write(fd, bytes, (size_t)len) == len && fsync(fd) == 0 ? CTL_OK : CTL_FAILED;

    return r == CTL_OK ? r : ctl_complain("%s: %s", path, strerror(errno));
}

static int certify(const struct ctl *c, const char *name, EVP_PKEY *key, struct qn_msg *answer)
{
    uint8_t point[POINT];
    char hex[2 * POINT + 1];
    size_t n = 0;

    if (!key || !EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &n) || n != sizeof point)
        return ctl_complain("no key could be made");
    return ctl_role_call(c, "terminal.certify", json_pack("{ss,ss}", "name", name, "point", qn_hex(hex, point, sizeof point)), answer);
}

static void say_done(const struct ctl *c, const char *name, const char *path, const char *password)
{
    if (c->json)
        ctl_print_json(json_pack("{ss,ss,ss}", "name", name, "file", path, "password", password));
    else
        printf("%s\nThat is the password of %s, shown once. Import the file into the browser of terminal %s, delete it, and then:\n"
               "quoinctl terminal code %s\n", password, path, name, name);
}

static int certify_into(const struct ctl *c, const char *name, const char *path, int fd)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    char *password = password_make();
    struct qn_msg answer = { 0 };
    unsigned char *bytes;
    int len, r = certify(c, name, key, &answer);

    if (r == CTL_OK) {
        bytes = pkcs12_make(key, &answer, name, password, &len);
        r = bytes ? file_write(fd, path, bytes, len) : ctl_complain("the core sent no certificate that can be used");
        OPENSSL_clear_free(bytes, (size_t)len);
    }
    if (r == CTL_OK)
        say_done(c, name, path, password);
    qn_msg_free(&answer);
    qn_secret_free(&password);
    EVP_PKEY_free(key);
    return r;
}

int ctl_terminal_certify(const struct ctl *c, int argc, char **argv)
{
    const char *out = ctl_option(&argc, argv, "--out", NULL);
    char path[512];
    int fd, r;

    if (argc != 1)
        return CTL_USAGE;
    if (snprintf(path, sizeof path, "%s%s", out ? out : argv[0], out ? "" : ".p12") >= (int)sizeof path || (!out && strchr(argv[0], '/')))
        return ctl_complain("say where the file goes: --out FILE.p12");
    fd = file_open(path);
    if (fd < 0)
        return CTL_FAILED;
    r = certify_into(c, argv[0], path, fd);
    close(fd);
    if (r != CTL_OK)
        unlink(path);
    return r;
}
