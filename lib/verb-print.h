/* Fields of printing and of printers: what terminals ask about them, what deliver processes are told and say, what administrators see.
 * A part of verb-table.c, which includes it after its own first lines. */
#ifndef QN_VERB_PRINT_H
#define QN_VERB_PRINT_H

/* ---- at the terminal ---- */

FIELDS(job_stop) = { UUID, END };
FIELDS(device_near) = { { "device", QN_FIELD_WORD, false, 1, 63, NULL }, END }; /* near which; absent: the terminal's own */
FIELDS(near_row) = {
    { "name", QN_FIELD_WORD, true, 1, 63, NULL },
    { "location", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "state", QN_FIELD_WORD, true, 1, 16, NULL },      /* ready, busy, stopped, away, certificate, unknown, locked */
    { "why", QN_FIELD_WORD, true, 0, 32, NULL },        /* what stopped it, a key of the catalogue */
    { "here", QN_FIELD_INT, true, 0, 1, NULL },         /* 1: this terminal may print on it */
    END,
};
FIELDS(device_near_reply) = { { "devices", QN_FIELD_ROWS, true, 0, 40, near_row }, END }; /* the asked one, then the nearest first */
FIELDS(device_offer_reply) = {
    { "name", QN_FIELD_WORD, true, 1, 63, NULL },
    { "known", QN_FIELD_INT, true, 0, 1, NULL },        /* 0: it has never been asked; the lists are empty */
    { "copies", QN_FIELD_INT, true, 1, 9999, NULL },    /* at most */
    { "sides", QN_FIELD_WORDS, true, 0, 8, NULL },      /* values of each option, its default first */
    { "colors", QN_FIELD_WORDS, true, 0, 8, NULL },
    { "media", QN_FIELD_WORDS, true, 0, 40, NULL },
    { "finishings", QN_FIELD_WORDS, true, 0, 40, NULL }, /* keywords: staple, punch-dual-left ... */
    END,
};

/* ---- deliver ---- */

#define PRINTER \
    { "device", QN_FIELD_TEXT, true, 1, 63, NULL }, \
    { "uri", QN_FIELD_TEXT, true, 6, 1023, NULL },      /* ipp, ipps; with a driver also socket, lpd, usb */ \
    { "driver", QN_FIELD_TEXT, false, 1, 255, NULL },   /* reached through quoin-cups, with this driver */ \
    { "ca", QN_FIELD_TEXT, false, 1, 1023, NULL },      /* file of trusted certificates, for ipps */ \
    { "pin", QN_FIELD_HEX, false, 64, 64, NULL }        /* SHA-256 of the printer's certificate (DER), for ipps */
FIELDS(deliver_job) = {
    UUID,
    PRINTER,
    { "format", QN_FIELD_WORD, true, 3, 63, NULL },
    { "length", QN_FIELD_INT, true, 1, INT64_MAX, NULL },
    { "commitment", QN_FIELD_HEX, true, 64, 64, NULL },
    { "tags", QN_FIELD_HEX, true, 64, 64, NULL },
    { "mac", QN_FIELD_HEX, true, 64, 64, NULL },        /* bytes 32 to 63 of the file's header, recomputed from the row */
    { "options", QN_FIELD_MAP, true, 0, 128, NULL },
    { "code", QN_FIELD_WORD, true, 4, 16, NULL },       /* job-name at the printer: never title or login */
    { "verify_max", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};
FIELDS(deliver_job_reply) = {
    { "outcome", QN_FIELD_WORD, true, 1, 16, NULL },    /* printed, held, uncertain, damaged; printing: ask again later */
    { "why", QN_FIELD_WORD, true, 0, 32, NULL },        /* a key of the catalogue */
    { "impressions", QN_FIELD_INT, true, -1, INT64_MAX, NULL }, /* -1: the printer didn't say */
    { "sheets", QN_FIELD_INT, true, -1, INT64_MAX, NULL },
    END,
};
FIELDS(deliver_progress) = {
    UUID,
    { "impressions", QN_FIELD_INT, true, -1, INT64_MAX, NULL },
    { "sheets", QN_FIELD_INT, true, -1, INT64_MAX, NULL },
    END,
};
FIELDS(deliver_stop) = { UUID, END };
FIELDS(deliver_ask) = {
    UUID,
    PRINTER,
    { "code", QN_FIELD_WORD, true, 4, 16, NULL },
    { "stage", QN_FIELD_WORD, true, 1, 16, NULL },      /* handed, created, sent */
    { "printer_job", QN_FIELD_INT, true, 0, 0x7fffffff, NULL }, /* 0: not known */
    { "printer_uuid", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "up_time", QN_FIELD_INT, true, 0, 0x7fffffff, NULL },
    { "cancel", QN_FIELD_INT, true, 0, 1, NULL },       /* 1: its owner wants it stopped */
    END,
};
FIELDS(deliver_probe) = { PRINTER, END };
FIELDS(deliver_test) = { PRINTER, { "code", QN_FIELD_WORD, true, 4, 16, NULL }, END };
FIELDS(supply_row) = {
    { "name", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "kind", QN_FIELD_WORD, true, 0, 63, NULL },       /* toner, ink, waste-toner ... */
    { "level", QN_FIELD_INT, true, -3, 100, NULL },     /* percent; -1: other, -2: unknown, -3: some is left (RFC 3805) */
    END,
};
FIELDS(probe_reply) = {
    { "state", QN_FIELD_WORD, true, 1, 16, NULL },      /* idle, processing, stopped, away, certificate, error; unknown: it can't say */
    { "text", QN_FIELD_TEXT, true, 0, 255, NULL },      /* what failed, for people who look after it */
    { "accepting", QN_FIELD_INT, true, 0, 1, NULL },
    { "reasons", QN_FIELD_TEXTS, true, 0, 32, NULL },   /* printer-state-reasons but none */
    { "model", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "firmware", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "uuid", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "certificate", QN_FIELD_HEX, true, 0, 64, NULL }, /* SHA-256; empty: no TLS */
    { "create_job", QN_FIELD_INT, true, 0, 1, NULL },   /* 1: it knows Create-Job and Send-Document */
    { "formats", QN_FIELD_TEXTS, true, 0, 40, NULL },
    { "copies", QN_FIELD_INT, true, 1, 9999, NULL },
    { "sides", QN_FIELD_TEXTS, true, 0, 8, NULL },      /* the default first, here and below */
    { "colors", QN_FIELD_TEXTS, true, 0, 8, NULL },
    { "media", QN_FIELD_TEXTS, true, 0, 40, NULL },
    { "finishings", QN_FIELD_TEXTS, true, 0, 40, NULL },
    { "does", QN_FIELD_TEXTS, false, 0, 40, NULL },     /* names of the options that it does at all, page-ranges for one */
    { "supplies", QN_FIELD_ROWS, true, 0, 32, supply_row },
    END,
};
FIELDS(deliver_created) = {
    UUID,
    { "printer_job", QN_FIELD_INT, true, 1, 0x7fffffff, NULL },
    { "printer_uuid", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "up_time", QN_FIELD_INT, true, 0, 0x7fffffff, NULL },
    END,
};
FIELDS(deliver_sent) = { UUID, END };

/* ---- devices ---- */

FIELDS(device_row) = {
    { "name", QN_FIELD_WORD, true, 1, 63, NULL },
    { "uri", QN_FIELD_TEXT, true, 6, 1023, NULL },
    { "location", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "zone", QN_FIELD_TEXT, true, 0, 63, NULL },
    { "custodian", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "ceiling", QN_FIELD_WORD, true, 1, 32, NULL },
    { "ca", QN_FIELD_TEXT, true, 0, 1023, NULL },
    { "pin", QN_FIELD_HEX, true, 0, 64, NULL },
    { "driver", QN_FIELD_TEXT, true, 0, 255, NULL },           /* empty: none, it is spoken to directly */
    { "plain_until", QN_FIELD_INT, true, 0, INT64_MAX, NULL }, /* an unencrypted link is allowed until then; 0: it is not */
    { "plain_reason", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "state", QN_FIELD_WORD, true, 1, 16, NULL },             /* active, locked, retired */
    { "status", QN_FIELD_WORD, true, 1, 16, NULL },            /* as in device.near */
    { "why", QN_FIELD_WORD, true, 0, 32, NULL },
    END,
};
FIELDS(device_probe) = {
    { "name", QN_FIELD_WORD, false, 1, 63, NULL },             /* a device that there is, or the members of one to come */
    { "uri", QN_FIELD_TEXT, false, 6, 1023, NULL },
    { "driver", QN_FIELD_TEXT, false, 1, 255, NULL },
    { "ca", QN_FIELD_TEXT, false, 1, 1023, NULL },
    { "pin", QN_FIELD_HEX, false, 64, 64, NULL },
    END,
};
FIELDS(device_show) = { { "name", QN_FIELD_WORD, true, 1, 63, NULL }, END };
FIELDS(device_show_reply) = {
    { "device", QN_FIELD_ROWS, true, 1, 1, device_row },
    { "asked", QN_FIELD_INT, true, 0, INT64_MAX, NULL },       /* when it was last asked; 0: never */
    { "answered", QN_FIELD_INT, true, 0, INT64_MAX, NULL },    /* when it last answered */
    { "facts", QN_FIELD_ROWS, true, 0, 1, probe_reply },       /* what it then said */
    END,
};
FIELDS(device_test_reply) = {
    { "outcome", QN_FIELD_WORD, true, 1, 16, NULL },
    { "why", QN_FIELD_WORD, true, 0, 32, NULL },
    END,
};
FIELDS(device_list) = { { "after", QN_FIELD_WORD, false, 1, 63, NULL }, END };
FIELDS(device_list_reply) = {
    { "devices", QN_FIELD_ROWS, true, 0, 30, device_row },
    { "more", QN_FIELD_INT, true, 0, 1, NULL },
    END,
};

#endif
