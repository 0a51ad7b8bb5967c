/* SPDX-License-Identifier: Apache-2.0
 *
 * Text to graph; the grammar is at the head of print.c.  Nothing in a text is trusted: what parses
 * is inferred again in order, compared with the types that were written (they may be left out),
 * and verified.
 */
#include "ir/parse.h"

#include "base/alloc.h"
#include "base/array.h"
#include "ir/infer.h"
#include "ir/literal.h"

#define MAX_DIM_BOUND (INT64_MAX / 4)
enum { MAX_RESULTS = 256, MAX_PARAMS = 256 };

tern_status tern_parse_label(tern_parser *p, tern_str *out_label)
{
    TERN_TRY(tern_lex_expect(&p->lex, "%"));
    return tern_lex_word(&p->lex, "a label", out_label);
}

tern_status tern_parse_define(tern_parser *p, const tern_parse_result *r, tern_value_id value)
{
    uint32_t *slot = tern_name_map_put(&p->labels, r->label);
    if (slot == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    if (*slot != 0) {
        return tern_lex_fail_at(&p->lex, r->label.at, "expected a label that is new");
    }
    *slot = value;
    tern_value *v = &p->g->values[value];
    const bool named = r->name.at != NULL;
    if (!named && !tern_is_label(r->label)) {
        return TERN_OK;
    }
    return tern_graph_keep_str(p->g, named ? r->name : r->label, &v->name);
}

tern_status tern_parse_note(tern_parser *p, tern_node_id id, const char *at)
{
    TERN_TRY(tern_array_grow(p->g->allocator, &p->node_at, &p->node_at_capacity, (size_t)id + 1,
                             sizeof *p->node_at));
    p->node_at[id] = at;
    return TERN_OK;
}

/* `[N,3]`: at most `room` extents. */
static tern_status parse_dims(tern_parser *p, tern_dim *dims, int32_t room, int32_t *out_count)
{
    int32_t count = 0;
    TERN_TRY(tern_lex_expect(&p->lex, "["));
    while (!tern_lex_take(&p->lex, "]")) {
        if (count > 0) {
            TERN_TRY(tern_lex_expect(&p->lex, ","));
        }
        if (count == room) {
            return tern_lex_fail(&p->lex, "expected at most %d entries", (int)room);
        }
        tern_lex_blanks(&p->lex);
        const char *start = p->lex.at;
        const tern_status status =
            tern_dim_parse(&p->g->dims, &p->lex.at, p->lex.end, &dims[count]);
        if (status != TERN_OK) {
            return tern_lex_locate(&p->lex, start, status);
        }
        TERN_TRY(p->g->dims.status);
        count++;
    }
    *out_count = count;
    return TERN_OK;
}

tern_status tern_parse_type(tern_parser *p, tern_type *out_type, uint8_t *out_place)
{
    tern_str word;
    TERN_TRY(tern_lex_word(&p->lex, "an element type", &word));
    const tern_dtype dtype = tern_dtype_by_name(word.at, word.len);
    if (dtype == 0) {
        return tern_lex_fail_at(&p->lex, word.at, "expected an element type (f32, i64, bool ...)");
    }
    tern_lex_blanks(&p->lex);
    const char *start = p->lex.at;
    tern_dim dims[TERN_MAX_RANK] = {0};
    int32_t rank = 0;
    TERN_TRY(parse_dims(p, dims, TERN_MAX_RANK, &rank));
    for (int32_t d = 0; d < rank; d++) {
        if (tern_dim_known(dims[d]) && (dims[d] < 0 || dims[d] > MAX_DIM_BOUND)) {
            return tern_lex_fail_at(&p->lex, start, "extent %d is %lld, expected 0..%lld", (int)d,
                                    (long long)dims[d], (long long)MAX_DIM_BOUND);
        }
    }
    *out_type = tern_type_make(dtype, rank, dims);
    if (p->lex.at < p->lex.end && *p->lex.at == '@') { /* without a blank, unlike ` @blob` */
        p->lex.at++;
        TERN_TRY(tern_lex_word(&p->lex, "a layout", &word));
        const int layout = tern_layout_by_name(word.at, word.len);
        if (layout < 0) {
            return tern_lex_fail_at(&p->lex, word.at, "expected a layout (linear, nhwc ...)");
        }
        out_type->layout = (uint8_t)layout;
    }
    *out_place = TERN_PLACE_DEVICE;
    if (tern_lex_take_word(&p->lex, "on")) {
        *out_place = TERN_PLACE_HOST;
        return tern_lex_take_word(&p->lex, "host") ? TERN_OK
                                                   : tern_lex_fail(&p->lex, "expected \"host\"");
    }
    return TERN_OK;
}

tern_status tern_parse_names(tern_parser *p, tern_node_id node, bool with_name)
{
    tern_node *n = &p->g->nodes[node];
    if (!tern_lex_take(&p->lex, ";")) {
        return tern_lex_end_of_line(&p->lex);
    }
    bool from = tern_lex_take_word(&p->lex, "from");
    if (!from && with_name) {
        tern_str name;
        TERN_TRY(tern_lex_string(&p->lex, p->scratch, "a name", &name));
        TERN_TRY(tern_graph_keep_str(p->g, name, &n->name));
        n->origins = n->name;
        from = tern_lex_take_word(&p->lex, "from");
    }
    if (from) {
        tern_str origins;
        TERN_TRY(tern_lex_string(&p->lex, p->scratch, "names of layers", &origins));
        TERN_TRY(tern_graph_keep_str(p->g, origins, &n->origins));
    }
    return tern_lex_end_of_line(&p->lex);
}

/* `dim N = 1..8 batch` */
static tern_status parse_dim(tern_parser *p)
{
    tern_lex_blanks(&p->lex);
    const char *start = p->lex.at;
    tern_dim d;
    const tern_status status = tern_dim_parse(&p->g->dims, &p->lex.at, p->lex.end, &d);
    if (status != TERN_OK) {
        return tern_lex_locate(&p->lex, start, status);
    }
    TERN_TRY(p->g->dims.status);
    if (tern_dim_known(d) || p->g->dims.exprs[tern_dim_id(d)].op != TERN_DIM_SYMBOL) {
        return tern_lex_fail_at(&p->lex, start, "expected the name of a dimension");
    }
    if (tern_lex_take(&p->lex, "=")) {
        tern_dim_symbol *s = &p->g->dims.symbols[p->g->dims.exprs[tern_dim_id(d)].a];
        int64_t low, high;
        TERN_TRY(tern_lex_int(&p->lex, "a lower bound", -MAX_DIM_BOUND, MAX_DIM_BOUND, &low));
        TERN_TRY(tern_lex_expect(&p->lex, ".."));
        TERN_TRY(tern_lex_int(&p->lex, "an upper bound", low, MAX_DIM_BOUND, &high));
        s->low = low;
        s->high = high;
    }
    if (tern_lex_take_word(&p->lex, "batch")) {
        p->g->batch_dim = d;
    }
    return tern_lex_end_of_line(&p->lex);
}

static tern_status parse_formats(tern_parser *p, uint32_t *out_formats)
{
    int64_t formats;
    TERN_TRY(tern_lex_expect(&p->lex, "="));
    TERN_TRY(tern_lex_int(&p->lex, "a bit mask", 0, UINT32_MAX, &formats));
    *out_formats = (uint32_t)formats;
    return TERN_OK;
}

/* `["n","",""]`, kept in the graph */
static tern_status parse_dim_names(tern_parser *p, tern_str **out_names, int32_t *out_count)
{
    tern_str *names =
        tern_arena_items(&p->g->arena, TERN_MAX_RANK, sizeof *names, _Alignof(tern_str));
    if (names == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    int32_t count = 0;
    TERN_TRY(tern_lex_expect(&p->lex, "="));
    TERN_TRY(tern_lex_expect(&p->lex, "["));
    while (!tern_lex_take(&p->lex, "]")) {
        if (count > 0) {
            TERN_TRY(tern_lex_expect(&p->lex, ","));
        }
        if (count == TERN_MAX_RANK) {
            return tern_lex_fail(&p->lex, "expected at most %d names", TERN_MAX_RANK);
        }
        tern_str name;
        TERN_TRY(tern_lex_string(&p->lex, p->scratch, "a name", &name));
        TERN_TRY(tern_graph_keep_str(p->g, name, &names[count++]));
    }
    *out_names = names;
    *out_count = count;
    return TERN_OK;
}

/* `= ["s#0","s#1"]`: the elements of a shape input */
static tern_status parse_content(tern_parser *p, tern_value_id id)
{
    const char *start = p->lex.at;
    tern_dim content[TERN_CONTENT_MAX];
    int32_t count = 0;
    TERN_TRY(parse_dims(p, content, TERN_CONTENT_MAX, &count));
    const tern_status status = tern_graph_mark_shape_input(p->g, id);
    if (status != TERN_OK) {
        return tern_lex_locate(&p->lex, start, status);
    }
    tern_value *v = &p->g->values[id];
    if (count != v->content_count) {
        return tern_lex_fail_at(&p->lex, start, "expected %d elements", v->content_count);
    }
    v->content =
        tern_arena_copy(&p->g->arena, content, (size_t)count * sizeof *content, _Alignof(tern_dim));
    return v->content != NULL ? TERN_OK : TERN_OUT_OF_MEMORY;
}

/* After `%x = input`. */
static tern_status parse_input(tern_parser *p, tern_parse_result *r)
{
    uint32_t formats = 0;
    bool is_shape = false;
    tern_str *names = NULL;
    int32_t name_count = 0;
    if (tern_lex_next_is(&p->lex, '"')) {
        TERN_TRY(tern_lex_string(&p->lex, p->scratch, "a name", &r->name));
    }
    for (;;) {
        if (tern_lex_take_word(&p->lex, "formats")) {
            TERN_TRY(parse_formats(p, &formats));
        } else if (tern_lex_take_word(&p->lex, "names")) {
            TERN_TRY(parse_dim_names(p, &names, &name_count));
        } else if (tern_lex_take_word(&p->lex, "shape")) {
            is_shape = true;
        } else {
            break;
        }
    }
    TERN_TRY(tern_lex_expect(&p->lex, ":"));
    const char *start = p->lex.at;
    tern_type type;
    uint8_t place;
    TERN_TRY(tern_parse_type(p, &type, &place));
    if (names != NULL && name_count != type.rank) {
        return tern_lex_fail_at(&p->lex, start, "there are %d names of dimensions for rank %d",
                                (int)name_count, type.rank);
    }
    tern_value_id id;
    TERN_TRY(tern_graph_add_input(p->g, (tern_str){"", 0}, &type, &id));
    p->g->values[id].place = place;
    p->g->values[id].formats = formats;
    p->g->values[id].dim_names = names;
    TERN_TRY(tern_parse_define(p, r, id));
    if (tern_lex_take(&p->lex, "=")) {
        TERN_TRY(parse_content(p, id));
    } else if (is_shape) {
        const tern_status status = tern_graph_mark_shape_input(p->g, id);
        TERN_TRY(status == TERN_OK ? status : tern_lex_locate(&p->lex, start, status));
    }
    return tern_lex_end_of_line(&p->lex);
}

/* `@blob 3`: the bytes come at the end of the text, or never. */
static tern_status parse_blob_use(tern_parser *p, size_t bytes, uint32_t *out_blob)
{
    tern_str number;
    if (!tern_lex_take_word(&p->lex, "blob")) {
        return tern_lex_fail(&p->lex, "expected \"blob\" and a number");
    }
    TERN_TRY(tern_lex_word(&p->lex, "the number of a blob", &number));
    uint32_t *slot = tern_name_map_put(&p->blobs, number);
    if (slot == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    if (*slot == 0) {
        TERN_TRY(tern_graph_add_blob(p->g, NULL, bytes, false, out_blob));
        *slot = *out_blob + 1;
        return TERN_OK;
    }
    *out_blob = *slot - 1;
    const size_t has = p->g->blobs[*out_blob].bytes;
    return has == bytes ? TERN_OK
                        : tern_lex_fail_at(&p->lex, number.at,
                                           "this type needs %zu bytes, blob %.*s has %zu", bytes,
                                           (int)number.len, number.at, has);
}

/* Every element takes two characters at least, so a text cannot ask for more memory than it has
 * itself. */
static tern_status parse_inline(tern_parser *p, const tern_type *type, size_t bytes,
                                uint32_t *out_blob)
{
    int64_t count;
    if (!tern_type_volume(type, &count) ||
        (count > 0 && (uint64_t)count > (uint64_t)(p->lex.end - p->lex.at))) {
        return tern_lex_fail(&p->lex, "expected as many elements as the type has");
    }
    void *data = tern_arena_zero(&p->g->arena, bytes, TERN_TENSOR_ALIGN);
    if (data == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    TERN_TRY(tern_parse_elements(&p->lex, (tern_dtype)type->dtype, data, count));
    return tern_graph_add_blob(p->g, data, bytes, false, out_blob);
}

/* After `%w = constant`. */
static tern_status parse_constant(tern_parser *p, const tern_parse_result *r, const char *line)
{
    tern_str name = {"", 0};
    if (tern_lex_next_is(&p->lex, '"')) {
        TERN_TRY(tern_lex_string(&p->lex, p->scratch, "a name", &name));
    }
    uint8_t node_place = TERN_PLACE_DEVICE, place;
    if (tern_lex_take_word(&p->lex, "on")) {
        node_place = TERN_PLACE_HOST;
        TERN_TRY(tern_lex_expect(&p->lex, "host"));
    }
    TERN_TRY(tern_lex_expect(&p->lex, ":"));
    tern_lex_blanks(&p->lex);
    const char *start = p->lex.at;
    tern_type type;
    size_t bytes;
    uint32_t blob;
    TERN_TRY(tern_parse_type(p, &type, &place));
    if (!tern_type_is_static(&type) || !tern_type_bytes(&type, &bytes)) {
        return tern_lex_fail_at(&p->lex, start, "expected a type with numbers as extents");
    }
    if (tern_lex_take(&p->lex, "@")) {
        TERN_TRY(parse_blob_use(p, bytes, &blob));
    } else {
        TERN_TRY(parse_inline(p, &type, bytes, &blob));
    }
    tern_value_id id;
    TERN_TRY(tern_graph_add_constant(p->g, name, &type, blob, &id));
    const tern_node_id node = p->g->values[id].producer;
    p->g->values[id].place = place;
    p->g->nodes[node].place = node_place;
    TERN_TRY(tern_parse_note(p, node, line));
    TERN_TRY(tern_parse_define(p, r, id));
    return tern_parse_names(p, node, false);
}

/* `output "prob" = %c` */
static tern_status parse_output(tern_parser *p)
{
    tern_str name = {NULL, 0}, label;
    if (!tern_lex_next_is(&p->lex, '%')) {
        TERN_TRY(tern_lex_string(&p->lex, p->scratch, "the name of the output", &name));
        TERN_TRY(tern_lex_expect(&p->lex, "="));
    }
    TERN_TRY(tern_parse_label(p, &label));
    const uint32_t *id = tern_name_map_find(&p->labels, label);
    if (id == NULL) {
        return tern_lex_fail_at(&p->lex, label.at, "expected the label of a value defined above");
    }
    tern_value *v = &p->g->values[*id];
    if (v->is_output || (v->is_input && name.at != NULL && !tern_str_equal(name, v->name))) {
        return tern_lex_fail_at(&p->lex, label.at,
                                "this value has a name among the inputs and outputs already");
    }
    if (name.at != NULL && !v->is_input) {
        TERN_TRY(tern_graph_keep_str(p->g, name, &v->name));
    }
    if (tern_lex_take_word(&p->lex, "formats")) {
        TERN_TRY(parse_formats(p, &v->formats));
    }
    TERN_TRY(tern_graph_add_output(p->g, *id));
    return tern_lex_end_of_line(&p->lex);
}

/* `%v, %3 "odd name" = ...` */
static tern_status parse_definition(tern_parser *p)
{
    const char *line = p->lex.at;
    tern_parse_result results[MAX_RESULTS] = {{{NULL, 0}, {NULL, 0}}};
    int32_t count = 0;
    do {
        if (count == MAX_RESULTS) {
            return tern_lex_fail(&p->lex, "expected at most %d results", MAX_RESULTS);
        }
        TERN_TRY(tern_parse_label(p, &results[count].label));
        if (tern_lex_next_is(&p->lex, '"')) {
            TERN_TRY(tern_lex_string(&p->lex, p->scratch, "a name", &results[count].name));
        }
        count++;
    } while (tern_lex_take(&p->lex, ","));
    TERN_TRY(tern_lex_expect(&p->lex, "="));
    tern_str word;
    TERN_TRY(tern_lex_word(&p->lex, "an operator, input or constant", &word));
    const bool is_input = tern_str_is(word, "input");
    const tern_op *op = is_input ? NULL : tern_op_by_name(word.at, word.len);
    if (!is_input && op == NULL) {
        return tern_lex_fail_at(&p->lex, word.at, "expected an operator, input or constant");
    }
    if (count != (is_input ? 1 : op->arity.out < 0 ? count : op->arity.out)) {
        return tern_lex_fail_at(&p->lex, word.at, "there are %d labels for %d results", (int)count,
                                is_input ? 1 : op->arity.out);
    }
    if (is_input && p->depth > 0) {
        return tern_lex_fail_at(&p->lex, word.at, "expected no input inside of a body");
    }
    p->pending = TERN_NO_ID;
    if (is_input) {
        return parse_input(p, &results[0]);
    }
    return tern_op_id_of(op) == TERN_OP_constant ? parse_constant(p, &results[0], line)
                                                 : tern_parse_node(p, op, results, count, line);
}

/* `graph "lenet" explicit max_batch=8 was_implicit {` */
static tern_status parse_header(tern_parser *p)
{
    tern_str name;
    int64_t max_batch = 1;
    tern_lex_lines(&p->lex);
    if (!tern_lex_take_word(&p->lex, "graph")) {
        return tern_lex_fail(&p->lex, "expected \"graph\"");
    }
    TERN_TRY(tern_lex_string(&p->lex, p->scratch, "the name of the graph", &name));
    TERN_TRY(tern_graph_keep_str(p->g, name, &p->g->name));
    p->g->batch = tern_lex_take_word(&p->lex, "implicit")   ? TERN_BATCH_IS_IMPLICIT
                  : tern_lex_take_word(&p->lex, "explicit") ? TERN_BATCH_IS_EXPLICIT
                                                            : TERN_BATCH_DECIDE_LATER;
    (void)tern_lex_take_word(&p->lex, "undecided");
    if (tern_lex_take_word(&p->lex, "max_batch")) {
        TERN_TRY(tern_lex_expect(&p->lex, "="));
        TERN_TRY(tern_lex_int(&p->lex, "a batch", 1, INT32_MAX, &max_batch));
    }
    p->g->max_batch = (int32_t)max_batch;
    p->g->was_implicit = tern_lex_take_word(&p->lex, "was_implicit") ? 1 : 0;
    TERN_TRY(tern_lex_expect(&p->lex, "{"));
    return tern_lex_end_of_line(&p->lex);
}

/* `blob 0 = 2000` and base64 */
static tern_status parse_blob(tern_parser *p)
{
    tern_str number;
    int64_t bytes;
    TERN_TRY(tern_lex_word(&p->lex, "the number of a blob", &number));
    const uint32_t *slot = tern_name_map_find(&p->blobs, number);
    if (slot == NULL || p->g->blobs[*slot - 1].data != NULL) {
        return tern_lex_fail_at(&p->lex, number.at, "expected a blob that a constant uses, once");
    }
    tern_blob *blob = &p->g->blobs[*slot - 1];
    TERN_TRY(tern_lex_expect(&p->lex, "="));
    const char *start = p->lex.at;
    TERN_TRY(tern_lex_int(&p->lex, "a number of bytes", 0, INT64_MAX, &bytes));
    if ((uint64_t)bytes != blob->bytes || blob->bytes > (size_t)(p->lex.end - p->lex.at)) {
        return tern_lex_fail_at(&p->lex, start, "the constant has %zu bytes", blob->bytes);
    }
    void *data = tern_arena_zero(&p->g->arena, blob->bytes, TERN_TENSOR_ALIGN);
    if (data == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    TERN_TRY(tern_parse_base64(&p->lex, data, blob->bytes));
    blob->data = data;
    return tern_lex_end_of_line(&p->lex);
}

/* `body %i : i64[], %go : bool[] {` behind a control node, or behind its last body */
static tern_status parse_body(tern_parser *p)
{
    tern_type types[MAX_PARAMS];
    tern_parse_result params[MAX_PARAMS] = {{{NULL, 0}, {NULL, 0}}};
    int32_t count = 0;
    uint32_t region;
    if (p->pending == TERN_NO_ID) {
        return tern_lex_fail(&p->lex, "expected a node of control flow before a body");
    }
    while (!tern_lex_take(&p->lex, "{")) {
        uint8_t place;
        if (count > 0) {
            TERN_TRY(tern_lex_expect(&p->lex, ","));
        }
        if (count == MAX_PARAMS) {
            return tern_lex_fail(&p->lex, "expected at most %d parameters", MAX_PARAMS);
        }
        TERN_TRY(tern_parse_label(p, &params[count].label));
        if (tern_lex_next_is(&p->lex, '"')) {
            TERN_TRY(tern_lex_string(&p->lex, p->scratch, "a name", &params[count].name));
        }
        TERN_TRY(tern_lex_expect(&p->lex, ":"));
        TERN_TRY(tern_parse_type(p, &types[count++], &place));
    }
    const char *start = p->lex.at;
    const tern_status status = tern_graph_open_body(p->g, p->pending, types, count, &region);
    if (status != TERN_OK) {
        return tern_lex_locate(&p->lex, start, status);
    }
    for (int32_t i = 0; i < count; i++) {
        TERN_TRY(tern_parse_define(p, &params[i], tern_region_param(p->g, region, i)));
    }
    p->pending = TERN_NO_ID;
    p->depth++;
    return tern_lex_end_of_line(&p->lex);
}

/* `yield %a, %b` and the brace that closes the body */
static tern_status parse_yield(tern_parser *p)
{
    tern_value_id results[MAX_RESULTS + 1];
    int32_t count = 0;
    if (p->depth == 0) {
        return tern_lex_fail(&p->lex, "expected no yield outside of a body");
    }
    while (tern_lex_next_is(&p->lex, '%')) {
        tern_str label;
        TERN_TRY(tern_parse_label(p, &label));
        const uint32_t *id = tern_name_map_find(&p->labels, label);
        if (id == NULL || count == MAX_RESULTS) {
            return tern_lex_fail_at(&p->lex, label.at,
                                    "expected the label of a value defined above, at most %d",
                                    MAX_RESULTS);
        }
        results[count++] = *id;
        if (!tern_lex_take(&p->lex, ",")) {
            break;
        }
    }
    tern_lex_lines(&p->lex);
    TERN_TRY(tern_lex_expect(&p->lex, "}"));
    p->pending = p->g->regions[p->g->region].owner;
    p->depth--;
    TERN_TRY(tern_graph_close_body(p->g, results, count));
    return tern_lex_end_of_line(&p->lex);
}

static tern_status parse_statements(tern_parser *p)
{
    TERN_TRY(parse_header(p));
    for (tern_lex_lines(&p->lex); p->depth > 0 || !tern_lex_take(&p->lex, "}");
         tern_lex_lines(&p->lex)) {
        if (tern_lex_next_is(&p->lex, '%')) {
            TERN_TRY(parse_definition(p));
        } else if (tern_lex_take_word(&p->lex, "body")) {
            TERN_TRY(parse_body(p));
        } else if (tern_lex_take_word(&p->lex, "yield")) {
            TERN_TRY(parse_yield(p));
        } else if (p->depth > 0) {
            return tern_lex_fail(&p->lex, "expected %%label = ..., body or yield");
        } else if (tern_lex_take_word(&p->lex, "dim")) {
            TERN_TRY(parse_dim(p));
        } else if (tern_lex_take_word(&p->lex, "output")) {
            TERN_TRY(parse_output(p));
        } else {
            return tern_lex_fail(&p->lex, "expected %%label = ..., dim, output or }");
        }
    }
    for (tern_lex_lines(&p->lex); tern_lex_take_word(&p->lex, "blob"); tern_lex_lines(&p->lex)) {
        TERN_TRY(parse_blob(p));
    }
    return p->lex.at < p->lex.end ? tern_lex_fail(&p->lex, "expected the end of the text")
                                  : TERN_OK;
}

static tern_status resolve_labels(tern_parser *p)
{
    for (size_t i = 0; i < p->fixup_count; i++) {
        const tern_parse_fixup *f = &p->fixups[i];
        const uint32_t *id = tern_name_map_find(&p->labels, f->label);
        if (id == NULL) {
            return tern_lex_fail_at(&p->lex, f->label.at, "expected a label that is defined");
        }
        TERN_TRY(tern_graph_set_operand(p->g, f->node, f->operand, *id));
    }
    if (p->later != TERN_NO_ID) {
        p->g->values[p->later].is_input = 0;
    }
    return TERN_OK;
}

static tern_status infer_and_compare_one(tern_parser *p, tern_node_id id)
{
    const tern_node *n = &p->g->nodes[id];
    const tern_arena_mark mark = tern_arena_mark_now(p->scratch);
    const bool written = n->op != TERN_OP_constant && n->y_count > 0 &&
                         p->g->values[tern_graph_y(p->g, n, 0)].type.dtype != 0;
    tern_status status = written ? tern_node_check_types(p->g, n, p->scratch) : TERN_OK;
    tern_arena_reset(p->scratch, mark);
    if (status == TERN_OK) {
        status = tern_graph_infer_node(p->g, id);
    }
    return status == TERN_OK ? status : tern_lex_locate(&p->lex, p->node_at[id], status);
}

/* Bodies' nodes before their owners, with the parameters' types as written. */
static tern_status infer_and_compare(tern_parser *p)
{
    tern_node_id *order;
    uint32_t count;
    TERN_TRY(tern_graph_order(p->g, p->scratch, &order, &count));
    tern_node_id open[TERN_REGION_DEPTH + 2]; /* control nodes whose bodies are being looked at */
    int32_t depth = 0;
    for (uint32_t i = 0; i < count; i++) {
        const tern_node *n = &p->g->nodes[order[i]];
        while (depth > 0 &&
               tern_node_in_region(p->g, order[i], p->g->nodes[open[depth - 1]].region) !=
                   open[depth - 1]) {
            TERN_TRY(infer_and_compare_one(p, open[--depth]));
        }
        if (!tern_node_is_control(n)) {
            TERN_TRY(infer_and_compare_one(p, order[i]));
        } else if (depth <= TERN_REGION_DEPTH) {
            open[depth++] = order[i];
        }
    }
    while (depth > 0) {
        TERN_TRY(infer_and_compare_one(p, open[--depth]));
    }
    return tern_graph_verify(p->g);
}

static tern_status parse(tern_parser *p)
{
    TERN_TRY(parse_statements(p));
    TERN_TRY(resolve_labels(p));
    return infer_and_compare(p);
}

tern_status tern_graph_parse(tern_allocator allocator, const char *text, size_t size,
                             tern_graph **out_graph)
{
    *out_graph = NULL;
    tern_graph *g;
    TERN_TRY(tern_graph_create(allocator, &g));
    tern_arena scratch;
    tern_arena_init(&scratch, allocator);
    tern_parser p = {.lex = {text, text, text + size}, .g = g, .scratch = &scratch};
    p.labels.arena = &scratch;
    p.blobs.arena = &scratch;
    const tern_status status = parse(&p);
    tern_array_free(allocator, &p.fixups, &p.fixup_capacity, sizeof *p.fixups);
    tern_array_free(allocator, &p.node_at, &p.node_at_capacity, sizeof *p.node_at);
    tern_arena_destroy(&scratch);
    if (status != TERN_OK) {
        tern_graph_destroy(g);
        return status;
    }
    *out_graph = g;
    return TERN_OK;
}
