/* SPDX-License-Identifier: Apache-2.0
 *
 * What has to be known while importing: integers that decide how long a sequence gets, and loops
 * that carry sequences, whose body is translated once for each turn.
 */
#include "base/alloc.h"
#include "import/onnx/importer.h"
#include "ir/fold.h"

enum { MOST_TURNS = 1024, DEEPEST_FOLD = 64 };

tern_status tern_onnx_undecided(tern_onnx_call *c, const char *format, ...)
{
    if (c->status == TERN_OK) {
        c->importer->is_undecided = true;
    }
    va_list values;
    va_start(values, format);
    (void)tern_onnx_refuse_va(c, TERN_UNSUPPORTED, format, values);
    va_end(values);
    return c->status;
}

void tern_onnx_pass_over(tern_onnx_call *c)
{
    if (c->status == TERN_OK) {
        c->is_failed_inside = true;
        c->status = TERN_BAD_MODEL;
    }
}

/* --- integers --- */

/* The constant that a value is, when everything it is computed from is constant and small; else
 * NO_ID. */
static tern_value_id fold(tern_onnx_call *c, tern_value_id value, int depth)
{
    tern_graph *g = c->graph;
    const tern_fold_limits limits = {.always_bytes = 65536, .only_small = true};
    if (value == TERN_NO_ID || depth > DEEPEST_FOLD || c->status != TERN_OK ||
        tern_graph_value(g, value)->producer == TERN_NO_ID) {
        return TERN_NO_ID;
    }
    const tern_node_id id = tern_graph_value(g, value)->producer;
    if (tern_graph_node(g, id)->op == TERN_OP_constant) {
        return value;
    }
    for (int32_t i = 0; i < tern_graph_node(g, id)->x_count; i++) {
        const tern_value_id x = tern_graph_x(g, tern_graph_node(g, id), i);
        if (x != TERN_NO_ID && fold(c, x, depth + 1) == TERN_NO_ID) {
            return TERN_NO_ID;
        }
    }
    const tern_node *n = tern_graph_node(g, id);
    int32_t index = 0;
    while (index < n->y_count && tern_graph_y(g, n, index) != value) {
        index++;
    }
    tern_value_id folded[TERN_OP_MAX_OUTPUTS] = {TERN_NO_ID};
    const tern_arena_mark mark = tern_arena_mark_now(&c->importer->scratch);
    c->status = tern_graph_fold_node(g, id, &limits, &c->importer->scratch, folded);
    tern_arena_reset(&c->importer->scratch, mark);
    return c->status == TERN_OK && folded[0] != TERN_NO_ID && index < TERN_OP_MAX_OUTPUTS
               ? folded[index]
               : TERN_NO_ID;
}

bool tern_onnx_decide_ints(tern_onnx_call *c, tern_value_id value, int64_t *out, int32_t room,
                           int32_t *out_count)
{
    if (tern_onnx_constant_ints(c, value, out, room, out_count)) {
        return true;
    }
    const tern_value_id constant = fold(c, value, 0);
    return constant != TERN_NO_ID && tern_onnx_constant_ints(c, constant, out, room, out_count);
}

/* --- loops --- */

static tern_onnx_slot *new_slots(tern_onnx_call *c, int64_t count)
{
    tern_onnx_slot *s = tern_arena_items(tern_onnx_arena(c), (size_t)count + 1, sizeof *s,
                                         _Alignof(tern_onnx_slot));
    if (s == NULL) {
        c->status = TERN_OUT_OF_MEMORY;
    }
    return s;
}

bool tern_onnx_carries_sequences(const tern_onnx_call *c)
{
    for (int32_t i = 2; i < c->node->x_count; i++) {
        const tern_onnx_slot *s = &c->x_slots[i];
        if (s->kind == TERN_ONNX_SLOT_SEQUENCE || s->is_optional) {
            return true;
        }
    }
    return false;
}

/* A Loop being unrolled. */
typedef struct unrolled {
    const tern_onnx_graph *body;
    int32_t carried, rows;   /* values carried; results that are stacked */
    int64_t most;            /* turns; INT64_MAX: until the condition says so */
    bool go;                 /* the condition */
    int64_t turns;           /* done */
    tern_onnx_slot *params;  /* number, condition, carried */
    tern_onnx_slot *results; /* condition, carried, rows */
    tern_value_id *stacked;  /* rows of each turn: stacked[turn * rows + i] */
} unrolled;

/* `fallback` when the input is not there. */
static int64_t decide_input(tern_onnx_call *c, int32_t index, int64_t fallback, const char *what)
{
    int64_t number = fallback;
    int32_t count = 0;
    if (c->x_slots[index].kind == TERN_ONNX_SLOT_ABSENT) {
        return fallback;
    }
    if (!tern_onnx_decide_ints(c, c->x[index], &number, 1, &count) || count != 1) {
        (void)tern_onnx_undecided(c, "it carries a sequence, and its %s is known only when it runs",
                                  what);
    }
    return number;
}

static tern_onnx_slot constant_slot(tern_onnx_call *c, const unrolled *u, int32_t param,
                                    tern_dtype dtype, int64_t number)
{
    const tern_onnx_type *t = &u->body->inputs[param].type;
    tern_value_id value = tern_onnx_scalar(c, dtype, (double)number);
    if (t->kind == TERN_ONNX_TYPE_TENSOR && t->rank == 1) {
        const int64_t one = 1;
        const uint8_t byte = number != 0;
        value = tern_onnx_constant(c, dtype, 1, &one,
                                   dtype == TERN_DTYPE_BOOL ? (const void *)&byte : &number);
    }
    return (tern_onnx_slot){.kind = TERN_ONNX_SLOT_TENSOR, .value = value};
}

static void keep_rows(tern_onnx_call *c, unrolled *u)
{
    for (int32_t i = 0; i < u->rows && c->status == TERN_OK; i++) {
        const tern_onnx_slot *row = &u->results[1 + u->carried + i];
        if (row->kind == TERN_ONNX_SLOT_BAD) {
            tern_onnx_pass_over(c);
        } else if (row->kind != TERN_ONNX_SLOT_TENSOR) {
            (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "result %d of its body is no tensor",
                                   (int)(1 + u->carried + i));
        }
        u->stacked[u->turns * u->rows + i] = row->value;
    }
}

static void take_turn(tern_onnx_call *c, unrolled *u)
{
    int64_t go = 0;
    int32_t count = 0;
    u->params[0] = constant_slot(c, u, 0, TERN_DTYPE_I64, u->turns);
    u->params[1] = constant_slot(c, u, 1, TERN_DTYPE_BOOL, u->go);
    tern_onnx_run_body(c, u->body, u->params, u->carried + 2, u->results);
    if (c->status != TERN_OK) {
        return;
    }
    for (int32_t i = 0; i < u->carried; i++) {
        u->params[2 + i] = u->results[1 + i];
        if (u->results[1 + i].kind == TERN_ONNX_SLOT_BAD) {
            tern_onnx_pass_over(c);
        }
    }
    keep_rows(c, u);
    const bool is_tensor = u->results[0].kind == TERN_ONNX_SLOT_TENSOR;
    if (c->status == TERN_OK &&
        (!is_tensor || !tern_onnx_decide_ints(c, u->results[0].value, &go, 1, &count) ||
         count != 1)) {
        (void)tern_onnx_undecided(
            c,
            "it carries a sequence, and its condition after turn %lld is known only when it runs",
            (long long)u->turns);
    }
    u->go = go != 0;
    u->turns++;
}

/* The rows of result i, one on another. */
static tern_value_id stack(tern_onnx_call *c, const unrolled *u, int32_t i)
{
    const int64_t axis = 0;
    tern_value_id *x =
        tern_arena_items(tern_onnx_arena(c), (size_t)u->turns + 1, sizeof *x, sizeof *x);
    if (x == NULL) {
        c->status = TERN_OUT_OF_MEMORY;
        return TERN_NO_ID;
    }
    if (u->turns == 0) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED,
                               "it carries a sequence, stacks rows and has no turns");
        return TERN_NO_ID;
    }
    for (int64_t k = 0; k < u->turns; k++) {
        x[k] = tern_onnx_unsqueeze(c, u->stacked[k * u->rows + i], &axis, 1);
    }
    return u->turns == 1 ? x[0] : tern_onnx_emit_x(c, "concat", "{axis=0}", x, (int32_t)u->turns);
}

static void give_results(tern_onnx_call *c, const unrolled *u)
{
    for (int32_t i = 0; i < c->y_count && c->status == TERN_OK; i++) {
        if (i >= u->carried) {
            c->y[i] = stack(c, u, i - u->carried);
            continue;
        }
        c->y_slots[i] = u->params[2 + i];
        c->y[i] = c->y_slots[i].kind == TERN_ONNX_SLOT_TENSOR ? c->y_slots[i].value : TERN_NO_ID;
    }
}

tern_status tern_onnx_unroll(tern_onnx_call *c, const tern_onnx_graph *body, int32_t carried)
{
    unrolled u = {
        .body = body, .carried = carried, .rows = body->output_count - 1 - carried, .go = true};
    u.most = decide_input(c, 0, INT64_MAX, "number of turns");
    u.go = decide_input(c, 1, 1, "condition") != 0;
    u.params = new_slots(c, (int64_t)carried + 2);
    u.results = new_slots(c, body->output_count);
    u.stacked = tern_arena_items(tern_onnx_arena(c), (size_t)u.rows * MOST_TURNS + 1,
                                 sizeof *u.stacked, sizeof *u.stacked);
    if (c->status != TERN_OK || u.stacked == NULL) {
        return c->status != TERN_OK ? c->status : TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 0; i < carried; i++) {
        u.params[2 + i] = c->x_slots[2 + i];
    }
    while (c->status == TERN_OK && u.go && u.turns < u.most) {
        if (u.turns == MOST_TURNS) {
            return tern_onnx_refuse(c, TERN_UNSUPPORTED,
                                    "it carries a sequence and takes more than %d turns",
                                    MOST_TURNS);
        }
        take_turn(c, &u);
    }
    give_results(c, &u);
    return c->status;
}
