#include "config.h"

#include "intake/pdf-pack.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/err.h"

enum { PACK_FIRST = 32 << 10 };

struct qn_pdf_pack {
    z_stream z;
    bool flate, over;            /* compressed; its end was seen */
    int64_t left;                /* objects that are still to come */
    size_t first, have;
    size_t at;                   /* in the table: behind the present object's two numbers */
    int64_t number;              /* of the present object */
    size_t begin;                /* where it does, from first */
    uint8_t *data;
    size_t room;
};

bool qn_pdf_pack_start(struct qn_pdf_pack **p, bool flate, int64_t count, int64_t first)
{
    struct qn_pdf_pack *k = *p;

    if (count < 0 || first < 0 || first > QN_PDF_PACK_MAX)
        return false;
    if (!k) {
        k = qn_alloc(sizeof *k);
        if (inflateInit(&k->z) != Z_OK)
            qn_panic("no memory to inflate");
        *p = k;
    } else if (inflateReset(&k->z) != Z_OK) {
        return false;
    }
    k->flate = flate;
    k->over = false;
    k->left = count;
    k->first = (size_t)first;
    k->have = k->at = k->begin = 0;
    return true;
}

void qn_pdf_pack_free(struct qn_pdf_pack **p)
{
    if (*p) {
        inflateEnd(&(*p)->z);
        free((*p)->data);
    }
    free(*p);
    *p = NULL;
}

/* Room for at least one byte more, if the stream may have that. */
static bool pack_grow(struct qn_pdf_pack *p)
{
    size_t room = p->room ? 2 * p->room : PACK_FIRST;
    uint8_t *data;

    if (p->have < p->room)
        return true;
    if (room > QN_PDF_PACK_MAX)
        return false;
    data = realloc(p->data, room);
    if (!data)
        qn_panic("no memory for an object stream");
    p->data = data;
    p->room = room;
    return true;
}

static bool pack_copy(struct qn_pdf_pack *p, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        size_t take;

        if (!pack_grow(p))
            return false;
        take = n < p->room - p->have ? n : p->room - p->have;
        memcpy(p->data + p->have, bytes, take);
        p->have += take;
        bytes += take;
        n -= take;
    }
    return true;
}

bool qn_pdf_pack_feed(struct qn_pdf_pack *p, const uint8_t *bytes, size_t n)
{
    int r = Z_OK;

    if (!p->flate)
        return pack_copy(p, bytes, n);
    p->z.next_in = (Bytef *)(uintptr_t)bytes; /* zlib only reads it */
    p->z.avail_in = (uInt)n;
    while (r == Z_OK && !p->over && p->z.avail_in > 0) {
        if (!pack_grow(p))
            return false;
        p->z.next_out = p->data + p->have;
        p->z.avail_out = (uInt)(p->room - p->have);
        r = inflate(&p->z, Z_NO_FLUSH);
        p->have = p->room - p->z.avail_out;
        p->over = r == Z_STREAM_END;
    }
    return p->over || r == Z_OK;
}

size_t qn_pdf_pack_size(const struct qn_pdf_pack *p)
{
    return p->have;
}

/* The next decimal of the table. */
static bool table_number(struct qn_pdf_pack *p, int64_t *out)
{
    static const char blanks[] = { '\0', '\t', '\n', '\f', '\r', ' ' };
    size_t digits = 0;

    while (p->at < p->first && memchr(blanks, p->data[p->at], sizeof blanks))
        p->at++;
    for (*out = 0; p->at < p->first && digits < 11 && p->data[p->at] >= '0' && p->data[p->at] <= '9'; digits++)
        *out = *out * 10 + (p->data[p->at++] - '0');
    return digits > 0 && digits < 11;
}

/* The next object's line in the table. It begins where the one before does, or behind it. */
static bool table_line(struct qn_pdf_pack *p)
{
    int64_t begin;

    if (!table_number(p, &p->number) || !table_number(p, &begin) || begin < (int64_t)p->begin || (size_t)begin > p->have - p->first)
        return false;
    p->begin = (size_t)begin;
    return true;
}

bool qn_pdf_pack_end(struct qn_pdf_pack *p)
{
    if ((p->flate && !p->over) || p->first > p->have)
        return false;
    return p->left == 0 || table_line(p);
}

int qn_pdf_pack_next(struct qn_pdf_pack *p, int64_t *number, const uint8_t **bytes, size_t *n)
{
    size_t begin = p->begin, end = p->have - p->first;

    if (p->left == 0)
        return 0;
    *number = p->number;
    if (--p->left > 0) {
        if (!table_line(p))
            return -1;
        end = p->begin;
    }
    *bytes = p->data + p->first + begin;
    *n = end - begin;
    return 1;
}
