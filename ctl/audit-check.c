/* audit verify, all but the walk: key, head file, head row, and what they say about each other. */
#include "config.h"

#include "ctl/audit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FINDINGS_MAX = 200 }; /* then only their number would be news */

void ctl_audit_find(struct ctl_audit *a, const char *what, int64_t first, int64_t last, const char *fmt, ...)
{
    char text[512];
    json_t *o;
    va_list ap;

    if (json_array_size(a->findings) >= FINDINGS_MAX) {
        a->more++;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    o = json_pack("{s:s, s:s}", "what", what, "text", text);
    if (first >= 0) {
        json_object_set_new(o, "record", json_integer(first));
        json_object_set_new(o, "last", json_integer(last));
    }
    json_array_append_new(a->findings, o);
}

static int check_key(struct ctl_audit *a, struct qn_err *err)
{
    char line[QN_NOTE_MAX + 1];
    FILE *f = fopen(a->key_path, "re");
    size_t n;

    if (!f)
        return qn_fail_errno(err, "opening the log's key line %s", a->key_path);
    n = fread(line, 1, sizeof line - 1, f);
    line[n] = '\0';
    fclose(f);
    if (qn_note_key_parse(&a->key, line, err) != 0)
        return qn_prefix(err, a->key_path);
    return 0;
}

/* Read before the database, which only grows meanwhile. A slot may be caught while it is written: then once more. */
static int check_head_file(struct ctl_audit *a, struct qn_err *err)
{
    int r = qn_head_read(&a->head, a->head_path, &a->key, err);

    if (r == QN_ECORRUPT)
        r = qn_head_read(&a->head, a->head_path, &a->key, err);
    a->head_good = r == 0;
    if (r == QN_ENOTFOUND)
        ctl_audit_find(a, "head-missing", -1, -1, "the head file is gone");
    else if (r == QN_ECORRUPT)
        ctl_audit_find(a, "head-bad", -1, -1, "%s", err->text);
    return r == QN_ENOTFOUND || r == QN_ECORRUPT ? 0 : r;
}

static int head_row(struct ctl_audit *a, struct qn_store *store, bool *fits_out, char **note_out, struct qn_err *err)
{
    uint8_t edge[QN_EDGE_MAX * QN_HASH];
    size_t edge_len = 0;
    int r = qn_store_head(store, &a->row_size, edge, sizeof edge, &edge_len, note_out, err);

    if (r == QN_ENOTFOUND)
        r = 0;
    *fits_out = qn_merkle_load(&a->row_tree, (uint64_t)a->row_size, edge, edge_len);
    return r;
}

/* The head row and the number of records at one moment, though the core may write: again until the row stood still. */
static int check_rows(struct ctl_audit *a, struct qn_store *store, char **note_out, struct qn_err *err)
{
    bool fits = true;
    int64_t before;
    int r;

    do {
        free(*note_out);
        *note_out = NULL;
        r = head_row(a, store, &fits, note_out, err);
        before = a->row_size;
        if (r == 0)
            r = qn_store_audit_size(store, &a->rows, err);
        if (r == 0) {
            free(*note_out);
            *note_out = NULL;
            r = head_row(a, store, &fits, note_out, err);
        }
    } while (r == 0 && a->row_size != before);
    if (r == 0 && !fits)
        ctl_audit_find(a, "head-row", -1, -1, "the head row's edge is not that of %lld records",
                       (long long)a->row_size);
    return r;
}

static void check_row_note(struct ctl_audit *a, const char *note)
{
    struct qn_err err;

    if (!note || qn_note_open(&a->row_note, note, &a->key, &err) == 0)
        return;
    ctl_audit_find(a, "head-row", -1, -1, "the head row's note: %s", err.text);
}

static void check_sizes(struct ctl_audit *a)
{
    long long rows = a->rows, size = a->row_size, was = (long long)a->head.tree.size,
              knew = (long long)a->row_note.size;

    if (rows == 0 && size > 0)
        ctl_audit_find(a, "table-empty", 0, size - 1, "all %lld records are gone", size);
    else if (rows < size)
        ctl_audit_find(a, "tail-missing", rows, size - 1, "the last %lld record%s (%lld to %lld) are gone", size - rows,
                       size - rows == 1 ? "" : "s", rows, size - 1);
    else if (rows > size)
        ctl_audit_find(a, "tail-added", size, rows - 1, "records %lld to %lld were added past the log's end", size,
                       rows - 1);
    if (a->head_good && size < was)
        ctl_audit_find(a, "older-database", size, was - 1,
                       "the database knows %lld records, but the head file signed %lld: an older copy of the database "
                       "was put back, or its end was cut off",
                       size, was);
    if (a->head_good && was < knew)
        ctl_audit_find(a, "older-head", -1, -1,
                       "the head file signed %lld records, but the database knows a head of %lld: an older copy of the "
                       "head file was put back",
                       was, knew);
}

static int check_database(struct ctl_audit *a, struct qn_err *err)
{
    struct qn_store *store;
    char *note = NULL;
    int r;

    if (access(a->db, F_OK) != 0 && errno == ENOENT && a->head_good && a->head.tree.size > 0) {
        ctl_audit_find(a, "database-missing", 0, (int64_t)a->head.tree.size - 1,
                       "the database is gone; the head file signed %llu records",
                       (unsigned long long)a->head.tree.size);
        return 0;
    }
    r = qn_store_open_read(&store, a->db, err);
    if (r != 0)
        return r;
    r = check_rows(a, store, &note, err);
    if (r == 0) {
        check_row_note(a, note);
        check_sizes(a);
        r = ctl_audit_walk(a, store, err);
    }
    free(note);
    qn_store_close(&store);
    return r;
}

int ctl_audit_check(struct ctl_audit *a, struct qn_err *err)
{
    int r = check_key(a, err);

    if (r == 0)
        r = check_head_file(a, err);
    return r == 0 ? check_database(a, err) : r;
}
