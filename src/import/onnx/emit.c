/* SPDX-License-Identifier: Apache-2.0
 *
 * Emitting: one node of tern's own operators, inferred at once, under the name of the ONNX node
 * that it comes from; and the few compositions that every family needs.
 */
#include "base/alloc.h"
#include "import/onnx/importer.h"
#include "ir/fold.h"

#include <stddef.h>

tern_arena *tern_onnx_arena(const tern_onnx_call *c)
{
    return c->importer->arena;
}

/* --- text of attributes --- */

const char *tern_onnx_text(tern_onnx_call *c, const char *format, ...)
{
    tern_text text;
    tern_text_init(&text, c->graph->allocator);
    va_list values;
    va_start(values, format);
    tern_text_add_va(&text, format, values);
    va_end(values);
    const char *copy =
        text.is_cut ? NULL
                    : tern_arena_strndup(&c->importer->scratch, tern_text_get(&text), text.len);
    tern_text_destroy(&text);
    if (copy == NULL) {
        c->status = c->status != TERN_OK ? c->status : TERN_OUT_OF_MEMORY;
        return "";
    }
    return copy;
}

const char *tern_onnx_list_text(tern_onnx_call *c, const int64_t *v, int32_t count)
{
    tern_text text;
    tern_text_init(&text, c->graph->allocator);
    tern_text_add(&text, "[");
    for (int32_t i = 0; i < count; i++) {
        tern_text_add(&text, i > 0 ? ",%lld" : "%lld", (long long)v[i]);
    }
    tern_text_add(&text, "]");
    const char *copy = tern_onnx_text(c, "%s", tern_text_get(&text));
    tern_text_destroy(&text);
    return copy;
}

/* --- nodes --- */

static tern_status make_attr(tern_onnx_call *c, const tern_op *op, const char *text,
                             void **out_attr)
{
    *out_attr = NULL;
    if (op->attrs == NULL) {
        return TERN_OK;
    }
    void *attr = tern_arena_zero(&c->graph->arena, op->attr_size, _Alignof(max_align_t));
    if (attr == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    tern_attr_defaults(op->attrs, attr);
    *out_attr = attr;
    if (text == NULL) {
        return TERN_OK;
    }
    const char *at = text;
    return tern_attr_parse(op->attrs, attr, &at, text + strlen(text), c->who);
}

static tern_status node_name(tern_onnx_call *c, tern_str *out_name)
{
    const tern_onnx_importer *m = c->importer;
    const tern_str given = m->outer_name.len > 0 ? m->outer_name : c->node->name;
    if (given.len > 0) {
        return tern_graph_keep_str(c->graph, given, out_name);
    }
    const char *made = tern_arena_printf(&c->graph->arena, "%s_%d", c->op, (int)m->node_index);
    *out_name = tern_str_of(made);
    return made != NULL ? TERN_OK : TERN_OUT_OF_MEMORY;
}

/*
 * Small arithmetic on numbers that are not weights is done at once: shapes are computed so, through
 * floats too, and what follows wants to know them.
 */
static tern_status fold(tern_onnx_call *c, tern_node_id node, tern_value_id *y, int32_t y_count)
{
    const tern_fold_limits limits = {.always_bytes = 512, .only_small = true};
    tern_value_id folded[TERN_OP_MAX_OUTPUTS] = {TERN_NO_ID};
    const tern_node *n = tern_graph_node(c->graph, node);
    bool is_arithmetic = false;
    for (int32_t i = 0; i < n->x_count; i++) {
        is_arithmetic = is_arithmetic || tern_graph_x(c->graph, n, i) > c->importer->last_weight;
    }
    if (!is_arithmetic || n->y_count > TERN_OP_MAX_OUTPUTS) {
        return TERN_OK;
    }
    TERN_TRY(tern_graph_fold_node(c->graph, node, &limits, &c->importer->scratch, folded));
    for (int32_t i = 0; i < y_count && folded[0] != TERN_NO_ID; i++) {
        y[i] = folded[i];
    }
    return TERN_OK;
}

static tern_status emit(tern_onnx_call *c, const tern_onnx_new *wanted, tern_value_id *y,
                        int32_t y_count)
{
    const char *name = wanted->op;
    const tern_op *op = tern_op_by_name(name, strlen(name));
    if (op == NULL) {
        return tern_fail(TERN_UNSUPPORTED, "%s: tern has no operator \"%s\" yet", c->who, name);
    }
    if (y_count > op->arity.out) {
        return tern_fail(TERN_UNSUPPORTED, "%s: \"%s\" has %d results, %d are wanted", c->who, name,
                         (int)op->arity.out, (int)y_count);
    }
    int32_t x_count = wanted->x_count;
    while (x_count > 0 && wanted->x[x_count - 1] == TERN_NO_ID) {
        x_count--;
    }
    void *attr;
    TERN_TRY(make_attr(c, op, wanted->attributes, &attr));
    tern_str node_text;
    TERN_TRY(node_name(c, &node_text));
    tern_node_id node = TERN_NO_ID;
    TERN_TRY(tern_graph_add_node(c->graph,
                                 &(tern_new_node){.op = tern_op_id_of(op),
                                                  .name = node_text,
                                                  .attr = attr,
                                                  .x = wanted->x,
                                                  .x_count = x_count},
                                 &node));
    TERN_TRY(tern_graph_infer_node(c->graph, node));
    for (int32_t i = 0; i < y_count; i++) {
        y[i] = tern_graph_y(c->graph, tern_graph_node(c->graph, node), i);
    }
    return fold(c, node, y, y_count);
}

void tern_onnx_emit_all(tern_onnx_call *c, const tern_onnx_new *node, tern_value_id *y,
                        int32_t y_count)
{
    for (int32_t i = 0; i < y_count; i++) {
        y[i] = TERN_NO_ID;
    }
    if (c->status == TERN_OK) {
        c->status = emit(c, node, y, y_count);
    }
}

tern_value_id tern_onnx_emit_x(tern_onnx_call *c, const char *op, const char *attributes,
                               const tern_value_id *x, int32_t x_count)
{
    tern_value_id y = TERN_NO_ID;
    tern_onnx_emit_all(c, &(tern_onnx_new){op, attributes, x, x_count}, &y, 1);
    return y;
}

/* --- constants --- */

tern_value_id tern_onnx_constant(tern_onnx_call *c, tern_dtype dtype, int32_t rank,
                                 const int64_t *dims, const void *data)
{
    tern_value_id value = TERN_NO_ID;
    if (c->status != TERN_OK) {
        return value;
    }
    const tern_type type = tern_type_make(dtype, rank, dims);
    size_t bytes = 0;
    uint32_t blob = 0;
    if (rank > TERN_MAX_RANK || !tern_type_bytes(&type, &bytes)) {
        (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "a constant of rank %d is too large", (int)rank);
        return value;
    }
    c->status = tern_graph_add_blob(c->graph, data, bytes, true, &blob);
    if (c->status == TERN_OK) {
        c->status = tern_graph_add_constant(c->graph, tern_str_of(""), &type, blob, &value);
    }
    if (c->status == TERN_OK) { /* small integers are contents at once */
        c->status = tern_graph_infer_node(c->graph, tern_graph_value(c->graph, value)->producer);
    }
    return value;
}

tern_value_id tern_onnx_scalar(tern_onnx_call *c, tern_dtype dtype, double number)
{
    if (c->status != TERN_OK || tern_dtype_find((int)dtype) == NULL) {
        return TERN_NO_ID; /* the type of a value that was not made */
    }
    uint8_t data[16] = {0};
    tern_convert(TERN_DTYPE_F64, &number, dtype, data, 1);
    return tern_onnx_constant(c, dtype, 0, NULL, data);
}

tern_value_id tern_onnx_i64s(tern_onnx_call *c, const int64_t *v, int32_t count)
{
    const int64_t dims[1] = {count};
    return tern_onnx_constant(c, TERN_DTYPE_I64, 1, dims, v);
}

/* --- compositions --- */

tern_value_id tern_onnx_cast(tern_onnx_call *c, tern_value_id x, tern_dtype to)
{
    return tern_onnx_type_of(c, x)->dtype == (uint8_t)to
               ? x
               : tern_onnx_emit(c, "cast", tern_onnx_text(c, "{to=%s}", tern_dtype_name(to)), x);
}

/* Reshape to x's own extents (0) with ones between them. */
static tern_value_id with_ones(tern_onnx_call *c, tern_value_id x, const bool *is_one, int32_t rank)
{
    if (rank > TERN_MAX_RANK) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "rank %d is over %d", (int)rank, TERN_MAX_RANK);
        return TERN_NO_ID;
    }
    if (c->status != TERN_OK) {
        return TERN_NO_ID;
    }
    const tern_type t = *tern_onnx_type_of(c, x);
    bool is_number = true;
    int64_t dims[TERN_MAX_RANK];
    int32_t from = 0, unknown = 0;
    for (int32_t i = 0; i < rank; i++) {
        dims[i] = is_one[i] ? 1 : t.dims[from++];
        if (!tern_dim_known(dims[i])) {
            is_number = false;
            dims[i] = -1;
            unknown++;
        }
    }
    if (is_number || unknown == 1) {
        bool has_zero = false;
        for (int32_t i = 0; i < rank; i++) {
            has_zero = has_zero || dims[i] == 0;
        }
        if (!(has_zero && unknown > 0)) {
            return tern_onnx_emit(c, "shuffle",
                                  tern_onnx_text(c, "{reshape=%s, zero_is_placeholder=false}",
                                                 tern_onnx_list_text(c, dims, rank)),
                                  x);
        }
    }
    /* Several extents vary: the shape is computed. */
    const tern_value_id shape = tern_onnx_shape(c, x);
    int64_t index[TERN_MAX_RANK];
    from = 0;
    for (int32_t i = 0; i < rank; i++) {
        index[i] = is_one[i] ? t.rank : from++;
    }
    const int64_t one = 1;
    const tern_value_id parts[] = {shape, tern_onnx_i64s(c, &one, 1)};
    const tern_value_id all = tern_onnx_emit_x(c, "concat", "{axis=0}", parts, 2);
    const tern_value_id wanted =
        tern_onnx_emit(c, "gather", "{axis=0}", all, tern_onnx_i64s(c, index, rank));
    return tern_onnx_emit(c, "shuffle", "{zero_is_placeholder=false}", x, wanted);
}

tern_value_id tern_onnx_rank_up(tern_onnx_call *c, tern_value_id x, int32_t rank)
{
    const int32_t have = tern_onnx_rank(c, x);
    bool is_one[TERN_MAX_RANK] = {false};
    if (have >= rank) {
        return x;
    }
    for (int32_t i = 0; i < rank - have && i < TERN_MAX_RANK; i++) {
        is_one[i] = true;
    }
    return with_ones(c, x, is_one, rank);
}

tern_value_id tern_onnx_unsqueeze(tern_onnx_call *c, tern_value_id x, const int64_t *axes,
                                  int32_t count)
{
    const int32_t rank = tern_onnx_rank(c, x) + count;
    bool is_one[TERN_MAX_RANK] = {false};
    if (count < 0 || rank > TERN_MAX_RANK) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "rank %d is over %d", (int)rank, TERN_MAX_RANK);
        return TERN_NO_ID;
    }
    for (int32_t i = 0; i < count; i++) {
        const int64_t axis = tern_onnx_axis(c, axes[i], rank);
        if (c->status == TERN_OK && is_one[axis]) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "axis %lld is named twice", (long long)axis);
        }
        if (c->status != TERN_OK) {
            return TERN_NO_ID;
        }
        is_one[axis] = true;
    }
    return count == 0 ? x : with_ones(c, x, is_one, rank);
}

tern_value_id tern_onnx_squeeze(tern_onnx_call *c, tern_value_id x, const int64_t *axes,
                                int32_t count)
{
    const tern_type t = *tern_onnx_type_of(c, x);
    bool gone[TERN_MAX_RANK] = {false};
    for (int32_t i = 0; i < count; i++) {
        const int64_t axis = tern_onnx_axis(c, axes[i], t.rank);
        if (c->status != TERN_OK) {
            return TERN_NO_ID;
        }
        if (tern_dim_known(t.dims[axis]) && t.dims[axis] != 1) {
            (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "axis %lld cannot go, its extent is %lld",
                                   (long long)axis, (long long)t.dims[axis]);
            return TERN_NO_ID;
        }
        gone[axis] = true;
    }
    int64_t dims[TERN_MAX_RANK], kept[TERN_MAX_RANK];
    int32_t rank = 0, unknown = 0;
    bool has_zero = false;
    for (int32_t i = 0; i < t.rank; i++) {
        if (!gone[i]) {
            kept[rank] = i;
            dims[rank] = tern_dim_known(t.dims[i]) ? t.dims[i] : -1;
            unknown += dims[rank] < 0 ? 1 : 0;
            has_zero = has_zero || dims[rank] == 0;
            rank++;
        }
    }
    if (rank == t.rank) {
        return x;
    }
    if (rank == 0) {
        return tern_onnx_emit(c, "shuffle", "{to_scalar=true}", x);
    }
    if (unknown == 0 || (unknown == 1 && !has_zero)) {
        return tern_onnx_emit(c, "shuffle",
                              tern_onnx_text(c, "{reshape=%s, zero_is_placeholder=false}",
                                             tern_onnx_list_text(c, dims, rank)),
                              x);
    }
    const tern_value_id wanted = tern_onnx_emit(c, "gather", "{axis=0}", tern_onnx_shape(c, x),
                                                tern_onnx_i64s(c, kept, rank));
    return tern_onnx_emit(c, "shuffle", "{zero_is_placeholder=false}", x, wanted);
}

tern_value_id tern_onnx_transpose(tern_onnx_call *c, tern_value_id x, const int64_t *permutation,
                                  int32_t count)
{
    return count < 2 ? x
                     : tern_onnx_emit(c, "shuffle",
                                      tern_onnx_text(c, "{first_transpose=%s}",
                                                     tern_onnx_list_text(c, permutation, count)),
                                      x);
}

tern_value_id tern_onnx_shape(tern_onnx_call *c, tern_value_id x)
{
    return tern_onnx_emit(c, "shape", NULL, x);
}

/* Product of extents first..last-1 as an i64 tensor of one element. */
static tern_value_id extent_product(tern_onnx_call *c, tern_value_id x, int64_t first, int64_t last)
{
    const int64_t one = 1;
    tern_value_id product = tern_onnx_i64s(c, &one, 1);
    for (int64_t i = first; i < last; i++) {
        const tern_value_id extent = tern_onnx_emit(c, "gather", "{axis=0}", tern_onnx_shape(c, x),
                                                    tern_onnx_i64s(c, &i, 1));
        product = tern_onnx_emit(c, "mul", NULL, product, extent);
    }
    return product;
}

tern_value_id tern_onnx_flatten(tern_onnx_call *c, tern_value_id x, int64_t axis)
{
    const tern_type t = *tern_onnx_type_of(c, x);
    int64_t dims[2] = {1, 1};
    bool is_number[2] = {true, true};
    for (int32_t i = 0; i < t.rank; i++) {
        const int side = i < axis ? 0 : 1;
        is_number[side] = is_number[side] && tern_dim_known(t.dims[i]);
        dims[side] = is_number[side] ? dims[side] * t.dims[i] : -1;
    }
    const bool has_zero = (is_number[0] && dims[0] == 0) || (is_number[1] && dims[1] == 0);
    if ((is_number[0] || is_number[1]) && !(has_zero && !(is_number[0] && is_number[1]))) {
        return tern_onnx_emit(c, "shuffle",
                              tern_onnx_text(c, "{reshape=%s, zero_is_placeholder=false}",
                                             tern_onnx_list_text(c, dims, 2)),
                              x);
    }
    const tern_value_id sides[] = {extent_product(c, x, 0, axis),
                                   extent_product(c, x, axis, t.rank)};
    return tern_onnx_emit(c, "shuffle", "{zero_is_placeholder=false}", x,
                          tern_onnx_emit_x(c, "concat", "{axis=0}", sides, 2));
}

tern_value_id tern_onnx_binary(tern_onnx_call *c, const char *op, tern_value_id a, tern_value_id b)
{
    const int32_t ra = tern_onnx_rank(c, a), rb = tern_onnx_rank(c, b);
    const int32_t rank = ra > rb ? ra : rb;
    return tern_onnx_emit(c, op, NULL, tern_onnx_rank_up(c, a, rank),
                          tern_onnx_rank_up(c, b, rank));
}
