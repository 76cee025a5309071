#include "config.h"

#include "tests/unit/test.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/seal-private.h"
#include "lib/seal.h"

/* Made with Python's cryptography, by a program that shares nothing with ours. */
static const char vector_mac[] = "33577b4d81acff54da339f7fcc71d17d9d00efb1f4cab10d630c04c39cd18e8f";
static const char vector_text[] = "%PDF-1.7 a wedge that locks type\n%%EOF\n";
static const char vector_file[] =
    "51554f494e4a4f4200010000000000000193b0a1c2d37e4f8a5b6c7d8e9fa0b1"
    "33577b4d81acff54da339f7fcc71d17d9d00efb1f4cab10d630c04c39cd18e8f"
    "404142434445464748494a4b4c4d4e4f5051525354555657"
    "47d8ed190ef9299b2a958c1d3f682dd86ddafd5b233c38c42aaff4df0d141a9d"
    "54672d4e7774fc7043574e8a3e06bc5984b267aa71a2dc9e68ab3c0005eab88b22ec6833904494f9508b7a56cd78af3aafeaf1f8891447";
static const char vector_commitment[] = "47d8ed190ef9299b2a958c1d3f682dd86ddafd5b233c38c42aaff4df0d141a9d";
static const char vector_tags[] = "9f31a0d8d34a18a6080d9fd0664d6119270810229dd0548a4368a7dbc40bbf88";
static const char big_tags[] = "0d7b054037bc7bdcbc11515471b9043562b022619c91600b6d64ed6e81c3b931";
static const char big_file[] = "765403040ab93b58be0a28127920e5cf8fd5fa1999d90290e0a3d8593b5a3020"; /* its SHA-256 */
static const char wrapped_hex[] = "000102030405060708090a0bea5099c1384a2ce2975f2694dccecb3bc3649db1"
                                  "89052ab367172aed5ad4e1c4af23aa9117f2159192fe58d4dd04c1f9";
static const char title_hex[] = "000102030405060708090a0b0504f52081f1353722af89edb82f82decaf44687f8496ee247e551";

static const struct qn_seal_meta meta = { "alice", "secure", "Payroll \xe2\x82\xac", "application/pdf", "{\"copies\":\"2\"}" };

static struct qn_err err;
static uint8_t key[32], job[16], header[64];

static int setup(void **state)
{
    uint8_t mac[32];

    (void)state;
    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    qn_unhex(job, sizeof job, "0193b0a1c2d37e4f8a5b6c7d8e9fa0b1");
    if (qn_seal_meta_mac(mac, key, &meta, &err) != 0)
        return -1;
    qn_seal_header(header, job, mac);
    return 0;
}

static uint8_t byte_at(uint64_t i)
{
    return (uint8_t)(i * 7 >> 3);
}

static int file_new(void)
{
    int fd = memfd_create("sealed", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static void file_put(int fd, off_t at, const void *p, size_t n)
{
    assert_int_equal(pwrite(fd, p, n, at), (ssize_t)n);
}

static off_t file_size(int fd)
{
    return lseek(fd, 0, SEEK_END);
}

/* Seals length bytes, step at a time (0: whatever room there is). Returns the file. */
static int seal_made(uint64_t length, size_t step, struct qn_seal_sum *sum)
{
    int fd = file_new();
    struct qn_seal *s;
    uint64_t done = 0;

    assert_works(qn_seal_start(&s, fd, header, key, &err));
    while (done < length) {
        size_t n;
        uint8_t *room = qn_seal_room(s, &n);

        assert_true(n > 0);
        if (step && n > step)
            n = step;
        if (n > length - done)
            n = (size_t)(length - done);
        for (size_t i = 0; i < n; i++)
            room[i] = byte_at(done + i);
        assert_works(qn_seal_advance(s, n, &err));
        done += n;
    }
    assert_works(qn_seal_finish(s, sum, &err));
    qn_seal_free(&s);
    assert_null(s);
    return fd;
}

/* Reads to the end, comparing. Returns the bytes given; *code is how it ended. */
static uint64_t read_through(struct qn_open *o, int *code)
{
    const uint8_t *data;
    uint64_t given = 0;
    size_t n;

    while ((*code = qn_open_next(o, &data, &n, &err)) == 0 && n > 0) {
        for (size_t i = 0; i < n; i++)
            if (data[i] != byte_at(given + i))
                fail_msg("byte %llu differs", (unsigned long long)(given + i));
        given += n;
    }
    assert_int_equal(n, 0);
    return given;
}

static void assert_refused(int fd, const struct qn_seal_sum *sum, const char *why)
{
    struct qn_open *o;

    assert_fails(qn_open_start(&o, fd, header, key, sum, &err), QN_ECORRUPT, why);
    assert_null(o);
}

/* Starts well, and then neither verifying nor reading gives anything from the chunk's batch on. */
static void assert_chunk_refused(int fd, const struct qn_seal_sum *sum, const char *why, uint64_t given)
{
    struct qn_open *o;
    int code;

    assert_works(qn_open_start(&o, fd, header, key, sum, &err));
    assert_fails(qn_open_verify(o, &err), QN_ECORRUPT, why);
    assert_int_equal(read_through(o, &code), 0);
    assert_int_equal(code, QN_ECORRUPT);
    qn_open_free(&o);
    assert_works(qn_open_start(&o, fd, header, key, sum, &err));
    assert_int_equal(read_through(o, &code), given);
    assert_int_equal(code, QN_ECORRUPT);
    assert_non_null(strstr(err.text, why));
    assert_fails(qn_open_verify(o, &err), QN_ECORRUPT, "before");
    qn_open_free(&o);
}

static void test_metadata_mac_and_header_are_the_vector(void **state)
{
    uint8_t mac[32], other[32];
    struct qn_seal_meta moved = meta;
    char hex[129];

    (void)state;
    assert_works(qn_seal_meta_mac(mac, key, &meta, &err));
    assert_string_equal(qn_hex(hex, mac, 32), vector_mac);
    assert_memory_equal(qn_hex(hex, header, 64), vector_file, 128);
    moved.owner = "alices"; /* the same bytes in a row, cut elsewhere */
    moved.queue = "ecure";
    assert_works(qn_seal_meta_mac(other, key, &moved, &err));
    assert_memory_not_equal(mac, other, 32);
}

static void test_vector_file_opens(void **state)
{
    uint8_t bytes[sizeof vector_file / 2];
    struct qn_seal_sum sum = { .length = sizeof vector_text - 1 };
    struct qn_open *o;
    const uint8_t *data;
    size_t n;
    int fd = file_new();

    (void)state;
    assert_true(qn_unhex(bytes, sizeof bytes, vector_file));
    assert_true(qn_unhex(sum.commitment, 32, vector_commitment));
    assert_true(qn_unhex(sum.tags, 32, vector_tags));
    file_put(fd, 0, bytes, sizeof bytes);
    assert_works(qn_open_start(&o, fd, header, key, &sum, &err));
    assert_works(qn_open_verify(o, &err));
    assert_works(qn_open_next(o, &data, &n, &err));
    assert_int_equal(n, sizeof vector_text - 1);
    assert_memory_equal(data, vector_text, n);
    assert_works(qn_open_next(o, &data, &n, &err));
    assert_int_equal(n, 0);
    assert_null(data);
    qn_open_free(&o);
    close(fd);
}

/* Three chunks under the vector's salt: every byte of the file is that of the other program. */
static void test_three_chunks_are_the_vector(void **state)
{
    static uint8_t file[QN_SEAL_START + 40000 + 3 * QN_SEAL_TAG];
    struct seal_stream s;
    uint8_t *out = file + QN_SEAL_START, digest[32];
    char hex[65];

    (void)state;
    memcpy(file, header, 64);
    for (unsigned i = 0; i < QN_SEAL_SALT; i++)
        file[64 + i] = (uint8_t)(0x40 + i);
    assert_works(seal_stream_start(&s, key, file + 64, header, true, &err));
    memcpy(file + 88, s.commitment, 32);
    for (size_t at = 0; at < 40000; at += QN_SEAL_CHUNK) {
        size_t n = 40000 - at < QN_SEAL_CHUNK ? 40000 - at : QN_SEAL_CHUNK;

        for (size_t i = 0; i < n; i++)
            out[i] = byte_at(at + i);
        assert_works(seal_chunk(&s, out, n, out + n, &err));
        out += n + QN_SEAL_TAG;
    }
    assert_int_equal(out - file, sizeof file);
    assert_int_equal(EVP_Digest(file, sizeof file, digest, NULL, EVP_sha256(), NULL), 1);
    assert_string_equal(qn_hex(hex, digest, 32), big_file);
    assert_works(seal_stream_tags(&s, digest, &err));
    assert_string_equal(qn_hex(hex, digest, 32), big_tags);
    seal_stream_end(&s);
}

static void test_every_size_comes_back(void **state)
{
    static const struct { uint64_t length; size_t step; } sizes[] = {
        { 0, 0 }, { 1, 0 }, { 16383, 0 }, { 16384, 0 }, { 16385, 0 }, { 32768, 1000 }, { 262143, 0 }, { 262144, 0 },
        { 262145, 0 }, { 262144 + 16384, 4096 }, { 524288, 65536 }, { 1048576, 0 }, { 1048577, 65537 }, { 3000000, 0 },
        { (9 << 20) + 5, 0 },
    };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(sizes); i++) {
        struct qn_seal_sum sum;
        struct qn_open *o;
        int fd = seal_made(sizes[i].length, sizes[i].step, &sum), code;

        assert_int_equal(sum.length, sizes[i].length);
        assert_int_equal(file_size(fd), qn_seal_file_length(sum.length));
        assert_works(qn_open_start(&o, fd, header, key, &sum, &err));
        assert_int_equal(read_through(o, &code), sum.length); /* without verifying first */
        assert_int_equal(code, 0);
        assert_works(qn_open_verify(o, &err));
        assert_int_equal(read_through(o, &code), sum.length);
        assert_int_equal(code, 0);
        qn_open_free(&o);
        assert_null(o);
        close(fd);
    }
}

static void test_lengths_of_files(void **state)
{
    (void)state;
    assert_int_equal(qn_seal_file_length(0), 120 + 16);
    assert_int_equal(qn_seal_file_length(16383), 120 + 16383 + 16);
    assert_int_equal(qn_seal_file_length(16384), 120 + 16384 + 32);
    assert_int_equal(qn_seal_chunks(0), 1);
    assert_int_equal(qn_seal_chunks(16384), 2);
    assert_int_equal(qn_seal_chunks((uint64_t)10 << 30), 655361);
}

static void test_every_flip_in_the_front_is_refused(void **state)
{
    struct qn_seal_sum sum;
    int fd = seal_made(20000, 0, &sum);

    (void)state;
    for (off_t at = 0; at < QN_SEAL_START; at++)
        for (int bit = 0; bit < 8; bit++) {
            uint8_t old, bad;

            assert_int_equal(pread(fd, &old, 1, at), 1);
            bad = (uint8_t)(old ^ 1 << bit);
            file_put(fd, at, &bad, 1);
            assert_refused(fd, &sum, at < QN_SEAL_HEADER ? "header" : "commitment");
            file_put(fd, at, &old, 1);
        }
    close(fd);
}

static void test_every_flip_in_the_first_chunk_is_refused(void **state)
{
    struct qn_seal_sum sum;
    int fd = seal_made(16384 + 100, 0, &sum);

    (void)state;
    for (off_t at = QN_SEAL_START; at < QN_SEAL_START + SEAL_SEALED; at++) {
        uint8_t old, bad;

        assert_int_equal(pread(fd, &old, 1, at), 1);
        bad = (uint8_t)(old ^ 1 << (at % 8));
        file_put(fd, at, &bad, 1);
        assert_chunk_refused(fd, &sum, "chunk 0:", 0);
        file_put(fd, at, &old, 1);
    }
    close(fd);
}

static void test_every_flip_in_the_last_chunk_is_refused(void **state)
{
    struct qn_seal_sum sum;
    int fd = seal_made(16384 + 16383, 0, &sum);

    (void)state;
    for (off_t at = QN_SEAL_START + SEAL_SEALED; at < file_size(fd); at++) {
        uint8_t old, bad;

        assert_int_equal(pread(fd, &old, 1, at), 1);
        bad = (uint8_t)(old ^ 1 << (at % 8));
        file_put(fd, at, &bad, 1);
        assert_refused(fd, &sum, "last chunk");
        file_put(fd, at, &old, 1);
    }
    close(fd);
}

static void test_a_flip_in_each_chunk_names_it(void **state)
{
    struct qn_seal_sum sum;
    int fd = seal_made(20 * 16384 + 7, 0, &sum);

    (void)state;
    for (unsigned chunk = 0; chunk < 20; chunk++) {
        off_t at = QN_SEAL_START + (off_t)chunk * SEAL_SEALED + 99 * chunk;
        char why[32];
        uint8_t old, bad;

        snprintf(why, sizeof why, "chunk %u:", chunk);
        assert_int_equal(pread(fd, &old, 1, at), 1);
        bad = (uint8_t)(old ^ 0x80);
        file_put(fd, at, &bad, 1);
        assert_chunk_refused(fd, &sum, why, chunk < 16 ? 0 : 16 * 16384);
        file_put(fd, at, &old, 1);
    }
    close(fd);
}

/* The length of a document whose file has that size, or -1. */
static int64_t length_of_file(uint64_t size)
{
    for (uint64_t chunks = 1; chunks < 32; chunks++) {
        uint64_t length = size - QN_SEAL_START - chunks * QN_SEAL_TAG;

        if (size >= QN_SEAL_START + chunks * QN_SEAL_TAG && qn_seal_chunks(length) == chunks)
            return (int64_t)length;
    }
    return -1;
}

static void test_truncation_is_refused(void **state)
{
    struct qn_seal_sum sum, edited;
    unsigned tried = 0;

    (void)state;
    for (uint64_t chunk = 0; chunk <= 17; chunk++)
        for (int d = -1; d <= 1; d++) {
            int fd = seal_made(17 * 16384 + 50, 0, &sum);
            off_t cut = QN_SEAL_START + (off_t)(chunk * SEAL_SEALED) + d;
            int64_t length = length_of_file((uint64_t)cut);

            assert_int_equal(ftruncate(fd, cut), 0);
            assert_refused(fd, &sum, "size");
            edited = sum;
            if (length >= 0) { /* the row was edited to fit as well */
                edited.length = (uint64_t)length;
                assert_refused(fd, &edited, "last chunk");
                tried++;
            }
            close(fd);
        }
    assert_true(tried > 10);
}

static void test_a_cut_into_the_front_or_nothing_is_refused(void **state)
{
    (void)state;
    for (off_t cut = 0; cut < QN_SEAL_START + QN_SEAL_TAG; cut++) {
        struct qn_seal_sum sum;
        int fd = seal_made(0, 0, &sum);

        assert_int_equal(ftruncate(fd, cut), 0);
        assert_refused(fd, &sum, "size");
        close(fd);
    }
}

static void test_appended_bytes_are_refused(void **state)
{
    static const size_t more[] = { 1, 16, 17, 16384, 16400, 100000 };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(more); i++) {
        struct qn_seal_sum sum;
        int fd = seal_made(40000, 0, &sum);
        int64_t length = length_of_file((uint64_t)file_size(fd) + more[i]);

        assert_int_equal(ftruncate(fd, file_size(fd) + (off_t)more[i]), 0);
        assert_refused(fd, &sum, "size");
        if (length >= 0) {
            sum.length = (uint64_t)length;
            assert_refused(fd, &sum, "last chunk");
        }
        close(fd);
    }
}

static void test_another_jobs_file_is_refused(void **state)
{
    struct qn_seal_sum sum, other;
    uint8_t mine[64], job2[16] = { 1 }, mac[32];
    int fd = seal_made(5000, 0, &sum), fd2;

    (void)state;
    memcpy(mine, header, 64);
    qn_seal_meta_mac(mac, key, &meta, &err);
    qn_seal_header(header, job2, mac);
    fd2 = seal_made(5000, 0, &other);
    memcpy(header, mine, 64);
    assert_refused(fd2, &sum, "header");
    file_put(fd2, 0, header, 64); /* with our header pasted over it */
    assert_refused(fd2, &sum, "commitment");
    assert_refused(fd2, &other, "commitment");
    close(fd2);
    fd2 = seal_made(5000, 0, &other); /* the same job and document, sealed once more */
    assert_refused(fd2, &sum, "commitment");
    assert_refused(fd, &other, "commitment");
    close(fd2);
    close(fd);
}

static void test_chunks_moved_within_and_between_files_are_refused(void **state)
{
    static uint8_t a[SEAL_SEALED], b[SEAL_SEALED];
    struct qn_seal_sum sum, other;
    int fd = seal_made(3 * 16384, 0, &sum), fd2 = seal_made(3 * 16384, 0, &other);

    (void)state;
    assert_int_equal(pread(fd, a, sizeof a, QN_SEAL_START), sizeof a);
    assert_int_equal(pread(fd, b, sizeof b, QN_SEAL_START + SEAL_SEALED), sizeof b);
    file_put(fd, QN_SEAL_START, b, sizeof b);
    file_put(fd, QN_SEAL_START + SEAL_SEALED, a, sizeof a);
    assert_chunk_refused(fd, &sum, "chunk 0:", 0);
    file_put(fd2, QN_SEAL_START + SEAL_SEALED, b, sizeof b);
    assert_chunk_refused(fd2, &other, "chunk 1:", 0);
    close(fd);
    close(fd2);
}

static void test_an_edited_row_is_refused(void **state)
{
    struct qn_seal_sum sum, edited;
    int fd = seal_made(300000, 0, &sum);

    (void)state;
    edited = sum;
    edited.tags[31] ^= 1;
    assert_chunk_refused(fd, &edited, "tag digest", 262144);
    edited = sum;
    edited.commitment[0] ^= 1;
    assert_refused(fd, &edited, "commitment");
    edited = sum;
    edited.length--;
    assert_refused(fd, &edited, "size");
    edited.length = UINT64_MAX - 5;
    assert_refused(fd, &edited, "size");
    close(fd);
    fd = seal_made(262144, 0, &edited); /* its last chunk is empty: the digest still comes before the last bytes */
    edited.tags[0] ^= 1;
    assert_chunk_refused(fd, &edited, "tag digest", 0);
    close(fd);
}

static void test_a_wrong_key_is_refused(void **state)
{
    struct qn_seal_sum sum;
    int fd = seal_made(10, 0, &sum);

    (void)state;
    key[31] ^= 1;
    assert_refused(fd, &sum, "commitment");
    key[31] ^= 1;
    close(fd);
}

static void test_a_file_that_shrinks_while_read_is_refused(void **state)
{
    struct qn_seal_sum sum;
    struct qn_open *o;
    int fd = seal_made(600000, 0, &sum), code;

    (void)state;
    assert_works(qn_open_start(&o, fd, header, key, &sum, &err));
    assert_int_equal(ftruncate(fd, QN_SEAL_START + 3 * SEAL_SEALED + 5), 0);
    assert_int_equal(read_through(o, &code), 0);
    assert_int_equal(code, QN_ECORRUPT);
    assert_non_null(strstr(err.text, "chunk 3: the file ends"));
    qn_open_free(&o);
    close(fd);
}

static void test_tags_in_steps_are_the_digest(void **state)
{
    static const uint64_t lengths[] = { 0, 5, 16384, 300001 };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(lengths); i++) {
        struct qn_seal_sum sum;
        EVP_MD_CTX *md = EVP_MD_CTX_new();
        uint8_t digest[32];
        int fd = seal_made(lengths[i], 0, &sum);

        EVP_DigestInit_ex(md, EVP_sha256(), NULL);
        for (uint64_t c = 0; c < qn_seal_chunks(lengths[i]); c += 3) {
            uint64_t left = qn_seal_chunks(lengths[i]) - c;

            assert_works(qn_seal_tags(md, fd, lengths[i], c, left < 3 ? left : 3, &err));
        }
        assert_fails(qn_seal_tags(md, fd, lengths[i], 0, qn_seal_chunks(lengths[i]) + 1, &err), QN_ECORRUPT, "no such");
        EVP_DigestFinal_ex(md, digest, NULL);
        assert_memory_equal(digest, sum.tags, 32);
        assert_int_equal(ftruncate(fd, file_size(fd) - 1), 0);
        assert_fails(qn_seal_tags(md, fd, lengths[i], qn_seal_chunks(lengths[i]) - 1, 1, &err), QN_ECORRUPT, "ends");
        EVP_MD_CTX_free(md);
        close(fd);
    }
}

static void test_a_failed_write_stays_failed(void **state)
{
    struct rlimit small = { 300000, RLIM_INFINITY }, old;
    struct qn_seal_sum sum, zero = { 0 };
    char path[] = "/tmp/qn-seal-XXXXXX";
    struct qn_seal *s;
    size_t n;
    int fd = mkstemp(path); /* a memory file knows no RLIMIT_FSIZE */

    (void)state;
    unlink(path);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    assert_works(qn_seal_start(&s, fd, header, key, &err));
    qn_seal_room(s, &n);
    assert_works(qn_seal_advance(s, n, &err));
    setrlimit(RLIMIT_FSIZE, &small);
    assert_non_null(qn_seal_room(s, &n));
    assert_fails(qn_seal_advance(s, n, &err), QN_EIO, "can't write the sealed file: File too large");
    setrlimit(RLIMIT_FSIZE, &old);
    assert_fails(qn_seal_advance(s, 0, &err), QN_EIO, "failed before");
    assert_fails(qn_seal_finish(s, &sum, &err), QN_EIO, "failed before");
    assert_memory_equal(&sum, &zero, sizeof sum);
    qn_seal_free(&s);
    close(fd);
    fd = open("/dev/null", O_RDONLY);
    assert_works(qn_seal_start(&s, fd, header, key, &err));
    assert_fails(qn_seal_finish(s, &sum, &err), QN_EIO, "can't write");
    qn_seal_free(&s);
    close(fd);
}

static void test_nothing_is_sealed_after_the_end(void **state)
{
    struct qn_seal_sum sum;
    struct qn_seal *s;
    int fd = file_new();

    (void)state;
    assert_works(qn_seal_start(&s, fd, header, key, &err));
    assert_works(qn_seal_finish(s, &sum, &err));
    assert_fails(qn_seal_advance(s, 1, &err), QN_ECONFLICT, "before");
    assert_fails(qn_seal_finish(s, &sum, &err), QN_ECONFLICT, "before");
    qn_seal_free(&s);
    close(fd);
}

static void test_clear_text_never_reaches_the_file(void **state)
{
    static uint8_t file[400000];
    struct qn_seal_sum sum;
    static const char word[] = "PAYROLL-CANARY-2026";
    struct qn_seal *s;
    size_t n;
    int fd = file_new();

    (void)state;
    assert_works(qn_seal_start(&s, fd, header, key, &err));
    for (size_t at = 0; at < 300000; at += n) {
        uint8_t *room = qn_seal_room(s, &n);

        n = n < sizeof word ? n : sizeof word;
        memcpy(room, word, n);
        assert_works(qn_seal_advance(s, n, &err));
    }
    assert_works(qn_seal_finish(s, &sum, &err));
    qn_seal_free(&s);
    assert_true(pread(fd, file, sizeof file, 0) > 300000);
    assert_null(memmem(file, sizeof file, word, 8));
    assert_null(memmem(file, sizeof file, key, 8));
    close(fd);
}

static void test_texts_come_back_and_nothing_else(void **state)
{
    uint8_t sealed[128], out[128], job2[16] = { 9 };
    int n, len;

    (void)state;
    assert_true(qn_unhex(sealed, sizeof title_hex / 2, title_hex));
    n = sizeof title_hex / 2;
    assert_int_equal(qn_seal_text_open(out, sizeof out, key, job, "title", sealed, (size_t)n, &err), strlen(meta.title));
    assert_memory_equal(out, meta.title, strlen(meta.title));
    assert_fails(qn_seal_text_open(out, sizeof out, key, job, "options", sealed, (size_t)n, &err), QN_ECORRUPT, "not what was");
    assert_fails(qn_seal_text_open(out, sizeof out, key, job2, "title", sealed, (size_t)n, &err), QN_ECORRUPT, "not what was");
    assert_fails(qn_seal_text_open(out, sizeof out, key, job, "title", sealed, 27, &err), QN_ECORRUPT, "27 bytes");
    assert_fails(qn_seal_text_open(out, 3, key, job, "title", sealed, (size_t)n, &err), QN_EINVAL, "does not fit");
    for (int i = 0; i < n; i++) {
        sealed[i] ^= 4;
        assert_fails(qn_seal_text_open(out, sizeof out, key, job, "title", sealed, (size_t)n, &err), QN_ECORRUPT, "not what");
        sealed[i] ^= 4;
    }
    for (size_t length = 0; length < 90; length += 30) {
        len = qn_seal_text(sealed, sizeof sealed, key, job, "title", vector_file, length, &err);
        assert_int_equal(len, length + 28);
        assert_int_equal(qn_seal_text_open(out, sizeof out, key, job, "title", sealed, (size_t)len, &err), length);
        assert_memory_equal(out, vector_file, length);
    }
    assert_fails(qn_seal_text(sealed, 37, key, job, "title", "0123456789", 10, &err), QN_EINVAL, "does not fit");
}

static void test_wrapped_keys_come_back_and_nothing_else(void **state)
{
    uint8_t wrapping[32], wrapped[QN_WRAPPED], again[QN_WRAPPED], out[32], zero[32] = { 0 };

    (void)state;
    memset(wrapping, 9, sizeof wrapping);
    assert_true(qn_unhex(wrapped, sizeof wrapped, wrapped_hex));
    assert_works(qn_unwrap(out, wrapping, wrapped, "aad", 3, &err));
    assert_memory_equal(out, key, 32);
    assert_fails(qn_unwrap(out, wrapping, wrapped, "aae", 3, &err), QN_ECORRUPT, "another key");
    assert_memory_equal(out, zero, 32);
    for (size_t i = 0; i < sizeof wrapped; i++) {
        wrapped[i] ^= 1;
        assert_fails(qn_unwrap(out, wrapping, wrapped, "aad", 3, &err), QN_ECORRUPT, "another key");
        wrapped[i] ^= 1;
    }
    assert_works(qn_wrap(wrapped, wrapping, key, "aad", 3, &err));
    assert_works(qn_wrap(again, wrapping, key, "aad", 3, &err));
    assert_memory_not_equal(wrapped, again, sizeof again);
    assert_works(qn_unwrap(out, wrapping, wrapped, "aad", 3, &err));
    assert_memory_equal(out, key, 32);
    wrapping[0] ^= 1;
    assert_fails(qn_unwrap(out, wrapping, wrapped, "aad", 3, &err), QN_ECORRUPT, "another key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metadata_mac_and_header_are_the_vector),
        cmocka_unit_test(test_vector_file_opens),
        cmocka_unit_test(test_three_chunks_are_the_vector),
        cmocka_unit_test(test_every_size_comes_back),
        cmocka_unit_test(test_lengths_of_files),
        cmocka_unit_test(test_every_flip_in_the_front_is_refused),
        cmocka_unit_test(test_every_flip_in_the_first_chunk_is_refused),
        cmocka_unit_test(test_every_flip_in_the_last_chunk_is_refused),
        cmocka_unit_test(test_a_flip_in_each_chunk_names_it),
        cmocka_unit_test(test_truncation_is_refused),
        cmocka_unit_test(test_a_cut_into_the_front_or_nothing_is_refused),
        cmocka_unit_test(test_appended_bytes_are_refused),
        cmocka_unit_test(test_another_jobs_file_is_refused),
        cmocka_unit_test(test_chunks_moved_within_and_between_files_are_refused),
        cmocka_unit_test(test_an_edited_row_is_refused),
        cmocka_unit_test(test_a_wrong_key_is_refused),
        cmocka_unit_test(test_a_file_that_shrinks_while_read_is_refused),
        cmocka_unit_test(test_tags_in_steps_are_the_digest),
        cmocka_unit_test(test_a_failed_write_stays_failed),
        cmocka_unit_test(test_nothing_is_sealed_after_the_end),
        cmocka_unit_test(test_clear_text_never_reaches_the_file),
        cmocka_unit_test(test_texts_come_back_and_nothing_else),
        cmocka_unit_test(test_wrapped_keys_come_back_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
