/* SPDX-License-Identifier: Apache-2.0
 *
 * fill: a tensor made of numbers.  The shape is an attribute or operand 0; alpha and beta are
 * attributes or operands 1 and 2.
 *
 *     linspace         y[i..] = alpha + sum of beta[d] * i[d]; beta as an attribute: rank 1 only
 *     random_uniform   between alpha and beta
 *     random_normal    mean alpha, standard deviation beta
 *
 * Element n is drawn from draw n of the stream `seed`: equal seeds give equal tensors, in every
 * run.
 */
#include "op/fill/fill.h"

#include "op/fill/philox.h"
#include "op/message.h"

#include <math.h>
#include <string.h>

enum { X_SHAPE, X_ALPHA, X_BETA };

static const tern_attr_name ops[] = {
    {"linspace", TERN_FILL_LINSPACE},
    {"random_uniform", TERN_FILL_RANDOM_UNIFORM},
    {"random_normal", TERN_FILL_RANDOM_NORMAL},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tern_fill_attr, op, ENUM, .names = ops, .summary = "which numbers"),
    TERN_ATTR(tern_fill_attr, dims, INTS, .high = INT64_MAX,
              .summary = "the shape, when operand 0 is absent"),
    TERN_ATTR(tern_fill_attr, alpha, F64, .summary = "start, lowest number, or mean"),
    TERN_ATTR(tern_fill_attr, beta, F64, .fallback = 1,
              .summary = "step, highest number, or standard deviation"),
    TERN_ATTR(tern_fill_attr, seed, I64, .low = INT64_MIN, .high = INT64_MAX,
              .summary = "which stream of random numbers"),
    TERN_ATTR(tern_fill_attr, dtype, DTYPE,
              .summary = "element type of the result; none: that of alpha, else f32"),
    TERN_ATTR_END,
};

/* ---- shapes ---- */

static tern_status check_count(const tern_infer *in, int32_t x, int64_t wanted)
{
    int64_t count = 0;
    if (tern_infer_has(in, x) && tern_type_is_static(&in->x[x]) &&
        (!tern_type_volume(&in->x[x], &count) || count != wanted)) {
        char text[TERN_OPERAND_TEXT_BYTES];
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must have %lld elements", in->who,
                         tern_operand_text(in, x, text), (long long)wanted);
    }
    return TERN_OK;
}

static void infer_content(tern_infer *in)
{
    const tern_fill_attr *const a = in->attr;
    const tern_dim *const alpha = tern_content_of(in, X_ALPHA);
    const tern_dim *const beta = tern_content_of(in, X_BETA);
    const int32_t count = tern_content_count(&in->y[0]);
    if (a->op != TERN_FILL_LINSPACE || count < 0 || in->y[0].rank != 1 ||
        (tern_infer_has(in, X_ALPHA) && (alpha == NULL || beta == NULL)) ||
        (alpha == NULL && (fabs(a->alpha) > 1e9 || fabs(a->beta) > 1e9))) {
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        const tern_dim step = beta != NULL ? beta[0] : (tern_dim)a->beta;
        in->y_content[0][i] =
            tern_dim_make(in->dims, TERN_DIM_ADD, alpha != NULL ? alpha[0] : (tern_dim)a->alpha,
                          tern_dim_make(in->dims, TERN_DIM_MUL, step, i));
    }
    in->y_content_known[0] = true;
}

static tern_status infer(tern_infer *in)
{
    const tern_fill_attr *const a = in->attr;
    const tern_dim *shape = a->dims.v;
    int32_t count = a->dims.count, dtype = a->dtype;
    if (tern_infer_has(in, X_SHAPE)) {
        TERN_TRY(tern_infer_shape_operand(in, X_SHAPE, &shape, &count));
    }
    if (tern_infer_has(in, X_ALPHA) != tern_infer_has(in, X_BETA)) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: alpha and beta must both be operands, or none",
                         in->who);
    }
    if (dtype == 0) {
        dtype = tern_infer_has(in, X_ALPHA) ? in->x[X_ALPHA].dtype : TERN_DTYPE_F32;
    }
    const tern_class class_ = tern_dtype_find(dtype)->class_;
    if (class_ == TERN_CLASS_B || (class_ != TERN_CLASS_F && a->op != TERN_FILL_LINSPACE)) {
        return tern_fail(TERN_UNSUPPORTED, "%s: the result cannot be %s", in->who,
                         tern_dtype_name((tern_dtype)dtype));
    }
    TERN_TRY(check_count(in, X_ALPHA, 1));
    TERN_TRY(check_count(in, X_BETA, a->op == TERN_FILL_LINSPACE ? count : 1));
    if (a->op == TERN_FILL_LINSPACE && !tern_infer_has(in, X_BETA) && count > 1) {
        return tern_fail(TERN_BAD_SHAPE, "%s: linspace of rank %d needs beta as an operand",
                         in->who, (int)count);
    }
    in->y[0] = tern_type_make((tern_dtype)dtype, count, shape);
    if (in->y_content_known != NULL) {
        infer_content(in);
    }
    return TERN_OK;
}

/* ---- running ---- */

/* Elements are made in wide types and narrowed a few at a time. */
enum { BATCH = 64 };

typedef struct numbers {
    const tern_fill_attr *attr;
    const tern_type *y;
    bool is_float;
    double alpha, beta[TERN_MAX_RANK];
    int64_t alpha_int, beta_int[TERN_MAX_RANK];
} numbers;

static double normal(tern_philox p)
{
    const double two_pi = 6.283185307179586476925;
    const double radius = sqrt(-2.0 * log(1.0 - tern_philox_unit(p.v[0], p.v[1])));
    return radius * cos(two_pi * tern_philox_unit(p.v[2], p.v[3]));
}

static void make_random(const numbers *n, int64_t first, int64_t count, double *out)
{
    for (int64_t i = 0; i < count; i++) {
        const tern_philox p = tern_philox_draw((uint64_t)n->attr->seed, (uint64_t)(first + i));
        out[i] = n->attr->op == TERN_FILL_RANDOM_NORMAL
                     ? n->alpha + n->beta[0] * normal(p)
                     : n->alpha + (n->beta[0] - n->alpha) * tern_philox_unit(p.v[0], p.v[1]);
    }
}

static void make_linear(const numbers *n, int64_t first, int64_t count, double *floats,
                        int64_t *ints)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t rest = first + i;
        double x = n->alpha;
        uint64_t k = (uint64_t)n->alpha_int;
        for (int32_t d = n->y->rank - 1; d >= 0; d--) {
            const int64_t index = rest % n->y->dims[d];
            rest /= n->y->dims[d];
            x += n->beta[d] * (double)index;
            k += (uint64_t)n->beta_int[d] * (uint64_t)index;
        }
        floats[i] = x;
        ints[i] = (int64_t)k;
    }
}

static void read_numbers(const tern_ref *r, numbers *n)
{
    const tern_fill_attr *const a = r->attr;
    *n = (numbers){.attr = a, .y = &r->yt[0]};
    n->is_float = tern_dtype_find(r->yt[0].dtype)->class_ == TERN_CLASS_F;
    n->alpha = a->alpha;
    n->beta[0] = a->beta;
    tern_convert(TERN_DTYPE_F64, &a->alpha, TERN_DTYPE_I64, &n->alpha_int, 1);
    tern_convert(TERN_DTYPE_F64, &a->beta, TERN_DTYPE_I64, &n->beta_int[0], 1);
    if (r->x_count > X_BETA && r->xt[X_BETA].dtype != 0) {
        const int64_t count = a->op == TERN_FILL_LINSPACE ? r->yt[0].rank : 1;
        const tern_dtype dtype = (tern_dtype)r->xt[X_ALPHA].dtype;
        tern_convert(dtype, r->x[X_ALPHA], TERN_DTYPE_F64, &n->alpha, 1);
        tern_convert(dtype, r->x[X_ALPHA], TERN_DTYPE_I64, &n->alpha_int, 1);
        tern_convert(dtype, r->x[X_BETA], TERN_DTYPE_F64, n->beta, count);
        tern_convert(dtype, r->x[X_BETA], TERN_DTYPE_I64, n->beta_int, count);
    }
}

static void move(const tern_move *m)
{
    const tern_type *const yt = &m->ref.yt[0];
    numbers n;
    double floats[BATCH];
    int64_t ints[BATCH], count = 0;
    read_numbers(&m->ref, &n);
    (void)tern_type_volume(yt, &count);
    for (int64_t first = 0; first < count; first += BATCH) {
        const int64_t some = count - first < BATCH ? count - first : BATCH;
        unsigned char *const y = (unsigned char *)m->ref.y[0] + (size_t)first * m->elem;
        if (n.attr->op == TERN_FILL_LINSPACE) {
            make_linear(&n, first, some, floats, ints);
        } else {
            make_random(&n, first, some, floats);
        }
        tern_narrow((tern_dtype)yt->dtype, n.is_float ? (const void *)floats : ints, some, y);
    }
}

static tern_status batchify(void *attr, int32_t visible_rank, const char *who)
{
    (void)attr;
    (void)visible_rank;
    return tern_fail(TERN_UNSUPPORTED, "%s: needs an explicit batch", who);
}

static const char *const names[] = {"shape", "alpha", "beta", NULL};

const tern_op tern_op_fill = {
    .name = "fill",
    .summary = "evenly spaced or random numbers",
    .types = "int?, T?, T? -> *; T: number",
    .arity = {.in_min = 0, .in_max = 3, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tern_fill_attr),
    .infer = infer,
    .move = move,
    .shape_operands = 1u << X_SHAPE,
    .batchless_operands = 1u << X_SHAPE | 1u << X_ALPHA | 1u << X_BETA,
    .batchify = batchify,
};
