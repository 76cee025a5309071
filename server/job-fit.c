#include "server/job-fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

enum { LACKS_MAX = 8, VALUE_MAX = 63, FACTS_LONG = 40 };

/* How an option is compared with what a printer says. */
enum kind {
    COUNT,     /* a number that is at most the fact */
    WORD,      /* keywords, each in the list */
    MEDIA,     /* of the keywords those that are sizes */
    FINISHING, /* keywords or numbers, each in the list of keywords */
    NAMED,     /* the option's name is in the list */
    LAYOUT,    /* likewise, or the document is a PDF: then quoin-deliver does it */
};

static const struct line {
    const char *option, *fact;
    enum kind kind;
    const char *always; /* the value that every printer has */
    bool told;          /* a printer without a list has nothing of it; else nothing is known */
} table[] = {
    { "page-ranges", "does", LAYOUT, "", true },
    { "page-set", "does", LAYOUT, "all", true },
    { "number-up", "does", LAYOUT, "1", true },
    { "copies", "copies", COUNT, "1", true },
    { "sides", "sides", WORD, "one-sided", true },
    { "finishings", "finishings", FINISHING, "none", true },
    { "media", "media", MEDIA, "", false },
    { "print-color-mode", "colors", WORD, "auto", false },
    { "print-scaling", "does", LAYOUT, "auto", true },
    { "media-source", "does", NAMED, "auto", true },
    { "media-type", "does", NAMED, "auto", true },
    { "output-bin", "does", NAMED, "auto", true },
    { "print-quality", "does", NAMED, "4", true },
    { "printer-resolution", "does", NAMED, "", true },
};

/* Numbers of finishings in rows without a gap (PWG 5100.1 section 5.2). */
static const struct { int first; const char *words; } finishings[] = {
    { 3, "none staple punch cover bind saddle-stitch edge-stitch fold trim bale booklet-maker jog-offset coat laminate" },
    { 20, "staple-top-left staple-bottom-left staple-top-right staple-bottom-right edge-stitch-left edge-stitch-top"
          " edge-stitch-right edge-stitch-bottom staple-dual-left staple-dual-top staple-dual-right staple-dual-bottom"
          " staple-triple-left staple-triple-top staple-triple-right staple-triple-bottom" },
    { 50, "bind-left bind-top bind-right bind-bottom" },
    { 60, "trim-after-pages trim-after-documents trim-after-copies trim-after-job" },
    { 70, "punch-top-left punch-bottom-left punch-top-right punch-bottom-right punch-dual-left punch-dual-top punch-dual-right"
          " punch-dual-bottom punch-triple-left punch-triple-top punch-triple-right punch-triple-bottom punch-quad-left"
          " punch-quad-top punch-quad-right punch-quad-bottom punch-multiple-left punch-multiple-top punch-multiple-right"
          " punch-multiple-bottom fold-accordion fold-double-gate fold-gate fold-half fold-half-z fold-left-gate fold-letter"
          " fold-parallel fold-poster fold-right-gate fold-z fold-engineering-z" },
};

/* The n-th word of a row, into out; false if it has fewer. */
static bool word_at(const char *words, int n, char out[VALUE_MAX + 1])
{
    while (n-- > 0 && *words) {
        words += strcspn(words, " ");
        words += *words == ' ';
    }
    snprintf(out, VALUE_MAX + 1, "%.*s", (int)strcspn(words, " "), words);
    return *out;
}

/* A finishing's number as its keyword; what is no number of one stays. */
static void finishing_name(char value[VALUE_MAX + 1])
{
    size_t digits = strspn(value, "0123456789");
    int n = digits > 0 && digits < 5 && !value[digits] ? (int)strtol(value, NULL, 10) : 0;
    char name[VALUE_MAX + 1];

    for (size_t i = 0; i < sizeof finishings / sizeof *finishings; i++)
        if (n >= finishings[i].first && word_at(finishings[i].words, n - finishings[i].first, name)) {
            memcpy(value, name, sizeof name);
            return;
        }
}

static bool value_had(const struct line *l, char value[VALUE_MAX + 1], const json_t *list)
{
    if (l->kind == MEDIA && (!strchr(value, '_') || strncmp(value, "custom_", 7) == 0)) /* a tray, a size of its own: nothing tells */
        return true;
    if (l->kind == FINISHING)
        finishing_name(value);
    return strcmp(value, l->always) == 0 || qn_words_have(list, value);
}

static bool values_had(const struct line *l, const char *text, const json_t *list)
{
    char value[VALUE_MAX + 1];

    for (size_t n; *text; text += n + (text[n] == ',')) {
        n = strcspn(text, ",");
        snprintf(value, sizeof value, "%.*s", (int)(n < VALUE_MAX ? n : VALUE_MAX), text);
        if (!value_had(l, value, list))
            return false;
    }
    return true;
}

static bool is_lacking(const struct line *l, const char *text, const char *format, const json_t *facts)
{
    const json_t *fact = json_object_get(facts, l->fact);

    if (!fact || strcmp(text, l->always) == 0)
        return false;
    if (l->kind == COUNT)
        return json_is_integer(fact) && strtoll(text, NULL, 10) > json_integer_value(fact);
    if (l->kind == LAYOUT && strcmp(format, "application/pdf") == 0)
        return false;
    if (l->kind == LAYOUT || l->kind == NAMED)
        return !qn_words_have(fact, l->option);
    if (json_array_size(fact) >= FACTS_LONG || (json_array_size(fact) == 0 && !l->told)) /* the list was cut, or it has none */
        return false;
    return !values_had(l, text, fact);
}

json_t *qn_fit_lacks(const json_t *options, const char *format, const json_t *facts)
{
    json_t *lacks = json_array();

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *text = json_string_value(json_object_get(options, table[i].option));

        if (text && json_array_size(lacks) < LACKS_MAX && is_lacking(&table[i], text, format, facts))
            json_array_append_new(lacks, json_string(table[i].option));
    }
    return lacks;
}

json_t *qn_fit_facts(struct qn_core *c, int64_t device)
{
    struct qn_device_state st;
    char *text = NULL;
    json_t *facts = NULL;
    struct qn_err err;
    int r = qn_store_device_state(c->store, device, &st, &text, &err);

    if (r == 0 && text && *text && !(facts = json_loads(text, 0, NULL)))
        qn_log(QN_LOG_ERR, "what device %lld said can't be read", (long long)device);
    else if (r != 0 && r != QN_ENOTFOUND)
        qn_log_err(QN_LOG_ERR, "what a device said", &err);
    free(text);
    if (json_array_size(json_object_get(facts, "formats")) == 0) { /* it has only been looked for, or a driver knows it */
        json_decref(facts);
        return NULL;
    }
    return facts;
}
