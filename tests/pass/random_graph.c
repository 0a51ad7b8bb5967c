/* SPDX-License-Identifier: Apache-2.0 */
#include "pass/random_graph.h"

#include <math.h>

#include "base/alloc.h"
#include "pass/evaluate.h"

enum { MAX_VALUES = 64, MAX_OPERANDS = 6, MAX_EXTENT = 4096 };

typedef struct maker {
    const uint8_t *at, *end;
    tern_graph *g;
    tern_value_id values[MAX_VALUES]; /* float values to build on */
    int32_t count;
} maker;

static uint32_t pick(maker *m, uint32_t below)
{
    return m->at < m->end ? *m->at++ % below : 0;
}

static tern_value_id pick_value(maker *m)
{
    /* mostly late ones: deep graphs */
    const uint32_t back = pick(m, 8) < 6 ? pick(m, 3) : pick(m, (uint32_t)m->count);
    return m->values[(uint32_t)m->count - 1 - (back < (uint32_t)m->count ? back : 0)];
}

static tern_value_id constant(maker *m, int32_t rank, const tern_dim *dims)
{
    const tern_type type = tern_type_make(TERN_DTYPE_F64, rank, dims);
    int64_t count;
    uint32_t blob;
    tern_value_id id = TERN_NO_ID;
    if (!tern_type_is_static(&type) || !tern_type_volume(&type, &count) || count > MAX_EXTENT) {
        return TERN_NO_ID;
    }
    double *data =
        tern_arena_items(&m->g->arena, (size_t)count + 1, sizeof *data, _Alignof(double));
    if (data == NULL) {
        return TERN_NO_ID;
    }
    const uint32_t kind = pick(m, 8);
    for (int64_t i = 0; i < count; i++) {
        data[i] = kind == 0   ? 1.0
                  : kind == 1 ? 0.0
                              : ((double)((i * 37 + kind * 11) % 17) - 8.0) / 8.0;
    }
    if (tern_graph_add_blob(m->g, data, (size_t)count * sizeof *data, false, &blob) != TERN_OK ||
        tern_graph_add_constant(m->g, tern_str_of("k"), &type, blob, &id) != TERN_OK) {
        return TERN_NO_ID;
    }
    return tern_graph_infer_node(m->g, m->g->values[id].producer) == TERN_OK ? id : TERN_NO_ID;
}

static tern_value_id integers(maker *m, const int64_t *data, int64_t count)
{
    const tern_type type = tern_type_make(TERN_DTYPE_I64, 1, &count);
    uint32_t blob;
    tern_value_id id = TERN_NO_ID;
    if (tern_graph_add_blob(m->g, data, (size_t)count * sizeof *data, true, &blob) != TERN_OK ||
        tern_graph_add_constant(m->g, tern_str_of("i"), &type, blob, &id) != TERN_OK) {
        return TERN_NO_ID;
    }
    return tern_graph_infer_node(m->g, m->g->values[id].producer) == TERN_OK ? id : TERN_NO_ID;
}

/* Does the node also fit when the varying extents are numbers?  Shape rules take what may be true
 * (18 rows meet N), which here would be a graph that no input fits. */
static bool fits_numbers(const maker *m, const tern_node *n)
{
    enum { MOST = 8, LARGEST = 3 };
    const tern_op *op = tern_node_op(n);
    int64_t symbols[64], values[512];
    bool fits = m->g->dims.symbol_count <= 64 && m->g->dims.expr_count <= 512 && n->x_count <= MOST;
    for (int64_t extent = 1; fits && op->shape_operands == 0 && extent <= LARGEST; extent++) {
        uint64_t attr[128] = {0};
        tern_type x[MOST] = {{0}}, y[TERN_OP_MAX_OUTPUTS] = {{0}};
        const char *names[MOST] = {"a", "b", "c", "d", "e", "f", "g", "h"};
        const void *data[MOST] = {NULL};
        for (size_t i = 0; i < 64; i++) {
            symbols[i] = extent;
        }
        tern_dim_evaluate(m->g->dims.exprs, m->g->dims.expr_count, symbols, values);
        for (int32_t i = 0; i < n->x_count; i++) {
            const tern_value_id id = tern_graph_x(m->g, n, i);
            x[i] = id == TERN_NO_ID ? x[i] : tern_type_resolve(&m->g->values[id].type, values);
            data[i] = tern_graph_constant_data(m->g, id);
        }
        if (n->attr != NULL) {
            memcpy(attr, n->attr, op->attr_size);
        }
        tern_infer in = {.op = op,
                         .who = "node",
                         .x_names = names,
                         .dims = &m->g->dims,
                         .attr = attr,
                         .x_count = n->x_count,
                         .y_count = n->y_count,
                         .x = x,
                         .x_data = data,
                         .y = y};
        fits = tern_op_infer(&in) == TERN_OK;
    }
    return fits;
}

/* A node with its attributes as text; NO_ID when it does not fit the types, then nobody uses it. */
static TERN_PRINTF(5, 6) tern_value_id
    node(maker *m, const char *name, const tern_value_id *x, int32_t count, const char *format, ...)
{
    char text[256];
    uint64_t attr[128] = {0};
    const tern_op *op = tern_op_by_name(name, strlen(name));
    tern_text t;
    tern_text_init_fixed(&t, text, sizeof text);
    va_list values;
    va_start(values, format);
    tern_text_add_va(&t, format, values);
    va_end(values);
    const char *at = text;
    TERN_ASSERT(op != NULL && op->attr_size <= sizeof attr);
    const bool has_attr = t.len > 0;
    if (has_attr && tern_attr_parse(op->attrs, attr, &at, text + t.len, name) != TERN_OK) {
        return TERN_NO_ID;
    }
    char label[16];
    tern_text_init_fixed(&t, label, sizeof label);
    tern_text_add(&t, "n%u", (unsigned)m->g->node_count);
    tern_node_id id;
    if (tern_graph_add_node(m->g,
                            &(tern_new_node){.op = tern_op_id_of(op),
                                             .name = tern_str_of(label),
                                             .attr = has_attr ? attr : NULL,
                                             .x = x,
                                             .x_count = count},
                            &id) != TERN_OK ||
        tern_graph_infer_node(m->g, id) != TERN_OK || !fits_numbers(m, &m->g->nodes[id])) {
        return TERN_NO_ID;
    }
    return tern_graph_y(m->g, &m->g->nodes[id], 0);
}

static const tern_type *type_of(const maker *m, tern_value_id id)
{
    return &m->g->values[id].type;
}

static tern_value_id unary(maker *m, tern_value_id x)
{
    static const char *const ops[] = {"relu", "sigmoid",  "tanh",     "abs",
                                      "neg",  "softsign", "identity", "floor"};
    const uint32_t k = pick(m, 11);
    if (k == 8) {
        return node(m, "leaky_relu", &x, 1, "{alpha=0.25}");
    }
    if (k >= 9) {
        return node(m, k == 9 ? "clip" : "cast", &x, 1,
                    k == 9 ? "{alpha=-0.5, beta=0.75}" : "{to=f64}");
    }
    return node(m, ops[k], &x, 1, "%s", "");
}

static const char *binary_name(maker *m)
{
    static const char *const ops[] = {"add", "mul", "sub", "max", "min", "add", "mul"};
    return ops[pick(m, 7)];
}

static tern_value_id binary(maker *m, tern_value_id x)
{
    tern_value_id pair[2] = {x, pick_value(m)};
    if (pick(m, 2) != 0) {
        pair[0] = pair[1];
        pair[1] = x;
    }
    return node(m, binary_name(m), pair, 2, "%s", "");
}

/* With a constant of one element, one per index of an axis, or like the value. */
static tern_value_id with_constant(maker *m, tern_value_id x)
{
    const tern_type *t = type_of(m, x);
    tern_dim dims[TERN_MAX_RANK];
    const uint32_t kind = pick(m, 4);
    const int32_t axis = t->rank > 0 ? (int32_t)pick(m, t->rank) : 0;
    for (int32_t d = 0; d < t->rank; d++) {
        dims[d] = kind == 3 || (kind != 0 && d == axis) ? t->dims[d] : 1;
    }
    tern_value_id pair[2] = {x, constant(m, t->rank, dims)};
    if (pair[1] != TERN_NO_ID && pick(m, 2) != 0) {
        pair[0] = pair[1];
        pair[1] = x;
    }
    return pair[0] != TERN_NO_ID && pair[1] != TERN_NO_ID
               ? node(m, binary_name(m), pair, 2, "%s", "")
               : TERN_NO_ID;
}

static tern_value_id convolution(maker *m, tern_value_id x)
{
    const tern_type *t = type_of(m, x);
    const tern_dim extent = 1 + (tern_dim)pick(m, 2), out = 1 + (tern_dim)pick(m, 3);
    if (t->rank < 3 || !tern_dim_known(t->dims[t->rank - 3])) {
        return TERN_NO_ID;
    }
    const tern_dim in = t->dims[t->rank - 3], flat = in * out * extent * extent;
    const bool is_deconv = pick(m, 4) == 0, is_flat = pick(m, 2) == 0;
    const tern_dim dims[4] = {is_deconv ? in : out, is_deconv ? out : in, extent, extent};
    const tern_value_id operands[3] = {x, is_flat ? constant(m, 1, &flat) : constant(m, 4, dims),
                                       pick(m, 2) != 0 ? constant(m, 1, &out) : TERN_NO_ID};
    if (operands[1] == TERN_NO_ID) {
        return TERN_NO_ID;
    }
    return node(m, is_deconv ? "deconv" : "conv", operands, operands[2] != TERN_NO_ID ? 3 : 2,
                "{out_channels=%d, kernel=[%d,%d]}", (int)out, (int)extent, (int)extent);
}

static tern_value_id product(maker *m, tern_value_id x)
{
    const tern_type *t = type_of(m, x);
    const tern_dim out = 1 + (tern_dim)pick(m, 3);
    tern_dim flat = out;
    if (pick(m, 2) == 0 && t->rank >= 3) {
        for (int32_t d = t->rank - 3; d < t->rank; d++) {
            flat = tern_dim_known(t->dims[d]) && flat < MAX_EXTENT ? flat * t->dims[d]
                                                                   : MAX_EXTENT + 1;
        }
        const tern_value_id operands[3] = {x, constant(m, 1, &flat),
                                           pick(m, 2) != 0 ? constant(m, 1, &out) : 0};
        return operands[1] == TERN_NO_ID
                   ? TERN_NO_ID
                   : node(m, "fully_connected", operands, operands[2] != TERN_NO_ID ? 3 : 2,
                          "{out_channels=%d}", (int)out);
    }
    tern_dim dims[TERN_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    if (t->rank < 2) {
        return TERN_NO_ID;
    }
    dims[t->rank - 2] = t->dims[t->rank - 1];
    dims[t->rank - 1] = out;
    const tern_value_id operands[2] = {x, constant(m, t->rank, dims)};
    return operands[1] != TERN_NO_ID ? node(m, "matmul", operands, 2, "%s", "") : TERN_NO_ID;
}

static tern_value_id scale(maker *m, tern_value_id x)
{
    static const char *const modes[] = {"uniform", "channel", "elementwise"};
    const tern_type *t = type_of(m, x);
    const uint32_t mode = pick(m, 3);
    if (t->rank == 0) {
        return TERN_NO_ID;
    }
    const int32_t axis = (int32_t)pick(m, t->rank);
    tern_dim count = 1;
    for (int32_t d = axis; mode > 0 && d < (mode == 1 ? axis + 1 : t->rank); d++) {
        count =
            tern_dim_known(t->dims[d]) && count < MAX_EXTENT ? count * t->dims[d] : MAX_EXTENT + 1;
    }
    tern_value_id operands[4] = {x, TERN_NO_ID, TERN_NO_ID, TERN_NO_ID};
    int32_t used = 1;
    for (int32_t i = 1; i < 3; i++) {
        if (pick(m, 3) != 0) {
            operands[i] = constant(m, 1, &count);
            used = operands[i] != TERN_NO_ID ? i + 1 : used;
        }
    }
    return node(m, "scale", operands, used, "{mode=%s, channel_axis=%d}", modes[mode], (int)axis);
}

static tern_value_id shuffle(maker *m, tern_value_id x)
{
    static const char *const reshapes[] = {"",
                                           "reshape=[-1]",
                                           "reshape=[0,-1]",
                                           "reshape=[0,0,-1]",
                                           "reshape=[0,-1,1]",
                                           "reshape=[0,-1,1,1]",
                                           "reshape=[-1,2]"};
    const tern_type *t = type_of(m, x);
    char perm[64] = "";
    tern_text text;
    tern_text_init_fixed(&text, perm, sizeof perm);
    if (t->rank > 0 && pick(m, 2) != 0) {
        const uint32_t turn = pick(m, t->rank);
        for (uint32_t i = 0; i < t->rank; i++) {
            tern_text_add(&text, "%s%u", i > 0 ? "," : "", (unsigned)((i + turn) % t->rank));
        }
    }
    const char *reshape = reshapes[pick(m, 7)];
    if (perm[0] == '\0' || pick(m, 2) != 0) {
        return node(m, "shuffle", &x, 1, "{first_transpose=[%s]%s%s}", perm,
                    reshape[0] != '\0' ? ", " : "", reshape);
    }
    return node(m, "shuffle", &x, 1, "{second_transpose=[%s]}", perm);
}

static tern_value_id reduction(maker *m, tern_value_id x)
{
    static const char *const ops[] = {"sum", "max", "min", "avg"};
    const tern_type *t = type_of(m, x);
    const uint32_t axis = t->rank > 0 ? pick(m, t->rank) : 0;
    if (pick(m, 2) == 0) {
        return node(m, "softmax", &x, 1, "{axes=0x%x}", 1u << axis);
    }
    return node(m, "reduce", &x, 1, "{op=%s, axes=0x%x, keep_dims=%s}", ops[pick(m, 4)], 1u << axis,
                pick(m, 2) != 0 ? "true" : "false");
}

static tern_value_id window(maker *m, tern_value_id x)
{
    static const char *const types[] = {"max", "average", "max_average_blend"};
    return node(m, "pool", &x, 1, "{type=%s, kernel=[2,2], stride=[%d,1]}", types[pick(m, 3)],
                1 + (int)pick(m, 2));
}

static tern_value_id join(maker *m, tern_value_id x)
{
    const tern_type *t = type_of(m, x);
    const tern_value_id pair[2] = {x, pick(m, 2) != 0 ? x : pick_value(m)};
    return node(m, "concat", pair, 1 + (int32_t)pick(m, 2), "{axis=%d}",
                t->rank > 0 ? (int)pick(m, t->rank) : 0);
}

/* Reshaped to its own first extent and the rest, computed at run time. */
static tern_value_id by_shape(maker *m, tern_value_id x)
{
    static const int64_t zero = 0, minus_one = -1;
    const tern_value_id s = node(m, "shape", &x, 1, "%s", "");
    const tern_value_id pair[2] = {s, integers(m, &zero, 1)};
    if (s == TERN_NO_ID || pair[1] == TERN_NO_ID) {
        return TERN_NO_ID;
    }
    const tern_value_id ends[2] = {node(m, "gather", pair, 2, "%s", ""),
                                   integers(m, &minus_one, 1)};
    if (ends[0] == TERN_NO_ID || ends[1] == TERN_NO_ID) {
        return TERN_NO_ID;
    }
    const tern_value_id operands[2] = {x, node(m, "concat", ends, 2, "%s", "")};
    return operands[1] != TERN_NO_ID ? node(m, "shuffle", operands, 2, "%s", "") : TERN_NO_ID;
}

static tern_value_id step(maker *m)
{
    const tern_value_id x = pick_value(m);
    switch (pick(m, 16)) {
    case 0:
    case 1: return unary(m, x);
    case 2:
    case 3: return binary(m, x);
    case 4:
    case 5:
    case 6: return with_constant(m, x);
    case 7:
    case 8: return convolution(m, x);
    case 9: return product(m, x);
    case 10: return scale(m, x);
    case 11: return shuffle(m, x);
    case 12: return reduction(m, x);
    case 13: return window(m, x);
    case 14: return join(m, x);
    default: return by_shape(m, x);
    }
}

/* Small, and possible for every extent: quotients and differences of symbols are not always. */
static bool is_small(const tern_graph *g, const tern_type *t)
{
    int64_t count = 1;
    for (int32_t d = 0; d < t->rank; d++) {
        const int32_t op = tern_dim_known(t->dims[d]) ? TERN_DIM_SYMBOL
                                                      : g->dims.exprs[tern_dim_id(t->dims[d])].op;
        if (op != TERN_DIM_SYMBOL && op != TERN_DIM_MUL) {
            return false;
        }
        count *= tern_dim_known(t->dims[d]) ? t->dims[d] : 4;
        if (count > MAX_EXTENT) {
            return false;
        }
    }
    return t->rank < TERN_MAX_RANK;
}

static tern_status add_outputs(maker *m)
{
    const uint32_t wanted = 1 + pick(m, 3);
    uint32_t made = 0;
    for (int32_t i = m->count; i-- > 0 && made < wanted;) {
        tern_value *v = &m->g->values[m->values[i]];
        if (v->is_input || v->is_constant || v->is_output) {
            continue;
        }
        char name[16];
        tern_text text;
        tern_text_init_fixed(&text, name, sizeof name);
        tern_text_add(&text, "out%u", (unsigned)made++);
        TERN_TRY(tern_graph_keep_str(m->g, tern_str_of(name), &v->name));
        TERN_TRY(tern_graph_add_output(m->g, m->values[i]));
    }
    return TERN_OK;
}

static tern_status make(maker *m)
{
    tern_graph *g = m->g;
    const uint32_t mode = pick(m, 3);
    g->batch = mode == 0 ? TERN_BATCH_IS_IMPLICIT : TERN_BATCH_IS_EXPLICIT;
    g->max_batch = 4;
    for (uint32_t i = 0; i < 1 + (uint32_t)(mode == 2); i++) {
        tern_dim dims[4] = {2, 1 + (tern_dim)pick(m, 3), 2 + (tern_dim)pick(m, 3), 3};
        if (mode == 1) {
            dims[0] = tern_dim_symbol_get(&g->dims, tern_str_of("N"));
        }
        const tern_type type =
            tern_type_make(TERN_DTYPE_F64, mode == 0 ? 3 : 4, mode == 0 ? dims + 1 : dims);
        char name[8] = "x0";
        name[1] = (char)('0' + i);
        TERN_TRY(g->dims.status);
        TERN_TRY(tern_graph_add_input(g, tern_str_of(name), &type, &m->values[m->count++]));
    }
    while (m->at < m->end && m->count < MAX_VALUES) {
        const tern_value_id y = step(m);
        if (y != TERN_NO_ID && g->values[y].type.dtype == TERN_DTYPE_F64 &&
            is_small(g, &g->values[y].type)) {
            m->values[m->count++] = y;
        }
    }
    TERN_TRY(add_outputs(m));
    uint32_t removed;
    return tern_graph_sweep(g, &removed);
}

tern_status random_graph_make(tern_allocator allocator, const uint8_t *bytes, size_t size,
                              tern_graph **out_graph)
{
    maker m = {.at = bytes, .end = bytes + size};
    *out_graph = NULL;
    TERN_TRY(tern_graph_create(allocator, &m.g));
    const tern_status status = make(&m);
    if (status != TERN_OK) {
        tern_graph_destroy(m.g);
        return status;
    }
    *out_graph = m.g;
    return TERN_OK;
}

/* ---- comparing ---- */

static double noise(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ((double)(*state >> 40) / (double)(1 << 24)) * 2.0 - 1.0;
}

typedef struct run_result {
    const void *data[8];
    tern_type types[8];
} run_result;

static bool run(const tern_graph *g, int64_t extent, uint64_t seed, tern_arena *arena,
                run_result *out)
{
    int64_t symbols[16];
    const void *inputs[4] = {NULL};
    if (g->dims.symbol_count > 16 || g->input_count > 4 || g->output_count > 8) {
        return false;
    }
    for (size_t i = 0; i < 16; i++) {
        symbols[i] = extent;
    }
    int64_t *dims =
        tern_arena_items(arena, g->dims.expr_count + 1, sizeof *dims, _Alignof(int64_t));
    tern_dim_evaluate(g->dims.exprs, g->dims.expr_count, symbols, dims);
    for (uint32_t i = 0; i < g->input_count; i++) {
        const tern_type t = tern_type_resolve(&g->values[g->inputs[i]].type, dims);
        int64_t count = 0;
        (void)tern_type_volume(&t, &count);
        double *data = tern_arena_items(arena, (size_t)count + 1, sizeof *data, TERN_TENSOR_ALIGN);
        for (int64_t k = 0; k < count; k++) {
            data[k] = noise(&seed);
        }
        inputs[i] = data;
    }
    return graph_evaluate(g, symbols, inputs, arena, out->data, out->types) == TERN_OK;
}

static const char *compare(const tern_graph *a, const tern_graph *b, const run_result *p,
                           const run_result *q)
{
    for (uint32_t i = 0; i < a->output_count; i++) {
        int64_t count = 0;
        if (!tern_type_equal(&p->types[i], &q->types[i]) ||
            !tern_type_volume(&p->types[i], &count)) {
            return "the types of an output differ";
        }
        if (!tern_str_equal(a->values[a->outputs[i]].name, b->values[b->outputs[i]].name)) {
            return "the names of an output differ";
        }
        const double *x = p->data[i], *y = q->data[i];
        double top = 1.0;
        for (int64_t k = 0; k < count; k++) {
            top = isfinite(x[k]) && fabs(x[k]) > top ? fabs(x[k]) : top;
        }
        for (int64_t k = 0; k < count; k++) {
            if (isfinite(x[k]) && !(fabs(x[k] - y[k]) <= 1e-9 * top)) {
                return "the elements of an output differ";
            }
        }
    }
    return NULL;
}

const char *graphs_differ(const tern_graph *a, const tern_graph *b, int64_t extent, uint64_t seed)
{
    if (a->output_count != b->output_count || a->input_count != b->input_count) {
        return "the numbers of inputs or outputs differ";
    }
    tern_arena arena;
    tern_arena_init(&arena, a->allocator);
    run_result p, q;
    const char *what = NULL;
    if (!run(a, extent, seed, &arena, &p)) {
        what = "the first graph does not run";
    } else if (!run(b, extent, seed, &arena, &q)) {
        what = "the second graph does not run";
    } else {
        what = compare(a, b, &p, &q);
    }
    tern_arena_destroy(&arena);
    return what;
}
