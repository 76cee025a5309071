/* quoinctl audit list, audit verify. */
#include "config.h"

#include "ctl/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ctl.h"
#include "lib/buf.h"
#include "server/audit.h"

static int audit_usage(void)
{
    fputs("usage: quoinctl audit list [--json] [-n RECORDS]\n"
          "       quoinctl audit verify [--json] [--key FILE]\n", stderr);
    return CTL_USAGE;
}

static bool audit_path(char out[4096], const struct qn_conf *conf, const char *name)
{
    return (size_t)snprintf(out, 4096, "%s/%s", qn_conf_text(conf, "state-dir"), name) < 4096;
}

/* "name=value" for each field that is not in the line's front; strings bare, anything else as JSON. */
static void list_fields(struct qn_buf *line, json_t *record)
{
    static const char front[] = " seq ts ev v boot ";
    const char *name;
    json_t *value;
    char padded[80];

    json_object_foreach(record, name, value) {
        char *text;

        if ((size_t)snprintf(padded, sizeof padded, " %s ", name) < sizeof padded && strstr(front, padded))
            continue;
        text = json_is_string(value) ? qn_strdup(json_string_value(value))
                                     : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
        qn_buf_printf(line, "  %s=%s", name, text ? text : "");
        free(text);
    }
}

/* A record that somebody edited may hold anything: what is printed is clean text in any case. */
static void list_line(int64_t seq, const char *entry, size_t len)
{
    struct qn_buf line = { 0 };
    json_t *record = json_loadb(entry, len, 0, NULL);
    char *clean;

    if (json_is_object(record)) {
        qn_buf_printf(&line, "%6" PRId64 "  %s  %s", seq, json_string_value(json_object_get(record, "ts")),
                      json_string_value(json_object_get(record, "ev")));
        list_fields(&line, record);
    } else {
        qn_buf_printf(&line, "%6" PRId64 "  (not a record)  ", seq);
        qn_buf_add(&line, entry, len);
    }
    clean = qn_alloc(line.len + 1);
    qn_utf8_copy(clean, line.len + 1, line.data, line.len);
    puts(clean);
    free(clean);
    qn_buf_free(&line);
    json_decref(record);
}

static int list_record(void *ctx, int64_t seq, const char *entry, size_t len, const uint8_t leaf[32])
{
    (void)leaf;
    if (*(const bool *)ctx)
        printf("%.*s\n", (int)len, entry);
    else
        list_line(seq, entry, len);
    return ferror(stdout);
}

static int audit_list(int argc, char **argv, const struct qn_conf *conf, bool json)
{
    const char *count = ctl_option(&argc, argv, "-n", "50");
    struct qn_store *store;
    struct qn_err err;
    int64_t rows = 0;
    char path[4096], *end;
    long long n = strtoll(count, &end, 10);
    int r;

    if (argc != 0 || *end || n < 1)
        return audit_usage();
    if (!audit_path(path, conf, QN_STORE_FILE))
        return ctl_complain("the path of state-dir is too long");
    r = qn_store_open_read(&store, path, &err);
    if (r == 0) {
        r = qn_store_audit_size(store, &rows, &err);
        if (r == 0)
            r = qn_store_audit_each(store, rows > n ? rows - n : 0, n, list_record, &json, &err);
        qn_store_close(&store);
    }
    return r == 0 ? CTL_OK : ctl_complain("%s", err.text);
}

static json_t *verify_result(const struct ctl_audit *a, const char *result)
{
    uint8_t root[QN_HASH];
    char hex[2 * QN_HASH + 1];
    json_t *o = json_pack("{s:s, s:I, s:I, s:s, s:I}", "result", result, "records", (json_int_t)a->rows, "signed",
                          (json_int_t)a->head.tree.size, "log", a->key.name, "more", (json_int_t)a->more);

    if (a->head_good) {
        qn_merkle_root(root, &a->head.tree);
        json_object_set_new(o, "root", json_string(qn_hex(hex, root, sizeof root)));
    }
    json_object_set(o, "findings", a->findings);
    return o;
}

static void verify_print(const struct ctl_audit *a)
{
    long long n = (long long)json_array_size(a->findings) + a->more;
    json_t *finding;
    size_t i;

    json_array_foreach(a->findings, i, finding)
        printf("%s: %s\n", json_string_value(json_object_get(finding, "what")),
               json_string_value(json_object_get(finding, "text")));
    if (a->more)
        printf("and %" PRId64 " more\n", a->more);
    if (n)
        printf("the audit log is NOT whole: %lld finding%s\n", n, n == 1 ? "" : "s");
    else
        printf("the audit log is whole: %" PRId64 " records, %llu of them under the signed head of %s\n", a->rows,
               (unsigned long long)a->head.tree.size, a->key.name);
}

static int audit_verify(int argc, char **argv, const struct qn_conf *conf, bool json)
{
    const char *key = ctl_option(&argc, argv, "--key", NULL);
    static const char *const results[] = { "whole", "findings", "unchecked" }; /* by exit status */
    struct ctl_audit *a = qn_alloc(sizeof *a);
    struct qn_err err = { 0 };
    int r = CTL_AUDIT_UNCHECKED;

    a->findings = json_array();
    if (argc != 0) {
        audit_usage();
    } else if (!audit_path(a->db, conf, QN_STORE_FILE) || !audit_path(a->head_path, conf, QN_AUDIT_HEAD_FILE) ||
               !audit_path(a->key_path, conf, QN_AUDIT_KEY_FILE)) {
        ctl_complain("the path of state-dir is too long");
    } else {
        if (key)
            snprintf(a->key_path, sizeof a->key_path, "%s", key);
        if (ctl_audit_check(a, &err) != 0)
            ctl_complain("the audit log could not be checked: %s", err.text);
        else
            r = json_array_size(a->findings) ? CTL_AUDIT_FINDINGS : CTL_AUDIT_WHOLE;
        if (json)
            ctl_print_json(verify_result(a, results[r]));
        else if (r != CTL_AUDIT_UNCHECKED || json_array_size(a->findings))
            verify_print(a);
    }
    json_decref(a->findings);
    free(a);
    return r;
}

int ctl_audit(int argc, char **argv, const struct qn_conf *conf)
{
    bool json = ctl_flag(&argc, argv, "--json");

    if (argc >= 2 && strcmp(argv[1], "list") == 0)
        return audit_list(argc - 2, argv + 2, conf, json);
    if (argc >= 2 && strcmp(argv[1], "verify") == 0)
        return audit_verify(argc - 2, argv + 2, conf, json);
    return audit_usage();
}
