/* SPDX-License-Identifier: Apache-2.0
 *
 * Symbolic extents.  A tern_dim is either a number or a reference to an expression in a
 * tern_dim_table; the table is in evaluation order (operands come first), hash-consed (equal
 * expressions have equal ids), and is written into plans as it stands: the context's shape program
 * is one pass over it.  Used by ir, plan and runtime alike.
 *
 *     number       any int64 above INT64_MIN/2 (contents of shape tensors may be negative)
 *     expression   INT64_MIN + 1 + id
 */
#ifndef TERN_OP_DIM_H
#define TERN_OP_DIM_H

#include "base/arena.h"
#include "base/str.h"
#include "tern/base.h"

#include <stdbool.h>
#include <stdint.h>

typedef int64_t tern_dim;

#define TERN_DIM_EXPR_BASE (INT64_MIN + 1)
#define TERN_DIM_NONE INT64_MIN            /* "not known", never stored in a type */
#define TERN_DIM_UNBOUNDED (INT64_MAX / 4) /* the bound of what has none */

/*
 * Pinned: plans store them.  DATA is an extent that only the contents of tensors tell: the step
 * that makes it known writes it when it runs; until then it counts as its bound a.  b is a number
 * that tells one such extent from another.
 */
typedef enum tern_dim_opcode {
    TERN_DIM_SYMBOL = 1,    /* a: index into the symbol list */
    TERN_DIM_ADD = 2,       /* a + b */
    TERN_DIM_SUB = 3,       /* a - b */
    TERN_DIM_MUL = 4,       /* a * b */
    TERN_DIM_FLOOR_DIV = 5, /* floor(a / b), b > 0, else 0 */
    TERN_DIM_CEIL_DIV = 6,  /* ceil(a / b), b > 0, else 0 */
    TERN_DIM_MOD = 7,       /* a - floor(a / b) * b, b > 0, else 0 */
    TERN_DIM_MIN = 8,
    TERN_DIM_MAX = 9,
    TERN_DIM_EQUAL = 10,     /* a == b ? 1 : 0 */
    TERN_DIM_LESS = 11,      /* a < b ? 1 : 0 */
    TERN_DIM_TRUNC_DIV = 12, /* C's a / b, b != 0, else 0 */
    TERN_DIM_SCALE = 13,     /* floor(a * b), b the bit pattern of a double (resize) */
    TERN_DIM_DATA = 14
} tern_dim_opcode;

typedef struct tern_dim_expr {
    int32_t op; /* tern_dim_opcode */
    int32_t reserved;
    tern_dim a, b;
} tern_dim_expr;

/* A symbol is an unknown of the model: an input's extent, or an element of a shape input. */
typedef struct tern_dim_symbol {
    tern_str name;     /* "N"; unique in the table */
    int64_t low, high; /* bounds that hold in every profile; [0, INT64_MAX/4] when not known yet */
} tern_dim_symbol;

typedef struct tern_dim_table {
    tern_arena *arena; /* owns the arrays' text; borrowed */
    tern_allocator allocator;
    tern_dim_expr *exprs;
    size_t expr_count, expr_capacity;
    tern_dim_symbol *symbols;
    size_t symbol_count, symbol_capacity;
    uint32_t *slots; /* hash index of exprs: id + 1, 0 empty; slot_count is a power of two */
    size_t slot_count;
    tern_status status; /* sticky: the first failure (memory); calls after it return 0 */
} tern_dim_table;

void tern_dim_table_init(tern_dim_table *t, tern_allocator allocator, tern_arena *arena);
void tern_dim_table_clear(tern_dim_table *t);
tern_status tern_dim_table_copy(tern_dim_table *dst, const tern_dim_table *src);

static inline bool tern_dim_known(tern_dim d)
{
    return d > INT64_MIN / 2;
}

static inline uint32_t tern_dim_id(tern_dim d)
{
    return (uint32_t)(d - TERN_DIM_EXPR_BASE);
}

/* The symbol called `name`, made when new. */
tern_dim tern_dim_symbol_get(tern_dim_table *t, tern_str name);

/*
 * a op b, simplified: constants are folded, sums are collected into linear terms in order of
 * creation, products into sorted factors, and floor divisions are reduced, so equal extents mostly
 * get equal ids.  Cancelling a factor against the divisor assumes that it is not 0.  For DATA, b
 * is a number that tells one such extent from another.
 */
tern_dim tern_dim_make(tern_dim_table *t, tern_dim_opcode op, tern_dim a, tern_dim b);

/* A new extent that depends on data, 0..bound. */
tern_dim tern_dim_make_data(tern_dim_table *t, tern_dim bound);

/*
 * Values of all expressions, in table order, from the values of all symbols.  `values` has
 * expr_count elements. Saturates instead of overflowing; never fails.
 */
void tern_dim_evaluate(const tern_dim_expr *exprs, size_t expr_count, const int64_t *symbol_values,
                       int64_t *values);

/* The value of expression `id`, which is no symbol, from those before it (DATA: its bound). */
int64_t tern_dim_evaluate_one(const tern_dim_expr *exprs, size_t id, const int64_t *values);

static inline int64_t tern_dim_value(tern_dim d, const int64_t *values)
{
    return tern_dim_known(d) ? d : values[tern_dim_id(d)];
}

/* Interval of `d` given the symbols' low and high. */
void tern_dim_bounds(const tern_dim_table *t, tern_dim d, int64_t *out_low, int64_t *out_high);

/* Is some part of `d` an extent that depends on data? */
bool tern_dim_depends_on_data(const tern_dim_table *t, tern_dim d);

/* Certainly equal for every value of the symbols?  (Equal ids, or equal numbers.) */
static inline bool tern_dim_same(tern_dim a, tern_dim b)
{
    return a == b;
}

/*
 * May they be equal for some values of the symbols?  Shape rules take what may be true: every step
 * is inferred again when its extents are numbers (on setting shapes), and refused then if it is
 * not.
 */
static inline bool tern_dim_may_equal(tern_dim a, tern_dim b)
{
    return a == b || !tern_dim_known(a) || !tern_dim_known(b);
}

/* Of two extents that have to be equal, the one that says more: the number, if there is one. */
static inline tern_dim tern_dim_merge(tern_dim a, tern_dim b)
{
    return tern_dim_known(a) || !tern_dim_known(b) ? a : b;
}

/* What two extents broadcast to by 1; TERN_DIM_NONE when they never do.  Of two different unknowns
 * it is the larger: either may turn out to be the 1. */
tern_dim tern_dim_broadcast(tern_dim_table *t, tern_dim a, tern_dim b);

/* Product of `count` dims. */
tern_dim tern_dim_product(tern_dim_table *t, const tern_dim *dims, int32_t count);

/* Text: "N", "N*2", "(H+6)/2" (floor), ceildiv(H,2), min(a,b); parse makes the symbols it meets. */
void tern_dim_print(tern_text *out, const tern_dim_table *t, tern_dim d);
void tern_dims_print(tern_text *out, const tern_dim_table *t, const tern_dim *dims,
                     int32_t rank); /* [N,3,224] */
tern_status tern_dim_parse(tern_dim_table *t, const char **at, const char *end, tern_dim *out_dim);

#endif
