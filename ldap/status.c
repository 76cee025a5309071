#include "config.h"

#include "ldap/status.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { UAC_DISABLED = 0x2, UAC_LOCKED = 0x10, UAC_PASSWORD_EXPIRED = 0x800000 }; /* MS-ADTS section 2.2.16 */
#define DAY_MS ((int64_t)86400000)
#define FILETIME_1970 ((int64_t)116444736000000000) /* in units of 100 ns since 1601 */

static bool number(const char *text, int64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoll(text, &end, 10);
    return end != text && !*end && !errno;
}

/* GeneralizedTime (RFC 4517 section 3.3.13) in UTC, to the second. */
static bool moment(const char *text, int64_t *ms_out)
{
    struct tm tm = { 0 };
    const char *end = strptime(text, "%Y%m%d%H%M%S", &tm);

    if (!end || (*end != 'Z' && *end != '.') || text[strlen(text) - 1] != 'Z')
        return false;
    *ms_out = (int64_t)timegm(&tm) * 1000;
    return true;
}

/* slapo-ppolicy(5): the first moment of the calendar stands for "until an administrator unlocks it". */
static enum qn_status locked_time(const char *v, int64_t now)
{
    (void)now;
    return strcmp(v, "000001010000Z") == 0 ? QN_STATUS_DISABLED : QN_STATUS_LOCKED;
}

static enum qn_status true_disabled(const char *v, int64_t now)
{
    (void)now;
    return strcasecmp(v, "false") == 0 ? QN_STATUS_ACTIVE : QN_STATUS_DISABLED;
}

static enum qn_status true_must_change(const char *v, int64_t now)
{
    (void)now;
    return strcasecmp(v, "false") == 0 ? QN_STATUS_ACTIVE : QN_STATUS_MUST_CHANGE;
}

static enum qn_status account_bits(const char *v, int64_t now)
{
    int64_t bits;

    (void)now;
    if (!number(v, &bits) || (bits & UAC_DISABLED))
        return QN_STATUS_DISABLED;
    if (bits & UAC_LOCKED)
        return QN_STATUS_LOCKED;
    return bits & UAC_PASSWORD_EXPIRED ? QN_STATUS_MUST_CHANGE : QN_STATUS_ACTIVE;
}

static enum qn_status file_time(const char *v, int64_t now)
{
    int64_t t;

    if (!number(v, &t) || t < 0)
        return QN_STATUS_DISABLED;
    if (t == 0 || t == INT64_MAX)
        return QN_STATUS_ACTIVE;
    return (t - FILETIME_1970) / 10000 <= now ? QN_STATUS_EXPIRED : QN_STATUS_ACTIVE;
}

static enum qn_status shadow_day(const char *v, int64_t now)
{
    int64_t day;

    if (!number(v, &day))
        return QN_STATUS_DISABLED;
    return day >= 0 && day <= now / DAY_MS ? QN_STATUS_EXPIRED : QN_STATUS_ACTIVE;
}

static enum qn_status end_time(const char *v, int64_t now)
{
    int64_t t;

    if (!moment(v, &t))
        return QN_STATUS_DISABLED;
    return t <= now ? QN_STATUS_EXPIRED : QN_STATUS_ACTIVE;
}

/* 389 Directory Server: locked until then, or, at 1970, until someone unlocks it. */
static enum qn_status unlock_time(const char *v, int64_t now)
{
    int64_t t;

    return moment(v, &t) && t != 0 && t <= now ? QN_STATUS_ACTIVE : QN_STATUS_LOCKED;
}

static enum qn_status (*const meaning[])(const char *, int64_t) = {
    locked_time, true_must_change, end_time,       /* OpenLDAP with ppolicy */
    true_disabled, unlock_time,                    /* 389 Directory Server */
    end_time,                                      /* FreeIPA */
    account_bits, account_bits, file_time,         /* Active Directory */
    true_disabled, shadow_day,                     /* eDirectory; RFC 2307 */
};

const char *const qn_status_attributes[QN_STATUS_ATTRIBUTES + 1] = {
    "pwdAccountLockedTime", "pwdReset", "pwdEndTime",
    "nsAccountLock", "accountUnlockTime",
    "krbPrincipalExpiration",
    "userAccountControl", "msDS-User-Account-Control-Computed", "accountExpires",
    "loginDisabled", "shadowExpire",
};

enum qn_status qn_status_of(unsigned i, const char *value, int64_t now)
{
    return i < sizeof meaning / sizeof *meaning ? meaning[i](value, now) : QN_STATUS_DISABLED;
}

const char *qn_status_name(enum qn_status status)
{
    static const char *const name[] = { "active", "must-change", "locked", "expired", "disabled" };

    return name[status];
}
