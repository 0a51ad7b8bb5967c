/* SPDX-License-Identifier: Apache-2.0
 *
 * What reader and writer share: the table of sections, and a program record turned into a
 * tern_plan of spans.
 */
#include "plan/format.h"

#include "base/hash.h"

/* By id; an id between that nobody has would have a NULL name. */
static const struct {
    const char *name;
    size_t record_bytes;
} known[TERN_PLAN_SECTION_KNOWN + 1] = {
#define TERN_PLAN_SECTION(NAME, id, text, type) [id] = {text, sizeof(type)},
#define TERN_PLAN_TABLE(NAME, id, text, field, count, ctype, type) [id] = {text, sizeof(type)},
#include "plan/sections.def"
};

const char *tern_plan_section_name(uint32_t id)
{
    return id <= TERN_PLAN_SECTION_KNOWN ? known[id].name : NULL;
}

size_t tern_plan_record_bytes(uint32_t id)
{
    return known[id].record_bytes;
}

void tern_plan_point(const tern_plan_program_record *program, const void *const *sections,
                     size_t weights_size, tern_plan *out_plan)
{
    tern_plan *plan = out_plan;
    plan->header = program->header;
    plan->name = program->name;
    plan->needs = program->needs;
    plan->expr_size = program->expr_bytes;
    plan->weights = sections[TERN_PLAN_SECTION_WEIGHTS];
    plan->weights_size = weights_size;

    /* Counts fit: the reader refuses tables of 2^32 - 1 records or more. */
    const tern_plan_span *span = program->tables;
#define TERN_PLAN_TABLE(NAME, id, text, field, size, ctype, type)                                  \
    plan->field = (const void *)((const type *)sections[id] + span->first);                        \
    plan->size = (ctype)span->count;                                                               \
    span++;
#include "plan/sections.def"
}

uint64_t tern_plan_header_hash(const tern_plan_file_header *header, const tern_plan_section *table)
{
    tern_hasher hasher;
    tern_hash_init(&hasher, 0);
    tern_hash_add(&hasher, header, offsetof(tern_plan_file_header, checksum));
    tern_hash_add(&hasher, table, header->section_count * sizeof *table);
    return tern_hash_end(&hasher);
}
