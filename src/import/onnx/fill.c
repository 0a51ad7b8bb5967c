/* SPDX-License-Identifier: Apache-2.0
 *
 * Random numbers.  A node without a seed gets one made of its name and place, so that a model gives
 * the same numbers whenever it is built.
 */
#include "import/onnx/index.h"

#include "base/hash.h"

#include <string.h>

static int64_t seed_of(tern_onnx_call *c)
{
    if (tern_onnx_has(c, "seed")) {
        const float seed = (float)tern_onnx_float(c, "seed", 0.0);
        uint32_t bits;
        memcpy(&bits, &seed, sizeof bits);
        return bits;
    }
    const tern_str name = c->node->y_count > 0 ? c->node->y[0] : c->node->name;
    return (int64_t)(tern_hash(name.at, name.len, c->graph->node_count) >> 2);
}

/* {op, alpha, beta, seed, dtype} without braces. */
static const char *fill_text(tern_onnx_call *c, const char *op, tern_dtype dtype)
{
    const bool is_normal = strcmp(op, "random_normal") == 0;
    const double alpha = tern_onnx_float(c, is_normal ? "mean" : "low", 0.0);
    const double beta = tern_onnx_float(c, is_normal ? "scale" : "high", 1.0);
    return tern_onnx_text(c, "op=%s, alpha=%.17g, beta=%.17g, seed=%lld, dtype=%s", op, alpha, beta,
                          (long long)seed_of(c), tern_dtype_name(dtype));
}

static tern_status random_of_shape(tern_onnx_call *c, const char *op)
{
    int32_t count;
    const int64_t *shape = tern_onnx_ints(c, "shape", &count);
    const tern_dtype dtype = tern_onnx_dtype(c, tern_onnx_int(c, "dtype", TERN_DTYPE_F32));
    if (!tern_onnx_has(c, "shape") || count > TERN_MAX_RANK || c->y_count < 1) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "its shape is missing or longer than %d",
                                TERN_MAX_RANK);
    }
    c->y[0] = tern_onnx_emit(c, "fill",
                             tern_onnx_text(c, "{%s, dims=%s}", fill_text(c, op, dtype),
                                            tern_onnx_list_text(c, shape, count)),
                             TERN_NO_ID);
    return c->status;
}

static tern_status random_like(tern_onnx_call *c, const char *op)
{
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const int64_t own = tern_onnx_type_of(c, c->x[0])->dtype;
    const tern_dtype dtype = tern_onnx_dtype(c, tern_onnx_int(c, "dtype", own));
    c->y[0] = tern_onnx_emit(c, "fill", tern_onnx_text(c, "{%s}", fill_text(c, op, dtype)),
                             tern_onnx_shape(c, c->x[0]));
    return c->status;
}

tern_status tern_onnx_do_random_normal(tern_onnx_call *c)
{
    return random_of_shape(c, "random_normal");
}

tern_status tern_onnx_do_random_uniform(tern_onnx_call *c)
{
    return random_of_shape(c, "random_uniform");
}

tern_status tern_onnx_do_random_normal_like(tern_onnx_call *c)
{
    return random_like(c, "random_normal");
}

tern_status tern_onnx_do_random_uniform_like(tern_onnx_call *c)
{
    return random_like(c, "random_uniform");
}

/* One where a uniform number is below the probability. */
tern_status tern_onnx_do_bernoulli(tern_onnx_call *c)
{
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const int64_t own = tern_onnx_type_of(c, c->x[0])->dtype;
    const tern_dtype dtype = tern_onnx_dtype(c, tern_onnx_int(c, "dtype", own));
    const tern_value_id uniform =
        tern_onnx_emit(c, "fill",
                       tern_onnx_text(c, "{op=random_uniform, seed=%lld, dtype=%s}",
                                      (long long)seed_of(c), tern_dtype_name((tern_dtype)own)),
                       tern_onnx_shape(c, c->x[0]));
    c->y[0] = tern_onnx_cast(c, tern_onnx_emit(c, "less", NULL, uniform, c->x[0]), dtype);
    return c->status;
}

/* The first class at which the running sum of probabilities passes a uniform number. */
tern_status tern_onnx_do_multinomial(tern_onnx_call *c)
{
    const tern_dtype dtype = tern_onnx_dtype(c, tern_onnx_int(c, "dtype", TERN_DTYPE_I32));
    const int64_t samples = tern_onnx_int(c, "sample_size", 1);
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const tern_type t = *tern_onnx_type_of(c, c->x[0]);
    if (t.rank != 2 || samples < 0 || (dtype != TERN_DTYPE_I32 && dtype != TERN_DTYPE_I64)) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL,
                                "it needs an input [batch,classes], a number of samples and dtype "
                                "int32 or int64; they are rank %d, %lld and %s",
                                t.rank, (long long)samples, tern_dtype_name(dtype));
    }
    const int64_t one = 1, two = 2;
    const tern_value_id p = tern_onnx_op(c, "Softmax", "{axis=1}", &c->x[0], 1);
    const tern_value_id sums = tern_onnx_unsqueeze(
        c, tern_onnx_emit(c, "cumulative", "{axis=1}", p), &one, 1); /* [batch,1,classes] */
    const tern_value_id shape[] = {tern_onnx_emit(c, "shape", "{end=1}", c->x[0]),
                                   tern_onnx_i64s(c, &samples, 1)};
    const tern_value_id uniform =
        tern_onnx_emit(c, "fill",
                       tern_onnx_text(c, "{op=random_uniform, seed=%lld, dtype=%s}",
                                      (long long)seed_of(c), tern_dtype_name((tern_dtype)t.dtype)),
                       tern_onnx_emit_x(c, "concat", NULL, shape, 2));
    const tern_value_id passed =
        tern_onnx_binary(c, "less", sums, tern_onnx_unsqueeze(c, uniform, &two, 1));
    const tern_value_id operands[] = {tern_onnx_cast(c, passed, dtype), tern_onnx_i64s(c, &two, 1)};
    const tern_value_id index = tern_onnx_op(c, "ReduceSum", "{keepdims=0}", operands, 2);
    const tern_value_id last = tern_onnx_emit(
        c, "sub", NULL,
        tern_onnx_cast(c, tern_onnx_emit(c, "shape", "{start=1, product=true}", c->x[0]), dtype),
        tern_onnx_scalar(c, dtype, 1.0));
    c->y[0] = tern_onnx_binary(c, "min", index, last);
    return c->status;
}
