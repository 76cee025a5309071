#include "config.h"

#include "intake/pdf-walk.h"

#include <string.h>

enum { BLANK, TOKEN, STRING, ESCAPE, HEX, LESS, GREATER, COMMENT };
enum { REGULAR, WHITE, DELIMITER };

/* ISO 32000-1 tables 1 and 2. */
static const uint8_t kinds[256] = {
    [0] = WHITE, ['\t'] = WHITE, ['\n'] = WHITE, ['\f'] = WHITE, ['\r'] = WHITE, [' '] = WHITE, ['('] = DELIMITER, [')'] = DELIMITER,
    ['<'] = DELIMITER, ['>'] = DELIMITER, ['['] = DELIMITER, [']'] = DELIMITER, ['{'] = DELIMITER, ['}'] = DELIMITER,
    ['/'] = DELIMITER, ['%'] = DELIMITER,
};

/* The bytes that matter in some places; all others are skipped. */
enum { NESTED = 1, OUTSIDE = 2, IN_STRING = 4, IN_COMMENT = 8, IN_HEX = 16 };
static const uint8_t stops[256] = {
    ['('] = NESTED | IN_STRING, [')'] = IN_STRING, ['\\'] = IN_STRING, ['<'] = NESTED, ['>'] = NESTED | IN_HEX, ['['] = NESTED,
    [']'] = NESTED, ['%'] = NESTED | OUTSIDE, ['\n'] = IN_COMMENT, ['\r'] = IN_COMMENT, ['o'] = OUTSIDE, ['t'] = OUTSIDE,
    ['0'] = OUTSIDE, ['1'] = OUTSIDE, ['2'] = OUTSIDE, ['3'] = OUTSIDE, ['4'] = OUTSIDE, ['5'] = OUTSIDE, ['6'] = OUTSIDE, ['7'] = OUTSIDE,
    ['8'] = OUTSIDE, ['9'] = OUTSIDE,
};

struct word { const char *text; size_t len; int is; };
#define WORD(text, is) { (text), sizeof(text) - 1, (is) }

static const struct word keys[] = {
    WORD("/Type", QN_PDF_TYPE), WORD("/Filter", QN_PDF_FILTER), WORD("/Count", QN_PDF_COUNT), WORD("/First", QN_PDF_FIRST),
    WORD("/Length", QN_PDF_LENGTH), WORD("/N", QN_PDF_N), WORD("/Pages", QN_PDF_PAGES), WORD("/Parent", QN_PDF_PARENT),
    WORD("/Root", QN_PDF_ROOT), { NULL, 0, QN_PDF_OTHER },
};

static const struct word types[] = {
    WORD("/Catalog", QN_PDF_CATALOG), WORD("/Pages", QN_PDF_TREE), WORD("/ObjStm", QN_PDF_PACKED), WORD("/XRef", QN_PDF_XREF),
    { NULL, 0, QN_PDF_NO_TYPE },
};

enum { WORD_R, WORD_OBJ, WORD_ENDOBJ, WORD_STREAM, WORD_TRAILER, WORD_OTHER };

static const struct word words[] = {
    WORD("R", WORD_R), WORD("obj", WORD_OBJ), WORD("endobj", WORD_ENDOBJ), WORD("stream", WORD_STREAM), WORD("trailer", WORD_TRAILER),
    { NULL, 0, WORD_OTHER },
};

/* What the present token is among these. */
static int meaning(const struct word *all, const struct qn_pdf_walk *w)
{
    while (all->text && (all->len != w->token_len || memcmp(all->text, w->token, all->len) != 0))
        all++;
    return all->is;
}

/* Between objects, or at the beginning of one. */
static void object_start(struct qn_pdf_walk *w, int64_t number, bool inside)
{
    memset(&w->object, 0, sizeof w->object);
    w->object.number = number;
    w->inside = inside;
    w->closed = w->is_dict = w->want_value = false;
    w->depth = w->numbers = 0;
    w->key = QN_PDF_OTHER;
}

void qn_pdf_walk_start(struct qn_pdf_walk *w, int64_t number)
{
    object_start(w, number, number >= 0);
    w->lex = BLANK;
    w->token_len = w->parens = 0;
}

/* ---- values ---- */

static bool in_members(const struct qn_pdf_walk *w)
{
    return w->depth == 1 && w->is_dict;
}

static void filter_add(struct qn_pdf_walk *w)
{
    static const struct word flate[] = { WORD("/FlateDecode", true), WORD("/Fl", true), { NULL, 0, false } };

    w->object.filters++;
    w->object.flate = meaning(flate, w);
}

static void on_name(struct qn_pdf_walk *w)
{
    w->numbers = 0;
    if (w->depth == 2 && w->is_dict && w->key == QN_PDF_FILTER) {
        filter_add(w);
    } else if (in_members(w) && w->want_value) {
        w->want_value = false;
        if (w->key == QN_PDF_FILTER)
            filter_add(w);
        else if (w->key == QN_PDF_TYPE)
            w->object.type = (enum qn_pdf_type)meaning(types, w);
    } else if (in_members(w)) {
        w->want_value = true;
        w->key = (enum qn_pdf_key)meaning(keys, w);
    }
}

static void on_number(struct qn_pdf_walk *w, int64_t n)
{
    if (w->numbers == 2)
        w->number[0] = w->number[1];
    w->number[w->numbers == 0 ? 0 : 1] = n;
    w->numbers = w->numbers == 0 ? 1 : 2;
    if (in_members(w) && w->want_value) {
        w->object.value[w->key] = (struct qn_pdf_value){ true, false, n };
        w->want_value = false;
    }
}

/* Anything else that a member may have. */
static void on_value(struct qn_pdf_walk *w)
{
    w->numbers = 0;
    if (in_members(w))
        w->want_value = false;
}

static enum qn_pdf_event on_word(struct qn_pdf_walk *w)
{
    bool two = w->numbers == 2;

    switch (meaning(words, w)) {
    case WORD_R:
        if (two && in_members(w))
            w->object.value[w->key] = (struct qn_pdf_value){ true, true, w->number[0] };
        break;
    case WORD_OBJ:
        if (two)
            object_start(w, w->number[0], true);
        break;
    case WORD_TRAILER:
        object_start(w, -1, true);
        break;
    case WORD_ENDOBJ:
        w->inside = w->closed = w->is_dict = false;
        w->depth = 0;
        break;
    case WORD_STREAM:
        if (w->closed && w->depth == 0 && w->object.number >= 0)
            return QN_PDF_STREAM;
        break;
    default:
        break;
    }
    on_value(w);
    return QN_PDF_MORE;
}

static bool token_number(const struct qn_pdf_walk *w, int64_t *out)
{
    unsigned i = w->token[0] == '+';

    if (i == w->token_len)
        return false;
    for (*out = 0; i < w->token_len && w->token[i] >= '0' && w->token[i] <= '9'; i++)
        *out = *out * 10 + (w->token[i] - '0'); /* a token has few digits */
    return i == w->token_len;
}

/* A token that was cut is longer than all that matter, so it is none of them. */
static enum qn_pdf_event on_token(struct qn_pdf_walk *w)
{
    int64_t n;

    w->lex = BLANK;
    if (w->token[0] == '/')
        on_name(w);
    else if (token_number(w, &n))
        on_number(w, n);
    else
        return on_word(w);
    return QN_PDF_MORE;
}

/* Regular characters of the token; the one behind it is not taken. */
static size_t token_take(struct qn_pdf_walk *w, const uint8_t *p, size_t n, enum qn_pdf_event *event)
{
    size_t i = 0;

    for (; i < n && kinds[p[i]] == REGULAR; i++)
        if (w->token_len < QN_PDF_TOKEN)
            w->token[w->token_len++] = (char)p[i];
    if (i < n)
        *event = on_token(w);
    return i;
}

static void on_open(struct qn_pdf_walk *w, bool dict)
{
    w->numbers = 0;
    if (w->depth++ > 0 || !w->inside)
        return;
    w->is_dict = dict && !w->closed;
    w->want_value = false;
}

static enum qn_pdf_event on_close(struct qn_pdf_walk *w)
{
    if (w->depth > 0)
        w->depth--;
    on_value(w);
    if (w->depth > 0 || !w->is_dict)
        return QN_PDF_MORE;
    w->is_dict = false;
    w->closed = true;
    return QN_PDF_OBJECT;
}

/* ---- bytes ---- */

static void token_start(struct qn_pdf_walk *w, uint8_t c)
{
    w->lex = TOKEN;
    w->token[0] = (char)c;
    w->token_len = 1;
}

static enum qn_pdf_event on_blank(struct qn_pdf_walk *w, uint8_t c)
{
    if (kinds[c] == WHITE)
        return QN_PDF_MORE;
    switch (c) {
    case '(':
        w->lex = STRING;
        w->parens = 1;
        break;
    case '<':
        w->lex = LESS;
        break;
    case '>':
        w->lex = GREATER;
        break;
    case '%':
        w->lex = COMMENT;
        break;
    case '[':
        on_open(w, false);
        break;
    case ']':
        return on_close(w);
    case ')':
    case '{':
    case '}':
        break;
    default:
        token_start(w, c);
    }
    return QN_PDF_MORE;
}

static void in_string(struct qn_pdf_walk *w, uint8_t c)
{
    if (c == '\\')
        w->lex = ESCAPE;
    else if (c == '(')
        w->parens++;
    else if (c == ')' && --w->parens == 0) {
        w->lex = BLANK;
        on_value(w);
    }
}

/* One byte in any other place than a token or between them. */
static enum qn_pdf_event on_byte(struct qn_pdf_walk *w, uint8_t c)
{
    switch (w->lex) {
    case STRING:
        in_string(w, c);
        return QN_PDF_MORE;
    case ESCAPE:
        w->lex = STRING;
        return QN_PDF_MORE;
    case COMMENT:
        w->lex = c == '\n' || c == '\r' ? BLANK : COMMENT;
        return QN_PDF_MORE;
    case HEX:
        if (c == '>') {
            w->lex = BLANK;
            on_value(w);
        }
        return QN_PDF_MORE;
    case LESS:
        w->lex = c == '<' || c == '>' ? BLANK : HEX;
        if (c == '<')
            on_open(w, true);
        else if (c == '>')
            on_value(w);
        return QN_PDF_MORE;
    default: /* GREATER */
        w->lex = BLANK;
        return c == '>' ? on_close(w) : on_blank(w, c);
    }
}

/* Which bytes matter now; 0: all. Outside of objects it is what "1 0 obj" and "trailer" begin with; of what is nested in a member's
 * value, where it ends. */
static uint8_t stops_now(const struct qn_pdf_walk *w)
{
    switch (w->lex) {
    case BLANK: return !w->inside ? OUTSIDE : w->depth >= 2 && w->key != QN_PDF_FILTER ? NESTED : 0;
    case STRING: return IN_STRING;
    case COMMENT: return IN_COMMENT;
    case HEX: return IN_HEX;
    default: return 0;
    }
}

size_t qn_pdf_walk(struct qn_pdf_walk *w, const uint8_t *p, size_t n, enum qn_pdf_event *event)
{
    size_t i = 0;

    for (*event = QN_PDF_MORE; i < n && *event == QN_PDF_MORE;) {
        uint8_t stop = stops_now(w);

        while (stop && i < n && !(stops[p[i]] & stop))
            i++;
        if (i == n)
            break;
        if (w->lex == TOKEN)
            i += token_take(w, p + i, n - i, event);
        else if (w->lex == BLANK)
            *event = on_blank(w, p[i++]);
        else
            *event = on_byte(w, p[i++]);
    }
    return i;
}
