#include "config.h"

#include "ctl/ctl.h"

#include <stdlib.h>

/* The first policy, from a file. */
int ctl_init(const struct ctl *c, int argc, char **argv)
{
    json_t *document;
    json_error_t bad;
    struct qn_msg request;
    char *text;

    if (argc != 1)
        return CTL_USAGE;
    document = json_load_file(argv[0], JSON_REJECT_DUPLICATES, &bad);
    if (!document)
        return ctl_complain("%s line %d: %s", argv[0], bad.line, bad.text);
    text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(document);
    if (!text)
        return ctl_complain("%s: no JSON that can be written again", argv[0]);
    qn_msg_request(&request, "policy.init", NULL);
    qn_msg_str(&request, "document", text);
    free(text);
    return ctl_tell(c, &request, "The first policy is in force. From now on it takes two people to change it.");
}
