/* Every sentence that people read on a screen, in one table (web/catalogue.def). */
#ifndef QN_CATALOGUE_H
#define QN_CATALOGUE_H

enum qn_say {
#define SAY(c, key, sentence) QN_SAY_##c,
#include "web/catalogue.def"
#undef SAY
    QN_SAYINGS
};

/* The sentence; "{}" in it stands for an argument. Never NULL. */
const char *qn_say(enum qn_say what);

/* Its key, a word as it travels in messages ("printer-off"). Never NULL. */
const char *qn_say_key(enum qn_say what);

/* The entry of a key with a prefix put before it ("why-", "printer-off"); other if the table has none. */
enum qn_say qn_say_find(const char *prefix, const char *key, enum qn_say other);

#endif
