#include "config.h"

#include "intake/pdf-pages.h"

#include <stdlib.h>
#include <string.h>

#include "intake/pdf-pack.h"

enum { BODY, LINE_END, LINE_END_CR, DATA, SEEK };
enum { COUNT_MAX = 100000000, UNPACKED_MAX = 64 << 20, FIRST_IDLE_MAX = 256 << 10, IDLE_MAX = 16 << 20 };

static const char end_word[] = "endstream";

void qn_pdf_pages_start(struct qn_pdf_pages *p)
{
    memset(p, 0, sizeof *p);
    p->root = -1;
    p->idle_max = FIRST_IDLE_MAX;
    qn_pdf_walk_start(&p->walk, -1);
}

/* ---- what an object is to us ---- */

static void node_put(struct qn_pdf_node *all, unsigned max, unsigned *count, int64_t number, int64_t says)
{
    unsigned have = *count < max ? *count : max, i = 0;

    while (i < have && all[i].number != number)
        i++;
    if (i == have)
        i = (*count)++ % max;
    all[i] = (struct qn_pdf_node){ number, says };
}

static int64_t node_says(const struct qn_pdf_node *all, unsigned max, unsigned count, int64_t number)
{
    for (unsigned i = 0; i < count && i < max; i++)
        if (all[i].number == number)
            return all[i].says;
    return -1;
}

/* A number that is another object's is not known. */
static int64_t direct(const struct qn_pdf_value *v)
{
    return v->is && !v->ref ? v->n : -1;
}

static void object_take(struct qn_pdf_pages *p, const struct qn_pdf_object *o)
{
    const struct qn_pdf_value *v = o->value;

    if ((o->number < 0 || o->type == QN_PDF_XREF) && v[QN_PDF_ROOT].ref)
        p->root = v[QN_PDF_ROOT].n;
    else if (o->type == QN_PDF_CATALOG)
        node_put(p->catalog, QN_PDF_CATALOGS, &p->catalogs, o->number, v[QN_PDF_PAGES].ref ? v[QN_PDF_PAGES].n : -1);
    else if (o->type == QN_PDF_TREE && !v[QN_PDF_PARENT].is)
        node_put(p->tree, QN_PDF_TREES, &p->trees, o->number, direct(&v[QN_PDF_COUNT]));
}

/* ---- streams ---- */

static void stream_begin(struct qn_pdf_pages *p)
{
    const struct qn_pdf_object *o = &p->walk.object;
    int64_t length = direct(&o->value[QN_PDF_LENGTH]);

    p->at = LINE_END;
    p->matched = 0;
    p->left = length > 0 ? (uint64_t)length : 0;
    p->packed = false;
    if (o->type != QN_PDF_PACKED)
        return;
    p->packed = o->filters <= 1 && (o->filters == 0 || o->flate) &&
                qn_pdf_pack_start(&p->pack, o->filters == 1, direct(&o->value[QN_PDF_N]), direct(&o->value[QN_PDF_FIRST]));
    p->blind |= !p->packed;
}

static void stream_bytes(struct qn_pdf_pages *p, const uint8_t *bytes, size_t n)
{
    if (p->packed)
        p->blind = !qn_pdf_pack_feed(p->pack, bytes, n);
}

/* One object of a stream, with a walk of its own. */
static void packed_take(struct qn_pdf_pages *p, int64_t number, const uint8_t *bytes, size_t n)
{
    struct qn_pdf_walk walk;
    enum qn_pdf_event event;

    qn_pdf_walk_start(&walk, number);
    qn_pdf_walk(&walk, bytes, n, &event);
    if (event == QN_PDF_OBJECT)
        object_take(p, &walk.object);
}

static void pack_read(struct qn_pdf_pages *p)
{
    const uint8_t *bytes;
    int64_t number;
    size_t n;
    int more;

    p->unpacked += qn_pdf_pack_size(p->pack);
    p->blind |= p->unpacked > UNPACKED_MAX || !qn_pdf_pack_end(p->pack);
    while (!p->blind && (more = qn_pdf_pack_next(p->pack, &number, &bytes, &n)) != 0) {
        if (more > 0)
            packed_take(p, number, bytes, n);
        p->blind = more < 0;
    }
}

static void stream_end(struct qn_pdf_pages *p)
{
    if (p->packed)
        pack_read(p);
    p->at = BODY;
    qn_pdf_walk_start(&p->walk, -1);
}

/* One line end: the bytes behind it are the stream's. */
static size_t line_end(struct qn_pdf_pages *p, uint8_t c)
{
    if (p->at == LINE_END && (c == ' ' || c == '\t'))
        return 1; /* which some write before it */
    if (p->at == LINE_END && c == '\r') {
        p->at = LINE_END_CR;
        return 1;
    }
    p->at = p->left ? DATA : SEEK;
    return c == '\n';
}

static size_t data(struct qn_pdf_pages *p, const uint8_t *bytes, size_t n)
{
    size_t take = n < p->left ? n : (size_t)p->left;

    stream_bytes(p, bytes, take);
    p->left -= take;
    if (p->left == 0)
        p->at = SEEK;
    return take;
}

/* Up to and with "endstream". An 'e' is the only byte at which a broken match can begin anew. */
static size_t seek(struct qn_pdf_pages *p, const uint8_t *bytes, size_t n)
{
    const uint8_t *at = bytes, *end = bytes + n;

    while (at < end && end_word[p->matched]) {
        if (p->matched == 0 && !(at = memchr(at, 'e', (size_t)(end - at)))) {
            at = end;
        } else if (*at == (uint8_t)end_word[p->matched]) {
            p->matched++;
            at++;
        } else {
            p->matched = end_word[p->matched - 1] == 'e' && p->matched > 1; /* the byte before may have been its first */
        }
    }
    stream_bytes(p, bytes, (size_t)(at - bytes));
    if (!end_word[p->matched])
        stream_end(p);
    return (size_t)(at - bytes);
}

static size_t body(struct qn_pdf_pages *p, const uint8_t *bytes, size_t n)
{
    enum qn_pdf_event event;
    size_t used = qn_pdf_walk(&p->walk, bytes, n, &event);

    if (event != QN_PDF_MORE) {
        p->idle = 0;
        p->idle_max = IDLE_MAX;
    } else if ((p->idle += used) > p->idle_max) {
        p->blind = true;
    }
    if (event == QN_PDF_OBJECT)
        object_take(p, &p->walk.object);
    else if (event == QN_PDF_STREAM)
        stream_begin(p);
    return used;
}

void qn_pdf_pages_feed(struct qn_pdf_pages *p, const uint8_t *bytes, size_t n)
{
    while (n > 0 && !p->blind) {
        size_t used = p->at == BODY ? body(p, bytes, n) : p->at == DATA ? data(p, bytes, n)
                      : p->at == SEEK ? seek(p, bytes, n) : line_end(p, bytes[0]);

        bytes += used;
        n -= used;
    }
}

int64_t qn_pdf_pages_end(struct qn_pdf_pages *p)
{
    int64_t count = -1;

    qn_pdf_pack_free(&p->pack);
    if (!p->blind && p->at == BODY && p->root >= 0) {
        int64_t tree = node_says(p->catalog, QN_PDF_CATALOGS, p->catalogs, p->root);

        count = tree < 0 ? -1 : node_says(p->tree, QN_PDF_TREES, p->trees, tree);
    }
    return count >= 1 && count <= COUNT_MAX ? count : -1;
}
