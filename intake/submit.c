#include "config.h"

#include "intake/submit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "intake/pages.h"
#include "intake/sniff.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/msg.h"
#include "lib/seal.h"
#include "lib/secret.h"

enum { BEGIN_MS = 9000, COMMIT_MS = 8000 };

struct submission {
    struct qn_link *link;
    const struct qn_ticket *ticket;
    int core;
    char req[QN_REQUEST_TEXT], job[QN_UUID_TEXT], *options;
    char owner[256];    /* the name as the core keeps it: the file's header vouches for it */
    uint8_t *key;       /* in locked memory */
    int fd;             /* the core's file */
    uint64_t max, length;
    const char *format;
    struct qn_sniff sniff;
    struct qn_pages pages;
    struct qn_seal *seal;
    struct qn_seal_sum sum;
};

/* What a refusal of the core means for the job. What we can't help is tried again: CUPS still has it. */
static enum qn_hand_why why_of(int code, bool begin)
{
    switch (code) {
    case QN_EFULL: return QN_WHY_FULL;
    case QN_ETIMEOUT: return QN_WHY_LATE;
    case QN_ENOTFOUND: return begin ? QN_WHY_OWNER : QN_WHY_AWAY;
    case QN_EDENIED: return QN_WHY_DENIED;
    case QN_EINVAL: return begin ? QN_WHY_OPTIONS : QN_WHY_AWAY;
    case QN_EUNSUPPORTED: return QN_WHY_FORMAT;
    default: return QN_WHY_AWAY;
    }
}

/* Sends a request and demands an ok. On a failure *why says which. */
static int call(struct submission *s, struct qn_msg *ask, struct qn_msg *answer, int ms, bool begin, enum qn_hand_why *why,
                struct qn_err *err)
{
    int r = qn_msg_call(s->core, ask, answer, ms, err);

    *why = r == QN_ETIMEOUT ? QN_WHY_LATE : QN_WHY_AWAY; /* a message of ours that the table refuses is tried again, loudly */
    qn_msg_free(ask);
    if (r == 0 && answer->code != QN_OK) {
        *why = why_of(answer->code, begin);
        r = qn_fail(err, answer->code, "%s", answer->text);
        qn_msg_free(answer);
    }
    if (r != 0)
        qn_prefix(err, begin ? "job.begin" : "job.commit");
    return r;
}

/* Takes job id, file and key out of the core's answer. */
static int begin_take(struct submission *s, struct qn_msg *answer, struct qn_err *err)
{
    size_t n;
    const uint8_t *key = qn_msg_get_secret(answer, QN_SECRET_KEY, &n);
    uint8_t id[16];

    if (!key || n != QN_SEAL_KEY || !qn_uuid_parse(id, qn_msg_get(answer, "job")))
        return qn_fail(err, QN_EINVAL, "job.begin: the core gave no key or no job");
    s->fd = qn_msg_take_fd(answer, 0);
    if (s->fd < 0)
        return qn_fail(err, QN_EINVAL, "job.begin: the core gave no file");
    s->key = qn_secret_alloc(QN_SEAL_KEY);
    memcpy(s->key, key, QN_SEAL_KEY);
    snprintf(s->job, sizeof s->job, "%s", qn_msg_get(answer, "job"));
    s->max = (uint64_t)qn_msg_get_int(answer, "max_bytes");
    snprintf(s->owner, sizeof s->owner, "%s", qn_msg_get(answer, "owner"));
    return 0;
}

static int begin(struct submission *s, const char *cupsd, enum qn_hand_why *why, struct qn_err *err)
{
    struct qn_msg ask, answer;
    int r;

    qn_msg_request(&ask, "job.begin", s->req);
    qn_ticket_fields(s->ticket, &ask, cupsd);
    r = call(s, &ask, &answer, BEGIN_MS, true, why, err);
    if (r != 0)
        return r;
    r = begin_take(s, &answer, err);
    qn_msg_free(&answer);
    *why = r == 0 ? QN_WHY_NONE : QN_WHY_AWAY;
    return r;
}

/* ---- the document ---- */

static enum qn_hand_why why_of_read(int code)
{
    return code == QN_EEOF ? QN_WHY_CANCELLED : code == QN_ETIMEOUT ? QN_WHY_STALLED : QN_WHY_BROKEN;
}

/* Reads the first bytes and names the format. Returns how many were read. */
static ssize_t read_head(struct submission *s, uint8_t head[QN_SNIFF_HEAD], enum qn_hand_why *why, struct qn_err *err)
{
    size_t have = 0;
    ssize_t got = 1;

    while (have < QN_SNIFF_HEAD && got > 0) {
        got = qn_link_read(s->link, head + have, QN_SNIFF_HEAD - have, err);
        if (got < 0) {
            *why = why_of_read((int)got);
            return got;
        }
        have += (size_t)got;
    }
    if (have == 0) {
        *why = QN_WHY_EMPTY;
        return qn_fail(err, QN_EINVAL, "the document is empty");
    }
    s->format = qn_sniff_start(&s->sniff, head, have);
    if (!s->format) {
        *why = QN_WHY_FORMAT;
        return qn_fail(err, QN_EUNSUPPORTED, "the document's format is unknown");
    }
    qn_pages_start(&s->pages, s->format);
    return (ssize_t)have;
}

static int seal_open(struct submission *s, struct qn_err *err)
{
    struct qn_seal_meta meta = { s->owner, s->ticket->queue, s->ticket->title, s->format, s->options };
    uint8_t header[QN_SEAL_HEADER], mac[32], id[16];
    int r = qn_seal_meta_mac(mac, s->key, &meta, err);

    if (r != 0 || !qn_uuid_parse(id, s->job))
        return r ? r : QN_EINTERNAL;
    qn_seal_header(header, id, mac);
    return qn_seal_start(&s->seal, s->fd, header, s->key, err);
}

/* n bytes stand at `room`: follow the format, count, seal. */
static int take_bytes(struct submission *s, const uint8_t *room, size_t n, enum qn_hand_why *why, struct qn_err *err)
{
    s->length += n;
    if (s->length > s->max) {
        *why = QN_WHY_LARGE;
        return qn_fail(err, QN_EINVAL, "the document is larger than %llu bytes", (unsigned long long)s->max);
    }
    qn_sniff_feed(&s->sniff, room, n);
    qn_pages_feed(&s->pages, room, n);
    *why = QN_WHY_BROKEN;
    return qn_seal_advance(s->seal, n, err);
}

/* Seals everything from the head to the end of the input. */
static int copy(struct submission *s, const uint8_t *head, size_t have, enum qn_hand_why *why, struct qn_err *err)
{
    size_t n;
    uint8_t *room = qn_seal_room(s->seal, &n);
    ssize_t got = (ssize_t)have;
    int r;

    memcpy(room, head, have);
    for (;;) {
        r = take_bytes(s, room, (size_t)got, why, err);
        if (r != 0)
            return r;
        room = qn_seal_room(s->seal, &n);
        got = qn_link_read(s->link, room, n, err);
        if (got < 0) {
            *why = why_of_read((int)got);
            return (int)got;
        }
        if (got == 0)
            return 0;
    }
}

/* The document has its own end and nobody has cancelled: sync it and ask the backend for its commit. */
static int agree(struct submission *s, enum qn_hand_why *why, struct qn_err *err)
{
    int r;

    if (!qn_sniff_complete(&s->sniff)) {
        *why = QN_WHY_CUT;
        return qn_fail(err, QN_EINVAL, "the %s document of %llu bytes does not end as it must", s->format,
                       (unsigned long long)s->length);
    }
    *why = QN_WHY_BROKEN;
    r = qn_seal_finish(s->seal, &s->sum, err);
    if (r != 0)
        return r;
    r = qn_link_commit(s->link, err);
    *why = r == QN_EEOF ? QN_WHY_CANCELLED : QN_WHY_LATE;
    return r;
}

/* -1: not known. */
static int64_t page_count(struct submission *s)
{
    int64_t walked = qn_sniff_pages(&s->sniff), said = qn_pages_end(&s->pages);

    return walked > 0 ? walked : said;
}

static enum qn_hand_why commit(struct submission *s, struct qn_err *err)
{
    struct qn_msg ask, answer;
    enum qn_hand_why why;
    char hex[65];
    int r, fd = s->fd;

    s->fd = -1;
    if (close(fd) != 0) {
        qn_fail_errno(err, "closing the sealed file");
        return QN_WHY_BROKEN;
    }
    qn_msg_request(&ask, "job.commit", s->req);
    qn_msg_str(&ask, "job", s->job);
    qn_msg_str(&ask, "format", s->format);
    qn_msg_int(&ask, "length", (int64_t)s->sum.length);
    qn_msg_str(&ask, "commitment", qn_hex(hex, s->sum.commitment, sizeof s->sum.commitment));
    qn_msg_str(&ask, "tags", qn_hex(hex, s->sum.tags, sizeof s->sum.tags));
    qn_msg_int(&ask, "pages", page_count(s));
    r = call(s, &ask, &answer, COMMIT_MS, false, &why, err);
    if (r != 0)
        return why;
    qn_log(QN_LOG_INFO, "%s: job %lld document %d of %s is held as %s%s", s->req, (long long)s->ticket->cups_job,
           s->ticket->document, s->ticket->queue, qn_msg_get(&answer, "job"),
           qn_msg_get_int(&answer, "known") ? " (again)" : "");
    qn_msg_free(&answer);
    return QN_WHY_HELD;
}

static enum qn_hand_why run(struct submission *s, const char *cupsd, struct qn_err *err)
{
    uint8_t head[QN_SNIFF_HEAD];
    enum qn_hand_why why;
    ssize_t have;

    if (begin(s, cupsd, &why, err) != 0)
        return why;
    have = read_head(s, head, &why, err);
    if (have < 0)
        return why;
    if (seal_open(s, err) != 0)
        return QN_WHY_BROKEN;
    if (copy(s, head, (size_t)have, &why, err) != 0 || agree(s, &why, err) != 0)
        return why;
    return commit(s, err);
}

enum qn_hand_why qn_submit(struct qn_link *link, const struct qn_ticket *ticket, int core, const char *cupsd, struct qn_err *err)
{
    struct submission s = { .link = link, .ticket = ticket, .core = core, .fd = -1 };
    enum qn_hand_why why;

    qn_request_make(s.req);
    s.options = json_dumps(ticket->options, JSON_COMPACT | JSON_SORT_KEYS);
    if (!s.options)
        qn_panic("a ticket's options can't be written");
    why = run(&s, cupsd, err);
    if (s.fd >= 0)
        close(s.fd);
    qn_seal_free(&s.seal);
    qn_secret_free(&s.key);
    free(s.options);
    return why;
}

int qn_submit_dial(const char *core_path, struct qn_err *err)
{
    return qn_msg_dial(core_path, err);
}

/* A sealing that nobody gets, into memory. */
static int rehearse_seal(struct qn_err *err)
{
    static const uint8_t key[QN_SEAL_KEY];
    const struct qn_seal_meta meta = { "", "", "", "", "{}" };
    uint8_t header[QN_SEAL_HEADER] = { 0 }, mac[32];
    struct qn_seal *seal = NULL;
    struct qn_seal_sum sum;
    int fd = memfd_create("rehearsal", MFD_CLOEXEC), r = fd < 0 ? qn_fail_errno(err, "memfd_create") : 0;

    if (r == 0)
        r = qn_seal_meta_mac(mac, key, &meta, err);
    if (r == 0)
        r = qn_seal_start(&seal, fd, header, key, err);
    if (r == 0)
        r = qn_seal_finish(seal, &sum, err);
    qn_seal_free(&seal);
    if (fd >= 0)
        close(fd);
    return r;
}

int qn_submit_warm(struct qn_err *err)
{
    json_object_seed(0); /* else each job opens /dev/urandom for the seed of its hash tables */
    return rehearse_seal(err);
}
