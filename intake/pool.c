#include "config.h"

#include "intake/pool.h"

#include <sys/socket.h>
#include <unistd.h>

uint64_t qn_pool_owner(const char *name)
{
    uint64_t h = 0xcbf29ce484222325; /* FNV-1a: a count of places is no secret and needs no keyed hash */

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001b3;
    return h ? h : 1;
}

/* True if no earlier place than i has its owner. */
static bool is_first(const struct qn_pool *pool, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (pool->place[j].pid && pool->place[j].owner == pool->place[i].owner)
            return false;
    return true;
}

bool qn_pool_share(const struct qn_pool *pool, uint64_t owner)
{
    size_t owners = 1, mine = 0;

    for (size_t i = 0; i < pool->max; i++) {
        const struct qn_place *p = &pool->place[i];

        if (!p->pid || !p->owner)
            continue;
        if (p->owner == owner)
            mine++;
        else if (is_first(pool, i))
            owners++;
    }
    return mine < pool->max / (owners + 1) || mine == 0;
}

struct qn_place *qn_pool_take(struct qn_pool *pool, pid_t pid, int gate)
{
    for (size_t i = 0; i < pool->max; i++)
        if (!pool->place[i].pid) {
            pool->place[i] = (struct qn_place){ pid, gate, 0 };
            pool->used++;
            return &pool->place[i];
        }
    return NULL;
}

bool qn_pool_drop(struct qn_pool *pool, pid_t pid)
{
    for (size_t i = 0; i < pool->max; i++)
        if (pool->place[i].pid == pid) {
            if (pool->place[i].gate >= 0)
                close(pool->place[i].gate);
            pool->place[i] = (struct qn_place){ 0, -1, 0 };
            pool->used--;
            return true;
        }
    return false;
}

void qn_pool_answer(struct qn_pool *pool, struct qn_place *place)
{
    uint64_t owner = 0;
    char yes = 0;

    if (recv(place->gate, &owner, sizeof owner, MSG_DONTWAIT) == sizeof owner && owner) {
        yes = (char)qn_pool_share(pool, owner);
        place->owner = owner;
        (void)send(place->gate, &yes, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    close(place->gate);
    place->gate = -1;
}
