/* SPDX-License-Identifier: Apache-2.0
 *
 * A plan in memory: spans of plain records over checked bytes.  The same records are the file
 * format (little-endian, fixed width, offsets and indices only; docs/plan-format.md is the
 * specification), so reading is checking: map, verify every checksum, offset, count and index,
 * and point.  Knows neither graphs nor operators: names, attribute bytes and expressions are
 * opaque here and checked by the runtime that resolves them.
 */
#ifndef TERN_PLAN_PLAN_H
#define TERN_PLAN_PLAN_H

#include "base/alloc.h"
#include "base/error.h"
#include "tern/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TERN_PLAN_NONE UINT32_MAX
#define TERN_PLAN_PAGE 4096u
#define TERN_PLAN_SCRATCH_HEAP UINT64_MAX

/* Bytes of the string section. */
typedef struct tern_plan_str {
    uint32_t at, size;
} tern_plan_str;

/* Where a value's bytes are. */
typedef enum tern_plan_home {
    TERN_PLAN_HOME_ARENA = 1, /* at: offset into the program's arena */
    TERN_PLAN_HOME_BLOB = 2,  /* at: index of a blob */
    TERN_PLAN_HOME_BINDING =
        3, /* at: index of a binding (the user's buffer); its own value, or a view of it */
    TERN_PLAN_HOME_HOST = 4, /* at: offset into the host arena (shape values) */
    TERN_PLAN_HOME_NONE = 5, /* consumed by packing: no bytes at run time */
    TERN_PLAN_HOME_HEAP = 6  /* at: number of a block that grows while running */
} tern_plan_home;

/*
 * What a step does to the order of steps.  Loops, and what a jump jumps over, lie inside one
 * another; the only way back is a LOOP_NEXT, and it counts.
 */
typedef enum tern_plan_control {
    TERN_PLAN_CONTROL_NONE = 0,
    TERN_PLAN_CONTROL_JUMP = 1,       /* forwards to target, unless the operand is true */
    TERN_PLAN_CONTROL_LOOP_BEGIN = 2, /* target: its LOOP_NEXT; goes behind it, or on */
    TERN_PLAN_CONTROL_LOOP_NEXT = 3,  /* target: its LOOP_BEGIN; goes behind it, or on */
    TERN_PLAN_CONTROL_LAST = 3
} tern_plan_control;

/* Loops and jumps inside one another. */
enum { TERN_PLAN_NESTING = 160 };

typedef struct tern_plan_value {
    uint8_t dtype, layout, rank, home;
    uint32_t flags;     /* reserved, 0 */
    uint64_t at;        /* meaning by home */
    uint64_t bytes_max; /* of the largest shape any profile allows; UINT64_MAX: no bound */
    int64_t dims[8];    /* tern_dim: numbers or references into the program's dim expressions */
    tern_plan_str name;
} tern_plan_value;

/* One step of the program.  Operands and results are indices into `values`, through the index
 * list. */
typedef struct tern_plan_step {
    uint32_t op;     /* operator id (pinned) */
    uint32_t device; /* 1 CPU, 2 CUDA */
    tern_plan_str tactic, name, origins;
    uint32_t x_first, x_count, own_count, y_first,
        y_count;                 /* ranges of `indices`; an absent operand is NONE */
    uint32_t packed_blob;        /* or NONE */
    uint32_t epilogue;           /* index of an expression record, or NONE */
    uint32_t place;              /* 0 device, 1 host: runs before the device work, on host values */
    uint32_t attr_at, attr_size; /* bytes of the attribute section */
    /* In the arena; bytes 0: none, TERN_PLAN_SCRATCH_HEAP: as many as it takes, on the heap. */
    uint64_t scratch_at, scratch_bytes;
    uint32_t control; /* tern_plan_control */
    uint32_t target;  /* of control flow: another step; else NONE or 0 */
} tern_plan_step;

typedef struct tern_plan_dim { /* as op/dim.h's tern_dim_expr */
    int32_t op, reserved;
    int64_t a, b;
} tern_plan_dim;

/* What a symbol's value is read from when the context runs. */
typedef struct tern_plan_symbol {
    tern_plan_str name;
    uint32_t binding;       /* input that defines it */
    uint32_t axis;          /* its extent along this axis, or (shape input) element */
    uint32_t from_contents; /* 1: element `axis` of a shape input */
    uint32_t reserved;
} tern_plan_symbol;

typedef struct tern_plan_binding {
    tern_plan_str name;
    uint32_t value;              /* index into values */
    uint32_t is_input, is_shape; /* is_shape: read or written on the host */
    uint32_t format;             /* TensorRT format bit chosen; 0: linear */
    tern_plan_str dim_names[8];
} tern_plan_binding;

/* Allowed range of one input under one profile: profiles[p * input_count + i]. */
typedef struct tern_plan_range {
    int64_t min[8], opt[8], max[8]; /* extents of an execution input */
    uint32_t value_count,
        value_first; /* of a shape input: 3 * value_count of `range_values`: all min, opt, max */
} tern_plan_range;

typedef struct tern_plan_blob {
    uint64_t at, size; /* in the weights section, page-aligned to 64 at least */
    uint64_t hash;     /* content address: equal blobs are stored once */
} tern_plan_blob;

enum {
    TERN_PLAN_FLAG_IMPLICIT_BATCH = 1,
    TERN_PLAN_FLAG_MAY_ALLOCATE = 2,
    TERN_PLAN_FLAG_REFITTABLE = 4
};

/* Options and facts of a build that the loader and the inspector want. */
typedef struct tern_plan_header {
    uint32_t flags;
    uint32_t isa;         /* tern_isa the program needs */
    int32_t max_batch;    /* of an implicit batch */
    int32_t threads;      /* participants the splits were made for */
    uint32_t input_count; /* bindings: inputs first, then outputs */
    uint32_t profile_count;
    uint64_t arena_bytes, host_bytes;
    uint32_t library_version; /* major << 16 | minor << 8 | patch of the writer */
    uint32_t verbosity;       /* profiling verbosity: what report holds */
    uint32_t devices;         /* bits 1 << device of the steps; the writer fills it */
    uint32_t capability;      /* CUDA compute capability, major << 8 | minor; 0: none */
    uint32_t built_isa;  /* level it was built on: tactics that choose kernels themselves see it */
    uint32_t heap_count; /* blocks that grow while running; only with MAY_ALLOCATE */
} tern_plan_header;

/* Spans; all memory belongs to `bytes` of a loaded plan, or to the builder of an image to be
 * written. */
typedef struct tern_plan {
    tern_plan_header header;
    const char *strings;
    size_t strings_size;
    const uint8_t *attrs;
    size_t attrs_size;
    const tern_plan_value *values;
    const tern_plan_step *steps;
    const uint32_t *indices;
    const tern_plan_dim *dims;
    const tern_plan_symbol *symbols;
    const tern_plan_binding *bindings;
    const tern_plan_range *ranges;
    const int64_t *range_values;
    const uint8_t *exprs; /* tern_expr structs as the kernels take them, expr_size bytes each */
    const tern_plan_blob *blobs;
    const uint8_t *weights;
    size_t weights_size;
    const char *report; /* JSON text of the build report, may be empty */
    size_t report_size;
    uint32_t value_count, step_count, index_count, dim_count, symbol_count, binding_count,
        range_count, range_value_count, expr_count, expr_size, blob_count;
    tern_plan_str name;  /* of the network */
    tern_plan_str needs; /* libraries by name and version, space separated; usually empty */

    /* Of a plan that was read: all its programs (this is number `program`). */
    const void *file;
    uint32_t program_count, program;
} tern_plan;

_Static_assert(sizeof(tern_plan_value) == 96, "stored in plans");
_Static_assert(sizeof(tern_plan_step) == 96, "stored in plans");
_Static_assert(sizeof(tern_plan_dim) == 24, "stored in plans");
_Static_assert(sizeof(tern_plan_symbol) == 24, "stored in plans");
_Static_assert(sizeof(tern_plan_binding) == 88, "stored in plans");
_Static_assert(sizeof(tern_plan_range) == 200, "stored in plans");
_Static_assert(sizeof(tern_plan_blob) == 24, "stored in plans");
_Static_assert(sizeof(tern_plan_header) == 64, "stored in plans");

/* How much a load verifies. */
typedef enum tern_plan_verify {
    TERN_PLAN_VERIFY_ALL = 0,
    TERN_PLAN_VERIFY_TABLES = 1
} tern_plan_verify;

/*
 * Checks `size` bytes (8-byte aligned) and points `out_plan` into them: the first program; all
 * are checked.  BAD_MODEL: damaged or foreign; VERSION: made by another format version, byte
 * order, or with sections this library must not ignore.  `who`: file name or "memory".
 */
tern_status tern_plan_read(const void *bytes, size_t size, tern_plan_verify verify, const char *who,
                           tern_plan *out_plan);

/* Another program of a plan that was read; number < program_count. */
void tern_plan_program(const tern_plan *any, uint32_t number, tern_plan *out_plan);

/*
 * Everything that can be said of one program's tables without knowing operators; `who` as
 * above.  What read trusts and write insists on.
 */
tern_status tern_plan_check(const tern_plan *plan, const char *who);

/*
 * Writes an image: the size first (bytes NULL), then the bytes.  The same image gives the same
 * bytes.  The image is checked first; equal blobs are stored once, so `at` and `hash` of its
 * blobs may change on the way.
 */
tern_status tern_plan_write(const tern_plan *image, void *bytes, size_t capacity, size_t *out_size);

/* The same for several programs over one network, best first. */
tern_status tern_plan_write_all(const tern_plan *images, uint32_t count, void *bytes,
                                size_t capacity, size_t *out_size);

/* Dims of a plan as plan/ knows them: op/dim.h's numbers, which the runtime asserts to be equal. */
enum {
    TERN_PLAN_DIM_OP_SYMBOL = 1,
    TERN_PLAN_DIM_OP_SCALE = 13,
    TERN_PLAN_DIM_OP_DATA = 14, /* b: its number among the DATA expressions of the program */
    TERN_PLAN_DIM_OP_LAST = 14
};
#define TERN_PLAN_DIM_BASE (INT64_MIN + 1)

static inline bool tern_plan_dim_is_number(int64_t d)
{
    return d > INT64_MIN / 2;
}

static inline const tern_plan_range *tern_plan_range_at(const tern_plan *plan, uint32_t profile,
                                                        uint32_t input)
{
    return &plan->ranges[(size_t)profile * plan->header.input_count + input];
}

/* --- the arena planner (memory.c), a pure function used by build and runtime --- */

typedef struct tern_memory_item {
    uint64_t bytes;
    uint32_t first, last; /* steps during which it lives, inclusive */
    uint64_t at;          /* out: offset, aligned to 64 (4096 for items over 2 MiB) */
} tern_memory_item;

/* Greedy by size, ties by first use: deterministic.  Fills `at`, gives the total and the lower
 * bound (live bytes). */
tern_status tern_memory_plan(tern_memory_item *items, size_t count, tern_allocator allocator,
                             uint64_t *out_total, uint64_t *out_lower_bound);

#endif
