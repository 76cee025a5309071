/* audit-sample STATE-DIR NAME TURNS RECORDS [unsigned]: opens or continues a log and commits TURNS turns of RECORDS records.
 * With "unsigned" it ends without signing them, as a crash would. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "server/audit.h"

static const uint8_t seed[32] = "the tests' own signing key, 32!";

static int sample_turn(struct qn_store *s, struct qn_audit *a, int records, int64_t now, struct qn_err *err)
{
    int r = qn_store_begin(s, err);

    for (int i = 0; r == 0 && i < records; i++) {
        json_t *f = json_pack("{s:s, s:i, s:{s:s, s:[i, i]}}", "job", "01940000-0000-7000-8000-000000000001", "class", i % 4, "who",
                              "name", "J\xc3\xb6rg \"the\" \\ /", "ids", 1, i);

        r = qn_audit_add(a, (enum qn_audit_event)(i % QN_AUDIT_EVENTS), "r0123456789abcdef", f, now + i, err);
        json_decref(f);
    }
    if (r == 0)
        r = qn_audit_flush(a, err);
    if (r == 0)
        r = qn_store_commit(s, err);
    if (r == 0)
        qn_audit_committed(a);
    return r;
}

int main(int argc, char **argv)
{
    struct qn_store *s = NULL;
    struct qn_audit *a = NULL;
    struct qn_err err = { 0 };
    char db[512], head[512];
    int r;

    qn_log_open("audit-sample", QN_LOG_INFO);
    if (argc < 5)
        return 2;
    snprintf(db, sizeof db, "%s/" QN_STORE_FILE, argv[1]);
    snprintf(head, sizeof head, "%s/" QN_AUDIT_HEAD_FILE, argv[1]);
    r = qn_store_open(&s, db, &err);
    if (r == 0)
        r = qn_audit_open(&a, s, head, argv[2], seed, &err);
    for (int i = 0; r == 0 && i < atoi(argv[3]); i++)
        r = sample_turn(s, a, atoi(argv[4]), 1795000000000 + i * 1000, &err);
    if (r == 0 && argc == 5)
        r = qn_audit_sign(a, true, 1795000000000, &err);
    if (r != 0)
        qn_log_err(QN_LOG_ERR, "audit-sample", &err);
    qn_audit_free(&a);
    qn_store_close(&s);
    return r != 0;
}
