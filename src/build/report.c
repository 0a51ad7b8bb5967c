/* SPDX-License-Identifier: Apache-2.0
 *
 * The build report: what became of every layer, as JSON inside the plan.  Per step each candidate
 * with the reason it was refused; measured times only when the user asked for detail, so that plans
 * stay reproducible otherwise.
 */
#include "build/build.h"

#include "base/json.h"

static void write_type(tern_json *json, const tern_build_state *b, tern_value_id id)
{
    char buffer[256];
    tern_text text;
    tern_text_init_fixed(&text, buffer, sizeof buffer);
    tern_type_print(&text, &b->graph->dims, &tern_graph_value(b->graph, id)->type);
    tern_json_begin_object(json);
    tern_json_key(json, "name");
    tern_json_str(json, tern_graph_value(b->graph, id)->name);
    tern_json_key(json, "type");
    tern_json_string(json, tern_text_get(&text));
    tern_json_end_object(json);
}

static void write_values(tern_json *json, const tern_build_state *b, const tern_node *node,
                         const char *key, bool results)
{
    tern_json_key(json, key);
    tern_json_begin_array(json);
    const int32_t count = results ? node->y_count : node->x_count;
    for (int32_t i = 0; i < count; i++) {
        const tern_value_id id =
            results ? tern_graph_y(b->graph, node, i) : tern_graph_x(b->graph, node, i);
        if (id != TERN_NO_ID) {
            write_type(json, b, id);
        }
    }
    tern_json_end_array(json);
}

static void write_candidates(tern_json *json, const tern_build_step *step, bool with_times)
{
    tern_json_key(json, "candidates");
    tern_json_begin_array(json);
    for (uint32_t i = 0; i < step->candidate_count; i++) {
        const tern_candidate *c = &step->candidates[i];
        tern_json_begin_object(json);
        tern_json_key(json, "tactic");
        tern_json_string(json, c->tactic->name);
        tern_json_key(json, "refused");
        tern_json_string(json, c->why_not);
        if (with_times && c->time_ns >= 0) {
            tern_json_key(json, "time_ns");
            tern_json_int(json, c->time_ns);
        }
        tern_json_end_object(json);
    }
    tern_json_end_array(json);
}

/* Has it scratch or a result on the growing heap? */
static bool allocates(const tern_build_state *b, const tern_build_step *step)
{
    const tern_node *node = tern_graph_node(b->graph, step->node);
    bool may = step->scratch_bytes == TERN_PLAN_SCRATCH_HEAP;
    for (int32_t i = 0; i < node->y_count; i++) {
        may = may || b->slots[tern_graph_y(b->graph, node, i)].home == TERN_PLAN_HOME_HEAP;
    }
    return may;
}

static void write_step(tern_json *json, const tern_build_state *b, const tern_build_step *step,
                       bool with_times)
{
    const tern_node *node = tern_graph_node(b->graph, step->node);
    tern_json_begin_object(json);
    tern_json_key(json, "name");
    tern_json_str(json, node->name);
    tern_json_key(json, "operator");
    tern_json_string(json, tern_node_op(node)->name);
    tern_json_key(json, "origins");
    tern_json_str(json, node->origins);
    tern_json_key(json, "tactic");
    tern_json_string(json, step->tactic->name);
    tern_json_key(json, "allocates");
    tern_json_bool(json, allocates(b, step));
    tern_json_key(json, "fused");
    tern_json_int(json, node->epilogue != NULL ? node->epilogue->instr_count : 0);
    write_values(json, b, node, "inputs", false);
    write_values(json, b, node, "outputs", true);
    write_candidates(json, step, with_times);
    tern_json_end_object(json);
}

tern_status tern_build_report(const tern_build_state *b, tern_text *out)
{
    const int64_t verbosity = b->config->values[TERN_CONFIG_VERBOSITY];
    if (verbosity == 1) {
        return TERN_OK; /* the user wants none */
    }
    tern_json json;
    tern_json_init(&json, out, 0);
    tern_json_begin_object(&json);
    tern_json_key(&json, "network");
    tern_json_str(&json, b->graph->name);
    tern_json_key(&json, "arena_bytes");
    tern_json_uint(&json, b->arena_bytes);
    tern_json_key(&json, "arena_lower_bound");
    tern_json_uint(&json, b->arena_lower_bound);
    tern_json_key(&json, "heap_blocks"); /* of values whose size has no bound; usually none */
    tern_json_uint(&json, b->heap_count);
    tern_json_key(&json, "steps");
    tern_json_begin_array(&json);
    for (uint32_t i = 0; i < b->step_count; i++) {
        write_step(&json, b, &b->steps[i], verbosity == 2);
    }
    tern_json_end_array(&json);
    tern_json_end_object(&json);
    return TERN_OK;
}
