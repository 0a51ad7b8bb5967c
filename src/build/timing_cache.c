/* SPDX-License-Identifier: Apache-2.0
 *
 * The timing cache: keys, a sorted array, and its file: a header, the entries, a checksum.
 */
#include "build/timing_cache.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/hash.h"
#include "build/build.h"

/* The file's first bytes; little-endian machines only, as plans. */
typedef struct cache_header {
    char magic[8];
    uint32_t version, entry_bytes;
    uint64_t count;
    uint64_t hash; /* of the entries */
} cache_header;

static const char magic[8] = {'T', 'E', 'R', 'N', 'T', 'I', 'M', 'E'};
enum { FORMAT_VERSION = 1 };

/* --- keys --- */

/* Changes whenever a tactic comes, goes or is renamed. */
static uint64_t library_hash(void)
{
    tern_hasher h;
    tern_hash_init(&h, 0);
    tern_hash_add(&h, tern_version(), strlen(tern_version()));
    const tern_op *op;
    for (size_t i = 0; (op = tern_op_at(i)) != NULL; i++) {
        const tern_tactic *t;
        for (size_t k = 0; (t = tern_tactic_at(op, TERN_DEVICE_KIND_CPU, k)) != NULL; k++) {
            tern_hash_add(&h, t->name, strlen(t->name) + 1);
        }
    }
    return tern_hash_end(&h);
}

/* Prints what a time depends on; hashes of it are the key. */
static void describe(tern_text *out, const tern_problem *p)
{
    tern_text_add(out, "%s", p->op->name);
    if (p->op->attrs != NULL) {
        tern_attr_print(out, p->op->attrs, p->attr);
    }
    for (int32_t i = 0; i < p->x_count + p->y_count; i++) {
        const bool is_x = i < p->x_count;
        tern_text_add(out, is_x ? " " : " -> ");
        tern_type_print(out, NULL, is_x ? &p->x[i] : &p->y[i - p->x_count]);
        tern_text_add(out, is_x && p->x_data[i] != NULL ? "!" : "");
    }
    if (p->epilogue != NULL) {
        const uint64_t hash = tern_hash(p->epilogue, sizeof *p->epilogue, 0);
        tern_text_add(out, " | %016llx", (unsigned long long)hash);
    }
    tern_text_add(out, " isa=%s threads=%d%s cpu=", tern_isa_name(p->isa), (int)p->threads,
                  p->dynamic != 0 ? " dynamic" : "");
    tern_cpu_describe(out);
    tern_text_add(out, " library=%016llx", (unsigned long long)library_hash());
}

tern_status tern_timing_key(tern_allocator allocator, const tern_problem *problem,
                            uint64_t out_key[2])
{
    tern_text text;
    tern_text_init(&text, allocator);
    describe(&text, problem);
    const tern_status status = tern_text_status(&text);
    out_key[0] = tern_hash(tern_text_get(&text), text.len, 1);
    out_key[1] = tern_hash(tern_text_get(&text), text.len, 2);
    tern_text_destroy(&text);
    return status;
}

/* --- entries --- */

static int compare(const tern_timing_entry *a, const uint64_t key[2], const char *tactic)
{
    for (int i = 0; i < 2; i++) {
        if (a->key[i] != key[i]) {
            return a->key[i] < key[i] ? -1 : 1;
        }
    }
    return strncmp(a->tactic, tactic, sizeof a->tactic);
}

/* The first entry that is not before the key. */
static size_t lower_bound(const tern_timing_cache *cache, const uint64_t key[2], const char *tactic)
{
    size_t low = 0;
    size_t high = cache->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare(&cache->entries[middle], key, tactic) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int64_t tern_timing_find(const tern_timing_cache *cache, const uint64_t key[2], const char *tactic)
{
    const size_t at = lower_bound(cache, key, tactic);
    const bool found = at < cache->count && compare(&cache->entries[at], key, tactic) == 0;
    return found ? cache->entries[at].time_ns : -1;
}

tern_status tern_timing_add(tern_timing_cache *cache, const uint64_t key[2], const char *tactic,
                            int64_t time_ns)
{
    const size_t at = lower_bound(cache, key, tactic);
    if (at < cache->count && compare(&cache->entries[at], key, tactic) == 0) {
        return TERN_OK; /* what was measured first stays: plans made with it stay reproducible */
    }
    TERN_TRY(tern_array_grow(cache->allocator, &cache->entries, &cache->capacity, cache->count + 1,
                             sizeof *cache->entries));
    memmove(cache->entries + at + 1, cache->entries + at,
            (cache->count - at) * sizeof *cache->entries);
    tern_timing_entry *e = &cache->entries[at];
    *e = (tern_timing_entry){.key = {key[0], key[1]}, .time_ns = time_ns};
    const size_t length = strlen(tactic);
    memcpy(e->tactic, tactic, length < sizeof e->tactic - 1 ? length : sizeof e->tactic - 1);
    cache->count++;
    return TERN_OK;
}

/* --- files --- */

tern_status tern_timing_write(const tern_timing_cache *cache, tern_memory **out_memory)
{
    const size_t bytes = cache->count * sizeof *cache->entries;
    TERN_TRY(tern_memory_make(cache->allocator, sizeof(cache_header) + bytes, out_memory));
    cache_header header = {
        .version = FORMAT_VERSION,
        .entry_bytes = sizeof *cache->entries,
        .count = cache->count,
        .hash = tern_hash(cache->entries, bytes, 0),
    };
    memcpy(header.magic, magic, sizeof magic);
    memcpy((*out_memory)->data, &header, sizeof header);
    if (bytes > 0) {
        memcpy((char *)(*out_memory)->data + sizeof header, cache->entries, bytes);
    }
    return TERN_OK;
}

tern_status tern_timing_read(tern_timing_cache *cache, const void *bytes, size_t size)
{
    cache_header header;
    if (size < sizeof header || memcmp(bytes, magic, sizeof magic) != 0) {
        return tern_fail(TERN_BAD_MODEL, "timing cache: these %zu bytes are none", size);
    }
    memcpy(&header, bytes, sizeof header);
    if (header.version != FORMAT_VERSION || header.entry_bytes != sizeof(tern_timing_entry)) {
        return tern_fail(TERN_VERSION, "timing cache: has format %u, this library reads %d",
                         header.version, FORMAT_VERSION);
    }
    const char *entries = (const char *)bytes + sizeof header;
    const size_t left = size - sizeof header;
    if (header.count != left / sizeof(tern_timing_entry) || left % sizeof(tern_timing_entry) != 0 ||
        tern_hash(entries, left, 0) != header.hash) {
        return tern_fail(TERN_BAD_MODEL, "timing cache: is damaged");
    }
    for (size_t i = 0; i < header.count; i++) {
        tern_timing_entry e;
        memcpy(&e, entries + i * sizeof e, sizeof e);
        e.tactic[sizeof e.tactic - 1] = '\0';
        if (e.time_ns < 0) {
            return tern_fail(TERN_BAD_MODEL, "timing cache: entry %zu has a negative time", i);
        }
        TERN_TRY(tern_timing_add(cache, e.key, e.tactic, e.time_ns));
    }
    return TERN_OK;
}
