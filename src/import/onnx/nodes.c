/* SPDX-License-Identifier: Apache-2.0
 *
 * Which function translates an operator: rows of nodes.def, and the elementwise operators, which
 * need none.
 */
#include "import/onnx/importer.h"

typedef struct node_row {
    const char *domain, *op;
    int64_t since;
    tern_onnx_translate *function;
} node_row;

static const node_row rows[] = {
#define TERN_ONNX(domain, op, since, function) {domain, op, since, tern_onnx_do_##function},
#include "import/onnx/nodes.def"
#undef TERN_ONNX
    {NULL, NULL, 0, NULL},
};

/* The elementwise operator with that ONNX name, or NULL.  Those of two operands that broadcast as
 * NumPy does since 7 were there from the start, with attributes for it. */
static const tern_op *elementwise(tern_str name, int64_t opset)
{
    for (uint32_t id = 1; id < 256; id++) {
        const tern_op *op = tern_op_find(TERN_OP_SCALAR_BASE + id);
        if (op == NULL || op->onnx[0].name == NULL || !tern_str_is(name, op->onnx[0].name)) {
            continue;
        }
        const bool is_old = op->arity.in_min == 2 && op->onnx[0].since == 7;
        if (is_old || op->onnx[0].since <= opset) {
            return op;
        }
    }
    return NULL;
}

static tern_onnx_translate translate_elementwise;

tern_onnx_translate *tern_onnx_find_row(tern_str domain, tern_str op, int64_t opset)
{
    const node_row *best = NULL;
    for (const node_row *row = rows; row->op != NULL; row++) {
        if (row->since <= opset && (best == NULL || row->since > best->since) &&
            tern_str_is(op, row->op) && tern_str_is(domain, row->domain)) {
            best = row;
        }
    }
    if (best == NULL && domain.len == 0 && elementwise(op, opset) != NULL) {
        return translate_elementwise;
    }
    return best != NULL ? best->function : NULL;
}

bool tern_onnx_takes(tern_str domain, tern_str op, int64_t opset)
{
    return tern_onnx_find_row(domain, op, opset) != NULL;
}

/* --- the elementwise rows --- */

/* Before opset 7 the second operand's axes begin at `axis` of the first one's, when the node says
 * broadcast. */
static tern_value_id legacy_operand(tern_onnx_call *c, tern_value_id a, tern_value_id b)
{
    const int32_t ra = tern_onnx_rank(c, a), rb = tern_onnx_rank(c, b);
    if (c->opset >= 7 || tern_onnx_int(c, "broadcast", 0) == 0 || !tern_onnx_has(c, "axis")) {
        return b;
    }
    const int64_t axis = tern_onnx_axis(c, tern_onnx_int(c, "axis", 0), ra);
    int64_t ones[TERN_MAX_RANK];
    int32_t count = 0;
    for (int64_t i = axis + rb; i < ra; i++) {
        ones[count] = rb + count;
        count++;
    }
    return tern_onnx_unsqueeze(c, b, ones, count);
}

/* Attributes whose ONNX name the operator's schema has, as text. */
static const char *attribute_text(tern_onnx_call *c, const tern_op *op)
{
    const char *text = "{";
    for (const tern_attr_field *f = op->attrs; f != NULL && f->name != NULL; f++) {
        if (f->onnx != NULL && tern_onnx_has(c, f->onnx)) {
            text = tern_onnx_text(c, "%s%s%s=%.17g", text, text[1] != '\0' ? ", " : "", f->name,
                                  tern_onnx_float(c, f->onnx, f->fallback));
        }
    }
    return op->attrs != NULL ? tern_onnx_text(c, "%s}", text) : NULL;
}

static tern_status translate_elementwise(tern_onnx_call *c)
{
    const tern_op *op = elementwise(tern_str_of(c->op), c->opset);
    const int32_t count = op->arity.in_min;
    tern_value_id x[3] = {TERN_NO_ID, TERN_NO_ID, TERN_NO_ID};
    int32_t rank = 0;
    if (c->x_count != count || c->y_count != 1) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "it has %d inputs and %d outputs, not %d and 1",
                                (int)c->x_count, (int)c->y_count, (int)count);
    }
    for (int32_t i = 0; i < count; i++) {
        x[i] = c->x[i];
        if (x[i] == TERN_NO_ID) {
            return tern_onnx_refuse(c, TERN_BAD_MODEL, "input %d is missing", (int)i);
        }
    }
    if (count == 2) {
        x[1] = legacy_operand(c, x[0], x[1]);
    }
    for (int32_t i = 0; i < count; i++) {
        rank = tern_onnx_rank(c, x[i]) > rank ? tern_onnx_rank(c, x[i]) : rank;
    }
    for (int32_t i = 0; i < count; i++) {
        x[i] = tern_onnx_rank_up(c, x[i], rank);
    }
    c->y[0] = tern_onnx_emit_x(c, op->name, attribute_text(c, op), x, count);
    return TERN_OK;
}
