#include "config.h"

#include "deliver/layout.h"

#include <cups/pwg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deliver/options.h"
#include "lib/buf.h"

/* What it means that a job asks for one of these. */
enum need {
    MUST,  /* it has to be done: by the printer, else by the filter, else the job is not printed */
    WISH,  /* by the printer, else by the filter, else it is left out */
    ALONG, /* by the filter if it runs for another's sake: the printer would come after it and spoil it */
};

static const struct line {
    const char *name;
    enum need need;
    const char *values; /* those that the filter knows, each between spaces; NULL: any list of page numbers */
} table[] = {
    { "page-ranges", MUST, NULL },
    { "number-up", MUST, " 1 2 3 4 6 8 9 10 12 15 16 " },
    { "page-set", MUST, " all even odd " }, /* CUPS's own: no printer knows it */
    { "presentation-direction-number-up", WISH,
      " toright-tobottom tobottom-toright toleft-tobottom tobottom-toleft toright-totop totop-toright toleft-totop totop-toleft " },
    { "print-scaling", WISH, " auto auto-fit fill fit none " },
    { "orientation-requested", ALONG, " 3 4 5 6 7 portrait landscape reverse-landscape reverse-portrait none " },
};

enum { LINES = sizeof table / sizeof *table };

/* How the filter calls the order of pages on a sheet (its number-up-layout). */
static const struct { const char *ipp, *filter; } directions[] = {
    { "toright-tobottom", "lrtb" }, { "tobottom-toright", "tblr" }, { "toleft-tobottom", "rltb" }, { "tobottom-toleft", "tbrl" },
    { "toright-totop", "lrbt" },    { "totop-toright", "btlr" },    { "toleft-totop", "rlbt" },    { "totop-toleft", "btrl" },
};

static const struct { const char *fact, *filter; } margins[] = {
    { "media-bottom-margin-supported", "media-bottom-margin" }, { "media-left-margin-supported", "media-left-margin" },
    { "media-right-margin-supported", "media-right-margin" },   { "media-top-margin-supported", "media-top-margin" },
};

/* Everything that a pass may say. */
static const char *const words[] = {
    "page-ranges", "page-set", "number-up", "number-up-layout", "print-scaling", "orientation-requested", "PageSize", "page-logging",
    "media-bottom-margin", "media-left-margin", "media-right-margin", "media-top-margin",
};

static bool harmless(const char *s)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,-";

    return *s && strspn(s, chars) == strlen(s);
}

static const char *asked(json_t *options, const char *name)
{
    const char *s = json_string_value(json_object_get(options, name));

    return s && *s ? s : NULL;
}

static bool filter_knows(const struct line *l, const char *text)
{
    char word[64];

    if (!text || !l->values)
        return text && strlen(text) < 1024 && strspn(text, "0123456789,-") == strlen(text);
    return strlen(text) < sizeof word - 2 && snprintf(word, sizeof word, " %s ", text) > 0 && strstr(l->values, word);
}

/* True if the printer would leave this undone. */
static bool undone(const struct line *l, json_t *options, ipp_t *facts)
{
    const char *text = asked(options, l->name);

    if (!text || l->need == ALONG || qn_option_supported(l->name, text, facts))
        return false;
    if ((strcmp(l->name, "number-up") == 0 && strcmp(text, "1") == 0) || (strcmp(l->name, "page-set") == 0 && strcmp(text, "all") == 0))
        return false;
    if (strcmp(l->name, "print-scaling") == 0 && (strcmp(text, "auto") == 0 || strcmp(text, "none") == 0))
        return false; /* as the printer likes; and it can't be kept from scaling by us */
    return strcmp(l->name, "presentation-direction-number-up") != 0 || asked(options, "number-up");
}

/* Name of the paper that the printer will take. */
static void paper(char out[QN_MEDIA_SIZE], json_t *options, ipp_t *facts)
{
    ipp_attribute_t *a = ippFindAttribute(facts, "media-default", IPP_TAG_ZERO);
    const char *text = asked(options, "media"), *s = NULL;

    if (text && qn_option_media(out, text, facts) && harmless(out))
        return;
    if (a && (ippGetValueTag(a) == IPP_TAG_KEYWORD || ippGetValueTag(a) == IPP_TAG_NAME))
        s = ippGetString(a, 0, NULL);
    snprintf(out, QN_MEDIA_SIZE, "%s", s && strlen(s) < QN_MEDIA_SIZE && harmless(s) && pwgMediaForPWG(s) ? s : "iso_a4_210x297mm");
}

/* The widest that it says, in 1/100 mm: 0 is there for borderless paper alone. */
static int margin(ipp_t *facts, const char *name)
{
    ipp_attribute_t *a = ippFindAttribute(facts, name, IPP_TAG_INTEGER);
    int widest = a ? 0 : -1;

    for (int i = 0; a && i < ippGetCount(a); i++)
        widest = ippGetInteger(a, i) > widest ? ippGetInteger(a, i) : widest;
    return widest > 5000 ? -1 : widest;
}

static const char *direction(const char *ipp)
{
    for (size_t i = 0; i < sizeof directions / sizeof *directions; i++)
        if (ipp && strcmp(directions[i].ipp, ipp) == 0)
            return directions[i].filter;
    return NULL;
}

static int orientation(const char *text)
{
    int n = !text ? 0 : text[0] >= '3' && text[0] <= '9' ? text[0] - '0' : ippEnumValue("orientation-requested", text);

    return n >= 3 && n <= 6 ? n : 0;
}

/* One run of the filter. Pages alone are not scaled as long as they fit on the paper. */
static void pass_add(struct qn_layout *l, json_t *options, const char *media, ipp_t *facts, bool pages, bool rest)
{
    const char *scaling = rest ? asked(options, "print-scaling") : NULL, *up = rest ? asked(options, "number-up") : NULL;
    const char *order = rest ? direction(asked(options, "presentation-direction-number-up")) : NULL;
    const char *set = rest ? asked(options, "page-set") : NULL;
    int turn = rest ? orientation(asked(options, "orientation-requested")) : 0;
    struct qn_buf b = { .max = QN_LAYOUT_TEXT };

    qn_buf_printf(&b, "page-logging=true PageSize=%s print-scaling=%s", media, scaling ? scaling : "auto-fit");
    if (pages)
        qn_buf_printf(&b, " page-ranges=%s", asked(options, "page-ranges"));
    if (up)
        qn_buf_printf(&b, " number-up=%s", up);
    if (set)
        qn_buf_printf(&b, " page-set=%s", set);
    if (up && order)
        qn_buf_printf(&b, " number-up-layout=%s", order);
    if (turn)
        qn_buf_printf(&b, " orientation-requested=%d", turn);
    for (size_t i = 0; i < sizeof margins / sizeof *margins; i++) {
        int wide = scaling || up ? margin(facts, margins[i].fact) : 0;

        if (wide >= 0)
            qn_buf_printf(&b, " %s=%d", margins[i].filter, wide);
    }
    if (b.full || !qn_layout_allowed(b.data))
        qn_panic("a plan that is not allowed");
    memcpy(l->options[l->passes++], b.data, b.len + 1);
    qn_buf_free(&b);
}

/* Page ranges are of the document's pages (RFC 8011 section 5.2.7), but the filter counts what it has put several on a sheet: then
 * they have a pass of their own. */
static void plan_passes(struct qn_layout *l, json_t *options, ipp_t *facts)
{
    bool pages = asked(options, "page-ranges"), two = pages && asked(options, "number-up");
    char media[QN_MEDIA_SIZE];

    paper(media, options, facts);
    if (two)
        pass_add(l, options, media, facts, true, false);
    pass_add(l, options, media, facts, pages && !two, true);
    for (unsigned i = 0; i < LINES; i++)
        json_object_del(l->rest, table[i].name);
}

/* What the filter can't do is left out, or the job is not printed. Then tells whether it has work. */
static int plan_needed(json_t *rest, const char *format, ipp_t *facts, bool *run, struct qn_err *err)
{
    bool pdf = strcmp(format, "application/pdf") == 0;

    for (const struct line *l = table; l < table + LINES; l++)
        if (undone(l, rest, facts)) {
            bool can = pdf && filter_knows(l, asked(rest, l->name));

            if (!can && l->need == MUST)
                return qn_fail(err, QN_EUNSUPPORTED, "neither the printer nor the filter does %s of %s", l->name, format);
            *run |= can;
        }
    for (const struct line *l = table; *run && l < table + LINES; l++) {
        if (!asked(rest, l->name) || filter_knows(l, asked(rest, l->name)))
            continue;
        if (l->need == MUST)
            return qn_fail(err, QN_EUNSUPPORTED, "the filter does not do this %s, and it has to do another option", l->name);
        json_object_del(rest, l->name);
    }
    return 0;
}

int qn_layout_plan(struct qn_layout *l, json_t *options, const char *format, ipp_t *facts, struct qn_err *err)
{
    bool run = false;
    json_t *wanted;
    int r;

    memset(l, 0, sizeof *l);
    l->rest = json_copy(options);
    wanted = json_copy(options);
    if (!l->rest || !wanted)
        qn_panic("no memory for options");
    r = plan_needed(wanted, format, facts, &run, err);
    if (r == 0 && run)
        plan_passes(l, wanted, facts);
    json_decref(wanted);
    return r;
}

void qn_layout_free(struct qn_layout *l)
{
    json_decref(l->rest);
    l->rest = NULL;
}

static bool word_allowed(const char *word, size_t name)
{
    if (word[name] != '=' || !harmless(word + name + 1))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == name && memcmp(words[i], word, name) == 0)
            return true;
    return false;
}

bool qn_layout_allowed(const char *text)
{
    char copy[QN_LAYOUT_TEXT], *save = NULL;

    if (strlen(text) >= sizeof copy)
        return false;
    memcpy(copy, text, strlen(text) + 1);
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
        if (!word_allowed(w, strcspn(w, "=")))
            return false;
    return true;
}
