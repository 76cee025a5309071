#include "web/web.h"

#include <string.h>

#include "lib/secret.h"

bool qn_request_role(const struct qn_request *rq, const char *role)
{
    json_t *roles = json_object_get(rq->who.f, "roles");

    for (size_t i = 0; i < json_array_size(roles); i++) {
        const char *name = json_string_value(json_array_get(roles, i));

        if (name && strcmp(name, role) == 0)
            return true;
    }
    return false;
}

void qn_request_free(struct qn_request *rq)
{
    if (rq->reply.html.buf.data)
        qn_wipe(rq->reply.html.buf.data, rq->reply.html.buf.len);
    qn_html_free(&rq->reply.html);
    qn_secret_free(&rq->reply.session_token);
    qn_secret_free(&rq->reply.terminal_token);
    qn_secret_free(&rq->session);
    qn_secret_free(&rq->terminal);
    qn_msg_free(&rq->who);
    qn_msg_free(&rq->place);
    qn_form_free(&rq->form);
}
