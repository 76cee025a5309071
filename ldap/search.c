#include "ldap/search.h"

#include <sys/time.h>

#include "ldap/client.h"

enum { PAGE = 500, REFERENCES_MAX = 64 };

struct page {
    const char *what;
    struct berval cookie; /* of the page before; empty at first and after the last */
    unsigned references;
    int code;
    bool done, enough;
};

static int page_ask(LDAP *ld, const struct qn_settings *set, const struct qn_search *s, struct page *p, int *id)
{
    struct timeval tv = { set->server_ms / 1000 + 1, 0 };
    LDAPControl *page = NULL, *controls[2] = { NULL, NULL };
    int code = LDAP_SUCCESS;

    if (!s->most && s->scope != LDAP_SCOPE_BASE)
        code = ldap_create_page_control(ld, PAGE, p->cookie.bv_len ? &p->cookie : NULL, 0, &page);
    controls[0] = page;
    if (code == LDAP_SUCCESS)
        code = ldap_search_ext(ld, s->base, s->scope, s->filter, (char **)(uintptr_t)s->attributes, 0, page ? controls : NULL,
                               NULL, &tv, s->most, id);
    ldap_control_free(page);
    return code;
}

static void page_end(LDAP *ld, struct page *p, LDAPMessage *m)
{
    LDAPControl **controls = NULL, *c;
    ber_int_t estimate;

    p->done = true;
    ber_memfree(p->cookie.bv_val);
    p->cookie = (struct berval){ 0, NULL };
    if (ldap_parse_result(ld, m, &p->code, NULL, NULL, NULL, &controls, 0) != LDAP_SUCCESS) {
        p->code = LDAP_DECODING_ERROR;
        return;
    }
    c = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
    if (c && ldap_parse_pageresponse_control(ld, c, &estimate, &p->cookie) != LDAP_SUCCESS)
        p->code = LDAP_DECODING_ERROR;
    ldap_controls_free(controls);
}

static void page_take(LDAP *ld, struct page *p, LDAPMessage *m, qn_search_each *each, void *arg)
{
    switch (ldap_msgtype(m)) {
    case LDAP_RES_SEARCH_ENTRY:
        p->enough = !each(ld, m, arg);
        break;
    case LDAP_RES_SEARCH_RESULT:
        page_end(ld, p, m);
        break;
    default:
        p->references++;
    }
}

static int page_run(LDAP *ld, const struct qn_settings *set, const struct qn_search *s, struct page *p, qn_search_each *each,
                    void *arg, struct qn_err *err)
{
    struct timeval tv = { set->server_ms / 1000 + 1, 0 };
    int id = -1, code = page_ask(ld, set, s, p, &id);

    if (code != LDAP_SUCCESS)
        return qn_client_fail(ld, code, p->what, err);
    p->done = false;
    while (!p->done && !p->enough) {
        LDAPMessage *m = NULL;
        int got = ldap_result(ld, id, LDAP_MSG_ONE, &tv, &m);

        if (got <= 0) {
            ldap_get_option(ld, LDAP_OPT_RESULT_CODE, &code);
            return qn_client_fail(ld, got == 0 ? LDAP_TIMEOUT : code, p->what, err);
        }
        page_take(ld, p, m, each, arg);
        ldap_msgfree(m);
        if (p->references >= REFERENCES_MAX)
            return qn_fail(err, QN_EAWAY, "%s: the directory refers elsewhere without end", p->what);
    }
    if (!p->done)
        ldap_abandon_ext(ld, id, NULL, NULL);
    return 0;
}

int qn_search_run(LDAP *ld, const struct qn_settings *settings, const struct qn_search *s, qn_search_each *each, void *arg,
                  const char *what, int *code_out, struct qn_err *err)
{
    struct page p = { .what = what };
    int r;

    *code_out = LDAP_OTHER;
    do
        r = page_run(ld, settings, s, &p, each, arg, err);
    while (r == 0 && p.code == LDAP_SUCCESS && p.cookie.bv_len && !p.enough);
    ber_memfree(p.cookie.bv_val);
    if (r == 0)
        *code_out = p.code;
    return r;
}

int qn_search_entry(LDAP *ld, const struct qn_settings *settings, const char *dn, const char *filter,
                    const char *const *attributes, qn_search_each *each, void *arg, int *code_out, struct qn_err *err)
{
    struct qn_search s = { .base = dn, .filter = filter, .scope = LDAP_SCOPE_BASE, .attributes = attributes };

    return qn_search_run(ld, settings, &s, each, arg, "reading an entry", code_out, err);
}

bool qn_search_absent(int code)
{
    return code == LDAP_NO_SUCH_OBJECT || code == LDAP_REFERRAL || code == LDAP_INSUFFICIENT_ACCESS;
}
