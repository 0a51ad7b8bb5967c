/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a plan is checking it: header, section table, gaps, checksums, program records; then
 * check.c's tables.  The questions are asked in an order in which each answer is a useful
 * sentence.
 */
#include "plan/format.h"

#include "base/hash.h"

#include <string.h>

/* Sections by id; one that is missing has 0 bytes at the plan's beginning. */
typedef struct sections {
    const void *at[TERN_PLAN_SECTION_KNOWN + 1];
    uint64_t size[TERN_PLAN_SECTION_KNOWN + 1];
    bool is_there[TERN_PLAN_SECTION_KNOWN + 1];
} sections;

static sections no_sections(const void *bytes)
{
    sections s = {{NULL}, {0}, {false}};
    for (size_t id = 0; id <= TERN_PLAN_SECTION_KNOWN; id++) {
        s.at[id] = bytes;
    }
    return s;
}

static tern_status check_magic(const uint8_t *bytes, size_t size, const char *who)
{
    const size_t shown = size < 8 ? size : 8;
    if (size == 0) {
        return tern_fail(TERN_BAD_MODEL, "plan \"%s\": it is empty", who);
    }
    if (memcmp(bytes, TERN_PLAN_MAGIC, shown) == 0) {
        return size < sizeof(tern_plan_file_header)
                   ? tern_fail(
                         TERN_BAD_MODEL,
                         "plan \"%s\": truncated, it has %zu bytes and a header alone takes %zu",
                         who, size, sizeof(tern_plan_file_header))
                   : TERN_OK;
    }
    uint8_t b[8] = {0};
    memcpy(b, bytes, shown);
    if (memcmp(b, "ftrt", 4) == 0) {
        return tern_fail(TERN_BAD_MODEL,
                         "plan \"%s\": it is an engine of TensorRT, not of Tern; build it again "
                         "from the network",
                         who);
    }
    return tern_fail(TERN_BAD_MODEL,
                     "plan \"%s\": not a plan, it begins with %02x %02x %02x %02x %02x %02x %02x "
                     "%02x and not with \"%s\"",
                     who, b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], TERN_PLAN_MAGIC);
}

static tern_status check_numbers(const tern_plan_file_header *h, const char *who)
{
    if (h->sample_integer == TERN_PLAN_SAMPLE_SWAPPED) {
        return tern_fail(TERN_VERSION,
                         "plan \"%s\": written in the other byte order; plans are little-endian",
                         who);
    }
    if (h->sample_integer != TERN_PLAN_SAMPLE_INTEGER) {
        return tern_fail(TERN_BAD_MODEL,
                         "plan \"%s\": damaged, the sample integer of the header is wrong", who);
    }
    const double sample = TERN_PLAN_SAMPLE_FLOAT;
    if (memcmp(&h->sample_float, &sample, sizeof sample) != 0) {
        return tern_fail(TERN_VERSION,
                         "plan \"%s\": damaged, or written with another format of floats", who);
    }
    if (h->version != TERN_PLAN_FORMAT_VERSION) {
        return tern_fail(
            TERN_VERSION,
            "plan \"%s\": format version %u, this library reads version %d; build the plan again",
            who, h->version, TERN_PLAN_FORMAT_VERSION);
    }
    if (h->header_bytes != sizeof *h || h->entry_bytes != sizeof(tern_plan_section)) {
        return tern_fail(TERN_BAD_MODEL,
                         "plan \"%s\": damaged, header of %u bytes and section entries of %u", who,
                         h->header_bytes, h->entry_bytes);
    }
    if (h->features != 0) {
        return tern_fail(TERN_VERSION,
                         "plan \"%s\": needs features 0x%llx that this library does not know", who,
                         (unsigned long long)h->features);
    }
    return TERN_OK;
}

static tern_status check_length(const tern_plan_file_header *h, size_t size, const char *who)
{
    if (h->total_bytes > size) {
        return tern_fail(TERN_BAD_MODEL,
                         "plan \"%s\": truncated, it has %zu bytes and its header says %llu", who,
                         size, (unsigned long long)h->total_bytes);
    }
    if (h->total_bytes < size) {
        return tern_fail(
            TERN_BAD_MODEL,
            "plan \"%s\": %zu bytes, its header says %llu: there is something behind it", who, size,
            (unsigned long long)h->total_bytes);
    }
    if (h->section_count == 0 || h->section_count > TERN_PLAN_SECTION_MAX ||
        sizeof *h + h->section_count * sizeof(tern_plan_section) > size) {
        return tern_fail(TERN_BAD_MODEL, "plan \"%s\": %u sections do not fit", who,
                         h->section_count);
    }
    const tern_plan_section *table = (const tern_plan_section *)(const void *)(h + 1);
    if (tern_plan_header_hash(h, table) != h->checksum) {
        return tern_fail(TERN_BAD_MODEL,
                         "plan \"%s\": damaged, the checksum of the header is wrong", who);
    }
    for (size_t i = 0; i < sizeof h->reserved; i++) {
        if (h->reserved[i] != 0) {
            return tern_fail(TERN_BAD_MODEL,
                             "plan \"%s\": reserved bytes of the header are not zero", who);
        }
    }
    return TERN_OK;
}

/* The name of an entry as text: ASCII letters and digits, else "?". */
static const char *entry_name(const tern_plan_section *e, char out[9])
{
    memcpy(out, e->name, 8);
    out[8] = '\0';
    for (size_t i = 0; i < 8 && out[i] != '\0'; i++) {
        if (out[i] < 0x20 || out[i] > 0x7e) {
            out[i] = '?';
        }
    }
    return out;
}

static tern_status check_zero(const uint8_t *at, uint64_t from, uint64_t to, const char *who)
{
    for (uint64_t i = from; i < to; i++) {
        if (at[i] != 0) {
            return tern_fail(
                TERN_BAD_MODEL,
                "plan \"%s\": damaged, byte %llu lies between sections and is not zero", who,
                (unsigned long long)i);
        }
    }
    return TERN_OK;
}

/* One entry: order, place, the gap before it, its checksum.  `*end` is where the previous one
 * ended. */
static tern_status check_entry(const uint8_t *bytes, size_t size, const tern_plan_section *e,
                               tern_plan_verify verify, const char *who, uint64_t *end)
{
    char name[9];
    entry_name(e, name);
    const uint32_t align =
        e->id == TERN_PLAN_SECTION_WEIGHTS ? TERN_PLAN_PAGE : TERN_PLAN_SECTION_ALIGN;
    if (e->offset % align != 0 || e->offset < *end || e->offset - *end >= TERN_PLAN_PAGE ||
        e->offset > size || e->size > size - e->offset) {
        return tern_fail(TERN_BAD_MODEL,
                         "plan \"%s\": section \"%s\" (%u) at %llu, %llu bytes, overlaps another "
                         "or leaves the file",
                         who, name, e->id, (unsigned long long)e->offset,
                         (unsigned long long)e->size);
    }
    if ((e->flags & ~(uint32_t)TERN_PLAN_SECTION_REQUIRED) != 0 || e->reserved != 0) {
        return tern_fail(TERN_BAD_MODEL, "plan \"%s\": section \"%s\" (%u) has unknown flags 0x%x",
                         who, name, e->id, e->flags);
    }
    TERN_TRY(check_zero(bytes, *end, e->offset, who));
    *end = e->offset + e->size;
    if (verify == TERN_PLAN_VERIFY_TABLES && e->id == TERN_PLAN_SECTION_WEIGHTS) {
        return TERN_OK;
    }
    if (tern_hash(bytes + e->offset, e->size, e->id) != e->checksum) {
        return tern_fail(TERN_BAD_MODEL,
                         "plan \"%s\": damaged, the checksum of section \"%s\" (%u) is wrong", who,
                         name, e->id);
    }
    return TERN_OK;
}

/* A section this library knows: name and record size. */
static tern_status take_section(const uint8_t *bytes, const tern_plan_section *e, const char *who,
                                sections *s)
{
    char name[9];
    const char *known = tern_plan_section_name(e->id);
    entry_name(e, name);
    if (strcmp(known, name) != 0) {
        return tern_fail(TERN_BAD_MODEL,
                         "plan \"%s\": section %u is called \"%s\", it should be \"%s\"", who,
                         e->id, name, known);
    }
    const size_t record = tern_plan_record_bytes(e->id);
    if (e->size % record != 0 || (record > 1 && e->size / record >= UINT32_MAX)) {
        return tern_fail(TERN_BAD_MODEL,
                         "plan \"%s\": section \"%s\" has %llu bytes, its records have %zu", who,
                         name, (unsigned long long)e->size, record);
    }
    s->at[e->id] = bytes + e->offset;
    s->size[e->id] = e->size;
    s->is_there[e->id] = true;
    return TERN_OK;
}

static tern_status read_sections(const uint8_t *bytes, size_t size, tern_plan_verify verify,
                                 const char *who, sections *out)
{
    const tern_plan_file_header *h = (const void *)bytes;
    const tern_plan_section *table = (const void *)(h + 1);
    uint64_t end = sizeof *h + h->section_count * sizeof *table;
    uint32_t last_id = 0;
    for (uint32_t i = 0; i < h->section_count; i++) {
        const tern_plan_section *e = &table[i];
        char name[9];
        if (e->id <= last_id) {
            return tern_fail(TERN_BAD_MODEL, "plan \"%s\": section %u comes after section %u", who,
                             e->id, last_id);
        }
        last_id = e->id;
        TERN_TRY(check_entry(bytes, size, e, verify, who, &end));
        if (tern_plan_section_name(e->id) != NULL) {
            TERN_TRY(take_section(bytes, e, who, out));
        } else if ((e->flags & TERN_PLAN_SECTION_REQUIRED) != 0) {
            return tern_fail(TERN_VERSION,
                             "plan \"%s\": section \"%s\" (%u) is required and unknown to this "
                             "library; it needs a newer one",
                             who, entry_name(e, name), e->id);
        }
    }
    if (end != size) {
        return tern_fail(TERN_BAD_MODEL, "plan \"%s\": its last section ends at %llu of %zu bytes",
                         who, (unsigned long long)end, size);
    }
    for (uint32_t id = 1; id <= TERN_PLAN_SECTION_KNOWN; id++) {
        if (!out->is_there[id] && id != TERN_PLAN_SECTION_REPORT) {
            return tern_fail(TERN_BAD_MODEL, "plan \"%s\": section \"%s\" (%u) is missing", who,
                             tern_plan_section_name(id), id);
        }
    }
    return TERN_OK;
}

/* Ranges of a program within the shared tables. */
static tern_status check_program_record(const tern_plan_program_record *p, const sections *s,
                                        uint32_t number, const char *who)
{
    static const uint32_t ids[TERN_PLAN_TABLE_COUNT] = {
#define TERN_PLAN_TABLE(NAME, id, text, field, count, ctype, type) id,
#include "plan/sections.def"
    };
    for (int t = 0; t < TERN_PLAN_TABLE_COUNT; t++) {
        const uint64_t have = s->size[ids[t]] / tern_plan_record_bytes(ids[t]);
        const tern_plan_span span = p->tables[t];
        if (span.first > have || span.count > have - span.first) {
            return tern_fail(
                TERN_BAD_MODEL,
                "plan \"%s\": program %u takes %llu records of \"%s\" from %llu, there are %llu",
                who, number, (unsigned long long)span.count, tern_plan_section_name(ids[t]),
                (unsigned long long)span.first, (unsigned long long)have);
        }
    }
    if (p->expr_bytes != TERN_PLAN_EXPR_BYTES || p->reserved != 0) {
        return tern_fail(TERN_BAD_MODEL,
                         "plan \"%s\": program %u has expressions of %u bytes, this library has %d",
                         who, number, p->expr_bytes, TERN_PLAN_EXPR_BYTES);
    }
    return TERN_OK;
}

static void point_to_program(const void *bytes, const sections *s, uint32_t number,
                             tern_plan *out_plan)
{
    const tern_plan_program_record *programs = s->at[TERN_PLAN_SECTION_PROGRAMS];
    memset(out_plan, 0, sizeof *out_plan);
    tern_plan_point(&programs[number], s->at, (size_t)s->size[TERN_PLAN_SECTION_WEIGHTS], out_plan);
    out_plan->file = bytes;
    out_plan->program = number;
    out_plan->program_count = (uint32_t)(s->size[TERN_PLAN_SECTION_PROGRAMS] / sizeof *programs);
}

tern_status tern_plan_read(const void *bytes, size_t size, tern_plan_verify verify, const char *who,
                           tern_plan *out_plan)
{
    memset(out_plan, 0, sizeof *out_plan);
    if ((uintptr_t)bytes % 8 != 0) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "plan \"%s\": its bytes must begin at a multiple of 8", who);
    }
    TERN_TRY(check_magic(bytes, size, who));
    TERN_TRY(check_numbers(bytes, who));
    TERN_TRY(check_length(bytes, size, who));

    sections s = no_sections(bytes);
    TERN_TRY(read_sections(bytes, size, verify, who, &s));
    const uint64_t count = s.size[TERN_PLAN_SECTION_PROGRAMS] / sizeof(tern_plan_program_record);
    if (count == 0 || count > TERN_PLAN_PROGRAM_MAX) {
        return tern_fail(TERN_BAD_MODEL, "plan \"%s\": %llu programs; allowed 1..%d", who,
                         (unsigned long long)count, TERN_PLAN_PROGRAM_MAX);
    }
    const tern_plan_program_record *programs = s.at[TERN_PLAN_SECTION_PROGRAMS];
    for (uint32_t i = (uint32_t)count; i-- > 0;) {
        TERN_TRY(check_program_record(&programs[i], &s, i, who));
        tern_plan plan;
        point_to_program(bytes, &s, i, &plan);
        TERN_TRY(tern_plan_check(&plan, who));
        if (i == 0) {
            *out_plan = plan;
        }
    }
    return TERN_OK;
}

void tern_plan_program(const tern_plan *any, uint32_t number, tern_plan *out_plan)
{
    const tern_plan_file_header *h = any->file;
    const tern_plan_section *table = (const void *)(h + 1);
    sections s = no_sections(any->file);
    for (uint32_t i = 0; i < h->section_count; i++) {
        if (tern_plan_section_name(table[i].id) != NULL) {
            s.at[table[i].id] = (const uint8_t *)any->file + table[i].offset;
            s.size[table[i].id] = table[i].size;
        }
    }
    point_to_program(any->file, &s, number, out_plan);
}
