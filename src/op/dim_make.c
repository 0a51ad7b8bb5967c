/* SPDX-License-Identifier: Apache-2.0
 *
 * Simplification of symbolic extents.  A sum is kept as linear terms over atoms (coefficient x
 * atom, sorted) and a constant, a product of atoms as sorted factors; both are written back as
 * trees of ADD and MUL in that order, so equal sums become equal trees and hash-consing makes them
 * equal ids.  The order is one of structure, symbols first: what is printed and read again is made
 * in another order, and sorted the same way.
 */
#include "base/alloc.h"
#include "op/dim_internal.h"

#include <string.h>

enum { TERMS_MAX = 16 };

typedef struct linear {
    int count;
    int64_t constant;
    tern_dim atoms[TERMS_MAX];  /* sorted */
    int64_t factors[TERMS_MAX]; /* never 0 */
} linear;

typedef struct factors {
    int count;
    tern_dim atoms[TERMS_MAX]; /* sorted, repeated for powers */
} factors;

static const tern_dim_expr *expr_of(const tern_dim_table *t, tern_dim d)
{
    return &t->exprs[tern_dim_id(d)];
}

/*
 * By structure, never by id: symbols in their own order, then the other operators by their
 * operands. Equal expressions have equal ids, so one path down decides.
 */
static bool comes_before(const tern_dim_table *t, tern_dim a, tern_dim b)
{
    while (a != b && !tern_dim_known(a) && !tern_dim_known(b)) {
        const tern_dim_expr *const x = expr_of(t, a), *const y = expr_of(t, b);
        if (x->op != y->op) {
            return x->op < y->op; /* SYMBOL is the first */
        }
        if (x->op == TERN_DIM_SYMBOL || (x->a == y->a && x->op == TERN_DIM_SCALE)) {
            return x->op == TERN_DIM_SYMBOL ? x->a < y->a : x->b < y->b;
        }
        const bool same = x->a == y->a;
        a = same ? x->b : x->a;
        b = same ? y->b : y->a;
    }
    return tern_dim_known(a) != tern_dim_known(b) ? tern_dim_known(b) : a < b; /* numbers last */
}

/* Of an operator whose operands may change places. */
static tern_dim intern_sorted(tern_dim_table *t, tern_dim_opcode op, tern_dim a, tern_dim b)
{
    const bool is_sorted = comes_before(t, a, b);
    return tern_dim_intern(t, op, is_sorted ? a : b, is_sorted ? b : a);
}

/* ---- sums ---- */

static bool linear_add_term(const tern_dim_table *t, linear *l, tern_dim atom, int64_t factor)
{
    int at = 0;
    if (factor == INT64_MIN) { /* cannot be negated */
        return false;
    }
    while (at < l->count && comes_before(t, l->atoms[at], atom)) {
        at++;
    }
    if (at < l->count && l->atoms[at] == atom) {
        if (!tern_int64_add(l->factors[at], factor, &l->factors[at])) {
            return false;
        }
        if (l->factors[at] != 0) {
            return l->factors[at] != INT64_MIN;
        }
        l->count--;
        memmove(&l->atoms[at], &l->atoms[at + 1], (size_t)(l->count - at) * sizeof l->atoms[0]);
        memmove(&l->factors[at], &l->factors[at + 1],
                (size_t)(l->count - at) * sizeof l->factors[0]);
        return true;
    }
    if (l->count == TERMS_MAX) {
        return false;
    }
    memmove(&l->atoms[at + 1], &l->atoms[at], (size_t)(l->count - at) * sizeof l->atoms[0]);
    memmove(&l->factors[at + 1], &l->factors[at], (size_t)(l->count - at) * sizeof l->factors[0]);
    l->atoms[at] = atom;
    l->factors[at] = factor;
    l->count++;
    return true;
}

/* l += d * factor; false when it does not fit (then the sum stays as it is written). */
static bool linear_add(const tern_dim_table *t, linear *l, tern_dim d, int64_t factor)
{
    while (!tern_dim_known(d)) {
        const tern_dim_expr *const e = expr_of(t, d);
        if (e->op == TERN_DIM_ADD) {
            if (!linear_add(t, l, e->b, factor)) {
                return false;
            }
            d = e->a;
        } else if (e->op == TERN_DIM_MUL && tern_dim_known(e->b)) {
            if (!tern_int64_mul(factor, e->b, &factor)) {
                return false;
            }
            d = e->a;
        } else {
            return factor == 0 || linear_add_term(t, l, d, factor);
        }
    }
    int64_t product;
    return tern_int64_mul(d, factor, &product) &&
           tern_int64_add(l->constant, product, &l->constant);
}

static tern_dim linear_build(tern_dim_table *t, const linear *l)
{
    if (l->count == 0) {
        return tern_dim_clamp(l->constant);
    }
    tern_dim sum = 0;
    for (int i = 0; i < l->count; i++) {
        tern_dim term = l->atoms[i];
        if (l->factors[i] != 1) {
            term = tern_dim_intern(t, TERN_DIM_MUL, term, tern_dim_clamp(l->factors[i]));
        }
        sum = i == 0 ? term : tern_dim_intern(t, TERN_DIM_ADD, sum, term);
    }
    if (l->constant != 0) {
        sum = tern_dim_intern(t, TERN_DIM_ADD, sum, tern_dim_clamp(l->constant));
    }
    return sum;
}

static tern_dim scaled(tern_dim_table *t, tern_dim d, int64_t factor)
{
    if (tern_dim_known(d)) {
        return tern_dim_apply(TERN_DIM_MUL, d, factor);
    }
    return factor == 1 ? d : tern_dim_intern(t, TERN_DIM_MUL, d, tern_dim_clamp(factor));
}

/* a * x + b * y as a sum; unsimplified when it has too many terms or its numbers overflow. */
static tern_dim combine(tern_dim_table *t, tern_dim a, int64_t x, tern_dim b, int64_t y)
{
    linear l = {0};
    if (linear_add(t, &l, a, x) && linear_add(t, &l, b, y)) {
        return linear_build(t, &l);
    }
    const tern_dim left = scaled(t, a, x), right = scaled(t, b, y);
    return right == 0 ? left : tern_dim_intern(t, TERN_DIM_ADD, left, right);
}

/* ---- products ---- */

static bool factors_add(const tern_dim_table *t, factors *f, tern_dim d)
{
    while (expr_of(t, d)->op == TERN_DIM_MUL && !tern_dim_known(expr_of(t, d)->b)) {
        if (!factors_add(t, f, expr_of(t, d)->b)) {
            return false;
        }
        d = expr_of(t, d)->a;
    }
    if (f->count == TERMS_MAX) {
        return false;
    }
    int at = f->count++;
    for (; at > 0 && comes_before(t, d, f->atoms[at - 1]); at--) {
        f->atoms[at] = f->atoms[at - 1];
    }
    f->atoms[at] = d;
    return true;
}

static tern_dim factors_build(tern_dim_table *t, const factors *f)
{
    tern_dim product = f->count > 0 ? f->atoms[0] : 1;
    for (int i = 1; i < f->count; i++) {
        product = tern_dim_intern(t, TERN_DIM_MUL, product, f->atoms[i]);
    }
    return product;
}

/* d as coefficient x product; a sum of several terms is one factor. */
static bool split(const tern_dim_table *t, tern_dim d, int64_t *out_coefficient,
                  factors *out_factors)
{
    const tern_dim_expr *const e = expr_of(t, d);
    out_factors->count = 0;
    *out_coefficient = 1;
    if (e->op == TERN_DIM_MUL && tern_dim_known(e->b)) {
        *out_coefficient = e->b;
        return factors_add(t, out_factors, e->a);
    }
    return factors_add(t, out_factors, d);
}

static tern_dim multiply(tern_dim_table *t, tern_dim a, tern_dim b)
{
    if (tern_dim_known(a) || tern_dim_known(b)) {
        const tern_dim x = tern_dim_known(a) ? b : a;
        return combine(t, x, tern_dim_known(a) ? a : b, 0, 0);
    }
    int64_t ca, cb, coefficient;
    factors fa, fb;
    if (!split(t, a, &ca, &fa) || !split(t, b, &cb, &fb) || !tern_int64_mul(ca, cb, &coefficient) ||
        fa.count + fb.count > TERMS_MAX) {
        return intern_sorted(t, TERN_DIM_MUL, a, b);
    }
    for (int i = 0; i < fb.count; i++) {
        (void)factors_add(t, &fa, fb.atoms[i]);
    }
    const tern_dim product = factors_build(t, &fa);
    return t->status != TERN_OK ? 0 : combine(t, product, coefficient, 0, 0);
}

/* ---- quotients ---- */

static int64_t gcd(int64_t a, int64_t b)
{
    a = a < 0 ? -a : a;
    while (b != 0) {
        const int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/*
 * floor((terms + r) / b), b > 1, 0 <= r < b, no factor a multiple of b.  Common divisors go, and a
 * floor of a floor is one floor: floor((floor(x / c) + r) / b) == floor((x + r * c) / (b * c)).
 */
static tern_dim floor_reduced(tern_dim_table *t, linear *l, int64_t b)
{
    int64_t common = b;
    for (int i = 0; i < l->count; i++) {
        common = gcd(l->factors[i], common);
    }
    for (int i = 0; i < l->count; i++) {
        l->factors[i] /= common;
    }
    l->constant /= common;
    b /= common;
    if (l->count == 1 && l->factors[0] == 1) {
        const tern_dim_expr e = *expr_of(t, l->atoms[0]);
        int64_t divisor, shift;
        if (e.op == TERN_DIM_FLOOR_DIV && tern_dim_known(e.b) && tern_int64_mul(e.b, b, &divisor) &&
            tern_int64_mul(e.b, l->constant, &shift)) {
            return tern_dim_make(t, TERN_DIM_FLOOR_DIV, combine(t, e.a, 1, shift, 1), divisor);
        }
    }
    return tern_dim_intern(t, TERN_DIM_FLOOR_DIV, linear_build(t, l), b);
}

static tern_dim floor_divide_by(tern_dim_table *t, tern_dim a, int64_t b)
{
    if (b <= 0) {
        return 0;
    }
    linear l = {0}, whole = {0}, rest = {0};
    if (!linear_add(t, &l, a, 1)) {
        return tern_dim_intern(t, TERN_DIM_FLOOR_DIV, a, b);
    }
    for (int i = 0; i < l.count; i++) {
        linear *const to = l.factors[i] % b == 0 ? &whole : &rest;
        (void)linear_add_term(t, to, l.atoms[i], to == &whole ? l.factors[i] / b : l.factors[i]);
    }
    whole.constant = tern_dim_apply(TERN_DIM_FLOOR_DIV, l.constant, b);
    rest.constant = l.constant - whole.constant * b;
    const tern_dim quotient = linear_build(t, &whole);
    if (rest.count == 0 || t->status != TERN_OK) {
        return quotient;
    }
    return combine(t, quotient, 1, floor_reduced(t, &rest, b), 1);
}

/* a / b when b's factors cancel in every term of a; false otherwise. */
static bool cancel(tern_dim_table *t, tern_dim a, tern_dim b, tern_dim *out_quotient)
{
    linear l = {0};
    int64_t cb;
    factors fb;
    if (!linear_add(t, &l, a, 1) || l.constant != 0 || !split(t, b, &cb, &fb)) {
        return false;
    }
    tern_dim sum = 0;
    for (int i = 0; i < l.count; i++) {
        factors fa = {0};
        if (l.factors[i] % cb != 0 || !factors_add(t, &fa, l.atoms[i])) {
            return false;
        }
        for (int j = 0; j < fb.count; j++) {
            int at = 0;
            while (at < fa.count && fa.atoms[at] != fb.atoms[j]) {
                at++;
            }
            if (at == fa.count) {
                return false;
            }
            fa.count--;
            memmove(&fa.atoms[at], &fa.atoms[at + 1], (size_t)(fa.count - at) * sizeof fa.atoms[0]);
        }
        const tern_dim term = factors_build(t, &fa);
        if (t->status != TERN_OK) {
            return false;
        }
        sum = combine(t, sum, 1, term, l.factors[i] / cb);
    }
    *out_quotient = sum;
    return t->status == TERN_OK;
}

static tern_dim divide(tern_dim_table *t, tern_dim_opcode op, tern_dim a, tern_dim b)
{
    int64_t a_low, b_low, high;
    tern_dim quotient;
    if (op == TERN_DIM_TRUNC_DIV) {
        tern_dim_bounds(t, a, &a_low, &high);
        tern_dim_bounds(t, b, &b_low, &high);
        if (a_low < 0 || b_low <= 0) {
            return b == 1 ? a : tern_dim_intern(t, op, a, b);
        }
        op = TERN_DIM_FLOOR_DIV;
    }
    if (tern_dim_known(b)) {
        if (op == TERN_DIM_CEIL_DIV && b > 0) {
            a = combine(t, a, 1, b - 1, 1);
        }
        return tern_dim_known(a) ? tern_dim_apply(TERN_DIM_FLOOR_DIV, a, b)
                                 : floor_divide_by(t, a, b);
    }
    if (a == 0 || cancel(t, a, b, &quotient)) {
        return a == 0 ? 0 : quotient;
    }
    return t->status != TERN_OK ? 0 : tern_dim_intern(t, op, a, b);
}

/* ---- comparisons ---- */

/* Is a - b the same number for all values of the symbols? */
static bool constant_difference(const tern_dim_table *t, tern_dim a, tern_dim b, int64_t *out)
{
    linear l = {0};
    if (!linear_add(t, &l, a, 1) || !linear_add(t, &l, b, -1) || l.count != 0) {
        return false;
    }
    *out = l.constant;
    return true;
}

static tern_dim compare(tern_dim_table *t, tern_dim_opcode op, tern_dim a, tern_dim b)
{
    int64_t difference, a_low, a_high, b_low, b_high;
    const bool is_constant = constant_difference(t, a, b, &difference);
    tern_dim_bounds(t, a, &a_low, &a_high);
    tern_dim_bounds(t, b, &b_low, &b_high);
    const bool less = is_constant ? difference < 0 : a_high < b_low;
    const bool more = is_constant ? difference > 0 : a_low > b_high;
    const bool at_most = less || (is_constant ? difference == 0 : a_high <= b_low);
    const bool at_least = more || (is_constant ? difference == 0 : a_low >= b_high);
    if (op == TERN_DIM_EQUAL) {
        if (less || more) {
            return 0;
        }
        if (is_constant) {
            return 1;
        }
        return intern_sorted(t, op, a, b);
    }
    if (op == TERN_DIM_LESS) {
        return less ? 1 : at_least ? 0 : tern_dim_intern(t, op, a, b);
    }
    if (at_most) {
        return op == TERN_DIM_MIN ? a : b;
    }
    if (at_least) {
        return op == TERN_DIM_MIN ? b : a;
    }
    return intern_sorted(t, op, a, b);
}

static tern_dim remainder_of(tern_dim_table *t, tern_dim a, tern_dim b)
{
    const tern_dim quotient = divide(t, TERN_DIM_FLOOR_DIV, a, b);
    if (b == 1 || a == b) {
        return 0;
    }
    linear l = {0};
    if (tern_dim_known(b) && linear_add(t, &l, a, 1) && linear_add(t, &l, quotient, -b) &&
        l.count == 0) {
        return tern_dim_clamp(l.constant);
    }
    return tern_dim_intern(t, TERN_DIM_MOD, a, b);
}

tern_dim tern_dim_make(tern_dim_table *t, tern_dim_opcode op, tern_dim a, tern_dim b)
{
    if (t->status != TERN_OK) {
        return 0;
    }
    const bool both_known = tern_dim_known(a) && (op == TERN_DIM_SCALE || tern_dim_known(b));
    if (both_known && op != TERN_DIM_SYMBOL && op != TERN_DIM_DATA) {
        return tern_dim_apply((int32_t)op, a, b);
    }
    switch (op) {
    case TERN_DIM_ADD: return combine(t, a, 1, b, 1);
    case TERN_DIM_SUB: return combine(t, a, 1, b, -1);
    case TERN_DIM_MUL: return multiply(t, a, b);
    case TERN_DIM_FLOOR_DIV:
    case TERN_DIM_CEIL_DIV:
    case TERN_DIM_TRUNC_DIV: return divide(t, op, a, b);
    case TERN_DIM_MOD: return remainder_of(t, a, b);
    case TERN_DIM_MIN:
    case TERN_DIM_MAX:
    case TERN_DIM_EQUAL:
    case TERN_DIM_LESS: return compare(t, op, a, b);
    case TERN_DIM_SYMBOL:
    case TERN_DIM_SCALE:
    case TERN_DIM_DATA: break;
    }
    return tern_dim_intern(t, op, a, b);
}

tern_dim tern_dim_make_data(tern_dim_table *t, tern_dim bound)
{
    int64_t serial = 0;
    for (size_t i = 0; i < t->expr_count; i++) {
        if (t->exprs[i].op == TERN_DIM_DATA && t->exprs[i].b >= serial) {
            serial = t->exprs[i].b + 1;
        }
    }
    return tern_dim_make(t, TERN_DIM_DATA, bound, serial);
}

tern_dim tern_dim_product(tern_dim_table *t, const tern_dim *dims, int32_t count)
{
    tern_dim product = 1;
    for (int32_t i = 0; i < count; i++) {
        product = tern_dim_make(t, TERN_DIM_MUL, product, dims[i]);
    }
    return product;
}

tern_dim tern_dim_broadcast(tern_dim_table *t, tern_dim a, tern_dim b)
{
    if (a == 1 || a == b) {
        return b;
    }
    if (b == 1) {
        return a;
    }
    if (tern_dim_known(a) || tern_dim_known(b)) {
        return tern_dim_may_equal(a, b) ? tern_dim_merge(a, b) : TERN_DIM_NONE;
    }
    return tern_dim_make(t, TERN_DIM_MAX, a, b);
}
