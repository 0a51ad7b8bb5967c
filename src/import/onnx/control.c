/* SPDX-License-Identifier: Apache-2.0
 *
 * If, Loop and Scan.  A body's nodes are translated into a region of the graph, where names of the
 * graphs around it are seen as they are.  A loop's body is translated with the types that go in;
 * when inference finds that extents change on the way round, it is translated again with those.
 */
#include "import/onnx/import.h"

#include "base/alloc.h"
#include "import/onnx/importer.h"

/* Rounds of translating a loop's body: each finds more extents that vary. */
enum { MOST_ROUNDS = 9 };
/* In a whole model: loops inside loops multiply them. */
enum { MOST_ROUNDS_OF_ALL = 2048 };

static tern_value_id *new_values(tern_onnx_call *c, int32_t count)
{
    tern_value_id *v =
        tern_arena_items(tern_onnx_arena(c), (size_t)count + 1, sizeof *v, sizeof *v);
    if (v == NULL) {
        c->status = TERN_OUT_OF_MEMORY;
    }
    return v;
}

static tern_onnx_slot *new_slots(tern_onnx_call *c, int32_t count)
{
    tern_onnx_slot *s = tern_arena_items(tern_onnx_arena(c), (size_t)count + 1, sizeof *s,
                                         _Alignof(tern_onnx_slot));
    if (s == NULL) {
        c->status = TERN_OUT_OF_MEMORY;
    }
    return s;
}

static tern_onnx_slot tensor_slot(tern_value_id value)
{
    return (tern_onnx_slot){.kind = TERN_ONNX_SLOT_TENSOR, .value = value};
}

/* The tensors of slots; anything else is refused. */
static void tensors_of(tern_onnx_call *c, const tern_onnx_slot *slots, int32_t count,
                       tern_value_id *out)
{
    for (int32_t i = 0; i < count && c->status == TERN_OK; i++) {
        out[i] = slots[i].value;
        if (slots[i].kind == TERN_ONNX_SLOT_BAD) {
            tern_onnx_pass_over(c);
        } else if (slots[i].kind != TERN_ONNX_SLOT_TENSOR) {
            (void)tern_onnx_undecided(c,
                                      "result %d of its body is no tensor, and what it runs is not "
                                      "known while importing",
                                      (int)i);
        }
    }
}

/* A control node without bodies yet. */
static tern_node_id add_control(tern_onnx_call *c, uint32_t op, const tern_value_id *x,
                                int32_t x_count, int32_t y_count)
{
    tern_node_id node = TERN_NO_ID;
    if (c->status == TERN_OK) {
        c->status = tern_graph_add_node(
            c->graph,
            &(tern_new_node){
                .op = op, .name = c->node->name, .x = x, .x_count = x_count, .y_count = y_count},
            &node);
    }
    return node;
}

/* --- bodies --- */

/* What goes into a region: made by the caller's function from the region's parameters. */
typedef struct body_job {
    const tern_onnx_graph *graph;
    /* Fills the results' slots, body->output_count of them; runs inside the region. */
    void (*run)(tern_onnx_call *c, struct body_job *job, uint32_t region, tern_onnx_slot *results);
    /* Fills the values that the region gives from those. */
    int32_t (*give)(tern_onnx_call *c, struct body_job *job, const tern_onnx_slot *results,
                    tern_value_id *out);
    const void *self;
} body_job;

static void fill_body(tern_onnx_call *c, tern_node_id node, const tern_type *params, int32_t count,
                      body_job *job)
{
    uint32_t region = 0;
    if (c->status != TERN_OK) {
        return;
    }
    const uint32_t outer = c->graph->region;
    c->status = tern_graph_open_body(c->graph, node, params, count, &region);
    const int32_t most = job->graph->output_count + 1;
    tern_onnx_slot *results = new_slots(c, most);
    tern_value_id *values = new_values(c, most);
    if (c->status == TERN_OK) {
        job->run(c, job, region, results);
    }
    const int32_t given = c->status == TERN_OK ? job->give(c, job, results, values) : 0;
    if (c->status == TERN_OK) {
        c->status = tern_graph_close_body(c->graph, values, given);
    }
    if (c->status != TERN_OK) {
        tern_graph_drop_bodies(c->graph, node);
        c->graph->region = outer;
    }
}

static void take_results(tern_onnx_call *c, tern_node_id node, tern_value_id *y)
{
    const tern_node *n = tern_graph_node(c->graph, node);
    for (int32_t i = 0; i < n->y_count; i++) {
        y[i] = tern_graph_y(c->graph, n, i);
    }
}

/* --- If --- */

static void run_branch(tern_onnx_call *c, body_job *job, uint32_t region, tern_onnx_slot *results)
{
    (void)region;
    tern_onnx_run_body(c, job->graph, NULL, 0, results);
}

static int32_t give_branch(tern_onnx_call *c, body_job *job, const tern_onnx_slot *results,
                           tern_value_id *out)
{
    const int32_t count = job->graph->output_count;
    tensors_of(c, results, count, out);
    return count;
}

/* The condition is known: the branch's nodes stand where the If stands. */
static tern_status take_branch(tern_onnx_call *c, const tern_onnx_graph *branch)
{
    tern_onnx_slot *results = new_slots(c, branch->output_count);
    if (results == NULL) {
        return c->status;
    }
    tern_onnx_run_body(c, branch, NULL, 0, results);
    for (int32_t i = 0; c->status == TERN_OK && i < c->y_count && i < branch->output_count; i++) {
        c->y_slots[i] = results[i];
        c->y[i] = results[i].kind == TERN_ONNX_SLOT_TENSOR ? results[i].value : TERN_NO_ID;
    }
    return c->status;
}

/* One branch gives a scalar, the other a list of one: exporters write that for what is broadcast.
   */
static void agree_on_scalar(tern_onnx_call *c, tern_node_id node, int32_t i)
{
    tern_graph *g = c->graph;
    const uint32_t first = tern_graph_node(g, node)->body, outer = g->region;
    const tern_type *a = tern_onnx_type_of(c, tern_region_result(g, first, i));
    const tern_type *b = tern_onnx_type_of(c, tern_region_result(g, first + 1, i));
    const bool a_is_list = a->rank == 1 && a->dims[0] == 1 && b->rank == 0;
    const bool b_is_list = b->rank == 1 && b->dims[0] == 1 && a->rank == 0;
    if (!a_is_list && !b_is_list) {
        return;
    }
    const uint32_t r = a_is_list ? first + 1 : first;
    g->region = r;
    const tern_value_id list =
        tern_onnx_emit(c, "shuffle", "{reshape=[1]}", tern_region_result(g, r, i));
    g->region = outer;
    if (c->status == TERN_OK) {
        g->operands[g->regions[r].result_first + (uint32_t)i] = list;
        g->changes++;
    }
}

tern_status tern_onnx_do_if(tern_onnx_call *c)
{
    const tern_onnx_graph *branches[2] = {tern_onnx_graph_attribute(c, "then_branch"),
                                          tern_onnx_graph_attribute(c, "else_branch")};
    int64_t condition = 0;
    int32_t count = 0;
    if (c->status != TERN_OK) {
        return c->status;
    }
    const int32_t results = branches[0]->output_count;
    if (branches[1]->output_count != results || c->y_count > results || c->x_count < 1) {
        return tern_onnx_refuse(
            c, TERN_BAD_MODEL, "it has %d outputs, its branches %d and %d, and %d inputs",
            (int)c->y_count, (int)results, (int)branches[1]->output_count, (int)c->x_count);
    }
    if (tern_onnx_decide_ints(c, c->x[0], &condition, 1, &count) && count == 1) {
        return take_branch(c, branches[condition != 0 ? 0 : 1]);
    }
    const tern_node_id node = add_control(c, TERN_OP_if, c->x, 1, results);
    for (int i = 0; i < 2 && c->status == TERN_OK; i++) {
        body_job job = {.graph = branches[i], .run = run_branch, .give = give_branch};
        fill_body(c, node, NULL, 0, &job);
    }
    for (int32_t i = 0; i < results && c->status == TERN_OK; i++) {
        agree_on_scalar(c, node, i);
    }
    tern_value_id *y = new_values(c, results);
    if (c->status == TERN_OK) {
        c->status = tern_graph_infer_node(c->graph, node);
    }
    if (c->status == TERN_OK) {
        take_results(c, node, y);
        memcpy(c->y, y, (size_t)c->y_count * sizeof *y);
    }
    return c->status;
}

/* --- loops --- */

/* A loop to be made. */
typedef struct loop_job {
    body_job body;
    tern_value_id trips, go;
    const tern_value_id *carried;
    int32_t carried_count;
    int32_t result_count; /* of the loop: carried and stacks */
} loop_job;

static void start_types(const tern_onnx_call *c, const loop_job *l, tern_type *params)
{
    params[0] = tern_type_make(TERN_DTYPE_I64, 0, NULL);
    params[1] = tern_type_make(TERN_DTYPE_BOOL, 0, NULL);
    for (int32_t i = 0; i < l->carried_count; i++) {
        params[2 + i] = *tern_onnx_type_of(c, l->carried[i]);
    }
}

/* Did inference change the parameters' types?  Then they are the ones to go on with. */
static bool types_changed(const tern_onnx_call *c, tern_node_id node, tern_type *params,
                          int32_t count)
{
    bool changed = false;
    const uint32_t region = tern_graph_node(c->graph, node)->body;
    for (int32_t i = 0; i < count; i++) {
        const tern_type *t =
            &tern_graph_value(c->graph, tern_region_param(c->graph, region, i))->type;
        changed = changed || !tern_type_equal(t, &params[i]);
        params[i] = *t;
    }
    return changed;
}

/* Makes the loop; y gets its results. */
static void make_loop(tern_onnx_call *c, loop_job *l, tern_value_id *y)
{
    const int32_t count = l->carried_count + 2;
    tern_value_id *x = new_values(c, count);
    tern_type *params =
        tern_arena_items(tern_onnx_arena(c), (size_t)count, sizeof *params, _Alignof(tern_type));
    if (c->status != TERN_OK || params == NULL) {
        c->status = c->status != TERN_OK ? c->status : TERN_OUT_OF_MEMORY;
        return;
    }
    x[0] = l->trips;
    x[1] = l->go;
    for (int32_t i = 0; i < l->carried_count; i++) {
        x[2 + i] = l->carried[i];
        if (l->carried[i] == TERN_NO_ID) {
            (void)tern_onnx_refuse(c, TERN_UNSUPPORTED,
                                   "carried value %d is no tensor, and how long the loop runs is "
                                   "not known while importing",
                                   (int)i);
        }
    }
    start_types(c, l, params);
    const tern_node_id node = add_control(c, TERN_OP_loop, x, count, l->result_count);
    for (int round = 0; c->status == TERN_OK; round++) {
        fill_body(c, node, params, count, &l->body);
        if (c->status == TERN_OK) {
            c->status = tern_graph_infer_node(c->graph, node);
        }
        if (c->status != TERN_OK || !types_changed(c, node, params, count) ||
            round == MOST_ROUNDS) {
            break;
        }
        if (++c->importer->body_rounds > MOST_ROUNDS_OF_ALL) {
            (void)tern_onnx_refuse(c, TERN_UNSUPPORTED,
                                   "loops whose shapes change lie too deep inside one another");
            break;
        }
        tern_graph_drop_bodies(c->graph, node);
    }
    if (c->status == TERN_OK) {
        take_results(c, node, y);
    }
}

static tern_value_id as_scalar(tern_onnx_call *c, tern_value_id x)
{
    return tern_onnx_rank(c, x) == 0 ? x : tern_onnx_emit(c, "shuffle", "{to_scalar=true}", x);
}

/* --- Loop --- */

/* The number and the condition, as lists of one where the body says so. */
static tern_value_id as_declared(tern_onnx_call *c, const tern_onnx_graph *body, int32_t i,
                                 tern_value_id x)
{
    return body->inputs[i].type.rank == 1 ? tern_onnx_emit(c, "shuffle", "{reshape=[1]}", x) : x;
}

static void run_loop_body(tern_onnx_call *c, body_job *job, uint32_t region,
                          tern_onnx_slot *results)
{
    const int32_t count = job->graph->input_count;
    tern_onnx_slot *params = new_slots(c, count);
    for (int32_t i = 0; i < count && c->status == TERN_OK; i++) {
        tern_value_id p = tern_region_param(c->graph, region, i);
        params[i] = tensor_slot(i < 2 ? as_declared(c, job->graph, i, p) : p);
    }
    tern_onnx_run_body(c, job->graph, params, count, results);
}

static int32_t give_loop_body(tern_onnx_call *c, body_job *job, const tern_onnx_slot *results,
                              tern_value_id *out)
{
    const int32_t count = job->graph->output_count;
    tensors_of(c, results, count, out);
    if (c->status == TERN_OK) {
        out[0] = as_scalar(c, out[0]);
    }
    return count;
}

tern_status tern_onnx_do_loop(tern_onnx_call *c)
{
    const tern_onnx_graph *body = tern_onnx_graph_attribute(c, "body");
    if (c->status != TERN_OK) {
        return c->status;
    }
    const int32_t carried = c->node->x_count > 2 ? c->node->x_count - 2 : 0;
    if (body->input_count != carried + 2 || body->output_count < carried + 1 ||
        c->y_count > body->output_count - 1) {
        return tern_onnx_refuse(
            c, TERN_BAD_MODEL,
            "it carries %d values and has %d outputs, its body has %d inputs and %d outputs",
            (int)carried, (int)c->y_count, (int)body->input_count, (int)body->output_count);
    }
    for (int i = 0; i < 2; i++) {
        if (c->x_slots[i].kind != TERN_ONNX_SLOT_TENSOR &&
            c->x_slots[i].kind != TERN_ONNX_SLOT_ABSENT) {
            return tern_onnx_refuse(c, TERN_BAD_MODEL, "input %d is no tensor", i);
        }
    }
    if (tern_onnx_carries_sequences(c)) {
        return tern_onnx_unroll(c, body, carried);
    }
    loop_job l = {
        .body = {.graph = body, .run = run_loop_body, .give = give_loop_body},
        .trips = c->x[0],
        .go = c->x[1],
        .carried = c->x + 2,
        .carried_count = carried,
        .result_count = body->output_count - 1,
    };
    tern_value_id *y = new_values(c, l.result_count);
    make_loop(c, &l, y);
    if (c->status == TERN_OK) {
        memcpy(c->y, y, (size_t)c->y_count * sizeof *y);
    }
    return c->status;
}

/* --- Scan --- */

enum { MOST_SCANS = 256 };

/* A scan to be made: states first, then what is scanned. */
typedef struct scan_job {
    const tern_onnx_graph *body;
    int32_t states, inputs, outputs;
    const tern_value_id *state, *input;
    int64_t input_axis[MOST_SCANS], input_back[MOST_SCANS];
    int64_t output_axis[MOST_SCANS], output_back[MOST_SCANS];
    tern_value_id length; /* i64[] */
} scan_job;

/* Row `number` of a scanned value, counted from the back when it goes backwards. */
static tern_value_id scanned_row(tern_onnx_call *c, const scan_job *s, int32_t i,
                                 tern_value_id number)
{
    if (s->input_back[i] != 0) {
        const tern_value_id last =
            tern_onnx_emit(c, "sub", NULL, s->length, tern_onnx_scalar(c, TERN_DTYPE_I64, 1));
        number = tern_onnx_emit(c, "sub", NULL, last, number);
    }
    return tern_onnx_emit(c, "gather",
                          tern_onnx_text(c, "{axis=%lld}", (long long)s->input_axis[i]),
                          s->input[i], number);
}

static void run_scan_body(tern_onnx_call *c, body_job *job, uint32_t region,
                          tern_onnx_slot *results)
{
    const scan_job *s = job->self;
    tern_onnx_slot *params = new_slots(c, s->states + s->inputs);
    for (int32_t i = 0; i < s->states + s->inputs && c->status == TERN_OK; i++) {
        params[i] =
            tensor_slot(i < s->states ? tern_region_param(c->graph, region, 2 + i)
                                      : scanned_row(c, s, i - s->states,
                                                    tern_region_param(c->graph, region, 0)));
    }
    tern_onnx_run_body(c, s->body, params, s->states + s->inputs, results);
}

static int32_t give_scan_body(tern_onnx_call *c, body_job *job, const tern_onnx_slot *results,
                              tern_value_id *out)
{
    const int32_t count = job->graph->output_count;
    tensors_of(c, results, count, out + 1);
    out[0] = tern_region_param(c->graph, c->graph->region, 1);
    return count + 1;
}

/* A stack the other way round, and with its rows along another axis. */
static tern_value_id turn_stack(tern_onnx_call *c, tern_value_id y, int64_t axis, bool back)
{
    const int32_t rank = tern_onnx_rank(c, y);
    if (back && c->status == TERN_OK) {
        const int64_t from[] = {-1}, to[] = {INT64_MIN}, along[] = {0}, by[] = {-1};
        const tern_value_id x[] = {y, tern_onnx_i64s(c, from, 1), tern_onnx_i64s(c, to, 1),
                                   tern_onnx_i64s(c, along, 1), tern_onnx_i64s(c, by, 1)};
        y = tern_onnx_op(c, "Slice", NULL, x, 5);
    }
    axis = tern_onnx_axis(c, axis, rank);
    int64_t permutation[TERN_MAX_RANK];
    for (int32_t i = 0; i < rank; i++) {
        permutation[i] = i < axis ? i + 1 : i == axis ? 0 : i;
    }
    return axis == 0 ? y : tern_onnx_transpose(c, y, permutation, rank);
}

static void make_scan(tern_onnx_call *c, scan_job *s, tern_value_id *y)
{
    for (int32_t i = 0; i < s->inputs && c->status == TERN_OK; i++) {
        s->input_axis[i] = tern_onnx_axis(c, s->input_axis[i], tern_onnx_rank(c, s->input[i]));
    }
    if (c->status != TERN_OK) {
        return;
    }
    for (int32_t i = 1; i < s->inputs; i++) {
        const tern_dim length = tern_onnx_type_of(c, s->input[0])->dims[s->input_axis[0]];
        const tern_dim other = tern_onnx_type_of(c, s->input[i])->dims[s->input_axis[i]];
        if (!tern_dim_may_equal(length, other)) {
            (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "it scans inputs of %lld and of %lld rows",
                                   (long long)length, (long long)other);
        }
    }
    s->length = tern_onnx_emit(c, "gather", "{axis=0}", tern_onnx_shape(c, s->input[0]),
                               tern_onnx_scalar(c, TERN_DTYPE_I64, (double)s->input_axis[0]));
    loop_job l = {
        .body = {.graph = s->body, .run = run_scan_body, .give = give_scan_body, .self = s},
        .trips = s->length,
        .carried = s->state,
        .carried_count = s->states,
        .result_count = s->states + s->outputs,
    };
    make_loop(c, &l, y);
    for (int32_t i = 0; i < s->outputs && c->status == TERN_OK; i++) {
        y[s->states + i] =
            turn_stack(c, y[s->states + i], s->output_axis[i], s->output_back[i] != 0);
    }
}

static void read_list(tern_onnx_call *c, const char *name, int64_t *out, int32_t count)
{
    int32_t given = 0;
    const int64_t *v = tern_onnx_ints(c, name, &given);
    if (given > 0 && given != count) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "attribute \"%s\" has %d entries, not %d", name,
                               (int)given, (int)count);
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        out[i] = v != NULL && given > 0 ? v[i] : 0;
    }
}

static bool read_scan(tern_onnx_call *c, scan_job *s, int32_t first)
{
    s->body = tern_onnx_graph_attribute(c, "body");
    const int64_t inputs = tern_onnx_int(c, "num_scan_inputs", 0);
    if (c->status != TERN_OK) {
        return false;
    }
    const int32_t all = c->x_count - first;
    if (inputs < 1 || inputs > all || inputs > MOST_SCANS || s->body->input_count != all ||
        s->body->output_count < all - inputs ||
        s->body->output_count - (all - inputs) > MOST_SCANS || c->y_count > s->body->output_count) {
        (void)tern_onnx_refuse(
            c, TERN_BAD_MODEL,
            "it scans %lld of %d inputs, its body has %d inputs and %d outputs, and it has %d",
            (long long)inputs, (int)all, (int)s->body->input_count, (int)s->body->output_count,
            (int)c->y_count);
        return false;
    }
    s->inputs = (int32_t)inputs;
    s->states = all - s->inputs;
    s->outputs = s->body->output_count - s->states;
    s->state = c->x + first;
    s->input = c->x + first + s->states;
    for (int32_t i = first; i < c->x_count; i++) {
        if (c->x[i] == TERN_NO_ID) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "input %d is no tensor", (int)i);
        }
    }
    return c->status == TERN_OK;
}

tern_status tern_onnx_do_scan(tern_onnx_call *c)
{
    scan_job *s = tern_arena_zero(tern_onnx_arena(c), sizeof *s, _Alignof(scan_job));
    if (s == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    if (!read_scan(c, s, 0)) {
        return c->status;
    }
    read_list(c, "scan_input_axes", s->input_axis, s->inputs);
    read_list(c, "scan_input_directions", s->input_back, s->inputs);
    read_list(c, "scan_output_axes", s->output_axis, s->outputs);
    read_list(c, "scan_output_directions", s->output_back, s->outputs);
    tern_value_id *y = new_values(c, s->states + s->outputs);
    if (c->status == TERN_OK) {
        make_scan(c, s, y);
    }
    if (c->status == TERN_OK) {
        memcpy(c->y, y, (size_t)c->y_count * sizeof *y);
    }
    return c->status;
}

/* --- Scan of opset 8: everything has a batch in front, a scan for each of it --- */

static void run_batch(tern_onnx_call *c, body_job *job, uint32_t region, tern_onnx_slot *results)
{
    const scan_job *all = job->self;
    const tern_value_id number = tern_region_param(c->graph, region, 0);
    const int32_t count = all->states + all->inputs;
    scan_job *one = tern_arena_copy(tern_onnx_arena(c), all, sizeof *one, _Alignof(scan_job));
    tern_value_id *x = new_values(c, count), *y = new_values(c, all->states + all->outputs);
    if (one == NULL || c->status != TERN_OK) {
        c->status = TERN_OUT_OF_MEMORY;
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        const tern_value_id from = i < all->states ? all->state[i] : all->input[i - all->states];
        x[i] = tern_onnx_emit(c, "gather", "{axis=0}", from, number);
    }
    one->state = x;
    one->input = x + all->states;
    make_scan(c, one, y);
    for (int32_t i = 0; i < all->states + all->outputs; i++) {
        results[i] = tensor_slot(y[i]);
    }
}

tern_status tern_onnx_do_scan_8(tern_onnx_call *c)
{
    scan_job *s = tern_arena_zero(tern_onnx_arena(c), sizeof *s, _Alignof(scan_job));
    if (s == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    if (c->x[0] != TERN_NO_ID) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED, "sequence_lens of opset 8 are not taken");
    }
    if (!read_scan(c, s, 1)) {
        return c->status;
    }
    read_list(c, "directions", s->input_back, s->inputs);
    const tern_value_id batches =
        tern_onnx_emit(c, "gather", "{axis=0}", tern_onnx_shape(c, s->input[0]),
                       tern_onnx_scalar(c, TERN_DTYPE_I64, 0));
    loop_job l = {
        .body = {.graph = s->body, .run = run_batch, .give = give_scan_body, .self = s},
        .trips = batches,
        .result_count = s->states + s->outputs,
    };
    tern_value_id *y = new_values(c, l.result_count);
    make_loop(c, &l, y);
    if (c->status == TERN_OK) {
        memcpy(c->y, y, (size_t)c->y_count * sizeof *y);
    }
    return c->status;
}
