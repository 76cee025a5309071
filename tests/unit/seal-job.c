/* Test only: makes sealed jobs in a state folder the way the core and intake do, and a row of each for tests/lib/decrypt.py.
 *
 *   seal-job STATE-DIR OWNER CLASS SHRED-ID TITLE DOCUMENT...
 *
 * For each file DOCUMENT one line of tab-separated columns: id, owner name, class, shred key id, length, and in hex wrapped
 * key, commitment, tags, sealed title. Keys stay in the keystore and in the wrapped columns. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/id.h"
#include "lib/seal.h"
#include "server/job-wrap.h"
#include "server/keystore.h"
#include "server/spool.h"

static struct qn_err err;

static void must(int r)
{
    if (r < 0) {
        fprintf(stderr, "seal-job: %s\n", err.text);
        exit(1);
    }
}

static void document_seal(int out, const char *path, const uint8_t header[QN_SEAL_HEADER], const uint8_t key[32],
                          struct qn_seal_sum *sum)
{
    int in = open(path, O_RDONLY);
    struct qn_seal *s;
    ssize_t got;

    if (in < 0)
        must(qn_fail_errno(&err, "opening %s", path));
    must(qn_seal_start(&s, out, header, key, &err));
    do {
        size_t room;
        uint8_t *p = qn_seal_room(s, &room);

        got = read(in, p, room);
        if (got < 0)
            must(qn_fail_errno(&err, "reading %s", path));
        must(qn_seal_advance(s, (size_t)got, &err));
    } while (got > 0);
    must(qn_seal_finish(s, sum, &err));
    qn_seal_free(&s);
    close(in);
}

static void row_print(const struct qn_job *j, const uint8_t *title, size_t n)
{
    char wrapped[2 * QN_WRAPPED + 1], commitment[65], tags[65], text[2048];

    printf("%s\t%s\t%d\t%s\t%llu\t%s\t%s\t%s\t%s\n", j->id, j->owner_name, j->class_, j->shred,
           (unsigned long long)j->sum.length, qn_hex(wrapped, j->wrapped, QN_WRAPPED), qn_hex(commitment, j->sum.commitment, 32),
           qn_hex(tags, j->sum.tags, 32), qn_hex(text, title, n));
}

static void job_make(struct qn_keystore *k, struct qn_spool *s, char **argv, const char *path)
{
    struct qn_seal_meta meta = { argv[2], "secure", argv[5], "application/pdf", "{}" };
    struct qn_job j = { .class_ = atoi(argv[3]) };
    uint8_t key[32], mac[32], id[16], header[QN_SEAL_HEADER], title[1000];
    int w, r, n;

    qn_uuid_make(j.id, qn_clock_wall());
    qn_uuid_parse(id, j.id);
    snprintf(j.owner_name, sizeof j.owner_name, "%s", argv[2]);
    snprintf(j.shred, sizeof j.shred, "%s", argv[4]);
    qn_random(key, sizeof key);
    must(qn_keystore_make(k, (const char *const *)&argv[4], 1, &err));
    must(qn_seal_meta_mac(mac, key, &meta, &err));
    qn_seal_header(header, id, mac);
    must(qn_spool_new(s, j.id, &w, &r, &err));
    document_seal(w, path, header, key, &j.sum);
    close(w);
    must(qn_spool_quiet(r, &err));
    must(qn_spool_link(s, j.id, r, &err));
    close(r);
    must(qn_job_wrap(&j, qn_keystore_get(k, j.shred), key, &err));
    must(n = qn_seal_text(title, sizeof title, key, id, "title", argv[5], strlen(argv[5]), &err));
    row_print(&j, title, (size_t)n);
}

int main(int argc, char **argv)
{
    struct qn_keystore *k;
    struct qn_spool *s;

    if (argc < 7) {
        fprintf(stderr, "usage: seal-job STATE-DIR OWNER CLASS SHRED-ID TITLE DOCUMENT...\n");
        return 2;
    }
    must(qn_keystore_open(&k, argv[1], 1, &err));
    must(qn_spool_open(&s, argv[1], &err));
    for (int i = 6; i < argc; i++)
        job_make(k, s, argv, argv[i]);
    must(qn_spool_sync(s, &err));
    qn_spool_close(&s);
    qn_keystore_free(&k);
    return 0;
}
