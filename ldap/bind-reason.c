#include "ldap/bind-reason.h"

#include <ldap.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

struct reason_line {
    long number;
    enum qn_status status;
    const char *text;
};

/* Active Directory says 49 to everything and the reason, a Windows error, in the text: "..., data 52e, v1db1". */
static const struct reason_line active_directory[] = {
    { 0x525, QN_STATUS_ACTIVE, "no such account" },
    { 0x52e, QN_STATUS_ACTIVE, "wrong password" },
    { 0x530, QN_STATUS_DISABLED, "not at this time of day" },
    { 0x531, QN_STATUS_DISABLED, "not from this machine" },
    { 0x532, QN_STATUS_MUST_CHANGE, "the password has expired" },
    { 0x533, QN_STATUS_DISABLED, "the account is disabled" },
    { 0x701, QN_STATUS_EXPIRED, "the account has expired" },
    { 0x773, QN_STATUS_MUST_CHANGE, "the password must be changed first" },
    { 0x775, QN_STATUS_LOCKED, "the account is locked" },
};

static const struct reason_line policy_errors[] = {
    { PP_passwordExpired, QN_STATUS_MUST_CHANGE, "the password has expired" },
    { PP_accountLocked, QN_STATUS_LOCKED, "the account is locked" },
    { PP_changeAfterReset, QN_STATUS_MUST_CHANGE, "the password must be changed first" },
};

/* Results that are an answer about this person. Every other one is a fault of server or settings. */
static const struct reason_line results[] = {
    { LDAP_INVALID_CREDENTIALS, QN_STATUS_ACTIVE, "wrong password" },
    { LDAP_INAPPROPRIATE_AUTH, QN_STATUS_ACTIVE, "the account has no password" },
    { LDAP_NO_SUCH_OBJECT, QN_STATUS_ACTIVE, "no such account" },
    { LDAP_CONSTRAINT_VIOLATION, QN_STATUS_LOCKED, "the account is locked" },      /* 389 Directory Server */
    { LDAP_UNWILLING_TO_PERFORM, QN_STATUS_DISABLED, "the account is disabled" },  /* 389 Directory Server */
};

static const struct reason_line *line_of(const struct reason_line *table, size_t n, long number)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].number == number)
            return &table[i];
    return NULL;
}

/* The hexadecimal number after ", data "; -1 if the text has none. */
static long windows_error(const char *text)
{
    const char *at = text ? strstr(text, ", data ") : NULL;
    char *end;
    long v;

    if (!at)
        return -1;
    at += strlen(", data ");
    if (!strchr("0123456789abcdefABCDEF", *at) || !*at)
        return -1;
    v = strtol(at, &end, 16);
    return *end == ',' || !*end ? v : -1;
}

#define COUNT(a) (sizeof(a) / sizeof *(a))

struct qn_bind_reason qn_bind_reason(int result, const char *diagnostic, int policy)
{
    const struct reason_line *line = line_of(policy_errors, COUNT(policy_errors), policy);

    if (result == LDAP_SUCCESS)
        return line ? (struct qn_bind_reason){ QN_EDENIED, line->status, line->text }
                    : (struct qn_bind_reason){ QN_OK, QN_STATUS_ACTIVE, "" };
    if (!line && result == LDAP_INVALID_CREDENTIALS)
        line = line_of(active_directory, COUNT(active_directory), windows_error(diagnostic));
    if (!line || !line_of(results, COUNT(results), result))
        line = line_of(results, COUNT(results), result);
    if (!line)
        return (struct qn_bind_reason){ QN_EAWAY, QN_STATUS_ACTIVE, "the directory could not check the password" };
    return (struct qn_bind_reason){ QN_EDENIED, line->status, line->text };
}
