#include "web/asset.h"

#include "web/assets.h"
#include "web/web.h"

static const struct qn_asset style = { "text/css; charset=utf-8", qn_asset_style_bytes, sizeof qn_asset_style_bytes };
static const struct qn_asset mark = { "image/svg+xml", qn_asset_mark_bytes, sizeof qn_asset_mark_bytes };

static void asset_reply(struct qn_request *rq, const struct qn_asset *a)
{
    rq->reply.status = 200;
    rq->reply.asset = a;
}

void qn_asset_style(struct qn_request *rq)
{
    asset_reply(rq, &style);
}

void qn_asset_mark(struct qn_request *rq)
{
    asset_reply(rq, &mark);
}

void qn_asset_forget(struct qn_request *rq)
{
    asset_reply(rq, &mark);
    rq->reply.clear_cache = true;
}
