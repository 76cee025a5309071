/* What cupsd must be told so that it loses nothing and keeps nothing: one line a rule, for "cups setup" and "check". */
#ifndef QN_CTL_CUPSRULES_H
#define QN_CTL_CUPSRULES_H

#include <stdbool.h>
#include <stddef.h>

enum cups_rule_file { CUPSD_CONF, CUPS_FILES_CONF, CUPS_CONF_FILES };
enum cups_rule_kind {
    RULE_IS,      /* the value is `want` (without case) */
    RULE_ZERO_NO, /* "No", or 0 */
    RULE_MOST,    /* a number of at most `want` */
    RULE_NOT,     /* the value has not `want` in it */
    RULE_QUIET,   /* a log level that writes no job's details */
    RULE_THERE,   /* not empty */
};

struct cups_rule {
    const char *id, *criterion;
    bool critical;
    enum cups_rule_file file;
    const char *directive;
    enum cups_rule_kind kind;
    const char *want;     /* for the rule */
    const char *set;      /* what "cups setup" writes */
    const char *normal;   /* what cupsd does when the file does not say */
    const char *why;
};

extern const struct cups_rule cups_rules[]; /* ended by one without an id */
extern const char *const cups_conf_names[CUPS_CONF_FILES];

/* True if the value (NULL: not set) obeys the rule. */
bool cups_rule_obeyed(const struct cups_rule *rule, const char *value);

#endif
