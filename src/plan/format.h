/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes around the records: header, section table, program records (docs/plan-format.md).
 * Private to plan/.
 */
#ifndef TERN_PLAN_FORMAT_H
#define TERN_PLAN_FORMAT_H

#include "plan/plan.h"

enum {
    TERN_PLAN_FORMAT_VERSION = 1,
    TERN_PLAN_SECTION_MAX = 64, /* entries of a section table, known or not */
    TERN_PLAN_SECTION_KNOWN = 15,
    TERN_PLAN_SECTION_ALIGN = 64,
    TERN_PLAN_PROGRAM_MAX = 64,
    TERN_PLAN_EXPR_BYTES = 312
};

#define TERN_PLAN_MAGIC "TERNPLAN"
#define TERN_PLAN_SAMPLE_INTEGER UINT64_C(0x0102030405060708)
#define TERN_PLAN_SAMPLE_SWAPPED UINT64_C(0x0807060504030201)
#define TERN_PLAN_SAMPLE_FLOAT 370.5

enum { TERN_PLAN_SECTION_REQUIRED = 1 };

typedef enum tern_plan_section_id {
#define TERN_PLAN_SECTION(NAME, id, text, type) TERN_PLAN_SECTION_##NAME = id,
#define TERN_PLAN_TABLE(NAME, id, text, field, count, ctype, type) TERN_PLAN_SECTION_##NAME = id,
#include "plan/sections.def"
} tern_plan_section_id;

/* Order of the ranges in a program record. */
enum {
#define TERN_PLAN_TABLE(NAME, id, text, field, count, ctype, type) TERN_PLAN_TABLE_##NAME,
#include "plan/sections.def"
    TERN_PLAN_TABLE_COUNT
};

typedef struct tern_plan_expr {
    uint8_t bytes[TERN_PLAN_EXPR_BYTES];
} tern_plan_expr;

typedef struct tern_plan_file_header {
    char magic[8];
    uint64_t sample_integer;
    double sample_float;
    uint32_t version, header_bytes;
    uint64_t total_bytes;
    uint32_t section_count, entry_bytes;
    uint64_t features;
    uint32_t library_version;
    uint8_t reserved[60];
    uint64_t checksum; /* of everything before it and of the section table */
} tern_plan_file_header;

typedef struct tern_plan_section {
    uint32_t id, flags;
    char name[8];
    uint64_t offset, size, checksum, reserved;
} tern_plan_section;

typedef struct tern_plan_span {
    uint64_t first, count;
} tern_plan_span;

typedef struct tern_plan_program_record {
    tern_plan_header header;
    tern_plan_str name, needs;
    tern_plan_span tables[TERN_PLAN_TABLE_COUNT];
    uint32_t expr_bytes, reserved;
} tern_plan_program_record;

_Static_assert(sizeof(tern_plan_file_header) == 128, "pinned");
_Static_assert(offsetof(tern_plan_file_header, checksum) == 120, "pinned");
_Static_assert(sizeof(tern_plan_section) == 48, "pinned");
_Static_assert(sizeof(tern_plan_program_record) == 296, "pinned");

/* The name of a known section, NULL for others. */
const char *tern_plan_section_name(uint32_t id);

/* Bytes of one record of a known section. */
size_t tern_plan_record_bytes(uint32_t id);

/* Points `out_plan`'s tables into sections (indexed by id); ranges were checked. */
void tern_plan_point(const tern_plan_program_record *program, const void *const *sections,
                     size_t weights_size, tern_plan *out_plan);

/* Checksum of a header and its section table. */
uint64_t tern_plan_header_hash(const tern_plan_file_header *header, const tern_plan_section *table);

#endif
