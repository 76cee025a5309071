#include "config.h"

#include "deliver/test-sheet.h"

#include <string.h>

enum { TITLE_PT = 28, TEXT_PT = 13, LEFT_PT = 72, TOP_PT = 96, OBJECTS = 5 };

/* The text as a string of PDF (ISO 32000-1 section 7.3.4.2) and of PostScript, which quote alike: printable ASCII only. */
static void literal(struct qn_buf *b, const char *s)
{
    qn_buf_puts(b, "(");
    for (; *s; s++) {
        if (((unsigned char)*s & 0xc0) == 0x80)
            continue; /* the "?" of its first byte stands for it */
        if (strchr("()\\", *s))
            qn_buf_puts(b, "\\");
        qn_buf_add(b, *s >= ' ' && *s <= '~' ? s : "?", 1);
    }
    qn_buf_puts(b, ")");
}

static int paper_width(const struct qn_sheet *s)
{
    return s->letter ? 612 : 595;
}

static int paper_height(const struct qn_sheet *s)
{
    return s->letter ? 792 : 842;
}

/* ---- PDF ---- */

static void pdf_text(const struct qn_sheet *s, struct qn_buf *b)
{
    int y = paper_height(s) - TOP_PT;

    qn_buf_printf(b, "1 w 36 36 %d %d re S\n", paper_width(s) - 72, paper_height(s) - 72);
    for (int i = 0; i < QN_SHEET_LINES && s->line[i][0]; i++) {
        qn_buf_printf(b, "BT /F1 %d Tf %d %d Td ", i == 0 ? TITLE_PT : TEXT_PT, LEFT_PT, y);
        literal(b, s->line[i]);
        qn_buf_puts(b, " Tj ET\n");
        y -= i == 0 ? 48 : 24;
    }
}

static void make_pdf(const struct qn_sheet *s, struct qn_buf *out)
{
    struct qn_buf text = { 0 };
    size_t at[OBJECTS], start = out->len, xref;

    pdf_text(s, &text);
    qn_buf_puts(out, "%PDF-1.4\n");
    at[0] = out->len - start;
    qn_buf_puts(out, "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n");
    at[1] = out->len - start;
    qn_buf_puts(out, "2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n");
    at[2] = out->len - start;
    qn_buf_printf(out, "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>\nendobj\n",
                  paper_width(s), paper_height(s));
    at[3] = out->len - start;
    qn_buf_printf(out, "4 0 obj\n<</Length %zu>>\nstream\n", text.len);
    qn_buf_add(out, text.data, text.len);
    qn_buf_puts(out, "endstream\nendobj\n");
    at[4] = out->len - start;
    qn_buf_puts(out, "5 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n");
    xref = out->len - start;
    qn_buf_printf(out, "xref\n0 %d\n0000000000 65535 f \n", OBJECTS + 1);
    for (int i = 0; i < OBJECTS; i++)
        qn_buf_printf(out, "%010zu 00000 n \n", at[i]);
    qn_buf_printf(out, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n", OBJECTS + 1, xref);
    qn_buf_free(&text);
}

/* ---- PostScript, plain text ---- */

static void make_postscript(const struct qn_sheet *s, struct qn_buf *out)
{
    int y = paper_height(s) - TOP_PT;

    qn_buf_printf(out, "%%!PS-Adobe-3.0\n%%%%Pages: 1\n%%%%EndComments\n%%%%Page: 1 1\n36 36 %d %d rectstroke\n", paper_width(s) - 72,
                  paper_height(s) - 72);
    for (int i = 0; i < QN_SHEET_LINES && s->line[i][0]; i++) {
        qn_buf_printf(out, "/Helvetica findfont %d scalefont setfont %d %d moveto ", i == 0 ? TITLE_PT : TEXT_PT, LEFT_PT, y);
        literal(out, s->line[i]);
        qn_buf_puts(out, " show\n");
        y -= i == 0 ? 48 : 24;
    }
    qn_buf_puts(out, "showpage\n%%EOF\n");
}

static void make_text(const struct qn_sheet *s, struct qn_buf *out)
{
    for (int i = 0; i < QN_SHEET_LINES && s->line[i][0]; i++) {
        for (const char *p = s->line[i]; *p; p++)
            if (((unsigned char)*p & 0xc0) != 0x80)
                qn_buf_add(out, *p >= ' ' && *p <= '~' ? p : "?", 1);
        qn_buf_puts(out, i == 0 ? "\r\n\r\n" : "\r\n");
    }
    qn_buf_puts(out, "\f");
}

static const struct { const char *format; void (*make)(const struct qn_sheet *s, struct qn_buf *out); } formats[] = {
    { "application/pdf", make_pdf },
    { "application/postscript", make_postscript },
    { "text/plain", make_text },
};

const char *qn_sheet_format(unsigned i)
{
    return i < sizeof formats / sizeof *formats ? formats[i].format : NULL;
}

bool qn_sheet_make(const struct qn_sheet *s, const char *format, struct qn_buf *out)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].format, format) == 0) {
            formats[i].make(s, out);
            return true;
        }
    return false;
}
