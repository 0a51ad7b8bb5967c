/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of symbolic extents: hash-consing, evaluation and intervals.  Simplification is
 * dim_make.c, text dim_text.c.
 */
#include "op/dim.h"

#include "base/alloc.h"
#include "base/array.h"
#include "op/dim_internal.h"

#include <math.h>
#include <string.h>

void tern_dim_table_init(tern_dim_table *t, tern_allocator allocator, tern_arena *arena)
{
    memset(t, 0, sizeof *t);
    t->allocator = allocator;
    t->arena = arena;
    t->status = TERN_OK;
}

void tern_dim_table_clear(tern_dim_table *t)
{
    tern_array_free(t->allocator, &t->exprs, &t->expr_capacity, sizeof *t->exprs);
    tern_array_free(t->allocator, &t->symbols, &t->symbol_capacity, sizeof *t->symbols);
    tern_free(t->allocator, t->slots, t->slot_count * sizeof *t->slots);
    tern_dim_table_init(t, t->allocator, t->arena);
}

/* ---- hash-consing ---- */

static size_t slot_hash(int32_t op, tern_dim a, tern_dim b)
{
    uint64_t h = (uint64_t)op * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ (uint64_t)a) * UINT64_C(0xd6e8feb86659fd93);
    h = (h ^ (h >> 29) ^ (uint64_t)b) * UINT64_C(0xd6e8feb86659fd93);
    return (size_t)(h ^ (h >> 32));
}

static void slot_put(tern_dim_table *t, uint32_t id)
{
    const tern_dim_expr *const e = &t->exprs[id];
    size_t at = slot_hash(e->op, e->a, e->b) & (t->slot_count - 1);
    while (t->slots[at] != 0) {
        at = (at + 1) & (t->slot_count - 1);
    }
    t->slots[at] = id + 1;
}

/* Keeps the index at most half full. */
static tern_status slots_grow(tern_dim_table *t)
{
    if (2 * (t->expr_count + 1) <= t->slot_count) {
        return TERN_OK;
    }
    const size_t count = t->slot_count == 0 ? 64 : 2 * t->slot_count;
    uint32_t *const slots = tern_alloc_items(t->allocator, count, sizeof *slots, sizeof *slots);
    if (slots == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    tern_free(t->allocator, t->slots, t->slot_count * sizeof *t->slots);
    t->slots = slots;
    t->slot_count = count;
    for (size_t i = 0; i < t->expr_count; i++) {
        slot_put(t, (uint32_t)i);
    }
    return TERN_OK;
}

tern_dim tern_dim_intern(tern_dim_table *t, tern_dim_opcode op, tern_dim a, tern_dim b)
{
    if (t->status != TERN_OK) {
        return 0;
    }
    if (t->slot_count > 0) {
        size_t at = slot_hash((int32_t)op, a, b) & (t->slot_count - 1);
        while (t->slots[at] != 0) {
            const tern_dim_expr *const e = &t->exprs[t->slots[at] - 1];
            if (e->op == (int32_t)op && e->a == a && e->b == b) {
                return TERN_DIM_EXPR_BASE + (tern_dim)(t->slots[at] - 1);
            }
            at = (at + 1) & (t->slot_count - 1);
        }
    }
    if (t->expr_count >= UINT32_MAX - 1) {
        t->status = tern_fail_memory(t->expr_count * sizeof *t->exprs);
        return 0;
    }
    t->status = slots_grow(t);
    if (t->status == TERN_OK) {
        t->status = tern_array_grow(t->allocator, &t->exprs, &t->expr_capacity, t->expr_count + 1,
                                    sizeof *t->exprs);
    }
    if (t->status != TERN_OK) {
        return 0;
    }
    const uint32_t id = (uint32_t)t->expr_count;
    t->exprs[t->expr_count++] = (tern_dim_expr){.op = (int32_t)op, .a = a, .b = b};
    slot_put(t, id);
    return TERN_DIM_EXPR_BASE + (tern_dim)id;
}

tern_dim tern_dim_symbol_get(tern_dim_table *t, tern_str name)
{
    if (t->status != TERN_OK) {
        return 0;
    }
    for (size_t i = 0; i < t->symbol_count; i++) {
        if (tern_str_equal(t->symbols[i].name, name)) {
            return tern_dim_intern(t, TERN_DIM_SYMBOL, (tern_dim)i, 0);
        }
    }
    char *const text = tern_arena_copy(t->arena, name.len > 0 ? name.at : "", name.len, 1);
    if (text == NULL) {
        t->status = TERN_OUT_OF_MEMORY;
        return 0;
    }
    t->status = tern_array_grow(t->allocator, &t->symbols, &t->symbol_capacity, t->symbol_count + 1,
                                sizeof *t->symbols);
    if (t->status != TERN_OK) {
        return 0;
    }
    t->symbols[t->symbol_count++] = (tern_dim_symbol){
        .name = {.at = text, .len = name.len}, .low = 0, .high = TERN_DIM_UNBOUNDED};
    return tern_dim_intern(t, TERN_DIM_SYMBOL, (tern_dim)t->symbol_count - 1, 0);
}

tern_status tern_dim_table_copy(tern_dim_table *dst, const tern_dim_table *src)
{
    tern_dim_table_clear(dst);
    for (size_t i = 0; i < src->symbol_count; i++) {
        const tern_dim_symbol *const s = &src->symbols[i];
        char *const text = tern_arena_copy(dst->arena, s->name.at, s->name.len, 1);
        if (text == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        TERN_TRY(tern_array_grow(dst->allocator, &dst->symbols, &dst->symbol_capacity,
                                 dst->symbol_count + 1, sizeof *dst->symbols));
        dst->symbols[dst->symbol_count] = *s;
        dst->symbols[dst->symbol_count++].name.at = text;
    }
    for (size_t i = 0; i < src->expr_count;
         i++) { /* one by one: same ids, and the index is built */
        const tern_dim_expr *const e = &src->exprs[i];
        (void)tern_dim_intern(dst, (tern_dim_opcode)e->op, e->a, e->b);
    }
    return dst->status;
}

/* ---- arithmetic that saturates; results are always numbers in the sense of tern_dim_known ---- */

int64_t tern_dim_clamp(int64_t x)
{
    return x < TERN_DIM_LOWEST ? TERN_DIM_LOWEST : x;
}

static int64_t add_clamped(int64_t a, int64_t b)
{
    int64_t r;
    if (!tern_int64_add(a, b, &r)) {
        return a < 0 ? TERN_DIM_LOWEST : INT64_MAX;
    }
    return tern_dim_clamp(r);
}

static int64_t sub_clamped(int64_t a, int64_t b)
{
    int64_t r;
    if (!tern_int64_sub(a, b, &r)) {
        return a < 0 ? TERN_DIM_LOWEST : INT64_MAX;
    }
    return tern_dim_clamp(r);
}

static int64_t mul_clamped(int64_t a, int64_t b)
{
    int64_t r;
    if (!tern_int64_mul(a, b, &r)) {
        return (a < 0) != (b < 0) ? TERN_DIM_LOWEST : INT64_MAX;
    }
    return tern_dim_clamp(r);
}

static int64_t floor_of(int64_t a, int64_t b)
{
    if (b <= 0) {
        return 0;
    }
    return a / b - (a % b < 0 ? 1 : 0);
}

static int64_t scale_of(int64_t a, int64_t bits)
{
    double factor;
    memcpy(&factor, &bits, sizeof factor);
    const double y = floor((double)a * factor);
    if (!(y > (double)TERN_DIM_LOWEST)) { /* NaN too */
        return isnan(y) ? 0 : TERN_DIM_LOWEST;
    }
    return y >= 9223372036854775807.0 ? INT64_MAX : (int64_t)y;
}

int64_t tern_dim_apply(int32_t op, int64_t a, int64_t b)
{
    switch (op) {
    case TERN_DIM_ADD: return add_clamped(a, b);
    case TERN_DIM_SUB: return sub_clamped(a, b);
    case TERN_DIM_MUL: return mul_clamped(a, b);
    case TERN_DIM_FLOOR_DIV: return tern_dim_clamp(floor_of(a, b));
    case TERN_DIM_CEIL_DIV: return b <= 0 ? 0 : tern_dim_clamp(a / b + (a % b > 0 ? 1 : 0));
    case TERN_DIM_MOD: return b <= 0 ? 0 : a % b < 0 ? a % b + b : a % b;
    case TERN_DIM_MIN: return a < b ? a : b;
    case TERN_DIM_MAX: return a > b ? a : b;
    case TERN_DIM_EQUAL: return a == b;
    case TERN_DIM_LESS: return a < b;
    case TERN_DIM_TRUNC_DIV: return b == 0 ? 0 : tern_dim_clamp(a / b);
    case TERN_DIM_SCALE: return scale_of(a, b);
    default: /* DATA: the bound, until the step that knows writes the extent */ return a;
    }
}

/* The operand's value; what is not evaluated yet (only in a broken table) counts as 0. */
static int64_t operand(tern_dim d, const int64_t *values, size_t done)
{
    if (tern_dim_known(d)) {
        return d;
    }
    return tern_dim_id(d) < done && d != TERN_DIM_NONE ? values[tern_dim_id(d)] : 0;
}

int64_t tern_dim_evaluate_one(const tern_dim_expr *exprs, size_t id, const int64_t *values)
{
    const tern_dim_expr *const e = &exprs[id];
    const int64_t a = operand(e->a, values, id);
    const int64_t b = e->op == TERN_DIM_SCALE ? e->b : operand(e->b, values, id);
    return tern_dim_apply(e->op, a, b);
}

void tern_dim_evaluate(const tern_dim_expr *exprs, size_t expr_count, const int64_t *symbol_values,
                       int64_t *values)
{
    for (size_t i = 0; i < expr_count; i++) {
        values[i] = exprs[i].op == TERN_DIM_SYMBOL ? tern_dim_clamp(symbol_values[exprs[i].a])
                                                   : tern_dim_evaluate_one(exprs, i, values);
    }
}

/* ---- intervals ---- */

typedef struct interval {
    int64_t low, high;
} interval;

static const interval anything = {TERN_DIM_LOWEST, INT64_MAX};

static interval corners(int32_t op, interval a, interval b)
{
    const int64_t v[4] = {tern_dim_apply(op, a.low, b.low), tern_dim_apply(op, a.low, b.high),
                          tern_dim_apply(op, a.high, b.low), tern_dim_apply(op, a.high, b.high)};
    interval r = {v[0], v[0]};
    for (int i = 1; i < 4; i++) {
        r.low = v[i] < r.low ? v[i] : r.low;
        r.high = v[i] > r.high ? v[i] : r.high;
    }
    return r;
}

/* Interval of one expression from those of its operands. */
static interval combine(const tern_dim_expr *e, interval a, interval b)
{
    switch (e->op) {
    case TERN_DIM_SUB:
        return (interval){tern_dim_apply(e->op, a.low, b.high),
                          tern_dim_apply(e->op, a.high, b.low)};
    case TERN_DIM_FLOOR_DIV:
    case TERN_DIM_CEIL_DIV:
    case TERN_DIM_TRUNC_DIV: return b.low > 0 ? corners(e->op, a, b) : anything;
    case TERN_DIM_MOD: return (interval){0, b.high > 0 ? b.high - 1 : 0};
    case TERN_DIM_EQUAL:
    case TERN_DIM_LESS: return (interval){0, 1};
    case TERN_DIM_SCALE: {
        const int64_t x = scale_of(a.low, e->b), y = scale_of(a.high, e->b);
        return x < y ? (interval){x, y} : (interval){y, x};
    }
    case TERN_DIM_DATA: return (interval){0, a.high};
    default: return corners(e->op, a, b);
    }
}

/* *budget bounds the work on expressions that share operands many times; when used up, anything is
 * possible. */
static interval bounds(const tern_dim_table *t, tern_dim d, int *budget)
{
    if (tern_dim_known(d)) {
        return (interval){d, d};
    }
    if (*budget <= 0 || tern_dim_id(d) >= t->expr_count) {
        return anything;
    }
    *budget -= 1;
    const tern_dim_expr *const e = &t->exprs[tern_dim_id(d)];
    if (e->op == TERN_DIM_SYMBOL) {
        return (interval){t->symbols[e->a].low, t->symbols[e->a].high};
    }
    const interval a = bounds(t, e->a, budget);
    if (e->op == TERN_DIM_SCALE || e->op == TERN_DIM_DATA) {
        return combine(e, a, a);
    }
    return combine(e, a, bounds(t, e->b, budget));
}

void tern_dim_bounds(const tern_dim_table *t, tern_dim d, int64_t *out_low, int64_t *out_high)
{
    int budget = 512; /* also bounds the depth of the recursion */
    const interval r = bounds(t, d, &budget);
    *out_low = r.low;
    *out_high = r.high;
}

static bool depends(const tern_dim_table *t, tern_dim d, int *budget)
{
    if (tern_dim_known(d) || d == TERN_DIM_NONE || tern_dim_id(d) >= t->expr_count) {
        return false;
    }
    const tern_dim_expr *const e = &t->exprs[tern_dim_id(d)];
    if (e->op == TERN_DIM_SYMBOL) {
        return false;
    }
    if (e->op == TERN_DIM_DATA || *budget <= 0) {
        return true;
    }
    *budget -= 1;
    return depends(t, e->a, budget) || (e->op != TERN_DIM_SCALE && depends(t, e->b, budget));
}

bool tern_dim_depends_on_data(const tern_dim_table *t, tern_dim d)
{
    int budget = 512; /* also bounds the depth of the recursion; when used up, it may */
    return depends(t, d, &budget);
}
