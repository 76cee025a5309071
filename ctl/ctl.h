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
    bool json;           /* machine-readable output */
    const char *runtime_dir, *home; /* XDG_RUNTIME_DIR and HOME as they were; may be NULL */
    bool password_stdin; /* a password is read from standard input, not from the terminal */
};

/* What a verb returns is quoinctl's exit status. */
enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

/* Each gets the words after its own. */
int ctl_status(const struct ctl *c, int argc, char **argv);
int ctl_init(const struct ctl *c, int argc, char **argv);
int ctl_check(const struct ctl *c, int argc, char **argv);
int ctl_device_propose(const struct ctl *c, int argc, char **argv);
int ctl_device_add(const struct ctl *c, int argc, char **argv);
int ctl_device_probe(const struct ctl *c, int argc, char **argv);
int ctl_device_show(const struct ctl *c, int argc, char **argv);
int ctl_device_test(const struct ctl *c, int argc, char **argv);
int ctl_device_retire(const struct ctl *c, int argc, char **argv);
int ctl_device_list(const struct ctl *c, int argc, char **argv);
int ctl_terminal_propose(const struct ctl *c, int argc, char **argv);
int ctl_terminal_code(const struct ctl *c, int argc, char **argv);
int ctl_terminal_certify(const struct ctl *c, int argc, char **argv);
int ctl_terminal_list(const struct ctl *c, int argc, char **argv);
int ctl_terminal_revoke(const struct ctl *c, int argc, char **argv);
int ctl_badge_import(const struct ctl *c, int argc, char **argv);
int ctl_directory_test(const struct ctl *c, int argc, char **argv);
int ctl_directory_secret(const struct ctl *c, int argc, char **argv);
int ctl_recover_policy(const struct ctl *c, int argc, char **argv);
int ctl_recover_appoint(const struct ctl *c, int argc, char **argv);
int ctl_cups_setup(const struct ctl *c, int argc, char **argv);
int ctl_login(const struct ctl *c, int argc, char **argv);
int ctl_logout(const struct ctl *c, int argc, char **argv);
int ctl_whoami(const struct ctl *c, int argc, char **argv);
int ctl_policy_show(const struct ctl *c, int argc, char **argv);
int ctl_policy_list(const struct ctl *c, int argc, char **argv);
int ctl_policy_diff(const struct ctl *c, int argc, char **argv);
int ctl_policy_check(const struct ctl *c, int argc, char **argv);
int ctl_policy_propose(const struct ctl *c, int argc, char **argv);
int ctl_request_list(const struct ctl *c, int argc, char **argv);
int ctl_request_show(const struct ctl *c, int argc, char **argv);
int ctl_request_approve(const struct ctl *c, int argc, char **argv);
int ctl_request_reject(const struct ctl *c, int argc, char **argv);
int ctl_request_withdraw(const struct ctl *c, int argc, char **argv);
int ctl_roles(const struct ctl *c, int argc, char **argv);
int ctl_person(const struct ctl *c, int argc, char **argv);
int ctl_contain_lock(const struct ctl *c, int argc, char **argv);
int ctl_contain_unlock(const struct ctl *c, int argc, char **argv);
int ctl_contain_list(const struct ctl *c, int argc, char **argv);
int ctl_job_list(const struct ctl *c, int argc, char **argv);
int ctl_job_cancel(const struct ctl *c, int argc, char **argv);
int ctl_pin_unlock(const struct ctl *c, int argc, char **argv);
int ctl_badge_revoke(const struct ctl *c, int argc, char **argv);

/* "audit ..." reads the database itself (audit.c); argv[0] is "audit", and "--json" is among the words if it was given. */
int ctl_audit(int argc, char **argv, const struct qn_conf *conf);

/* Sends request over ctl.sock and waits for the answer. CTL_OK with *answer filled and its code ok (the caller frees it);
 * else CTL_FAILED after a sentence on standard error. request is freed in any case. When the core wants the password of the request's
 * session again, it is asked for and the request sent once more. */
int ctl_call(const struct ctl *c, struct qn_msg *request, struct qn_msg *answer);

/* The same, but CTL_OK with *answer filled whatever its code, about which nothing is said. */
int ctl_ask(const struct ctl *c, struct qn_msg *request, struct qn_msg *answer);

/* Adds the session of quoinctl login to a request. CTL_FAILED, the request freed, after a sentence: not logged in, or a file that
 * somebody else could have read or put there. */
int ctl_session(const struct ctl *c, struct qn_msg *request);

/* Asks for the password and has the core take it for the session's. As ctl_call(). */
int ctl_prove(const struct ctl *c);

/* ctl_session() and ctl_call() of a verb with these fields (stolen; NULL: none). */
int ctl_role_call(const struct ctl *c, const char *verb, json_t *fields, struct qn_msg *answer);

/* The same for a verb that answers nothing a person reads: says `done` unless --json. */
int ctl_role_tell(const struct ctl *c, const char *verb, json_t *fields, const char *done);

/* Proposes a document (JSON text) and says what it would change, or with dry only that. */
int ctl_propose(const struct ctl *c, const char *operation, const char *document, const char *ticket, bool dry);

/* All rows of a verb that answers "more" and takes "after", the name of the last one; root asks as the machine, others in their session.
 * The caller drops *rows_out. As ctl_call(). */
int ctl_rows(const struct ctl *c, const char *verb, const char *rows, json_t **rows_out);

/* A request without fields, answered by nothing that a person reads: says `done` unless --json. */
int ctl_tell(const struct ctl *c, struct qn_msg *request, const char *done);

/* Prints and frees a JSON value, in one line. */
void ctl_print_json(json_t *value);

/* A line, or a text of several, on standard output: controls and what is not UTF-8 become "?". */
void ctl_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void ctl_print_text(const char *text);

/* "2026-11-20 08:14" of a wall time in ms, "-" for 0. */
const char *ctl_time(int64_t ms, char out[25]);

/* The texts of an array, each a line after `before`; a text of a JSON object, "" if it has none. */
void ctl_say_texts(const char *before, const json_t *texts);
const char *ctl_text(const json_t *object, const char *name);

/* True if the word looks like the id of a job or a request; else a sentence was said. */
bool ctl_is_id(const char *word);

/* What a printer said of itself (device.probe); a row of device.list. */
void ctl_say_facts(const json_t *facts);
void ctl_say_device(const json_t *device);

/* A file's JSON; NULL after a sentence. The caller drops it. */
json_t *ctl_load(const char *path);

/* The changes and effect of a request or of a dry run. */
void ctl_say_changes(const struct qn_msg *answer);

/* "--name VALUE" among the words: takes both out and returns the value, or fallback. Words are argv[0..*argc-1]. */
const char *ctl_option(int *argc, char **argv, const char *name, const char *fallback);

/* "--name" among the words: takes it out and returns true. */
bool ctl_flag(int *argc, char **argv, const char *name);

/* A sentence on standard error, after "quoinctl: ". Returns CTL_FAILED. */
int ctl_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
