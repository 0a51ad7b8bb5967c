/* SPDX-License-Identifier: Apache-2.0
 *
 * Values that are there before the first node: initializers, dense, sparse or given by the caller,
 * and the inputs.
 */
#include "base/alloc.h"
#include "import/onnx/importer.h"

/* --- tensors of the file --- */

static tern_status string_slot(tern_onnx_importer *m, const tern_onnx_tensor *t, const char *who,
                               tern_onnx_slot *out_slot)
{
    int64_t count = 0;
    *out_slot = (tern_onnx_slot){.kind = TERN_ONNX_SLOT_STRINGS, .rank = t->rank, .dims = t->dims};
    return tern_onnx_tensor_strings(t, m->arena, who, &out_slot->strings, &count);
}

/* --- data from the caller --- */

static const tern_onnx_given *find_given(const tern_onnx_importer *m, tern_str name)
{
    for (int32_t i = 0; i < m->given_count; i++) {
        if (tern_str_is(name, m->given[i].name)) {
            return &m->given[i];
        }
    }
    return NULL;
}

/* In place of the file's, of the same type and shape. */
static tern_status given_data(const tern_onnx_given *given, const tern_onnx_tensor *tensor,
                              const char *who, tern_span *out_data)
{
    const bool is_known = tern_dtype_find(tensor->dtype) != NULL && tensor->rank >= 0 &&
                          tensor->rank <= TERN_MAX_RANK;
    tern_type type = {0};
    size_t bytes = 0;
    for (int32_t i = 0; is_known && i < tensor->rank; i++) {
        if (tensor->dims[i] < 0) {
            return tern_fail(TERN_BAD_MODEL, "%s: a negative extent", who);
        }
    }
    if (is_known) {
        type = tern_type_make((tern_dtype)tensor->dtype, tensor->rank, tensor->dims);
    }
    if (!is_known || !tern_type_bytes(&type, &bytes)) {
        return tern_fail(TERN_UNSUPPORTED, "%s: its type or shape is not taken", who);
    }
    if (bytes != given->size) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: %zu bytes are given for it, it takes %zu", who,
                         given->size, bytes);
    }
    *out_data = (tern_span){given->data, given->size};
    return TERN_OK;
}

tern_status tern_onnx_check_given(tern_onnx_importer *m)
{
    for (int32_t i = 0; i < m->given_count; i++) {
        if (tern_onnx_find(m, tern_str_of(m->given[i].name)) == NULL) {
            tern_onnx_note_problem(m,
                                   tern_fail(TERN_INVALID_ARGUMENT,
                                             "data is given for \"%.120s\", the model has no "
                                             "initializer of that name",
                                             m->given[i].name),
                                   NULL);
        }
    }
    return m->fatal;
}

/* --- a tensor --- */

tern_status tern_onnx_tensor_slot(tern_onnx_importer *m, const tern_onnx_tensor *tensor,
                                  tern_str name, tern_onnx_slot *out_slot)
{
    char who[192];
    tern_text text;
    tern_text_init_fixed(&text, who, sizeof who);
    tern_text_add(&text, "tensor \"%.*s\"", tern_onnx_shown(tensor->name), tensor->name.at);
    if (tensor->dtype == TERN_ONNX_STRING) {
        return string_slot(m, tensor, who, out_slot);
    }
    tern_span data;
    if (m->given_count > 0 && m->depth == 0 && find_given(m, name) != NULL) {
        TERN_TRY(given_data(find_given(m, name), tensor, who, &data));
    } else {
        TERN_TRY(tern_onnx_tensor_data(tensor, m->files, m->arena, who, &data));
    }
    if (tensor->rank > TERN_MAX_RANK) {
        return tern_fail(TERN_UNSUPPORTED, "%s: rank %d is over %d", who, (int)tensor->rank,
                         TERN_MAX_RANK);
    }
    const tern_type type = tern_type_make((tern_dtype)tensor->dtype, tensor->rank, tensor->dims);
    uint32_t blob = 0;
    tern_str kept;
    *out_slot = (tern_onnx_slot){.kind = TERN_ONNX_SLOT_TENSOR};
    TERN_TRY(tern_graph_keep_str(m->graph, name, &kept));
    /* Data that was converted lies in the arena of the result, which goes before the graph. */
    const bool is_converted = data.at != NULL && !tensor->has_raw && !tensor->is_external;
    TERN_TRY(tern_graph_add_blob(m->graph, data.at, data.bytes, is_converted, &blob));
    TERN_TRY(tern_graph_add_constant(m->graph, kept, &type, blob, &out_slot->value));
    return tern_graph_infer_node(m->graph, tern_graph_value(m->graph, out_slot->value)->producer);
}

/* values scattered into zeros; indices are positions in row-major order, or one index per axis. */
tern_status tern_onnx_sparse_slot(tern_onnx_importer *m, const tern_onnx_sparse *s,
                                  tern_onnx_slot *out_slot)
{
    const char *who = "sparse tensor";
    tern_span values, indices;
    TERN_TRY(tern_onnx_tensor_data(&s->values, m->files, m->arena, who, &values));
    TERN_TRY(tern_onnx_tensor_data(&s->indices, m->files, m->arena, who, &indices));
    const bool is_flat = s->indices.rank == 1;
    const bool fits = s->rank >= 0 && s->rank <= TERN_MAX_RANK && s->values.rank == 1 &&
                      s->indices.dtype == TERN_DTYPE_I64 &&
                      (is_flat || (s->indices.rank == 2 && s->indices.dims[1] == s->rank)) &&
                      s->indices.dims[0] == s->values.dims[0];
    for (int32_t i = 0; fits && i < s->rank; i++) {
        if (s->dims[i] < 0) {
            return tern_fail(TERN_BAD_MODEL, "%s: a negative extent", who);
        }
    }
    const tern_dtype dtype = (tern_dtype)s->values.dtype;
    const tern_type type = fits ? tern_type_make(dtype, s->rank, s->dims) : (tern_type){0};
    int64_t volume = 0;
    size_t bytes = 0;
    const uint32_t bits = tern_dtype_find(s->values.dtype)->bits;
    if (!fits || bits < 8 || !tern_type_volume(&type, &volume) || !tern_type_bytes(&type, &bytes) ||
        bytes > (size_t)1 << 31) {
        return tern_fail(TERN_BAD_MODEL, "%s \"%.*s\": its values, indices and dims do not fit",
                         who, tern_onnx_shown(s->values.name), s->values.name.at);
    }
    uint8_t *data = tern_arena_zero(&m->graph->arena, bytes > 0 ? bytes : 1, 64);
    if (data == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int64_t i = 0; i < s->values.dims[0]; i++) {
        int64_t at = 0;
        for (int32_t k = 0; k < (is_flat ? 1 : s->rank); k++) {
            int64_t index;
            memcpy(&index, (const uint8_t *)indices.at + (is_flat ? i : i * s->rank + k) * 8, 8);
            if (index < 0 || index >= (is_flat ? volume : s->dims[k])) {
                return tern_fail(TERN_BAD_MODEL, "%s \"%.*s\": index %lld is outside its dims", who,
                                 tern_onnx_shown(s->values.name), s->values.name.at,
                                 (long long)index);
            }
            at = is_flat ? index : at * s->dims[k] + index;
        }
        memcpy(data + (size_t)at * (bits / 8), (const uint8_t *)values.at + (size_t)i * (bits / 8),
               bits / 8);
    }
    uint32_t blob = 0;
    tern_str name;
    *out_slot = (tern_onnx_slot){.kind = TERN_ONNX_SLOT_TENSOR};
    TERN_TRY(tern_graph_keep_str(m->graph, s->values.name, &name));
    TERN_TRY(tern_graph_add_blob(m->graph, data, bytes, false, &blob));
    TERN_TRY(tern_graph_add_constant(m->graph, name, &type, blob, &out_slot->value));
    return tern_graph_infer_node(m->graph, tern_graph_value(m->graph, out_slot->value)->producer);
}

static tern_status add_sparse(tern_onnx_importer *m, const tern_onnx_sparse *s)
{
    tern_onnx_slot slot;
    TERN_TRY(tern_onnx_sparse_slot(m, s, &slot));
    return tern_onnx_define(m, s->values.name, &slot);
}

tern_status tern_onnx_add_initializers(tern_onnx_importer *m, const tern_onnx_graph *g)
{
    for (int32_t i = 0; i < g->initializer_count && m->fatal == TERN_OK; i++) {
        tern_onnx_slot slot;
        const tern_str name = g->initializers[i].name;
        tern_status status = tern_onnx_tensor_slot(m, &g->initializers[i], name, &slot);
        if (status != TERN_OK) {
            tern_onnx_note_problem(m, status, NULL);
            slot = (tern_onnx_slot){.kind = TERN_ONNX_SLOT_BAD};
        }
        status = tern_onnx_define(m, name, &slot);
        if (status != TERN_OK) {
            tern_onnx_note_problem(m, status, NULL);
        }
    }
    for (int32_t i = 0; i < g->sparse_count && m->fatal == TERN_OK; i++) {
        const tern_status status = add_sparse(m, &g->sparses[i]);
        if (status != TERN_OK) {
            tern_onnx_note_problem(m, status, NULL);
        }
    }
    return m->fatal;
}

/* --- inputs --- */

static tern_status input_type(tern_onnx_importer *m, const tern_onnx_value_info *info,
                              tern_type *out_type)
{
    const tern_onnx_type *t = &info->type;
    const int len = tern_onnx_shown(info->name);
    if (t->kind != TERN_ONNX_TYPE_TENSOR) {
        m->is_undecided = t->kind == TERN_ONNX_TYPE_SEQUENCE || t->kind == TERN_ONNX_TYPE_OPTIONAL;
        return tern_fail(TERN_UNSUPPORTED,
                         "input \"%.*s\": it is %s, only tensors can be bound; what is given there "
                         "must be told to the import",
                         len, info->name.at,
                         t->kind == TERN_ONNX_TYPE_SEQUENCE   ? "a sequence"
                         : t->kind == TERN_ONNX_TYPE_OPTIONAL ? "an optional"
                         : t->kind == TERN_ONNX_TYPE_NONE     ? "without a type"
                                                              : "no tensor");
    }
    if (tern_dtype_find(t->dtype) == NULL) {
        return tern_fail(TERN_UNSUPPORTED, "input \"%.*s\": element type %d is not taken", len,
                         info->name.at, (int)t->dtype);
    }
    if (t->rank < 0 || t->rank > TERN_MAX_RANK) {
        m->is_undecided = t->rank < 0;
        return tern_fail(TERN_UNSUPPORTED, "input \"%.*s\": its rank is %s; allowed 0..%d", len,
                         info->name.at, t->rank < 0 ? "not given" : "too high", TERN_MAX_RANK);
    }
    *out_type = (tern_type){.dtype = (uint8_t)t->dtype, .rank = (uint8_t)t->rank};
    for (int32_t i = 0; i < t->rank; i++) {
        out_type->dims[i] = t->dims[i].value;
        if (t->dims[i].value < 0) {
            const tern_str param = t->dims[i].param;
            const char *name =
                param.len > 0
                    ? tern_arena_strndup(&m->graph->arena, param.at, param.len)
                    : tern_arena_printf(&m->graph->arena, "%.*s.%d", len, info->name.at, (int)i);
            if (name == NULL) {
                return TERN_OUT_OF_MEMORY;
            }
            out_type->dims[i] = tern_dim_symbol_get(&m->graph->dims, tern_str_of(name));
        }
    }
    TERN_TRY(m->graph->dims.status);
    int64_t volume = 0;
    size_t bytes = 0;
    if (tern_type_is_static(out_type) &&
        (!tern_type_volume(out_type, &volume) || !tern_type_bytes(out_type, &bytes))) {
        return tern_fail(TERN_BAD_SHAPE, "input \"%.*s\": the product of its extents overflows",
                         len, info->name.at);
    }
    return TERN_OK;
}

/* Names of extents that vary, for who asks the tensor. */
static tern_status name_axes(const tern_onnx_importer *m, const tern_onnx_value_info *info,
                             tern_value_id input)
{
    const tern_onnx_type *t = &info->type;
    tern_str *names = NULL;
    for (int32_t i = 0; i < t->rank; i++) {
        if (t->dims[i].value >= 0 || t->dims[i].param.len == 0) {
            continue;
        }
        if (names == NULL) {
            names = tern_arena_zero(&m->graph->arena, TERN_MAX_RANK * sizeof *names,
                                    _Alignof(tern_str));
            if (names == NULL) {
                return TERN_OUT_OF_MEMORY;
            }
        }
        TERN_TRY(tern_graph_keep_str(m->graph, t->dims[i].param, &names[i]));
    }
    tern_graph_value(m->graph, input)->dim_names = names;
    return TERN_OK;
}

static tern_status add_input(tern_onnx_importer *m, const tern_onnx_graph *g,
                             const tern_onnx_value_info *info)
{
    tern_type type;
    tern_onnx_slot slot = {.kind = TERN_ONNX_SLOT_TENSOR};
    tern_str name;
    const tern_onnx_input *given = tern_onnx_find_described(m, info->name);
    if (given != NULL) {
        return tern_onnx_add_described(m, g, info, given);
    }
    TERN_TRY(input_type(m, info, &type));
    TERN_TRY(tern_graph_keep_str(m->graph, info->name, &name));
    TERN_TRY(tern_onnx_claim_edge(m, name));
    TERN_TRY(tern_graph_add_input(m->graph, name, &type, &slot.value));
    TERN_TRY(name_axes(m, info, slot.value));
    /* nodes are inferred as they come: which inputs are shapes is not known yet */
    TERN_TRY(tern_graph_offer_shape_input(m->graph, slot.value));
    return tern_onnx_define(m, info->name, &slot);
}

/* An input with an initializer has a default; it is taken as the constant. */
tern_status tern_onnx_add_inputs(tern_onnx_importer *m, const tern_onnx_graph *g)
{
    for (int32_t i = 0; i < g->input_count && m->fatal == TERN_OK; i++) {
        const tern_onnx_value_info *info = &g->inputs[i];
        if (tern_onnx_find(m, info->name) != NULL) {
            continue;
        }
        const tern_status status = add_input(m, g, info);
        if (status != TERN_OK) {
            const tern_onnx_slot bad = {.kind = TERN_ONNX_SLOT_BAD};
            tern_onnx_note_problem(m, status, NULL);
            if (tern_onnx_find(m, info->name) == NULL &&
                tern_onnx_define(m, info->name, &bad) == TERN_OUT_OF_MEMORY) {
                m->fatal = TERN_OUT_OF_MEMORY;
            }
        }
    }
    return m->fatal;
}
