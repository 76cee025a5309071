#include "lib/secret.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/err.h"

/* A page is an arena of 48 slots of 80 bytes, or one big secret. Slots keep their size in front. */
enum { PAGE = 4096, BIG_MAX = 3072, SLOT = 80, SLOT_DATA = 64, SLOTS = 48 };

struct secret_page {
    struct secret_page *next;
    uint64_t used;    /* a bit a slot; all ones for a big secret */
    size_t big;       /* bytes of the big secret, 0 for an arena */
    uint8_t data[];   /* starts 24 bytes into the page */
};

_Static_assert(sizeof(struct secret_page) + (size_t)SLOTS * SLOT <= PAGE, "slots fit a page");
_Static_assert(sizeof(struct secret_page) + BIG_MAX <= PAGE, "a big secret fits a page");

static struct secret_page *pages;
static pthread_mutex_t pages_lock = PTHREAD_MUTEX_INITIALIZER; /* quoin-web has threads */

static struct secret_page *page_new(size_t big)
{
    struct secret_page *pg = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pg == MAP_FAILED)
        qn_panic("no memory for secrets");
    if (mlock(pg, PAGE) != 0)
        qn_panic("can't lock memory for secrets: raise the limit (LimitMEMLOCK=)");
    (void)madvise(pg, PAGE, MADV_DONTDUMP);
    pg->big = big;
    pg->next = pages;
    pages = pg;
    return pg;
}

static void *secret_take(size_t n)
{
    struct secret_page *pg;

    if (n > SLOT_DATA) {
        pg = page_new(n);
        pg->used = ~(uint64_t)0;
        return pg->data;
    }
    for (pg = pages; pg; pg = pg->next)
        if (!pg->big && pg->used != ((uint64_t)1 << SLOTS) - 1)
            break;
    if (!pg)
        pg = page_new(0);
    for (size_t i = 0; i < SLOTS; i++)
        if (!(pg->used >> i & 1)) {
            pg->used |= (uint64_t)1 << i;
            return pg->data + i * SLOT;
        }
    qn_panic("secret arena is inconsistent");
}

void *qn_secret_alloc(size_t n)
{
    void *p;

    if (n == 0 || n > BIG_MAX)
        qn_panic("secret of %zu bytes", n);
    pthread_mutex_lock(&pages_lock);
    p = secret_take(n);
    pthread_mutex_unlock(&pages_lock);
    return p;
}

static void page_drop(struct secret_page *pg)
{
    for (struct secret_page **at = &pages; *at; at = &(*at)->next)
        if (*at == pg) {
            *at = pg->next;
            explicit_bzero(pg, PAGE);
            munmap(pg, PAGE);
            return;
        }
    qn_panic("freeing a secret that is not ours");
}

void qn_secret_free(void *p_address)
{
    void **address = p_address;
    uint8_t *p = *address;
    struct secret_page *pg = (struct secret_page *)((uintptr_t)p & ~(uintptr_t)(PAGE - 1));

    if (!p)
        return;
    *address = NULL;
    pthread_mutex_lock(&pages_lock);
    if (pg->big) {
        page_drop(pg);
    } else {
        explicit_bzero(p, SLOT);
        pg->used &= ~((uint64_t)1 << ((size_t)(p - pg->data) / SLOT));
    }
    pthread_mutex_unlock(&pages_lock);
}

void qn_wipe(void *p, size_t n)
{
    explicit_bzero(p, n);
}

bool qn_secret_equal(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = a, *y = b;
    unsigned diff = 0;

    for (size_t i = 0; i < n; i++)
        diff |= (unsigned)(x[i] ^ y[i]);
    return diff == 0;
}
