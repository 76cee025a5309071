#include "web/catalogue.h"

#include <string.h>

static const struct { const char *key, *sentence; } sayings[] = {
#define SAY(c, key, sentence) { key, sentence },
#include "web/catalogue.def"
#undef SAY
};

const char *qn_say(enum qn_say what)
{
    return (unsigned)what < QN_SAYINGS ? sayings[what].sentence : "";
}

const char *qn_say_key(enum qn_say what)
{
    return (unsigned)what < QN_SAYINGS ? sayings[what].key : "";
}

enum qn_say qn_say_find(const char *prefix, const char *key, enum qn_say other)
{
    size_t n = strlen(prefix);

    for (int i = 0; i < QN_SAYINGS; i++)
        if (strncmp(sayings[i].key, prefix, n) == 0 && strcmp(sayings[i].key + n, key) == 0)
            return (enum qn_say)i;
    return other;
}
