/* seed-jobs STATE-DIR COUNT: puts held jobs of other people (20 each) into the database and empty files under their names into the
 * spool, as if they had come over the last hours. The core must not be running. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/common.h"
#include "lib/clock.h"
#include "server/store.h"

enum { EACH = 20, BATCH = 1000, SPAN_MS = 8 * 3600 * 1000 };

static const char shred[] = "bench:internal";

static void must(int r, const struct qn_err *err)
{
    errno = 0;
    if (r != 0)
        bench_die("%s", err->text);
}

static void seed_person(struct qn_store *s, int n, struct qn_person *p)
{
    struct qn_err err;

    memset(p, 0, sizeof *p);
    p->checked = 1;
    snprintf(p->dir_id, sizeof p->dir_id, "id-of-%d", n);
    snprintf(p->login, sizeof p->login, "person%d", n);
    snprintf(p->display, sizeof p->display, "Person %d", n);
    strcpy(p->roles, "user");
    strcpy(p->status, "active");
    must(qn_store_person_seen(s, p, &err), &err);
}

static void seed_file(const char *dir, const char *job)
{
    char path[512];
    int fd;

    snprintf(path, sizeof path, "%s/spool/%.7s", dir, job);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        bench_die("%s", path);
    snprintf(path, sizeof path, "%s/spool/%.7s/%s.quoin", dir, job, job);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        bench_die("%s", path);
    close(fd);
}

static void seed_job(struct qn_store *s, const char *dir, int n, int count, const struct qn_person *p, int64_t now)
{
    static const uint8_t title[40], options[80];
    struct qn_job j = { .owner = p->id, .class_ = 2, .state = QN_JOB_HELD, .version = 1 };
    struct qn_err err;

    j.received = now - SPAN_MS + (int64_t)n * (SPAN_MS / count);
    j.due = j.received + 24 * 3600 * 1000;
    qn_uuid_make(j.id, j.received);
    strcpy(j.key.cupsd, "cupsd");
    snprintf(j.key.uuid, sizeof j.key.uuid, "urn:uuid:e904d2ab-0000-4000-9000-%012d", n);
    j.key.cups_job = 1000000 + n;
    j.key.created = j.key.document = 1;
    strcpy(j.owner_name, p->login);
    strcpy(j.queue, "bench");
    strcpy(j.format, "application/pdf");
    strcpy(j.shred, shred);
    j.sum.length = 100000;
    must(qn_store_job_add(s, &j, title, sizeof title, options, sizeof options, &err), &err);
    seed_file(dir, j.id);
}

int main(int argc, char **argv)
{
    struct qn_shred key = { .class_ = 2, .end = INT64_MAX / 2, .state = "active" };
    struct qn_store *s = NULL;
    struct qn_person person;
    struct qn_err err;
    char path[512];
    int64_t now;
    int count, pages;

    if (argc != 3)
        return 2;
    snprintf(path, sizeof path, "%s/" QN_STORE_FILE, argv[1]);
    count = atoi(argv[2]);
    must(qn_store_open(&s, path, &err), &err);
    now = qn_clock_wall();
    strcpy(key.id, shred);
    for (int n = 0; n < count; n++) {
        if (n % BATCH == 0)
            must(qn_store_begin(s, &err), &err);
        if (n == 0)
            must(qn_store_shred_put(s, &key, &err), &err);
        if (n % EACH == 0)
            seed_person(s, n / EACH, &person);
        seed_job(s, argv[1], n, count, &person, now);
        if (n % BATCH == BATCH - 1 || n == count - 1)
            must(qn_store_commit(s, &err), &err);
    }
    must(qn_store_checkpoint(s, true, &pages, &err), &err);
    qn_store_close(&s);
    return 0;
}
