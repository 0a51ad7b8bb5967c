/* SPDX-License-Identifier: Apache-2.0
 *
 * What a translation asks of its node: attributes, types, constants.
 */
#include "base/alloc.h"
#include "import/onnx/importer.h"

tern_status tern_onnx_refuse_va(tern_onnx_call *c, tern_status status, const char *format,
                                va_list values)
{
    if (c->status != TERN_OK) {
        return c->status;
    }
    tern_text text;
    tern_text_init(&text, c->graph->allocator);
    tern_text_add_va(&text, format, values);
    c->status = tern_fail(status, "%s: %s", c->who, tern_text_get(&text));
    tern_text_destroy(&text);
    return c->status;
}

tern_status tern_onnx_refuse(tern_onnx_call *c, tern_status status, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)tern_onnx_refuse_va(c, status, format, values);
    va_end(values);
    return c->status;
}

/* --- attributes --- */

static const tern_onnx_attr *find_attr(const tern_onnx_attr *attrs, int32_t count, tern_str name)
{
    for (int32_t i = 0; i < count; i++) {
        if (tern_str_equal(attrs[i].name, name)) {
            return &attrs[i];
        }
    }
    return NULL;
}

/* Follows references of a function's body to the attributes of the call, or their defaults. */
static const tern_onnx_attr *resolve(const tern_onnx_attr *a, const tern_onnx_frame *frame)
{
    while (a != NULL && a->reference.len > 0) {
        if (frame == NULL) {
            return NULL;
        }
        const tern_str name = a->reference;
        a = find_attr(frame->node->attrs, frame->node->attr_count, name);
        if (a == NULL && frame->function != NULL) {
            return find_attr(frame->function->attrs, frame->function->attr_count, name);
        }
        frame = frame->caller;
    }
    return a;
}

const tern_onnx_attr *tern_onnx_attribute(const tern_onnx_call *c, const char *name)
{
    return resolve(find_attr(c->node->attrs, c->node->attr_count, tern_str_of(name)),
                   c->importer->frame);
}

bool tern_onnx_has(const tern_onnx_call *c, const char *name)
{
    return tern_onnx_attribute(c, name) != NULL;
}

/* The attribute when it is there and of that kind; a wrong kind fails the call. */
static const tern_onnx_attr *want(tern_onnx_call *c, const char *name, tern_onnx_attr_kind kind,
                                  const char *kind_text)
{
    const tern_onnx_attr *a = tern_onnx_attribute(c, name);
    if (a != NULL && a->kind != kind) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "attribute \"%s\" must be %s", name, kind_text);
        return NULL;
    }
    return a;
}

int64_t tern_onnx_int(tern_onnx_call *c, const char *name, int64_t fallback)
{
    const tern_onnx_attr *a = want(c, name, TERN_ONNX_ATTR_INT, "an integer");
    return a != NULL ? a->i : fallback;
}

double tern_onnx_float(tern_onnx_call *c, const char *name, double fallback)
{
    const tern_onnx_attr *a = want(c, name, TERN_ONNX_ATTR_FLOAT, "a number");
    return a != NULL ? (double)a->f : fallback;
}

tern_str tern_onnx_string(tern_onnx_call *c, const char *name, const char *fallback)
{
    const tern_onnx_attr *a = want(c, name, TERN_ONNX_ATTR_STRING, "a text");
    return a != NULL ? a->s : tern_str_of(fallback);
}

const int64_t *tern_onnx_ints(tern_onnx_call *c, const char *name, int32_t *out_count)
{
    const tern_onnx_attr *a = want(c, name, TERN_ONNX_ATTR_INTS, "a list of integers");
    *out_count = a != NULL ? a->count : 0;
    return a != NULL ? a->ints : NULL;
}

const float *tern_onnx_floats(tern_onnx_call *c, const char *name, int32_t *out_count)
{
    const tern_onnx_attr *a = want(c, name, TERN_ONNX_ATTR_FLOATS, "a list of numbers");
    *out_count = a != NULL ? a->count : 0;
    return a != NULL ? a->floats : NULL;
}

const tern_str *tern_onnx_strings(tern_onnx_call *c, const char *name, int32_t *out_count)
{
    const tern_onnx_attr *a = want(c, name, TERN_ONNX_ATTR_STRINGS, "a list of texts");
    *out_count = a != NULL ? a->count : 0;
    return a != NULL ? a->strings : NULL;
}

tern_value_id tern_onnx_tensor_attribute(tern_onnx_call *c, const char *name)
{
    const tern_onnx_attr *a = want(c, name, TERN_ONNX_ATTR_TENSOR, "a tensor");
    tern_onnx_slot slot = {0};
    if (a == NULL || a->tensors == NULL || c->status != TERN_OK) {
        return TERN_NO_ID;
    }
    const tern_status status =
        tern_onnx_tensor_slot(c->importer, a->tensors, tern_str_of(""), &slot);
    if (status != TERN_OK) {
        c->status = status;
        return TERN_NO_ID;
    }
    if (slot.kind != TERN_ONNX_SLOT_TENSOR) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "attribute \"%s\" holds strings", name);
    }
    return slot.value;
}

tern_dtype tern_onnx_dtype(tern_onnx_call *c, int64_t number)
{
    if (number < 0 || number > INT32_MAX || tern_dtype_find((int)number) == NULL) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "element type %lld is %s", (long long)number,
                               number == TERN_ONNX_STRING
                                   ? "string, which this operator does not take"
                               : number == TERN_ONNX_COMPLEX64  ? "complex64"
                               : number == TERN_ONNX_COMPLEX128 ? "complex128"
                                                                : "unknown");
        return TERN_DTYPE_F32;
    }
    return (tern_dtype)number;
}

/* --- values --- */

const tern_type *tern_onnx_type_of(const tern_onnx_call *c, tern_value_id value)
{
    return &c->graph->values[value < c->graph->value_count ? value : 0].type;
}

int32_t tern_onnx_rank(const tern_onnx_call *c, tern_value_id value)
{
    return tern_onnx_type_of(c, value)->rank;
}

int64_t tern_onnx_axis(tern_onnx_call *c, int64_t axis, int32_t rank)
{
    if (axis < -rank || axis >= rank) {
        (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "axis %lld is outside rank %d; allowed %d..%d",
                               (long long)axis, (int)rank, (int)-rank, (int)rank - 1);
        return 0;
    }
    return axis < 0 ? axis + rank : axis;
}

bool tern_onnx_constant_ints(const tern_onnx_call *c, tern_value_id value, int64_t *out,
                             int32_t room, int32_t *out_count)
{
    *out_count = 0;
    const tern_type *t = tern_onnx_type_of(c, value);
    const tern_dtype_info *info = tern_dtype_find(t->dtype);
    int64_t count = 0;
    if (value == TERN_NO_ID || info == NULL || info->class_ == TERN_CLASS_F ||
        !tern_type_is_static(t) || !tern_type_volume(t, &count) || count > room) {
        return false;
    }
    const tern_value *v = tern_graph_value(c->graph, value);
    const void *data = tern_graph_constant_data(c->graph, value);
    if (data != NULL || (count == 0 && v->is_constant)) {
        if (count > 0) {
            tern_convert((tern_dtype)t->dtype, data, TERN_DTYPE_I64, out, count);
        }
        *out_count = (int32_t)count;
        return true;
    }
    /* Computed from shapes, and known by now. */
    if (!v->content_known || v->content_count != count) {
        return false;
    }
    for (int64_t i = 0; i < count; i++) {
        if (!tern_dim_known(v->content[i])) {
            return false;
        }
        out[i] = v->content[i];
    }
    *out_count = (int32_t)count;
    return true;
}

bool tern_onnx_constant_number(const tern_onnx_call *c, tern_value_id value, double *out)
{
    const tern_type *t = tern_onnx_type_of(c, value);
    int64_t count = 0;
    if (value == TERN_NO_ID || t->dtype == 0 || !tern_type_is_static(t) ||
        !tern_type_volume(t, &count) || count != 1) {
        return false;
    }
    const void *data = tern_graph_constant_data(c->graph, value);
    if (data == NULL) {
        return false;
    }
    tern_convert((tern_dtype)t->dtype, data, TERN_DTYPE_F64, out, 1);
    return true;
}

bool tern_onnx_list(tern_onnx_call *c, const char *attribute, int32_t index, tern_onnx_room out,
                    int32_t *out_count, tern_value_id *out_value)
{
    *out_count = 0;
    *out_value = TERN_NO_ID;
    const tern_onnx_attr *a = attribute != NULL ? tern_onnx_attribute(c, attribute) : NULL;
    if (a != NULL && a->kind == TERN_ONNX_ATTR_INT) {
        out.v[0] = a->i;
        *out_count = 1;
        return true;
    }
    if (a != NULL) {
        const int64_t *v = tern_onnx_ints(c, attribute, out_count);
        if (v == NULL && *out_count > 0) {
            *out_count = 0;
        }
        if (*out_count > out.count) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "attribute \"%s\" has %d entries, at most %d",
                                   attribute, (int)*out_count, (int)out.count);
            *out_count = 0;
        }
        for (int32_t i = 0; i < *out_count; i++) {
            out.v[i] = v[i];
        }
        return true;
    }
    if (index < 0 || index >= c->x_count || c->x[index] == TERN_NO_ID) {
        return false;
    }
    if (!tern_onnx_constant_ints(c, c->x[index], out.v, out.count, out_count)) {
        *out_value = c->x[index];
        *out_count = -1;
    }
    return true;
}
