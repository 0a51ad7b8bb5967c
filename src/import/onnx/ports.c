/* SPDX-License-Identifier: Apache-2.0
 *
 * The model's inputs and outputs where they are more than one tensor each, or none: sequences and
 * optionals.  A network has a fixed number of tensors, so what is given at such an input is told
 * before; what such an output is made of is told afterwards.
 */
#include "base/alloc.h"
#include "import/onnx/importer.h"

/* --- what is given at inputs --- */

const tern_onnx_input *tern_onnx_find_described(const tern_onnx_importer *m, tern_str name)
{
    for (int32_t i = 0; i < m->described_count; i++) {
        if (tern_str_is(name, m->described[i].name)) {
            return &m->described[i];
        }
    }
    return NULL;
}

static bool has_input(const tern_onnx_graph *g, tern_str name)
{
    for (int32_t i = 0; i < g->input_count; i++) {
        if (tern_str_equal(g->inputs[i].name, name)) {
            return true;
        }
    }
    return false;
}

tern_status tern_onnx_check_described(tern_onnx_importer *m, const tern_onnx_graph *g)
{
    for (int32_t i = 0; i < m->described_count; i++) {
        const tern_str name = tern_str_of(m->described[i].name);
        const bool is_input = has_input(g, name);
        if (is_input && tern_onnx_find(m, name) == NULL) {
            continue;
        }
        const tern_status status =
            is_input ? tern_fail(TERN_INVALID_ARGUMENT,
                                 "input \"%.120s\" is described, but it has an initializer",
                                 m->described[i].name)
                     : tern_fail(TERN_INVALID_ARGUMENT,
                                 "input \"%.120s\" is described, the model has no input of that "
                                 "name",
                                 m->described[i].name);
        tern_onnx_note_problem(m, status, NULL);
    }
    return m->fatal;
}

/* An element's type; extents that vary get names of their own. */
static tern_status element_type(tern_onnx_importer *m, const tern_onnx_element *e, const char *who,
                                tern_type *out_type)
{
    const bool is_taken = tern_dtype_find(e->dtype) != NULL && e->rank >= 0 &&
                          e->rank <= TERN_MAX_RANK && (e->rank == 0 || e->dims != NULL);
    if (!is_taken) {
        return tern_fail(TERN_UNSUPPORTED,
                         "input \"%s\": element type %d of rank %d is not taken; allowed 0..%d",
                         who, (int)e->dtype, (int)e->rank, TERN_MAX_RANK);
    }
    *out_type = (tern_type){.dtype = (uint8_t)e->dtype, .rank = (uint8_t)e->rank};
    for (int32_t i = 0; i < e->rank; i++) {
        out_type->dims[i] = e->dims[i];
        if (e->dims[i] >= 0) {
            continue;
        }
        const char *name = tern_arena_printf(&m->graph->arena, "%s.%d", who, (int)i);
        if (name == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        out_type->dims[i] = tern_dim_symbol_get(&m->graph->dims, tern_str_of(name));
    }
    TERN_TRY(m->graph->dims.status);
    int64_t volume = 0;
    size_t bytes = 0;
    const bool is_static = tern_type_is_static(out_type);
    if (is_static && (!tern_type_volume(out_type, &volume) || !tern_type_bytes(out_type, &bytes))) {
        return tern_fail(TERN_BAD_SHAPE, "input \"%s\": the product of its extents overflows", who);
    }
    if (e->values != NULL && (!is_static || bytes != e->size)) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "input \"%s\": %zu bytes of values are given, its shape takes %zu", who,
                         e->size, bytes);
    }
    return TERN_OK;
}

/* An input of the graph; with values a constant. */
static tern_status add_element(tern_onnx_importer *m, const tern_onnx_element *e, const char *who,
                               tern_onnx_slot *out_slot)
{
    tern_type type;
    tern_str name;
    *out_slot = (tern_onnx_slot){.kind = TERN_ONNX_SLOT_TENSOR};
    TERN_TRY(element_type(m, e, who, &type));
    TERN_TRY(tern_graph_keep_str(m->graph, tern_str_of(who), &name));
    if (e->values == NULL) {
        TERN_TRY(tern_onnx_claim_edge(m, name));
        TERN_TRY(tern_graph_add_input(m->graph, name, &type, &out_slot->value));
        return tern_graph_offer_shape_input(m->graph, out_slot->value);
    }
    uint32_t blob = 0;
    TERN_TRY(tern_graph_add_blob(m->graph, e->values, e->size, true, &blob));
    TERN_TRY(tern_graph_add_constant(m->graph, name, &type, blob, &out_slot->value));
    return tern_graph_infer_node(m->graph, tern_graph_value(m->graph, out_slot->value)->producer);
}

/* The type that the model declares, without "optional". */
static const tern_onnx_type *plain_type(const tern_onnx_type *t)
{
    return t->kind == TERN_ONNX_TYPE_OPTIONAL && t->element != NULL ? t->element : t;
}

/* The tensor type in it, or NULL. */
static const tern_onnx_type *tensor_type(const tern_onnx_type *t)
{
    t = plain_type(t);
    t = t->kind == TERN_ONNX_TYPE_SEQUENCE ? t->element : t;
    return t != NULL && t->kind == TERN_ONNX_TYPE_TENSOR ? t : NULL;
}

static const char *const form_names[] = {"absent", "a tensor", "a sequence"};

/* Shapes of a sequence's elements are not looked at: models declare them wrong. */
static tern_status check_form(const tern_onnx_value_info *info, const tern_onnx_input *given)
{
    const int len = tern_onnx_shown(info->name);
    const tern_onnx_type *plain = plain_type(&info->type), *tensor = tensor_type(&info->type);
    const bool is_optional = info->type.kind == TERN_ONNX_TYPE_OPTIONAL;
    const bool fits = given->form == TERN_ONNX_FORM_ABSENT ? is_optional && given->count == 0
                      : given->form == TERN_ONNX_FORM_TENSOR
                          ? plain->kind == TERN_ONNX_TYPE_TENSOR && given->count == 1
                          : plain->kind == TERN_ONNX_TYPE_SEQUENCE && tensor != NULL;
    if (!fits) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "input \"%.*s\": %s of %d elements is given, which is not what the model "
                         "declares",
                         len, info->name.at, form_names[given->form], (int)given->count);
    }
    for (int32_t i = 0; i < given->count; i++) {
        if (tensor->dtype != given->elements[i].dtype) {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "input \"%.*s\": element type %d is given, the model declares %d", len,
                             info->name.at, (int)given->elements[i].dtype, (int)tensor->dtype);
        }
    }
    if (given->form != TERN_ONNX_FORM_TENSOR || tensor->rank < 0) {
        return TERN_OK;
    }
    const tern_onnx_element *e = given->elements;
    bool same = tensor->rank == e->rank;
    for (int32_t i = 0; same && i < e->rank && e->dims != NULL; i++) {
        same = tensor->dims[i].value < 0 || e->dims[i] < 0 || tensor->dims[i].value == e->dims[i];
    }
    return same ? TERN_OK
                : tern_fail(TERN_INVALID_ARGUMENT,
                            "input \"%.*s\": the shape that is given for it is not one that the "
                            "model declares",
                            len, info->name.at);
}

static tern_status add_elements(tern_onnx_importer *m, const tern_onnx_graph *g,
                                const tern_onnx_input *given, tern_onnx_slot *elements)
{
    for (int32_t i = 0; i < given->count; i++) {
        const char *who = tern_arena_printf(m->arena, "%s[%d]", given->name, (int)i);
        if (who == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        if (has_input(g, tern_str_of(who))) {
            return tern_fail(TERN_UNSUPPORTED,
                             "input \"%.120s\": its element %d would be \"%.120s\", which is "
                             "another input",
                             given->name, (int)i, who);
        }
        TERN_TRY(add_element(m, &given->elements[i], who, &elements[i]));
    }
    return TERN_OK;
}

tern_status tern_onnx_add_described(tern_onnx_importer *m, const tern_onnx_graph *g,
                                    const tern_onnx_value_info *info, const tern_onnx_input *given)
{
    TERN_TRY(check_form(info, given));
    tern_onnx_slot slot = {.kind = TERN_ONNX_SLOT_ABSENT};
    if (given->form == TERN_ONNX_FORM_TENSOR) {
        TERN_TRY(add_element(m, given->elements, given->name, &slot));
    } else if (given->form == TERN_ONNX_FORM_SEQUENCE) {
        tern_onnx_slot *elements = tern_arena_items(m->arena, (size_t)given->count + 1,
                                                    sizeof *elements, _Alignof(tern_onnx_slot));
        if (elements == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        TERN_TRY(add_elements(m, g, given, elements));
        slot = (tern_onnx_slot){.kind = TERN_ONNX_SLOT_SEQUENCE,
                                .count = given->count,
                                .dtype = tensor_type(&info->type)->dtype,
                                .elements = elements};
    }
    slot.is_optional = info->type.kind == TERN_ONNX_TYPE_OPTIONAL;
    return tern_onnx_define(m, info->name, &slot);
}

/* --- for the report --- */

static tern_onnx_port *new_ports(tern_onnx_importer *m, int32_t count)
{
    return tern_arena_items(m->arena, (size_t)count + 1, sizeof(tern_onnx_port),
                            _Alignof(tern_onnx_port));
}

tern_status tern_onnx_list_inputs(tern_onnx_importer *m, const tern_onnx_graph *g,
                                  tern_onnx_result *result)
{
    tern_onnx_port *ports = new_ports(m, g->input_count);
    if (ports == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 0; i < g->input_count; i++) {
        const tern_onnx_value_info *info = &g->inputs[i];
        const tern_onnx_type *tensor = tensor_type(&info->type);
        const bool is_sequence = plain_type(&info->type)->kind == TERN_ONNX_TYPE_SEQUENCE;
        ports[i] = (tern_onnx_port){
            .name = tern_arena_strndup(m->arena, info->name.len > 0 ? info->name.at : "",
                                       info->name.len),
            .form = is_sequence ? TERN_ONNX_FORM_SEQUENCE : TERN_ONNX_FORM_TENSOR,
            .is_optional = info->type.kind == TERN_ONNX_TYPE_OPTIONAL,
            .has_default = tern_onnx_find(m, info->name) != NULL,
            .dtype = tensor != NULL ? tensor->dtype : 0,
            .count = is_sequence ? -1 : 1,
        };
        if (ports[i].name == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
    }
    result->inputs = ports;
    result->input_count = g->input_count;
    return TERN_OK;
}

/* --- outputs --- */

/* An input, a constant, or a value that is an output already needs a copy to be an output. */
static tern_status add_tensor(tern_onnx_importer *m, tern_str wanted, tern_value_id value)
{
    const int len = tern_onnx_shown(wanted);
    const tern_value *v = tern_graph_value(m->graph, value);
    const bool is_constant =
        v->producer != TERN_NO_ID && tern_graph_node(m->graph, v->producer)->op == TERN_OP_constant;
    tern_str name;
    if (v->is_input && tern_str_equal(v->name, wanted)) { /* a name is one tensor's */
        const char *other = tern_arena_printf(&m->graph->arena, "__%.*s", len, wanted.at);
        if (other == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        name = tern_str_of(other);
    } else {
        TERN_TRY(tern_graph_keep_str(m->graph, wanted, &name));
    }
    TERN_TRY(tern_onnx_claim_edge(m, name));
    if (v->is_input || v->is_output || is_constant) {
        tern_node_id node;
        TERN_TRY(tern_graph_add_node(
            m->graph,
            &(tern_new_node){.op = TERN_OP_identity, .name = name, .x = &value, .x_count = 1},
            &node));
        TERN_TRY(tern_graph_infer_node(m->graph, node));
        value = tern_graph_y(m->graph, tern_graph_node(m->graph, node), 0);
    }
    tern_graph_value(m->graph, value)->name = name;
    return tern_graph_add_output(m->graph, value);
}

static tern_status add_sequence(tern_onnx_importer *m, const tern_onnx_value_info *info,
                                const tern_onnx_slot *slot)
{
    const int len = tern_onnx_shown(info->name);
    for (int32_t i = 0; i < slot->count; i++) {
        if (slot->elements[i].kind != TERN_ONNX_SLOT_TENSOR) {
            return tern_fail(TERN_UNSUPPORTED, "output \"%.*s\": its element %d is no tensor", len,
                             info->name.at, (int)i);
        }
        const char *name = tern_arena_printf(m->arena, "%.*s[%d]", len, info->name.at, (int)i);
        if (name == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        TERN_TRY(add_tensor(m, tern_str_of(name), slot->elements[i].value));
    }
    return TERN_OK;
}

static tern_status add_output(tern_onnx_importer *m, const tern_onnx_value_info *info,
                              tern_onnx_port *port)
{
    const tern_onnx_slot *slot = tern_onnx_find(m, info->name);
    const int len = tern_onnx_shown(info->name);
    if (slot == NULL) {
        return tern_fail(TERN_BAD_MODEL, "output \"%.*s\": no node gives it", len, info->name.at);
    }
    port->first = (int32_t)m->graph->output_count;
    port->is_optional = slot->is_optional;
    switch (slot->kind) {
    case TERN_ONNX_SLOT_BAD: return TERN_OK; /* reported where it went wrong */
    case TERN_ONNX_SLOT_TENSOR:
        port->form = TERN_ONNX_FORM_TENSOR;
        port->count = 1;
        port->dtype = tern_graph_value(m->graph, slot->value)->type.dtype;
        return add_tensor(m, info->name, slot->value);
    case TERN_ONNX_SLOT_SEQUENCE:
        port->form = TERN_ONNX_FORM_SEQUENCE;
        port->count = slot->count;
        port->dtype = slot->dtype;
        return add_sequence(m, info, slot);
    case TERN_ONNX_SLOT_ABSENT: port->form = TERN_ONNX_FORM_ABSENT; return TERN_OK;
    case TERN_ONNX_SLOT_STRINGS: break;
    }
    return tern_fail(TERN_UNSUPPORTED, "output \"%.*s\": it is made of strings", len,
                     info->name.at);
}

tern_status tern_onnx_add_outputs(tern_onnx_importer *m, const tern_onnx_graph *g,
                                  tern_onnx_result *result)
{
    tern_onnx_port *ports = new_ports(m, g->output_count);
    if (ports == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 0; i < g->output_count && m->fatal == TERN_OK; i++) {
        const tern_str name = g->outputs[i].name;
        ports[i] = (tern_onnx_port){
            .name = tern_arena_strndup(m->arena, name.len > 0 ? name.at : "", name.len)};
        if (ports[i].name == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
        const tern_status status = add_output(m, &g->outputs[i], &ports[i]);
        if (status != TERN_OK) {
            tern_onnx_note_problem(m, status, NULL);
        }
    }
    TERN_TRY(m->fatal);
    result->outputs = ports;
    result->output_count = m->problem_count == 0 ? g->output_count : 0;
    return TERN_OK;
}
