#include "config.h"

#include "ctl/ctl.h"

int ctl_queue_set(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg request;

    if (argc != 2)
        return CTL_USAGE;
    qn_msg_request(&request, "queue.set", NULL);
    qn_msg_str(&request, "queue", argv[0]);
    qn_msg_str(&request, "classification", argv[1]);
    return ctl_tell(c, &request, "queue set");
}
