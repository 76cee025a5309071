/* quoinctl(8): one table of verbs in main.c, one file per group of them. */
#ifndef QN_CTL_H
#define QN_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/conf.h"
#include "lib/msg.h"

struct ctl {
    const struct qn_conf *conf;
    const char *conf_path;
    bool json; /* machine-readable output */
};

/* What a verb returns is quoinctl's exit status. */
enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

/* Each gets the words after its own. */
int ctl_status(const struct ctl *c, int argc, char **argv);
int ctl_init(const struct ctl *c, int argc, char **argv);
int ctl_check(const struct ctl *c, int argc, char **argv);
int ctl_device_add(const struct ctl *c, int argc, char **argv);
int ctl_device_list(const struct ctl *c, int argc, char **argv);
int ctl_terminal_add(const struct ctl *c, int argc, char **argv);
int ctl_terminal_list(const struct ctl *c, int argc, char **argv);
int ctl_terminal_revoke(const struct ctl *c, int argc, char **argv);
int ctl_badge_add(const struct ctl *c, int argc, char **argv);
int ctl_pin_issue(const struct ctl *c, int argc, char **argv);
int ctl_directory_test(const struct ctl *c, int argc, char **argv);
int ctl_directory_secret(const struct ctl *c, int argc, char **argv);
int ctl_recover_policy(const struct ctl *c, int argc, char **argv);
int ctl_recover_appoint(const struct ctl *c, int argc, char **argv);
int ctl_cups_setup(const struct ctl *c, int argc, char **argv);

/* "audit ..." reads the database itself (audit.c); argv[0] is "audit", and "--json" is among the words if it was given. */
int ctl_audit(int argc, char **argv, const struct qn_conf *conf);

/* Sends request over ctl.sock and waits for the answer. CTL_OK with *answer filled and its code ok (the caller frees it);
 * else CTL_FAILED after a sentence on standard error. request is freed in any case. */
int ctl_call(const struct ctl *c, struct qn_msg *request, struct qn_msg *answer);

/* A request without fields, answered by nothing that a person reads: says `done` unless --json. */
int ctl_tell(const struct ctl *c, struct qn_msg *request, const char *done);

/* Asks a verb without fields and prints the rows of its answer: these columns (ended by NULL), or JSON. As ctl_call(). */
int ctl_list(const struct ctl *c, const char *verb, const char *rows, const char *const *columns);

/* Prints and frees a JSON value, in one line. */
void ctl_print_json(json_t *value);

/* "--name VALUE" among the words: takes both out and returns the value, or fallback. Words are argv[0..*argc-1]. */
const char *ctl_option(int *argc, char **argv, const char *name, const char *fallback);

/* "--name" among the words: takes it out and returns true. */
bool ctl_flag(int *argc, char **argv, const char *name);

/* A sentence on standard error, after "quoinctl: ". Returns CTL_FAILED. */
int ctl_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
