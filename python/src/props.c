/* SPDX-License-Identifier: Apache-2.0
 *
 * Properties of layers, from props.def: every one reads and writes an attribute of the operator by
 * its kind.  What the library refuses is logged by it and leaves the attribute as it was.
 */
#include "ternrt.h"

#include <string.h>

typedef enum prop_kind {
    INT,
    FLOAT,
    BOOL,
    MASK,
    LIST,
    LIST_HW,
    PERM,
    SPATIAL,
    SPATIAL_HW,
    PADS,
    PADS_HW,
    CHOICE,
    OP,
    DTYPE,
    WEIGHTS,
    FLOATS,
    READONLY,
    NOTED,
    TRANSPOSE,
    CORNERS,
    RESHAPE,
    CONST_SHAPE,
    CONST_WEIGHTS,
    TEXT,
    MESSAGE,
    OPERAND,
    CAUSAL,
    RECALLED
} prop_kind;

typedef struct prop {
    const char *owner, *name;
    prop_kind kind;
    const char *attr;
    int detail;
} prop;

static const prop props[] = {
#define TERNRT_PROP(owner, name, kind, attr, detail) {#owner, #name, kind, attr, detail},
#include "props.def"
};

enum { PROP_COUNT = sizeof props / sizeof *props };

static tern_layer *layer_of(PyObject *self)
{
    return ((ternrt_handle *)self)->handle;
}

static ternrt_network *network_of(PyObject *self)
{
    return ((ternrt_handle *)self)->network;
}

static PyObject *no_attribute(PyObject *self, const prop *p)
{
    return PyErr_Format(PyExc_AttributeError, "the operator %s of this layer has no %s",
                        tern_layer_op(layer_of(self)), p->name);
}

/* ---- reading ---- */

static PyObject *get_integer(PyObject *self, const prop *p)
{
    int64_t value = 0;
    return tern_layer_get_i64(layer_of(self), p->attr, &value) != TERN_OK
               ? no_attribute(self, p)
               : PyLong_FromLongLong(value);
}

static PyObject *get_truth(PyObject *self, const prop *p)
{
    int64_t value = 0;
    return tern_layer_get_i64(layer_of(self), p->attr, &value) != TERN_OK
               ? no_attribute(self, p)
               : PyBool_FromLong(value != 0);
}

/* Activations with an alpha, and those of them with a beta. */
static const int with_alpha[] = {TERNRT_ActivationType_LEAKY_RELU, TERNRT_ActivationType_ELU,
                                 TERNRT_ActivationType_THRESHOLDED_RELU};
static const int with_both[] = {TERNRT_ActivationType_SELU, TERNRT_ActivationType_SOFTPLUS,
                                TERNRT_ActivationType_CLIP, TERNRT_ActivationType_HARD_SIGMOID,
                                TERNRT_ActivationType_SCALED_TANH};

static bool activation_has(const tern_layer *layer, const char *attr)
{
    const int member = ternrt_member_by_tern(TERNRT_ActivationType, tern_layer_op(layer));
    bool found = false;
    for (size_t i = 0; i < sizeof with_both / sizeof *with_both; i++) {
        found = found || with_both[i] == member;
    }
    for (size_t i = 0; strcmp(attr, "alpha") == 0 && i < sizeof with_alpha / sizeof *with_alpha;
         i++) {
        found = found || with_alpha[i] == member;
    }
    return found;
}

static PyObject *get_number(PyObject *self, const prop *p)
{
    if (p->kind == NOTED && !activation_has(layer_of(self), p->attr)) {
        PyObject *noted = ternrt_network_noted(network_of(self), layer_of(self), p->attr);
        return noted != NULL ? Py_NewRef(noted) : PyFloat_FromDouble(0);
    }
    double number = 0;
    return tern_layer_get_f64(layer_of(self), p->attr, &number) != TERN_OK
               ? no_attribute(self, p)
               : PyFloat_FromDouble(number);
}

static PyObject *get_list(PyObject *self, const prop *p)
{
    ternrt_dims dims = {.count = 0};
    if (tern_layer_get_i64s(layer_of(self), p->attr, dims.v, &dims.count) != TERN_OK) {
        return no_attribute(self, p);
    }
    const bool is_spatial =
        p->kind == SPATIAL || p->kind == PADS || p->kind == SPATIAL_HW || p->kind == PADS_HW;
    int64_t window[TERN_MAX_RANK];
    int32_t axes = 0;
    if (dims.count == 0 && is_spatial &&
        tern_layer_get_i64s(layer_of(self), "kernel", window, &axes) == TERN_OK) {
        dims.count = axes; /* an empty list: the same for every axis of the window */
        for (int32_t i = 0; i < axes; i++) {
            dims.v[i] = p->detail;
        }
    }
    const bool is_pair =
        (p->kind == LIST_HW || p->kind == SPATIAL_HW || p->kind == PADS_HW) && dims.count == 2;
    return ternrt_dims_make(p->kind == PERM ? TERNRT_PERMUTATION
                            : is_pair       ? TERNRT_DIMS_HW
                                            : TERNRT_DIMS,
                            dims.count, dims.v);
}

static PyObject *get_floats(PyObject *self, const prop *p)
{
    double values[TERN_MAX_RANK];
    int32_t count = 0;
    if (tern_layer_get_f64s(layer_of(self), p->attr, values, &count) != TERN_OK) {
        return no_attribute(self, p);
    }
    PyObject *list = PyList_New(0);
    for (int32_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = PyFloat_FromDouble(values[i]);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list;
}

static PyObject *get_named(PyObject *self, const prop *p)
{
    const char *text = "";
    if (p->kind == OP) {
        text = tern_layer_op(layer_of(self));
    } else if (tern_layer_get_text(layer_of(self), p->attr, &text) != TERN_OK) {
        return no_attribute(self, p);
    }
    const int kind = p->kind == DTYPE ? TERNRT_DataType : p->detail;
    const int member = ternrt_member_by_tern((ternrt_enum)kind, text);
    return member < 0 ? Py_NewRef(Py_None) : ternrt_member_object(member);
}

static PyObject *get_named_is(PyObject *self, const prop *p, const char *wanted)
{
    const char *text = "";
    if (tern_layer_get_text(layer_of(self), p->attr, &text) != TERN_OK) {
        return no_attribute(self, p);
    }
    return PyBool_FromLong(strcmp(text, wanted) == 0);
}

static PyObject *get_weights(PyObject *self, const prop *p)
{
    tern_weights weights;
    if (tern_layer_get_weights(layer_of(self), p->attr, &weights) != TERN_OK) {
        return no_attribute(self, p);
    }
    return ternrt_weights_make(&weights, (PyObject *)network_of(self));
}

static PyObject *get_constant_shape(PyObject *self)
{
    ternrt_dims dims = {.count = 0};
    (void)!tern_tensor_shape(tern_layer_output(layer_of(self), 0), &dims.count, dims.v);
    return ternrt_dims_make(TERNRT_DIMS, dims.count, dims.v);
}

static PyObject *get_text(PyObject *self, const prop *p)
{
    const char *text = "";
    return tern_layer_get_text(layer_of(self), p->attr, &text) != TERN_OK ? no_attribute(self, p)
                                                                          : ternrt_text(text);
}

static PyObject *get_recalled(PyObject *self, const prop *p)
{
    PyObject *noted = ternrt_network_noted(network_of(self), layer_of(self), p->attr);
    return noted != NULL ? Py_NewRef(noted) : PyBool_FromLong(0);
}

static PyObject *get_message(PyObject *self, const prop *p)
{
    PyObject *noted = ternrt_network_noted(network_of(self), layer_of(self), p->attr);
    return noted != NULL ? Py_NewRef(noted) : get_text(self, p);
}

static PyObject *get_prop(PyObject *self, void *closure)
{
    const prop *p = closure;
    switch (p->kind) {
    case INT:
    case MASK: return get_integer(self, p);
    case BOOL:
    case READONLY: return get_truth(self, p);
    case FLOAT:
    case NOTED: return get_number(self, p);
    case LIST:
    case LIST_HW:
    case PERM:
    case SPATIAL:
    case SPATIAL_HW:
    case PADS:
    case PADS_HW:
    case RESHAPE: return get_list(self, p);
    case FLOATS: return get_floats(self, p);
    case CHOICE:
    case OP:
    case DTYPE: return get_named(self, p);
    case TRANSPOSE: return get_named_is(self, p, "transpose");
    case CORNERS: return get_named_is(self, p, "align_corners");
    case CAUSAL: return get_named_is(self, p, "upper_left");
    case TEXT: return get_text(self, p);
    case MESSAGE: return get_message(self, p);
    case OPERAND:
        return ternrt_tensor_wrap(network_of(self), tern_layer_input(layer_of(self), p->detail));
    case RECALLED: return get_recalled(self, p);
    case WEIGHTS:
    case CONST_WEIGHTS: return get_weights(self, p);
    case CONST_SHAPE: return get_constant_shape(self);
    }
    return NULL;
}

/* ---- writing: into a value first, then with the GIL released into the layer ---- */

typedef struct value {
    int64_t integer;
    double number;
    ternrt_dims list;
    double floats[TERN_MAX_RANK];
    int32_t float_count;
    const char *text;
    tern_tensor *tensor;
} value;

static int read_floats(PyObject *object, value *v)
{
    const Py_ssize_t count = PySequence_Check(object) ? PySequence_Size(object) : -1;
    if (count < 0 || count > TERN_MAX_RANK) {
        PyErr_Format(PyExc_TypeError, "expected a sequence of at most %d numbers, not %R",
                     TERN_MAX_RANK, object);
        return -1;
    }
    v->float_count = (int32_t)count;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PySequence_GetItem(object, i);
        const int failed = item == NULL || ternrt_f64(item, &v->floats[i]) < 0;
        Py_XDECREF(item);
        if (failed) {
            return -1;
        }
    }
    return 0;
}

static int read_pair(PyObject *object, const prop *p, value *v)
{
    if (PyLong_Check(object)) {
        v->list.count = 2;
        if (ternrt_i64(object, &v->list.v[0]) < 0) {
            return -1;
        }
        v->list.v[1] = v->list.v[0];
        return 0;
    }
    if (ternrt_dims_read(object, &v->list) < 0) {
        return -1;
    }
    if (v->list.count != 2) {
        PyErr_Format(PyExc_ValueError, "%s takes (height, width), %d extents given", p->name,
                     v->list.count);
        return -1;
    }
    return 0;
}

static int read_named(PyObject *object, const prop *p, value *v)
{
    const int member =
        ternrt_member_read(object, p->kind == DTYPE ? TERNRT_DataType : (ternrt_enum)p->detail);
    if (member < 0) {
        return -1;
    }
    v->text = ternrt_member_tern(member);
    if (v->text[0] == '\0') {
        PyErr_Format(PyExc_ValueError, "%s: %R is not supported here", p->name, object);
        return -1;
    }
    return 0;
}

static int read_operand(PyObject *object, const prop *p, value *v)
{
    if (object != Py_None && !Py_IS_TYPE(object, ternrt_tensor_type)) {
        PyErr_Format(PyExc_TypeError, "%s takes an ITensor, not %R", p->name, object);
        return -1;
    }
    v->tensor = object != Py_None ? ((ternrt_handle *)object)->handle : NULL;
    return 0;
}

static int read_value(PyObject *object, const prop *p, value *v)
{
    switch (p->kind) {
    case INT:
    case MASK: return ternrt_i64(object, &v->integer);
    case BOOL:
    case TRANSPOSE:
    case CAUSAL:
    case RECALLED:
    case CORNERS: v->integer = PyObject_IsTrue(object); return v->integer < 0 ? -1 : 0;
    case FLOAT:
    case NOTED: return ternrt_f64(object, &v->number);
    case LIST:
    case PERM:
    case SPATIAL:
    case PADS:
    case RESHAPE:
    case CONST_SHAPE: return ternrt_dims_read(object, &v->list);
    case LIST_HW:
    case SPATIAL_HW:
    case PADS_HW: return read_pair(object, p, v);
    case FLOATS: return read_floats(object, v);
    case CHOICE:
    case OP:
    case DTYPE: return read_named(object, p, v);
    case TEXT: v->text = ternrt_utf8(object, p->name); return v->text == NULL ? -1 : 0;
    case OPERAND: return read_operand(object, p, v);
    case MESSAGE:
    case READONLY:
    case WEIGHTS:
    case CONST_WEIGHTS: return 0;
    }
    return -1;
}

static tern_status write_value(tern_layer *layer, const prop *p, const value *v)
{
    tern_status status = TERN_OK;
    switch (p->kind) {
    case INT:
    case MASK:
    case BOOL: return tern_layer_set_i64(layer, p->attr, v->integer);
    case FLOAT:
    case NOTED: return tern_layer_set_f64(layer, p->attr, v->number);
    case LIST:
    case LIST_HW:
    case PERM:
    case SPATIAL:
    case SPATIAL_HW: return tern_layer_set_i64s(layer, p->attr, v->list.v, v->list.count);
    case PADS:
    case PADS_HW:
        status = tern_layer_set_i64s(layer, "pre_pad", v->list.v, v->list.count);
        return status != TERN_OK ? status
                                 : tern_layer_set_i64s(layer, "post_pad", v->list.v, v->list.count);
    case RESHAPE:
        status = tern_layer_set_i64s(layer, p->attr, v->list.v, v->list.count);
        return status != TERN_OK ? status
                                 : tern_layer_set_i64(layer, "to_scalar", v->list.count == 0);
    case FLOATS: return tern_layer_set_f64s(layer, p->attr, v->floats, v->float_count);
    case CHOICE:
    case TEXT:
    case DTYPE: return tern_layer_set_text(layer, p->attr, v->text);
    case TRANSPOSE: return tern_layer_set_text(layer, p->attr, v->integer ? "transpose" : "none");
    case CORNERS:
        return tern_layer_set_text(layer, p->attr, v->integer ? "align_corners" : "asymmetric");
    case CAUSAL: return tern_layer_set_text(layer, p->attr, v->integer ? "upper_left" : "none");
    case OPERAND: return tern_layer_set_input(layer, p->detail, v->tensor);
    case OP: return tern_layer_set_op(layer, v->text);
    case CONST_SHAPE: return tern_layer_set_shape(layer, v->list.count, v->list.v);
    case MESSAGE:
    case READONLY:
    case RECALLED:
    case WEIGHTS:
    case CONST_WEIGHTS: break;
    }
    return status;
}

/* alpha and beta of an activation that has none are remembered for the day it becomes another. */
static int apply_notes(PyObject *self)
{
    static const char *const names[] = {"alpha", "beta"};
    for (int i = 0; i < 2; i++) {
        PyObject *noted = ternrt_network_noted(network_of(self), layer_of(self), names[i]);
        double number = 0;
        if (noted == NULL || !activation_has(layer_of(self), names[i])) {
            continue;
        }
        if (ternrt_f64(noted, &number) < 0) {
            return -1;
        }
        (void)!tern_layer_set_f64(layer_of(self), names[i], number); /* it has the attribute */
    }
    return 0;
}

int ternrt_layer_set_message(ternrt_network *network, tern_layer *layer, const char *attr,
                             PyObject *message)
{
    enum { MOST_BYTES = 180 };
    char text[MOST_BYTES + 1];
    const char *given = ternrt_utf8(message, attr);
    if (given == NULL) {
        return -1;
    }
    size_t length = 0; /* attributes hold printable ASCII without quotes */
    for (; given[length] != '\0' && length < MOST_BYTES; length++) {
        const char c = given[length];
        text[length] = c == '"' ? '\'' : c == '\n' ? ' ' : c < ' ' || c > '~' ? '?' : c;
    }
    text[length] = '\0';
    ternrt_network_note(network, layer, attr, message);
    ternrt_call call;
    ternrt_enter_as(&call, &network->reporter);
    (void)!tern_layer_set_text(layer, attr, text);
    return ternrt_leave(&call);
}

static int set_prop(PyObject *self, PyObject *object, void *closure)
{
    const prop *p = closure;
    value v = {.integer = 0};
    if (object == NULL) {
        PyErr_Format(PyExc_AttributeError, "%s cannot be deleted", p->name);
        return -1;
    }
    if (p->kind == WEIGHTS || p->kind == CONST_WEIGHTS) {
        return ternrt_layer_give_weights(network_of(self), layer_of(self), p->attr, object) < 0 ? -1
                                                                                                : 0;
    }
    if (p->kind == MESSAGE) {
        return ternrt_layer_set_message(network_of(self), layer_of(self), p->attr, object);
    }
    if (read_value(object, p, &v) < 0) {
        return -1;
    }
    if (p->kind == RECALLED) {
        ternrt_network_note(network_of(self), layer_of(self), p->attr,
                            v.integer != 0 ? Py_True : Py_False);
        return 0;
    }
    if (p->kind == NOTED) {
        ternrt_network_note(network_of(self), layer_of(self), p->attr, object);
        if (!activation_has(layer_of(self), p->attr)) {
            return 0;
        }
    }
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    const tern_status status = write_value(layer_of(self), p, &v);
    if (ternrt_leave(&call) < 0) {
        return -1;
    }
    return p->kind == OP && status == TERN_OK ? apply_notes(self) : 0;
}

/* ---- the tables as CPython wants them: a run of rows per class, each ending with a row of NULL
   ---- */

static PyGetSetDef definitions[2 * PROP_COUNT + 1]; /* at most one end per row */

static void define_all(void)
{
    size_t at = 0;
    for (int i = 0; i < PROP_COUNT; i++) {
        if (i > 0 && strcmp(props[i].owner, props[i - 1].owner) != 0) {
            at++;
        }
        definitions[at++] =
            (PyGetSetDef){props[i].name, get_prop, props[i].kind == READONLY ? NULL : set_prop,
                          NULL, (void *)(uintptr_t)&props[i]};
    }
}

PyGetSetDef *ternrt_layer_properties(const char *class_name)
{
    static PyGetSetDef none[] = {{NULL, NULL, NULL, NULL, NULL}};
    if (definitions[0].name == NULL) {
        define_all();
    }
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++) {
        const prop *p = definitions[i].closure;
        if (p != NULL && strcmp(p->owner, class_name) == 0) {
            return &definitions[i];
        }
    }
    return none;
}
