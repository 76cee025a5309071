#include "web/option-view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/job-view.h"

enum { VALUE = 256, PAGES_MOST = 1000000000, LIST_CUT = 40 };

const struct qn_option qn_options[QN_OPTIONS] = {
    { "sides", "sides", "sides", "sides-", "one-sided", true, QN_SAY_OPTION_SIDES },
    { "color", "print-color-mode", "colors", "color-", "auto", false, QN_SAY_OPTION_COLOR },
    { "media", "media", "media", "media-", "", false, QN_SAY_OPTION_MEDIA },
    { "finishing", "finishings", "finishings", "finishing-", "none", true, QN_SAY_OPTION_FINISHING },
};

/* PWG 5100.1 section 5.2: numbers of finishings. */
static const struct { int number; const char *keyword; } finishings[] = {
    { 3, "none" },
    { 4, "staple" },
    { 5, "punch" },
    { 6, "cover" },
    { 7, "bind" },
    { 8, "saddle-stitch" },
    { 9, "edge-stitch" },
    { 10, "fold" },
    { 11, "trim" },
    { 13, "booklet-maker" },
    { 20, "staple-top-left" },
    { 21, "staple-bottom-left" },
    { 22, "staple-top-right" },
    { 23, "staple-bottom-right" },
    { 28, "staple-dual-left" },
    { 29, "staple-dual-top" },
    { 30, "staple-dual-right" },
    { 31, "staple-dual-bottom" },
    { 74, "punch-dual-left" },
    { 75, "punch-dual-top" },
    { 76, "punch-dual-right" },
    { 78, "punch-triple-left" },
    { 82, "punch-quad-left" },
    { 83, "punch-quad-top" },
};

static const char *keyword_of(const char *value)
{
    for (size_t i = 0; i < sizeof finishings / sizeof *finishings; i++) {
        char number[8];

        snprintf(number, sizeof number, "%d", finishings[i].number);
        if (strcmp(number, value) == 0)
            return finishings[i].keyword;
    }
    return value;
}

/* A keyword that the catalogue has no words for. Of a medium, the name of its size (PWG 5101.1) without who named it. */
static void words_plain(struct qn_html *h, const struct qn_option *o, char *value)
{
    char *name = strcmp(o->field, "media") == 0 ? strchr(value, '_') : NULL;

    name = name && strchr(name + 1, '_') ? name + 1 : value;
    for (char *p = name; *p; p++)
        if (*p == '-' || *p == '_')
            *p = ' ';
    qn_html_add(h, "%s", name);
}

static void words_one(struct qn_html *h, const struct qn_option *o, const char *value, size_t n)
{
    char one[VALUE];
    const char *keyword = one;
    enum qn_say say;

    snprintf(one, sizeof one, "%.*s", (int)(n < VALUE ? n : VALUE - 1), value);
    if (strcmp(o->field, "finishing") == 0)
        keyword = keyword_of(one);
    say = qn_say_find(o->words, keyword, QN_SAYINGS);
    if (say != QN_SAYINGS)
        qn_html_say(h, say, NULL);
    else
        words_plain(h, o, one);
}

void qn_option_words(struct qn_html *h, const struct qn_option *o, const char *value)
{
    for (const char *p = value; *p;) {
        size_t n = strcspn(p, ",");

        if (p > value)
            qn_html_add(h, ", ");
        words_one(h, o, p, n);
        p += n + (p[n] == ',');
    }
}

const char *qn_option_asked(const json_t *row, const struct qn_option *o)
{
    return qn_job_text(json_object_get(row, "asked"), o->name);
}

/* The same to a reader. Printers, drivers and senders name one thing in several ways. */
static bool same_words(const struct qn_option *o, const char *a, const char *b)
{
    struct qn_html as, bs;
    bool same;

    qn_html_open(&as);
    qn_html_open(&bs);
    qn_option_words(&as, o, a);
    qn_option_words(&bs, o, b);
    same = as.buf.len == bs.buf.len && (as.buf.len == 0 || memcmp(as.buf.data, bs.buf.data, as.buf.len) == 0);
    qn_html_free(&as);
    qn_html_free(&bs);
    return same;
}

/* Of what a printer's list can't tell, it is not said that it lacks it: trays and sizes of one's own, a list that was cut, or
 * none at all. */
static bool one_offered(const json_t *list, const struct qn_option *o, const char *value)
{
    size_t n = json_array_size(list);

    if (same_words(o, value, o->itself) || n >= LIST_CUT || (n == 0 && !o->told))
        return true;
    if (strcmp(o->field, "media") == 0 && (!strchr(value, '_') || strncmp(value, "custom_", 7) == 0))
        return true;
    for (size_t i = 0; i < n; i++)
        if (same_words(o, value, json_string_value(json_array_get(list, i))))
            return true;
    return false;
}

bool qn_option_offered(const struct qn_msg *offer, const struct qn_option *o, const char *value)
{
    char one[VALUE];

    if (!qn_msg_get_int(offer, "known"))
        return true;
    for (const char *p = value; *p;) {
        size_t n = strcspn(p, ",");

        snprintf(one, sizeof one, "%.*s", (int)(n < VALUE ? n : VALUE - 1), p);
        if (!one_offered(json_object_get(offer->f, o->offered), o, one))
            return false;
        p += n + (p[n] == ',');
    }
    return true;
}

/* Is it one of those that may be changed? These are told by their values. */
static bool is_option(const char *name)
{
    for (size_t i = 0; i < QN_OPTIONS; i++)
        if (strcmp(qn_options[i].name, name) == 0)
            return true;
    return strcmp(name, "copies") == 0;
}

static void number_say(struct qn_html *h, enum qn_say one, enum qn_say many, int64_t n)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)n);
    qn_html_say(h, n == 1 ? one : many, text);
}

static void comma(struct qn_html *h, bool *any)
{
    if (*any)
        qn_html_add(h, "; ");
    *any = true;
}

/* Whether the printer lacks what the job asks for of an option: as the core found (names), or by what it offers. */
static bool is_lacking(const json_t *names, const struct qn_msg *offer, const struct qn_option *o, const char *asked)
{
    return *asked && (names ? qn_words_have(names, o->name) : !qn_option_offered(offer, o, asked));
}

static bool copies_lacking(const json_t *names, const struct qn_msg *offer, int64_t copies)
{
    if (names)
        return qn_words_have(names, "copies");
    return qn_msg_get_int(offer, "known") && copies > qn_msg_get_int(offer, "copies");
}

/* Those that can't be changed at a release: they have no value here, only a name. */
static void lacks_others(struct qn_html *h, const json_t *names, bool *any)
{
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        enum qn_say say = qn_say_find("option-", name, QN_SAYINGS);

        if (is_option(name))
            continue;
        comma(h, any);
        qn_html_add(h, "%s", say == QN_SAYINGS ? name : qn_say(say));
    }
}

/* Asking for colour, of a printer that has none. */
static bool is_gray(const struct qn_option *o, const char *asked)
{
    return strcmp(o->field, "color") == 0 && strcmp(asked, "color") == 0;
}

/* With semicolons between, all but the colours. False if nothing was added. */
static bool lacks_words(struct qn_html *h, const json_t *row, const json_t *names, const struct qn_msg *offer)
{
    int64_t copies = qn_job_int(row, "copies");
    bool any = false;

    for (size_t i = 0; i < QN_OPTIONS; i++) {
        const char *asked = qn_option_asked(row, &qn_options[i]);

        if (!is_lacking(names, offer, &qn_options[i], asked) || is_gray(&qn_options[i], asked))
            continue;
        comma(h, &any);
        qn_option_words(h, &qn_options[i], asked);
    }
    if (copies_lacking(names, offer, copies)) {
        comma(h, &any);
        number_say(h, QN_SAY_COPIES, QN_SAY_COPIES, copies);
    }
    lacks_others(h, names, &any);
    return any;
}

void qn_option_lacks(struct qn_html *h, const json_t *row, const struct qn_msg *offer, bool own)
{
    const json_t *names = own ? json_object_get(row, "lacks") : NULL;
    struct qn_html what;

    for (size_t i = 0; i < QN_OPTIONS; i++) {
        const char *asked = qn_option_asked(row, &qn_options[i]);

        if (is_gray(&qn_options[i], asked) && is_lacking(names, offer, &qn_options[i], asked))
            qn_html_add(h, " \xc2\xb7 %s", qn_say(QN_SAY_GRAY));
    }
    qn_html_open(&what);
    if (lacks_words(&what, row, names, offer)) {
        qn_html_add(h, " \xc2\xb7 <span class=\"lacks\">%s ", qn_say(QN_SAY_LACKS));
        (void)lacks_words(h, row, names, offer);
        qn_html_add(h, "</span>");
    }
    qn_html_free(&what);
}

static bool is_duplex(const char *sides)
{
    return strncmp(sides, "two-sided", 9) == 0;
}

/* What one copy takes: what it takes as sent by the copies that was; or the document's pages if that isn't known. */
static int64_t sides_of(const json_t *row, bool *about)
{
    int64_t takes = qn_job_int(row, "takes"), copies = qn_job_int(row, "copies"), pages = qn_job_int(row, "pages");

    if (takes > 0 && copies > 0 && takes % copies == 0)
        return takes / copies;
    *about = true;
    return pages;
}

void qn_cost_add(struct qn_cost *cost, const json_t *row, int64_t copies, const char *sides, const struct qn_msg *offer)
{
    const json_t *does = json_object_get(offer->f, "sides");
    bool about = false;
    int64_t one = sides_of(row, &about), n = copies > 0 ? copies : qn_job_int(row, "copies");

    if (one <= 0 || one > PAGES_MOST) {
        cost->part = true;
        return;
    }
    if (!*sides)
        sides = qn_option_asked(row, &qn_options[0]);
    if (*sides && !qn_option_offered(offer, &qn_options[0], sides))
        sides = "one-sided";
    if (!*sides && json_array_size(does) > 0)
        sides = json_string_value(json_array_get(does, 0));
    cost->about = cost->about || about || !*sides;
    cost->some = true;
    cost->pages += one * n;
    cost->sheets += (is_duplex(sides) ? (one + 1) / 2 : one) * n;
}

void qn_pages_show(struct qn_html *h, int64_t pages)
{
    number_say(h, QN_SAY_PAGES_ONE, QN_SAY_PAGES, pages);
}

void qn_cost_show(struct qn_html *h, const struct qn_cost *cost)
{
    if (!cost->some) {
        qn_html_say(h, QN_SAY_PAGES_UNKNOWN, NULL);
        return;
    }
    if (cost->part || cost->about)
        qn_html_add(h, "%s ", qn_say(cost->part ? QN_SAY_AT_LEAST : QN_SAY_ABOUT));
    qn_pages_show(h, cost->pages);
    qn_html_add(h, " ");
    number_say(h, QN_SAY_SHEETS_ONE, QN_SAY_SHEETS, cost->sheets);
}
