#include "config.h"

#include "deliver/options.h"

#include <cups/cups.h>
#include <cups/pwg.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

enum kind {
    COUNT,      /* integer 1 .. INT_MAX; supported: integers or ranges */
    ENUM,       /* number or keyword; supported: enums */
    KEYWORD,    /* supported: keywords or names */
    MEDIA,      /* keyword, or a legacy or PPD name of a size */
    RANGES,     /* "1-4,7"; supported: boolean true */
    RESOLUTION, /* "600dpi", "600x1200dpi"; supported: resolutions */
};

enum { VALUES_MAX = 16, WORD_MAX_BYTES = 128 };

static const struct option {
    const char *name;
    enum kind kind;
    bool many; /* 1setOf */
} options_table[] = {
    { "copies", COUNT, false },
    { "feed-orientation", KEYWORD, false },
    { "finishings", ENUM, true },
    { "imposition-template", KEYWORD, false },
    { "media", MEDIA, false },
    { "multiple-document-handling", KEYWORD, false },
    { "number-up", COUNT, false },
    { "orientation-requested", ENUM, false },
    { "output-bin", KEYWORD, false },
    { "page-ranges", RANGES, true },
    { "presentation-direction-number-up", KEYWORD, false },
    { "print-color-mode", KEYWORD, false },
    { "print-content-optimize", KEYWORD, false },
    { "print-quality", ENUM, false },
    { "print-rendering-intent", KEYWORD, false },
    { "print-scaling", KEYWORD, false },
    { "printer-resolution", RESOLUTION, false },
    { "sheet-collate", KEYWORD, false },
    { "sides", KEYWORD, false },
    { "x-image-position", KEYWORD, false },
    { "y-image-position", KEYWORD, false },
};

enum { OPTIONS = sizeof options_table / sizeof *options_table };

/* One value, read. */
struct value {
    int low, high; /* number; range; resolution across and down */
    char word[WORD_MAX_BYTES];
};

const char *qn_option_name(unsigned i)
{
    return i < OPTIONS ? options_table[i].name : NULL;
}

/* Decimal from *at, which moves behind it; 1 .. INT_MAX, or 0. */
static int count(const char **at)
{
    char *end;
    long v;

    if (**at < '0' || **at > '9')
        return 0;
    v = strtol(*at, &end, 10);
    *at = end;
    return v > 0 && v <= INT_MAX ? (int)v : 0;
}

static bool read_range(const char *s, struct value *v)
{
    bool open = *s == '-';

    v->low = open ? 1 : count(&s);
    v->high = v->low;
    if (*s == '-') {
        s++;
        v->high = *s || open ? count(&s) : INT_MAX;
    }
    return v->low > 0 && v->high >= v->low && !*s;
}

static bool read_resolution(const char *s, struct value *v)
{
    v->low = v->high = count(&s);
    if (*s == 'x') {
        s++;
        v->high = count(&s);
    }
    return v->low > 0 && v->high > 0 && strcmp(s, "dpi") == 0;
}

static bool read_enum(const char *name, const char *s, struct value *v)
{
    if (*s < '0' || *s > '9') {
        v->low = ippEnumValue(name, s);
        return v->low > 0;
    }
    v->low = count(&s);
    return v->low > 0 && !*s;
}

static bool read_media(const char *s, struct value *v)
{
    pwg_media_t *m = pwgMediaForPWG(s);

    if (!m)
        m = pwgMediaForLegacy(s);
    if (!m)
        m = pwgMediaForPPD(s);
    snprintf(v->word, sizeof v->word, "%s", m && m->pwg ? m->pwg : s);
    return true;
}

static bool read_value(const struct option *o, const char *s, struct value *v)
{
    memset(v, 0, sizeof *v);
    switch (o->kind) {
    case COUNT:
        v->low = v->high = count(&s);
        return v->low > 0 && !*s;
    case ENUM:
        return read_enum(o->name, s, v);
    case RANGES:
        return read_range(s, v);
    case RESOLUTION:
        return read_resolution(s, v);
    case MEDIA:
        return read_media(s, v);
    case KEYWORD:
        snprintf(v->word, sizeof v->word, "%s", s);
        return true;
    }
    return false;
}

static bool supports_count(ipp_attribute_t *a, int n)
{
    for (int i = 0; i < ippGetCount(a); i++) {
        int high, low = ippGetRange(a, i, &high);

        if (ippGetValueTag(a) == IPP_TAG_RANGE ? n >= low && n <= high : ippGetInteger(a, i) == n)
            return true;
    }
    return false;
}

static bool supports_resolution(ipp_attribute_t *a, const struct value *v)
{
    for (int i = 0; ippGetValueTag(a) == IPP_TAG_RESOLUTION && i < ippGetCount(a); i++) {
        ipp_res_t unit;
        int y, x = ippGetResolution(a, i, &y, &unit);

        if (unit == IPP_RES_PER_INCH && x == v->low && y == v->high)
            return true;
    }
    return false;
}

static bool supported(const struct option *o, const struct value *v, ipp_t *facts)
{
    char name[64];
    ipp_attribute_t *a;

    snprintf(name, sizeof name, "%s-supported", o->name);
    a = ippFindAttribute(facts, name, IPP_TAG_ZERO);
    if (!a)
        return false;
    switch (o->kind) {
    case COUNT:
    case ENUM:
        return supports_count(a, v->low);
    case RANGES:
        return ippGetValueTag(a) == IPP_TAG_BOOLEAN && ippGetBoolean(a, 0);
    case RESOLUTION:
        return supports_resolution(a, v);
    case KEYWORD:
    case MEDIA:
        return (ippGetValueTag(a) == IPP_TAG_KEYWORD || ippGetValueTag(a) == IPP_TAG_NAME) && ippContainsString(a, v->word);
    }
    return false;
}

/* The first n values as one attribute. */
static void add(ipp_t *request, const struct option *o, const struct value *v, int n)
{
    ipp_attribute_t *a = NULL;
    int numbers[VALUES_MAX];

    switch (o->kind) {
    case COUNT:
        a = ippAddInteger(request, IPP_TAG_JOB, IPP_TAG_INTEGER, o->name, v->low);
        break;
    case ENUM:
        for (int i = 0; i < n; i++)
            numbers[i] = v[i].low;
        a = ippAddIntegers(request, IPP_TAG_JOB, IPP_TAG_ENUM, o->name, n, numbers);
        break;
    case RANGES:
        a = ippAddRange(request, IPP_TAG_JOB, o->name, v->low, v->high);
        for (int i = 1; a && i < n; i++)
            if (!ippSetRange(request, &a, i, v[i].low, v[i].high))
                a = NULL;
        break;
    case RESOLUTION:
        a = ippAddResolution(request, IPP_TAG_JOB, o->name, IPP_RES_PER_INCH, v->low, v->high);
        break;
    case KEYWORD:
    case MEDIA:
        a = ippAddString(request, IPP_TAG_JOB, IPP_TAG_KEYWORD, o->name, NULL, v->word);
        break;
    }
    if (!a)
        qn_panic("no memory for an option");
}

/* Page ranges must rise (RFC 8011 section 5.2.7). */
static bool rising(const struct option *o, const struct value *v, int n)
{
    for (int i = 1; o->kind == RANGES && i < n; i++)
        if (v[i].low <= v[i - 1].high)
            return false;
    return true;
}

/* What of text the printer can do, as values. 0 if that is less than was asked (but media: of "A4,tray-1" the size is taken). */
static int option_read(const struct option *o, const char *text, ipp_t *facts, struct value v[VALUES_MAX])
{
    char copy[1024], *rest = copy, *item;
    int n = 0;

    if (strlen(text) >= sizeof copy)
        return 0;
    snprintf(copy, sizeof copy, "%s", text);
    while ((item = strsep(&rest, ","))) {
        if (n == VALUES_MAX || strlen(item) >= WORD_MAX_BYTES || !*item || !read_value(o, item, &v[n]))
            return 0;
        if (supported(o, &v[n], facts))
            n++;
        else if (o->kind != MEDIA)
            return 0;
    }
    return (n > 1 && !o->many && o->kind != MEDIA) || !rising(o, v, n) ? 0 : n;
}

static bool option_add(ipp_t *request, const struct option *o, const char *text, ipp_t *facts)
{
    struct value v[VALUES_MAX];
    int n = option_read(o, text, facts, v);

    if (n > 0)
        add(request, o, v, n);
    return n > 0;
}

static const struct option *option_find(const char *name)
{
    for (unsigned i = 0; i < OPTIONS; i++)
        if (strcmp(options_table[i].name, name) == 0)
            return &options_table[i];
    return NULL;
}

bool qn_option_supported(const char *name, const char *text, ipp_t *facts)
{
    const struct option *o = option_find(name);
    struct value v[VALUES_MAX];

    return o && option_read(o, text, facts, v) > 0;
}

bool qn_option_media(char out[QN_MEDIA_SIZE], const char *text, ipp_t *facts)
{
    const struct option *o = option_find("media");
    struct value v[VALUES_MAX];
    int n = option_read(o, text, facts, v);

    for (int i = 0; i < n; i++)
        if (pwgMediaForPWG(v[i].word)) {
            snprintf(out, QN_MEDIA_SIZE, "%s", v[i].word);
            return true;
        }
    return false;
}

void qn_options_add(ipp_t *request, json_t *options, ipp_t *facts, char *left_out, size_t size)
{
    const char *name;
    size_t used = 0;
    json_t *value;

    left_out[0] = '\0';
    json_object_foreach(options, name, value) {
        const struct option *o = option_find(name);

        if (o && option_add(request, o, json_string_value(value), facts))
            continue;
        if (used < size)
            used += (size_t)snprintf(left_out + used, size - used, "%s%s", used ? "," : "", name);
    }
}
