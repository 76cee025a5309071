/* How a printer is, where devices are listed. */
#ifndef QN_CONSOLE_PRINTER_H
#define QN_CONSOLE_PRINTER_H

#include <jansson.h>

#include "web/html.h"

/* How the printer of a row of device.list is, and why; until when its link may be in clear, "" if it has no exception. */
void qn_console_status(struct qn_html *h, const json_t *row);
void qn_console_exception(struct qn_html *h, const json_t *row);

#endif
