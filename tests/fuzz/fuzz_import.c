/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an ONNX model, all the way to an optimised graph: refused with messages, or a graph
 * that verifies before and after every pass.  Memory is bounded, so a model that asks for the world
 * has to be refused too. */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "import/onnx/import.h"
#include "pass/pass.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT_BYTES = 64 << 20 };

static size_t held_bytes;

static void *limited_resize(void *self, void *block, size_t old_size, size_t new_size, size_t align)
{
    (void)self;
    const tern_allocator heap = tern_allocator_default();
    if (new_size > old_size && held_bytes - old_size + new_size > LIMIT_BYTES) {
        return NULL;
    }
    void *out = heap.resize(heap.self, block, old_size, new_size, align);
    if (out != NULL || new_size == 0) {
        held_bytes += new_size - old_size;
    }
    return out;
}

static void require(bool is_met)
{
    if (!is_met) {
        abort();
    }
}

static void optimise(tern_graph *g)
{
    const tern_pass_options options = {.level = 3, .threads = 1, .verify = 1, .rewrite_limit = -1};
    const tern_status status = tern_pipeline_run(g, &options);
    require(status != TERN_INTERNAL);
}

enum { MOST_INPUTS = 8 };

/* The result lies in `arena`. */
static const tern_onnx_result *import(const tern_onnx_source *source, tern_arena *arena)
{
    const tern_allocator allocator = {NULL, limited_resize};
    const tern_logger quiet = {NULL, NULL};
    const tern_onnx_result *result = NULL;
    tern_graph *g = NULL;
    require(tern_graph_create(allocator, &g) == TERN_OK);
    const tern_status status = tern_onnx_import(g, source, quiet, arena, &result);
    require(status == TERN_OK || status == TERN_OUT_OF_MEMORY || result->problem_count > 0);
    if (status == TERN_OK) {
        require(tern_graph_verify(g) == TERN_OK);
        optimise(g);
    }
    tern_graph_destroy(g);
    return result;
}

/* The same with something given at the inputs: pairs, small integers by value, nothing. */
static void import_for_inputs(tern_onnx_source source, const tern_onnx_result *first,
                              tern_arena *arena)
{
    static const int64_t two = 2, one = 1;
    tern_onnx_input inputs[MOST_INPUTS];
    tern_onnx_element elements[MOST_INPUTS][2];
    for (int32_t i = 0; i < first->input_count && i < MOST_INPUTS; i++) {
        const tern_onnx_port *port = &first->inputs[i];
        const tern_dtype_info *info = tern_dtype_find(port->dtype);
        const bool is_scalar = info != NULL && info->class_ != TERN_CLASS_F && info->bits >= 8;
        for (int32_t k = 0; k < 2; k++) {
            elements[i][k] = (tern_onnx_element){port->dtype, is_scalar ? 0 : 1, &two, NULL, 0};
            if (is_scalar && port->form == TERN_ONNX_FORM_TENSOR) {
                elements[i][k].values = &one;
                elements[i][k].size = info->bits / 8;
            }
        }
        const bool is_absent = port->is_optional && i % 2 == 1;
        inputs[i] = (tern_onnx_input){.name = port->name,
                                      .form = is_absent ? TERN_ONNX_FORM_ABSENT : port->form,
                                      .count = is_absent                               ? 0
                                               : port->form == TERN_ONNX_FORM_SEQUENCE ? 2
                                                                                       : 1,
                                      .elements = elements[i]};
        source.inputs = inputs;
        source.input_count = i + 1;
    }
    (void)import(&source, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tern_allocator allocator = {NULL, limited_resize};
    const tern_onnx_source source = {.bytes = {data, size}, .who = "fuzz"};
    tern_arena arena;
    tern_arena_init(&arena, allocator);
    const tern_onnx_result *first = import(&source, &arena);
    bool is_undecided = false;
    for (int32_t i = 0; first != NULL && i < first->problem_count; i++) {
        is_undecided = is_undecided || first->problems[i].is_undecided;
    }
    if (is_undecided) {
        import_for_inputs(source, first, &arena);
    }
    tern_arena_destroy(&arena);
    require(held_bytes == 0);
    return 0;
}
