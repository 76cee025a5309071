/* Rows that tests put into a store. */
#ifndef QN_STORE_SAMPLE_H
#define QN_STORE_SAMPLE_H

#include <inttypes.h>

#include "server/store-private.h"

static const char sample_shred[] = "shred:internal:1000";

/* A UUIDv7 text that sorts by n. */
static inline void sample_id(char id[QN_UUID_TEXT], unsigned n)
{
    snprintf(id, QN_UUID_TEXT, "01940000-%04x-7000-8000-%012x", n >> 16 & 0xffff, n & 0xffff);
}

static inline int64_t sample_person(struct qn_store *s, const char *login)
{
    struct qn_person p = { .checked = 5 };

    snprintf(p.dir_id, sizeof p.dir_id, "id-of-%s", login);
    snprintf(p.login, sizeof p.login, "%s", login);
    snprintf(p.display, sizeof p.display, "The one called %s", login);
    strcpy(p.roles, "user");
    strcpy(p.status, "active");
    assert_ok(qn_store_person_seen(s, &p, err));
    return p.id;
}

static inline void sample_shred_add(struct qn_store *s, const char *id, int64_t end)
{
    struct qn_shred k = { .class_ = 2, .start = end - 1000, .end = end };

    strcpy(k.id, id);
    strcpy(k.state, "active");
    assert_ok(qn_store_shred_put(s, &k, err));
}

static inline struct qn_job sample_job(unsigned n, int64_t owner, const char *login)
{
    struct qn_job j = { .owner = owner, .owner_verified = true, .class_ = 2, .received = 1000 + n, .due = 5000 + n,
                        .pages = 3, .expected = -1, .impressions = -1, .sheets = -1 };

    sample_id(j.id, n);
    strcpy(j.key.cupsd, "cupsd");
    snprintf(j.key.uuid, sizeof j.key.uuid, "urn:uuid:%u", n);
    j.key.cups_job = n;
    j.key.created = 7;
    j.key.document = 1;
    snprintf(j.owner_name, sizeof j.owner_name, "%s", login);
    strcpy(j.queue, "secure");
    strcpy(j.format, "application/pdf");
    j.sum.length = 100;
    memset(j.sum.commitment, 1, sizeof j.sum.commitment);
    memset(j.sum.tags, 2, sizeof j.sum.tags);
    strcpy(j.shred, sample_shred);
    memset(j.wrapped, 3, sizeof j.wrapped);
    return j;
}

static inline struct qn_job sample_hold(struct qn_store *s, unsigned n, int64_t owner, const char *login)
{
    struct qn_job j = sample_job(n, owner, login);

    assert_ok(qn_store_job_add(s, &j, "sealed title", 12, "sealed options", 14, err));
    assert_ok(qn_store_job(s, j.id, &j, err));
    return j;
}

#endif
