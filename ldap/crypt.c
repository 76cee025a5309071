#include "ldap/crypt.h"

#include <crypt.h>
#include <openssl/evp.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/secret.h"

#define C64 "[./0-9A-Za-z]"

/* crypt(5), with the costs up to which one hash takes about a quarter of a second. */
static const char *const kinds[] = {
    "^\\$y\\$j[5-9A-C][5T]\\$" C64 "{1,86}\\$" C64 "{43}$",                        /* yescrypt, cost 1 to 8 */
    "^\\$2[aby]\\$(0[4-9]|1[0-2])\\$" C64 "{53}$",                                 /* bcrypt, cost 4 to 12 */
    "^\\$6\\$(rounds=[1-9][0-9]{3,5}\\$)?" C64 "{1,16}\\$" C64 "{86}$",            /* SHA-512, up to 999,999 rounds */
    "^\\$5\\$(rounds=[1-9][0-9]{3,5}\\$)?" C64 "{1,16}\\$" C64 "{43}$",            /* SHA-256, the same */
};

static bool matches(const char *pattern, const char *text)
{
    regex_t re;
    bool yes;

    if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        qn_panic("a pattern of this program is none");
    yes = regexec(&re, text, 0, NULL, 0) == 0;
    regfree(&re);
    return yes;
}

int qn_crypt_check(const char *verifier, size_t len, struct qn_err *err)
{
    if (len <= QN_CRYPT_MAX && strlen(verifier) == len)
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            if (matches(kinds[i], verifier))
                return 0;
    return qn_fail(err, QN_EINVAL, "it is no hash by yescrypt, bcrypt, SHA-512 or SHA-256 of a cost that we compute");
}

int qn_crypt_hash(uint8_t out[QN_CRYPT_HASH], const char *pin, const char *verifier, size_t len, struct qn_err *err)
{
    struct crypt_data *data;
    const char *hash;
    int r = qn_crypt_check(verifier, len, err);

    memset(out, 0, QN_CRYPT_HASH);
    if (r != 0)
        return r;
    data = qn_alloc(sizeof *data);
    hash = crypt_rn(pin, verifier, data, sizeof *data);
    if (!hash || EVP_Digest(hash, strlen(hash), out, NULL, EVP_sha256(), NULL) != 1) {
        qn_wipe(out, QN_CRYPT_HASH);
        r = qn_fail(err, QN_EINTERNAL, "libcrypt can't compute this kind of hash");
    }
    qn_wipe(data, sizeof *data);
    free(data);
    return r;
}
