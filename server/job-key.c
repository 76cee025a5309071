#include "server/job-key.h"

#include <stdlib.h>
#include <string.h>

#include "lib/secret.h"
#include "server/job-wrap.h"

uint8_t *qn_job_key(struct qn_core *c, const struct qn_job *j, struct qn_err *err)
{
    const uint8_t *shred = qn_keystore_get(c->keys, j->shred);
    uint8_t *key;

    if (!shred) {
        qn_fail(err, QN_ENOTFOUND, "the key of this job's window is destroyed");
        return NULL;
    }
    key = qn_secret_alloc(QN_SEAL_KEY);
    if (qn_job_unwrap(key, j, shred, err) != 0) {
        qn_fail(err, QN_ECORRUPT, "row");
        qn_secret_free(&key);
    }
    return key;
}

/* A sealed column, opened, with a NUL after it; the caller wipes and frees. */
static int column_open(struct qn_core *c, const struct qn_job *j, const uint8_t *key, const char *name, char **out,
                       size_t *len, struct qn_err *err)
{
    uint8_t id[16], *sealed = NULL;
    size_t n = 0;
    int r = qn_store_job_sealed(c->store, j->id, name, &sealed, &n, err);

    *out = NULL;
    *len = 0;
    if (r != 0)
        return r;
    *out = qn_alloc(n + 1);
    qn_uuid_parse(id, j->id);
    r = qn_seal_text_open((uint8_t *)*out, n, key, id, name, sealed, n, err);
    free(sealed);
    if (r < 0) {
        free(*out);
        *out = NULL;
        return qn_fail(err, QN_ECORRUPT, "row");
    }
    *len = (size_t)r;
    (*out)[r] = '\0';
    return 0;
}

int qn_job_title(struct qn_core *c, const struct qn_job *j, const uint8_t *key, char out[1024], struct qn_err *err)
{
    char *text;
    size_t n;
    int r = column_open(c, j, key, "title", &text, &n, err);

    out[0] = '\0';
    if (r != 0 || !text)
        return r;
    if (n >= 1024)
        r = qn_fail(err, QN_ECORRUPT, "row");
    else
        memcpy(out, text, n + 1);
    qn_wipe(text, n);
    free(text);
    return r;
}

int qn_job_options(struct qn_core *c, const struct qn_job *j, const uint8_t *key, json_t **out, struct qn_err *err)
{
    char *text;
    size_t n;
    int r = column_open(c, j, key, "options", &text, &n, err);

    *out = NULL;
    if (r != 0)
        return r;
    *out = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    return json_is_object(*out) ? 0 : qn_fail(err, QN_ECORRUPT, "row");
}

int qn_job_mac(struct qn_core *c, const struct qn_job *j, const uint8_t *key, uint8_t out[32], struct qn_err *err)
{
    struct qn_seal_meta meta = { j->owner_name, j->queue, "", j->format, "" };
    char title[1024], *options = NULL;
    json_t *o = NULL;
    int r = qn_job_title(c, j, key, title, err);

    if (r == 0)
        r = qn_job_options(c, j, key, &o, err);
    if (r == 0 && (options = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS)) == NULL)
        qn_panic("no memory for options");
    meta.title = title;
    meta.options = options ? options : "";
    if (r == 0)
        r = qn_seal_meta_mac(out, key, &meta, err);
    qn_wipe(title, sizeof title);
    free(options);
    json_decref(o);
    return r;
}
