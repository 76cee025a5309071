#include "ldap/bind.h"

#include <string.h>
#include <sys/time.h>

#include "ldap/bind-reason.h"

int qn_bind_password_check(const uint8_t *password, size_t len, struct qn_err *err)
{
    if (len == 0)
        return qn_fail(err, QN_EDENIED, "the password is empty");
    if (len > QN_PASSWORD_MAX)
        return qn_fail(err, QN_EDENIED, "the password is longer than %d bytes", QN_PASSWORD_MAX);
    if (memchr(password, '\0', len))
        return qn_fail(err, QN_EDENIED, "the password holds a NUL");
    return 0;
}

/* The error in the password policy control, -1 if it is absent or says none. */
static int policy_error(LDAP *ld, LDAPControl **controls)
{
    LDAPControl *c = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);
    LDAPPasswordPolicyError error = PP_noError;
    ber_int_t expire, grace;

    if (!c || ldap_parse_passwordpolicy_control(ld, c, &expire, &grace, &error) != LDAP_SUCCESS)
        return -1;
    return error == PP_noError ? -1 : (int)error;
}

static int answer_judge(LDAP *ld, LDAPMessage *m, struct qn_bind_reason *out, struct qn_err *err)
{
    LDAPControl **controls = NULL;
    char *text = NULL;
    int result, code = ldap_parse_result(ld, m, &result, NULL, &text, NULL, &controls, 0);

    if (code != LDAP_SUCCESS)
        return qn_client_fail(ld, code, "checking a password", err);
    *out = qn_bind_reason(result, text, policy_error(ld, controls));
    if (out->code == QN_EAWAY)
        qn_client_fail(ld, result, "checking a password", err);
    else if (out->code != QN_OK)
        qn_fail(err, out->code, "%s", out->text);
    ldap_memfree(text);
    ldap_controls_free(controls);
    return out->code;
}

/* Success must mean a name: a directory that can say who we are now must not say nobody (RFC 4532). */
static int identity_check(LDAP *ld, struct qn_err *err)
{
    struct berval *who = NULL;
    bool nobody = ldap_whoami_s(ld, &who, NULL, NULL) == LDAP_SUCCESS && (!who || who->bv_len == 0);

    if (who)
        ber_bvfree(who);
    return nobody ? qn_fail(err, QN_EDENIED, "the directory took the password for nobody in particular") : 0;
}

static int bind_on(LDAP *ld, const struct qn_settings *s, const char *dn, const uint8_t *password, size_t len,
                   struct qn_bind_reason *out, struct qn_err *err)
{
    static char policy_oid[] = LDAP_CONTROL_PASSWORDPOLICYREQUEST;
    struct berval cred = { len, (char *)(uintptr_t)password };
    struct timeval tv = { s->server_ms / 1000 + 1, 0 };
    LDAPControl policy = { policy_oid, { 0, NULL }, 0 }, *controls[] = { &policy, NULL };
    LDAPMessage *m = NULL;
    int id = -1, got, r, code = ldap_sasl_bind(ld, dn, LDAP_SASL_SIMPLE, &cred, controls, NULL, &id);

    if (code != LDAP_SUCCESS)
        return qn_client_fail(ld, code, "checking a password", err);
    got = ldap_result(ld, id, LDAP_MSG_ALL, &tv, &m);
    if (got <= 0) {
        ldap_get_option(ld, LDAP_OPT_RESULT_CODE, &code);
        return qn_client_fail(ld, got == 0 ? LDAP_TIMEOUT : code, "checking a password", err);
    }
    r = got == LDAP_RES_BIND ? answer_judge(ld, m, out, err)
                             : qn_fail(err, QN_EAWAY, "checking a password: the answer is not one to a bind");
    ldap_msgfree(m);
    return r == 0 ? identity_check(ld, err) : r;
}

/* What the entry and the directory's answer say together. A lock that the bind went through has run out. */
static int account_judge(struct qn_person *p, int r, const struct qn_bind_reason *reason, struct qn_err *err)
{
    if (r == 0 && p->status == QN_STATUS_LOCKED)
        p->status = QN_STATUS_ACTIVE;
    if (reason->status > p->status)
        p->status = reason->status;
    if (r == 0 && p->status != QN_STATUS_ACTIVE)
        return qn_fail(err, QN_EDENIED, "the password is right, but the account is %s", qn_status_name(p->status));
    return r;
}

int qn_bind_person(struct qn_client *client, unsigned server, const struct qn_wanted *wanted, const uint8_t *password,
                   size_t len, struct qn_person *out, struct qn_err *err)
{
    struct qn_bind_reason reason = { QN_EAWAY, QN_STATUS_ACTIVE, "" };
    LDAP *ld = NULL;
    int r = qn_bind_password_check(password, len, err);

    memset(out, 0, sizeof *out);
    if (r == 0)
        r = qn_find_person(client, server, wanted, out, err);
    if (r == QN_ENOTFOUND && err)
        err->code = QN_EDENIED; /* the sentence stays */
    if (r == QN_ENOTFOUND)
        return QN_EDENIED;
    if (r == 0)
        r = qn_client_person(client, server, &ld, err);
    if (r == 0) {
        r = bind_on(ld, qn_client_settings(client), out->dn, password, len, &reason, err);
        r = account_judge(out, r, &reason, err);
    }
    if (r == QN_EAWAY)
        qn_client_person_drop(client); /* nobody knows what is still to come on it */
    return r;
}
