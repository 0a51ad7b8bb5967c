/* SPDX-License-Identifier: Apache-2.0
 *
 * The operator table as text, JSON and Markdown (docs/operators.md is the last).  Everything
 * comes from descriptors.
 */
#include "runtime/inspect.h"

#include "base/json.h"

#include <string.h>

static const char *kind_name(tern_attr_kind kind)
{
    switch (kind) {
    case TERN_ATTR_KIND_I64: return "integer";
    case TERN_ATTR_KIND_F64: return "number";
    case TERN_ATTR_KIND_BOOL: return "bool";
    case TERN_ATTR_KIND_ENUM: return "enum";
    case TERN_ATTR_KIND_INTS: return "integers";
    case TERN_ATTR_KIND_DTYPE: return "type";
    case TERN_ATTR_KIND_MASK: return "axes";
    case TERN_ATTR_KIND_FLOATS: return "numbers";
    case TERN_ATTR_KIND_TEXT: return "text";
    }
    return "?";
}

static void add_default(const tern_attr_field *f, tern_text *out)
{
    if (f->kind == TERN_ATTR_KIND_MASK) {
        tern_attr_print_mask(out, (uint32_t)f->fallback);
        return;
    }
    if (f->kind == TERN_ATTR_KIND_TEXT) {
        tern_text_add(out, "\"\"");
        return;
    }
    if (f->kind == TERN_ATTR_KIND_INTS || f->kind == TERN_ATTR_KIND_FLOATS) {
        tern_text_add(out, "[");
        for (int i = 0; i < f->fallback_count; i++) {
            tern_text_add(out, "%s%g", i > 0 ? "," : "", f->fallback);
        }
        tern_text_add(out, "]");
        return;
    }
    for (const tern_attr_name *n = f->names;
         f->kind == TERN_ATTR_KIND_ENUM && n != NULL && n->name != NULL; n++) {
        if (n->value == (int32_t)f->fallback) {
            tern_text_add(out, "%s", n->name);
            return;
        }
    }
    tern_text_add_double(out, f->fallback);
}

static void add_choices(const tern_attr_field *f, const char *separator, tern_text *out)
{
    for (const tern_attr_name *n = f->names; n != NULL && n->name != NULL; n++) {
        tern_text_add(out, "%s%s", n != f->names ? separator : "", n->name);
    }
}

static bool has_attrs(const tern_op *op)
{
    return op->attrs != NULL && op->attrs[0].name != NULL;
}

static void add_onnx(const tern_op *op, tern_text *out)
{
    for (int i = 0; i < 4 && op->onnx[i].name != NULL; i++) {
        tern_text_add(out, "%s%s (since %d)", i > 0 ? ", " : "", op->onnx[i].name,
                      (int)op->onnx[i].since);
    }
}

static void add_tactics(const tern_op *op, tern_text *out)
{
    const tern_tactic *t = NULL;
    for (size_t i = 0; (t = tern_tactic_at(op, TERN_DEVICE_KIND_CPU, i)) != NULL; i++) {
        tern_text_add(out, "%s%s", i > 0 ? ", " : "", t->name);
    }
}

/* --- text and Markdown --- */

static void text_operator(const tern_op *op, tern_text *out)
{
    tern_text_add(out, "%-20s %s\n", op->name, op->summary != NULL ? op->summary : "");
}

static void markdown_operator(const tern_op *op, tern_text *out)
{
    tern_text_add(out, "\n## %s\n\n%s\n\n- id: %u\n- types: `%s`\n", op->name,
                  op->summary != NULL ? op->summary : "", tern_op_id_of(op),
                  op->types != NULL ? op->types : "");
    if (op->input_names != NULL && op->input_names[0] != NULL) {
        tern_text_add(out, "- operands: ");
        for (int i = 0; op->input_names[i] != NULL; i++) {
            tern_text_add(out, "%s%s", i > 0 ? ", " : "", op->input_names[i]);
        }
        tern_text_add(out, "\n");
    }
    if (op->onnx[0].name != NULL) {
        tern_text_add(out, "- ONNX: ");
        add_onnx(op, out);
        tern_text_add(out, "\n");
    }
    tern_text_add(out, "- CPU: ");
    add_tactics(op, out);
    tern_text_add(out, "\n");
    if (!has_attrs(op)) {
        return;
    }
    tern_text_add(out, "\n| attribute | kind | default | meaning |\n| --- | --- | --- | --- |\n");
    for (const tern_attr_field *f = op->attrs; f->name != NULL; f++) {
        tern_text_add(out, "| %s | %s", f->name, kind_name(f->kind));
        if (f->kind == TERN_ATTR_KIND_ENUM) {
            tern_text_add(out, ": ");
            add_choices(f, ", ", out);
        }
        tern_text_add(out, " | ");
        add_default(f, out);
        tern_text_add(out, " | %s |\n", f->summary != NULL ? f->summary : "");
    }
}

/* --- JSON --- */

static void json_attribute(tern_json *j, const tern_attr_field *f, tern_text *scratch)
{
    tern_json_begin_object(j);
    tern_json_key(j, "name");
    tern_json_string(j, f->name);
    tern_json_key(j, "kind");
    tern_json_string(j, kind_name(f->kind));
    tern_json_key(j, "default");
    tern_text_clear(scratch);
    add_default(f, scratch);
    tern_json_string(j, tern_text_get(scratch));
    if (f->kind == TERN_ATTR_KIND_ENUM) {
        tern_json_key(j, "choices");
        tern_json_begin_array(j);
        for (const tern_attr_name *n = f->names; n != NULL && n->name != NULL; n++) {
            tern_json_string(j, n->name);
        }
        tern_json_end_array(j);
    }
    tern_json_key(j, "onnx");
    tern_json_string(j, f->onnx);
    tern_json_key(j, "summary");
    tern_json_string(j, f->summary);
    tern_json_end_object(j);
}

static void json_operator(tern_json *j, const tern_op *op, tern_text *scratch)
{
    tern_json_begin_object(j);
    tern_json_key(j, "name");
    tern_json_string(j, op->name);
    tern_json_key(j, "id");
    tern_json_uint(j, tern_op_id_of(op));
    tern_json_key(j, "summary");
    tern_json_string(j, op->summary);
    tern_json_key(j, "types");
    tern_json_string(j, op->types);
    tern_json_key(j, "inputs_min");
    tern_json_int(j, op->arity.in_min);
    tern_json_key(j, "inputs_max");
    tern_json_int(j, op->arity.in_max);
    tern_json_key(j, "outputs");
    tern_json_int(j, op->arity.out);
    tern_json_key(j, "inputs");
    tern_json_begin_array(j);
    for (int i = 0; op->input_names != NULL && op->input_names[i] != NULL; i++) {
        tern_json_string(j, op->input_names[i]);
    }
    tern_json_end_array(j);
    tern_json_key(j, "attributes");
    tern_json_begin_array(j);
    for (const tern_attr_field *f = op->attrs; f != NULL && f->name != NULL; f++) {
        json_attribute(j, f, scratch);
    }
    tern_json_end_array(j);
    tern_json_key(j, "onnx");
    tern_json_begin_array(j);
    for (int i = 0; i < 4 && op->onnx[i].name != NULL; i++) {
        tern_json_begin_object(j);
        tern_json_key(j, "name");
        tern_json_string(j, op->onnx[i].name);
        tern_json_key(j, "since");
        tern_json_int(j, op->onnx[i].since);
        tern_json_end_object(j);
    }
    tern_json_end_array(j);
    tern_json_key(j, "tactics");
    tern_json_begin_array(j);
    const tern_tactic *t = NULL;
    for (size_t i = 0; (t = tern_tactic_at(op, TERN_DEVICE_KIND_CPU, i)) != NULL; i++) {
        tern_json_string(j, t->name);
    }
    tern_json_end_array(j);
    tern_json_end_object(j);
}

static void json_operators(tern_text *out)
{
    tern_json json;
    tern_text scratch;
    const tern_op *op = NULL;
    tern_json_init(&json, out, 2);
    tern_text_init(&scratch, out->allocator);
    tern_json_begin_array(&json);
    for (size_t i = 0; (op = tern_op_at(i)) != NULL; i++) {
        json_operator(&json, op, &scratch);
    }
    tern_json_end_array(&json);
    out->is_cut = out->is_cut || scratch.is_cut;
    tern_text_destroy(&scratch);
}

void tern_print_operators(tern_format format, tern_text *out)
{
    const tern_op *op = NULL;
    if (format == TERN_FORMAT_JSON) {
        json_operators(out);
        return;
    }
    if (format == TERN_FORMAT_MARKDOWN) {
        tern_text_add(out, "# Operators\n\nGenerated from the operator table by `tern ops "
                           "--markdown`; do not edit.\n");
    }
    for (size_t i = 0; (op = tern_op_at(i)) != NULL; i++) {
        if (format == TERN_FORMAT_MARKDOWN) {
            markdown_operator(op, out);
        } else {
            text_operator(op, out);
        }
    }
}
