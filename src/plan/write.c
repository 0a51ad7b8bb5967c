/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing a plan: the tables of the images one behind the other, blobs once by content,
 * checksums last.  Two rounds over the same code: without bytes it only measures.
 */
#include "plan/format.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <string.h>

typedef struct writer {
    const tern_plan *images;
    uint32_t count;
    uint8_t *bytes;  /* NULL: only measure */
    size_t capacity; /* of bytes */
    size_t end;      /* where the next section may begin */
    tern_plan_section table[TERN_PLAN_SECTION_KNOWN];
    uint32_t section_count;
    bool is_too_large;
} writer;

/* A table of one image: where its records are and how many. */
typedef struct piece {
    const void *at;
    uint64_t count;
    size_t record_bytes;
} piece;

static piece piece_of(const tern_plan *plan, int table)
{
    switch (table) {
#define TERN_PLAN_TABLE(NAME, id, text, field, count_, ctype, type)                                \
    case TERN_PLAN_TABLE_##NAME:                                                                   \
        return (piece){.at = plan->field, .count = plan->count_, .record_bytes = sizeof(type)};
#include "plan/sections.def"
    default: return (piece){NULL, 0, 1};
    }
}

/* Room for a section; returns its bytes, or NULL while measuring. */
static uint8_t *begin_section(writer *w, uint32_t id, uint64_t size, bool is_required)
{
    const size_t align = id == TERN_PLAN_SECTION_WEIGHTS ? TERN_PLAN_PAGE : TERN_PLAN_SECTION_ALIGN;
    size_t at = 0, end = 0;
    if (w->is_too_large || !tern_size_align(w->end, align, &at) || size > SIZE_MAX / 2 ||
        !tern_size_add(at, (size_t)size, &end)) {
        w->is_too_large = true;
        return NULL;
    }
    tern_plan_section *e = &w->table[w->section_count++];
    memset(e, 0, sizeof *e);
    e->id = id;
    e->flags = is_required ? TERN_PLAN_SECTION_REQUIRED : 0;
    const char *name = tern_plan_section_name(id);
    memcpy(e->name, name, strlen(name));
    e->offset = at;
    e->size = size;
    w->end = end;
    if (w->bytes == NULL || end > w->capacity) {
        return NULL;
    }
    return w->bytes + at;
}

static uint32_t devices_of(const tern_plan *plan)
{
    uint32_t devices = 0;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        devices |= 1u << plan->steps[i].device;
    }
    return devices;
}

static void write_programs(writer *w)
{
    uint8_t *to = begin_section(w, TERN_PLAN_SECTION_PROGRAMS,
                                w->count * sizeof(tern_plan_program_record), true);
    if (to == NULL) {
        return;
    }
    uint64_t first[TERN_PLAN_TABLE_COUNT] = {0};
    for (uint32_t i = 0; i < w->count; i++) {
        const tern_plan *plan = &w->images[i];
        tern_plan_program_record r;
        memset(&r, 0, sizeof r);
        r.header = plan->header;
        r.header.devices = devices_of(plan);
        r.name = plan->name;
        r.needs = plan->needs;
        r.expr_bytes = TERN_PLAN_EXPR_BYTES;
        for (int t = 0; t < TERN_PLAN_TABLE_COUNT; t++) {
            r.tables[t] = (tern_plan_span){first[t], piece_of(plan, t).count};
            first[t] += r.tables[t].count;
        }
        memcpy(to + i * sizeof r, &r, sizeof r);
    }
}

static void write_table(writer *w, uint32_t id, int table)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < w->count; i++) {
        const piece p = piece_of(&w->images[i], table);
        bytes += p.count * p.record_bytes; /* of arrays in memory: no overflow */
    }
    if (id == TERN_PLAN_SECTION_REPORT && bytes == 0) {
        return;
    }
    uint8_t *to = begin_section(w, id, bytes, id != TERN_PLAN_SECTION_REPORT);
    for (uint32_t i = 0; to != NULL && i < w->count; i++) {
        const piece p = piece_of(&w->images[i], table);
        if (p.count > 0) {
            memcpy(to, p.at, p.count * p.record_bytes);
            to += p.count * p.record_bytes;
        }
    }
}

/* Blob `number`, counted over all images. */
static const tern_plan_blob *blob_at(const writer *w, size_t number, const uint8_t **out_bytes)
{
    for (uint32_t i = 0; i < w->count; i++) {
        const tern_plan *plan = &w->images[i];
        if (number < plan->blob_count) {
            *out_bytes = plan->weights_size > 0 ? plan->weights + plan->blobs[number].at : NULL;
            return &plan->blobs[number];
        }
        number -= plan->blob_count;
    }
    TERN_ASSERT(false);
    return NULL;
}

static size_t blob_count(const writer *w)
{
    size_t count = 0;
    for (uint32_t i = 0; i < w->count; i++) {
        count += w->images[i].blob_count;
    }
    return count;
}

/* The first blob with the same content: `number` itself when there is none before it. */
static size_t first_equal(const writer *w, size_t number)
{
    const uint8_t *mine = NULL, *other = NULL;
    const tern_plan_blob *b = blob_at(w, number, &mine);
    for (size_t i = 0; i < number; i++) {
        const tern_plan_blob *o = blob_at(w, i, &other);
        if (o->size == b->size &&
            (b->size == 0 || other == mine || memcmp(mine, other, b->size) == 0)) {
            return i;
        }
    }
    return number;
}

/* The blob table was copied as it was; now each gets its new place, and the weights follow. */
static void write_weights(writer *w)
{
    const size_t count = blob_count(w);
    tern_plan_blob *records = NULL;
    for (uint32_t i = 0; i < w->section_count; i++) {
        if (w->table[i].id == TERN_PLAN_SECTION_BLOBS && w->bytes != NULL &&
            w->end <= w->capacity) {
            records = (void *)(w->bytes + w->table[i].offset);
        }
    }
    uint64_t size = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *bytes = NULL;
        const tern_plan_blob *b = blob_at(w, i, &bytes);
        const size_t same = first_equal(w, i);
        const uint64_t at = (size + 63) / 64 * 64;
        if (records != NULL) {
            records[i].size = b->size;
            records[i].at = same < i ? records[same].at : at;
            records[i].hash = same < i ? records[same].hash : tern_hash(bytes, b->size, 0);
        }
        if (same == i) {
            size = at + b->size;
        }
    }
    uint8_t *to = begin_section(w, TERN_PLAN_SECTION_WEIGHTS, size, true);
    for (size_t i = 0; to != NULL && records != NULL && i < count; i++) {
        const uint8_t *bytes = NULL;
        const tern_plan_blob *b = blob_at(w, i, &bytes);
        if (b->size > 0) {
            memcpy(to + records[i].at, bytes, b->size);
        }
    }
}

static void write_header(writer *w)
{
    tern_plan_file_header h;
    memset(&h, 0, sizeof h);
    memcpy(h.magic, TERN_PLAN_MAGIC, sizeof h.magic);
    h.sample_integer = TERN_PLAN_SAMPLE_INTEGER;
    h.sample_float = TERN_PLAN_SAMPLE_FLOAT;
    h.version = TERN_PLAN_FORMAT_VERSION;
    h.header_bytes = sizeof h;
    h.total_bytes = w->end;
    h.section_count = w->section_count;
    h.entry_bytes = sizeof(tern_plan_section);
    h.library_version = w->images[0].header.library_version;
    for (uint32_t i = 0; i < w->section_count; i++) {
        tern_plan_section *e = &w->table[i];
        e->checksum = tern_hash(w->bytes + e->offset, (size_t)e->size, e->id);
    }
    h.checksum = tern_plan_header_hash(&h, w->table);
    memcpy(w->bytes, &h, sizeof h);
    memcpy(w->bytes + sizeof h, w->table, w->section_count * sizeof *w->table);
}

static void write_sections(writer *w)
{
    bool has_report = false;
    for (uint32_t i = 0; i < w->count; i++) {
        has_report = has_report || w->images[i].report_size > 0;
    }
    w->section_count = 0;
    w->end = sizeof(tern_plan_file_header) +
             (size_t)(TERN_PLAN_SECTION_KNOWN - (has_report ? 0 : 1)) * sizeof(tern_plan_section);
    write_programs(w);
#define TERN_PLAN_TABLE(NAME, id, text, field, count, ctype, type)                                 \
    write_table(w, id, TERN_PLAN_TABLE_##NAME);
#include "plan/sections.def"
    write_weights(w);
}

static tern_status check_image(const tern_plan *image)
{
    if (image->expr_count > 0 && image->expr_size != TERN_PLAN_EXPR_BYTES) {
        return tern_fail(TERN_INTERNAL, "plan image: expressions of %u bytes; the format has %d",
                         image->expr_size, TERN_PLAN_EXPR_BYTES);
    }
    return tern_plan_check(image, "image");
}

tern_status tern_plan_write_all(const tern_plan *images, uint32_t count, void *bytes,
                                size_t capacity, size_t *out_size)
{
    *out_size = 0;
    if (count == 0 || count > TERN_PLAN_PROGRAM_MAX) {
        return tern_fail(TERN_INVALID_ARGUMENT, "plan: %u programs; allowed 1..%d", count,
                         TERN_PLAN_PROGRAM_MAX);
    }
    for (uint32_t i = 0; bytes == NULL && i < count; i++) {
        TERN_TRY(check_image(&images[i]));
    }
    writer w = {.images = images, .count = count, .bytes = bytes, .capacity = capacity};
    if (bytes != NULL) {
        memset(bytes, 0, capacity);
    }
    write_sections(&w);
    if (w.is_too_large) {
        return tern_fail(TERN_OUT_OF_MEMORY, "plan: its sections are larger than memory");
    }
    if (bytes != NULL && w.end > capacity) {
        return tern_fail(TERN_INVALID_ARGUMENT, "plan: %zu bytes do not fit into %zu", w.end,
                         capacity);
    }
    *out_size = w.end;
    if (bytes != NULL) {
        write_header(&w);
    }
    return TERN_OK;
}

tern_status tern_plan_write(const tern_plan *image, void *bytes, size_t capacity, size_t *out_size)
{
    return tern_plan_write_all(image, 1, bytes, capacity, out_size);
}
