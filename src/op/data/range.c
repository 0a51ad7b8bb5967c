/* SPDX-License-Identifier: Apache-2.0
 *
 * range: start, start + delta, start + 2 delta ... up to limit, which is not in it.
 *
 *     length = max(0, ceil((limit - start) / delta))
 *
 * The length is a number when the operands are constants, an expression when they are extents and
 * delta a number, and otherwise known when the step runs, without a bound before.
 */
#include "op/data/data.h"
#include "op/message.h"

#include <math.h>

enum { START, LIMIT, DELTA };

static tern_status check_scalars(const tern_infer *in)
{
    for (int32_t i = START; i <= DELTA; i++) {
        char text[TERN_OPERAND_TEXT_BYTES];
        if (in->x[i].rank > 1 || (in->x[i].rank == 1 && in->x[i].dims[0] != 1)) {
            return tern_fail(TERN_BAD_SHAPE, "%s: %s must be one number, shape [] or [1]", in->who,
                             tern_operand_text(in, i, text));
        }
    }
    return TERN_OK;
}

static tern_status too_long(const tern_infer *in)
{
    return tern_fail(TERN_BAD_SHAPE, "%s: has more elements than memory can hold", in->who);
}

/* Elements between two numbers, in steps of d > 0. */
static bool count_between(uint64_t from, uint64_t to, uint64_t d, tern_dim *out_length)
{
    const uint64_t n = to == from ? 0 : (to - from - 1) / d + 1;
    *out_length = (tern_dim)n;
    return n < TERN_DIM_UNBOUNDED;
}

static tern_status length_of_numbers(const tern_infer *in, const int64_t v[3], tern_dim *out_length)
{
    const bool is_unsigned = tern_dtype_find(in->x[0].dtype)->class_ == TERN_CLASS_U;
    const bool up = is_unsigned || v[DELTA] > 0;
    const int64_t low = up ? v[START] : v[LIMIT], high = up ? v[LIMIT] : v[START];
    *out_length = 0;
    if (v[DELTA] == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: delta is 0", in->who);
    }
    if (is_unsigned ? (uint64_t)low >= (uint64_t)high : low >= high) {
        return TERN_OK;
    }
    const uint64_t d = up ? (uint64_t)v[DELTA] : (uint64_t)0 - (uint64_t)v[DELTA];
    return count_between((uint64_t)low, (uint64_t)high, d, out_length) ? TERN_OK : too_long(in);
}

static tern_status length_of_floats(const tern_infer *in, tern_dim *out_length)
{
    double v[3];
    for (int32_t i = START; i <= DELTA; i++) {
        tern_convert((tern_dtype)in->x[i].dtype, in->x_data[i], TERN_DTYPE_F64, &v[i], 1);
    }
    if (v[DELTA] == 0) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: delta is 0", in->who);
    }
    const double length = ceil((v[LIMIT] - v[START]) / v[DELTA]);
    if (isnan(length)) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: start, limit or delta is not a number",
                         in->who);
    }
    if (length >= (double)TERN_DIM_UNBOUNDED) {
        return too_long(in);
    }
    *out_length = length > 0 ? (tern_dim)length : 0;
    return TERN_OK;
}

static bool has_data(const tern_infer *in)
{
    return in->x_data != NULL && in->x_data[START] != NULL && in->x_data[LIMIT] != NULL &&
           in->x_data[DELTA] != NULL;
}

/* Of extents: (limit - start) rounded up to whole steps. */
static tern_dim length_of_extents(tern_infer *in, tern_dim start, tern_dim limit, int64_t delta)
{
    const tern_dim way = delta > 0 ? tern_dim_make(in->dims, TERN_DIM_SUB, limit, start)
                                   : tern_dim_make(in->dims, TERN_DIM_SUB, start, limit);
    const tern_dim steps =
        tern_dim_make(in->dims, TERN_DIM_CEIL_DIV, way, delta > 0 ? delta : -delta);
    return tern_dim_make(in->dims, TERN_DIM_MAX, steps, 0);
}

static tern_status find_length(tern_infer *in, tern_dim *out_length)
{
    const bool is_float = tern_dtype_find(in->x[0].dtype)->class_ == TERN_CLASS_F;
    if (has_data(in)) {
        int64_t v[3];
        for (int32_t i = START; i <= DELTA && !is_float; i++) {
            tern_convert((tern_dtype)in->x[i].dtype, in->x_data[i], TERN_DTYPE_I64, &v[i], 1);
        }
        return is_float ? length_of_floats(in, out_length) : length_of_numbers(in, v, out_length);
    }
    const tern_dim *start = tern_content_of(in, START), *limit = tern_content_of(in, LIMIT),
                   *delta = tern_content_of(in, DELTA);
    if (start != NULL && limit != NULL && delta != NULL && tern_dim_known(*delta)) {
        if (tern_dim_known(*start) && tern_dim_known(*limit)) {
            return length_of_numbers(in, (const int64_t[]){*start, *limit, *delta}, out_length);
        }
        if (*delta == 0) {
            return tern_fail(TERN_INVALID_ARGUMENT, "%s: delta is 0", in->who);
        }
        *out_length = length_of_extents(in, *start, *limit, *delta);
        return TERN_OK;
    }
    if (tern_infer_data_extent(in, 0, 0, TERN_DIM_UNBOUNDED, out_length)) {
        return TERN_OK;
    }
    return tern_fail(TERN_UNSUPPORTED, "%s: the values of its inputs are not known", in->who);
}

static void infer_content(tern_infer *in)
{
    const tern_dim *start = tern_content_of(in, START), *delta = tern_content_of(in, DELTA);
    const int32_t count = tern_content_count(&in->y[0]);
    for (int32_t i = 0; start != NULL && delta != NULL && i < count; i++) {
        in->y_content[0][i] = tern_dim_make(in->dims, TERN_DIM_ADD, *start,
                                            tern_dim_make(in->dims, TERN_DIM_MUL, *delta, i));
    }
    in->y_content_known[0] = start != NULL && delta != NULL && count >= 0;
}

static tern_status infer(tern_infer *in)
{
    TERN_TRY(check_scalars(in));
    in->y[0].rank = 1;
    TERN_TRY(find_length(in, &in->y[0].dims[0]));
    if (in->y_content_known != NULL) {
        infer_content(in);
    }
    return TERN_OK;
}

static void run_F(const tern_ref *r)
{
    const double *start = r->x[START], *delta = r->x[DELTA];
    double *y = r->y[0];
    for (int64_t i = 0; i < r->yt[0].dims[0]; i++) {
        y[i] = *start + (double)i * *delta;
    }
}

/* Of both classes of integers: both wrap around alike. */
static void run_int(const tern_ref *r)
{
    const uint64_t *start = r->x[START], *delta = r->x[DELTA];
    uint64_t *y = r->y[0];
    for (int64_t i = 0; i < r->yt[0].dims[0]; i++) {
        y[i] = *start + (uint64_t)i * *delta;
    }
}

static const char *const names[] = {"start", "limit", "delta", NULL};

const tern_op tern_op_range = {
    .name = "range",
    .summary = "start, start + delta ... up to limit, which is not in it",
    .types = "T, T, T -> T; T: number",
    .arity = {.in_min = 3, .in_max = 3, .out = 1},
    .input_names = names,
    .onnx = {{"Range", 11}},
    .infer = infer,
    .reference = {[TERN_CLASS_F] = run_F, [TERN_CLASS_I] = run_int, [TERN_CLASS_U] = run_int},
    .shape_operands = 7,
    .batchless_operands = 7,
};
