/* SPDX-License-Identifier: Apache-2.0
 *
 * The add_* methods, from layers.def: arguments become operands, one attribute text and weights, so
 * that a layer is added whole or not at all.
 */
#include "ternrt.h"

#include <string.h>

typedef enum param_kind {
    PARAM_TENSOR,
    PARAM_TENSORS,
    PARAM_INT,
    PARAM_FLOAT,
    PARAM_BOOL,
    PARAM_TRANSPOSE,
    PARAM_MASK,
    PARAM_DIMS,
    PARAM_HW,
    PARAM_CHOICE,
    PARAM_OP,
    PARAM_DTYPE,
    PARAM_TEXT,
    PARAM_MESSAGE,
    PARAM_CAUSAL,
    PARAM_WEIGHTS
} param_kind;

typedef struct param {
    const char *name;
    param_kind kind;
    const char *attr;
    int detail; /* an enumeration */
    bool optional;
} param;

typedef enum hook { PLAIN, RANK3, AXES, AXIS, CHANNEL, EXTENTS, SEED, INDICES } hook;

enum { TEXT_BYTES = 1024, MOST_INPUTS = 4096 };

typedef struct adder {
    const char *method, *op, *fixed;
    hook hook;
    param params[TERNRT_MOST_PARAMETERS]; /* ends with a NULL name */
} adder;

#define TENSOR(name)                                                                               \
    {                                                                                              \
#name, PARAM_TENSOR, NULL, 0, false                                                        \
    }
#define TENSORS(name)                                                                              \
    {                                                                                              \
#name, PARAM_TENSORS, NULL, 0, false                                                       \
    }
#define INT(name, attr)                                                                            \
    {                                                                                              \
#name, PARAM_INT, attr, 0, false                                                           \
    }
#define OPTIONAL_INT(name, attr)                                                                   \
    {                                                                                              \
#name, PARAM_INT, attr, 0, true                                                            \
    }
#define FLOAT(name, attr)                                                                          \
    {                                                                                              \
#name, PARAM_FLOAT, attr, 0, false                                                         \
    }
#define BOOL(name, attr)                                                                           \
    {                                                                                              \
#name, PARAM_BOOL, attr, 0, false                                                          \
    }
#define TRANSPOSE(name, attr)                                                                      \
    {                                                                                              \
#name, PARAM_TRANSPOSE, attr, 0, false                                                     \
    }
#define CAUSAL(name, attr)                                                                         \
    {                                                                                              \
#name, PARAM_CAUSAL, attr, 0, false                                                        \
    }
#define TEXT(name, attr)                                                                           \
    {                                                                                              \
#name, PARAM_TEXT, attr, 0, false                                                          \
    }
#define MESSAGE(name, attr)                                                                        \
    {                                                                                              \
#name, PARAM_MESSAGE, attr, 0, false                                                       \
    }
#define MASK(name, attr)                                                                           \
    {                                                                                              \
#name, PARAM_MASK, attr, 0, false                                                          \
    }
#define DIMS(name, attr)                                                                           \
    {                                                                                              \
#name, PARAM_DIMS, attr, 0, false                                                          \
    }
#define HW(name, attr)                                                                             \
    {                                                                                              \
#name, PARAM_HW, attr, 0, false                                                            \
    }
#define CHOICE(name, attr, kind)                                                                   \
    {                                                                                              \
#name, PARAM_CHOICE, attr, TERNRT_##kind, false                                            \
    }
#define OP(name, kind)                                                                             \
    {                                                                                              \
#name, PARAM_OP, NULL, TERNRT_##kind, false                                                \
    }
#define DTYPE(name, attr)                                                                          \
    {                                                                                              \
#name, PARAM_DTYPE, attr, TERNRT_DataType, true                                            \
    }
#define WEIGHTS(name, operand)                                                                     \
    {                                                                                              \
#name, PARAM_WEIGHTS, operand, 0, false                                                    \
    }
#define OPTIONAL_WEIGHTS(name, operand)                                                            \
    {                                                                                              \
#name, PARAM_WEIGHTS, operand, 0, true                                                     \
    }

static const adder adders[] = {
#define TERNRT_ADD(method, op, fixed, hook, ...) {#method, op, fixed, hook, {__VA_ARGS__}},
#include "layers.def"
};

enum {
#define TERNRT_ADD(method, ...) ADDER_##method,
#include "layers.def"
    ADDER_COUNT
};

/* A layer on its way into the network. */
typedef struct request {
    const adder *row;
    const char *op;
    char text[TEXT_BYTES]; /* "{stride=[2,2], ..." without the closing brace */
    size_t length;
    tern_tensor **inputs;
    int32_t input_count;
} request;

static int write_text(request *r, const char *piece)
{
    const size_t size = strlen(piece);
    if (r->length + size + 2 > sizeof r->text) {
        PyErr_Format(PyExc_ValueError, "%s(): the arguments are too long", r->row->method);
        return -1;
    }
    memcpy(r->text + r->length, piece, size + 1);
    r->length += size;
    return 0;
}

static int write_attr(request *r, const char *attr, const char *value)
{
    return write_text(r, r->length == 0 ? "{" : ", ") < 0 || write_text(r, attr) < 0 ||
                   write_text(r, "=") < 0 || write_text(r, value) < 0
               ? -1
               : 0;
}

static int write_int(request *r, const char *attr, int64_t value)
{
    char text[32];
    PyOS_snprintf(text, sizeof text, "%lld", (long long)value);
    return write_attr(r, attr, text);
}

static int write_list(request *r, const char *attr, const ternrt_dims *dims)
{
    char text[TERN_MAX_RANK * 24] = "[";
    size_t length = 1;
    for (int32_t i = 0; i < dims->count; i++) {
        length += (size_t)PyOS_snprintf(text + length, sizeof text - length,
                                        i == 0 ? "%lld" : ",%lld", (long long)dims->v[i]);
    }
    PyOS_snprintf(text + length, sizeof text - length, "]");
    return write_attr(r, attr, text);
}

static int write_float(request *r, const char *attr, PyObject *value)
{
    double number = 0;
    if (ternrt_f64(value, &number) < 0) {
        return -1;
    }
    char *text = PyOS_double_to_string(number, 'r', 0, 0, NULL);
    const int failed = text == NULL || write_attr(r, attr, text) < 0;
    PyMem_Free(text);
    return failed ? -1 : 0;
}

/* A list of attributes; the legacy form wants two entries, and one number stands for both. */
static int write_dims(request *r, const param *p, PyObject *value)
{
    ternrt_dims dims;
    if (p->kind == PARAM_HW && PyLong_Check(value)) {
        dims.count = 2;
        if (ternrt_i64(value, &dims.v[0]) < 0) {
            return -1;
        }
        dims.v[1] = dims.v[0];
    } else if (ternrt_dims_read(value, &dims) < 0) {
        return -1;
    }
    if (p->kind == PARAM_HW && dims.count != 2) {
        PyErr_Format(PyExc_ValueError, "%s(): %s takes (height, width), %d extents given",
                     r->row->method, p->name, dims.count);
        return -1;
    }
    return write_list(r, p->attr, &dims);
}

static int write_member(request *r, const param *p, PyObject *value)
{
    const int member = ternrt_member_read(value, (ternrt_enum)p->detail);
    if (member < 0) {
        return -1;
    }
    const char *name = ternrt_member_tern(member);
    if (name[0] == '\0') {
        PyErr_Format(PyExc_ValueError, "%s(): %R is not supported here", r->row->method, value);
        return -1;
    }
    if (p->kind == PARAM_OP) {
        r->op = name;
        return 0;
    }
    return write_attr(r, p->attr, name);
}

/* As the attribute text quotes it; there is no way to write a quote inside. */
static int write_quoted(request *r, const param *p, PyObject *value)
{
    const char *text = ternrt_utf8(value, p->name);
    if (text == NULL) {
        return -1;
    }
    if (strpbrk(text, "\"\n") != NULL) {
        PyErr_Format(PyExc_ValueError, "%s(): %s must not contain quotes or line breaks",
                     r->row->method, p->name);
        return -1;
    }
    return write_attr(r, p->attr, "\"") < 0 || write_text(r, text) < 0 || write_text(r, "\"") < 0
               ? -1
               : 0;
}

static int take_tensor(request *r, const char *name, PyObject *value)
{
    if (!Py_IS_TYPE(value, ternrt_tensor_type)) {
        PyErr_Format(PyExc_TypeError, "%s(): %s must be an ITensor, not %R%s", r->row->method, name,
                     value, value == Py_None ? " (did the call that made it fail?)" : "");
        return -1;
    }
    r->inputs[r->input_count++] = ((ternrt_handle *)value)->handle;
    return 0;
}

static int take_tensors(request *r, const char *name, PyObject *value)
{
    const Py_ssize_t count = PySequence_Check(value) ? PySequence_Size(value) : -1;
    if (count < 0 || count > MOST_INPUTS) {
        PyErr_Format(PyExc_TypeError, "%s(): %s must be a sequence of at most %d ITensors",
                     r->row->method, name, MOST_INPUTS);
        return -1;
    }
    PyMem_Free(r->inputs);
    r->inputs = PyMem_Calloc((size_t)count + 1, sizeof *r->inputs);
    if (r->inputs == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PySequence_GetItem(value, i);
        const int failed =
            item == NULL || take_tensor(r, name, item) < 0; /* the network keeps the handle alive */
        Py_XDECREF(item);
        if (failed) {
            return -1;
        }
    }
    return 0;
}

static int take(request *r, const param *p, PyObject *value)
{
    int64_t number = 0;
    int truth = 0;
    switch (p->kind) {
    case PARAM_TENSOR: return take_tensor(r, p->name, value);
    case PARAM_TENSORS: return take_tensors(r, p->name, value);
    case PARAM_INT:
    case PARAM_MASK: return ternrt_i64(value, &number) < 0 ? -1 : write_int(r, p->attr, number);
    case PARAM_FLOAT: return write_float(r, p->attr, value);
    case PARAM_BOOL:
        truth = PyObject_IsTrue(value);
        return truth < 0 ? -1 : write_attr(r, p->attr, truth ? "true" : "false");
    case PARAM_TRANSPOSE:
        truth = PyObject_IsTrue(value);
        return truth < 0 ? -1 : write_attr(r, p->attr, truth ? "transpose" : "none");
    case PARAM_CAUSAL:
        truth = PyObject_IsTrue(value);
        return truth < 0 ? -1 : write_attr(r, p->attr, truth ? "upper_left" : "none");
    case PARAM_TEXT: return write_quoted(r, p, value);
    case PARAM_DIMS:
    case PARAM_HW: return write_dims(r, p, value);
    case PARAM_CHOICE:
    case PARAM_OP:
    case PARAM_DTYPE: return write_member(r, p, value);
    case PARAM_MESSAGE: return ternrt_utf8(value, p->name) == NULL ? -1 : 0;
    case PARAM_WEIGHTS: return 0; /* after the layer exists, like messages */
    }
    return -1;
}

/* Shapes are INT64 from TensorRT 10 and were INT32 before, and constants follow.  While no era says
 * which, a layer may get one of each: the narrower are cast.  1 done, 0 refused and logged, -1 with
 * an exception. */
static int widen_integers(ternrt_network *network, request *r)
{
    bool is_narrow = false, is_wide = false;
    for (int32_t i = 0; i < r->input_count; i++) {
        const tern_dtype dtype = tern_tensor_dtype(r->inputs[i]);
        if (dtype != TERN_DTYPE_I32 && dtype != TERN_DTYPE_I64) {
            return 1;
        }
        is_narrow = is_narrow || dtype == TERN_DTYPE_I32;
        is_wide = is_wide || dtype == TERN_DTYPE_I64;
    }
    tern_status status = TERN_OK;
    ternrt_call call;
    ternrt_enter_as(&call, &network->reporter);
    for (int32_t i = 0; is_narrow && is_wide && status == TERN_OK && i < r->input_count; i++) {
        tern_layer *cast = NULL;
        if (tern_tensor_dtype(r->inputs[i]) == TERN_DTYPE_I32) {
            status = tern_network_add_layer(network->network, "cast", "{to=i64}", &r->inputs[i], 1,
                                            &cast);
            r->inputs[i] = status == TERN_OK ? tern_layer_output(cast, 0) : r->inputs[i];
        }
    }
    return ternrt_leave(&call) < 0 ? -1 : status == TERN_OK;
}

/* What TensorRT decides when the layer is added, by the rank of the first operand. */
static int apply_hook(ternrt_network *network, request *r)
{
    int32_t rank = -1;
    int64_t dims[TERN_MAX_RANK];
    if (r->row->hook == EXTENTS) { /* INT32 up to TensorRT 9 */
        return write_attr(r, "dtype", ternrt_era() != 0 && ternrt_era() < 10 ? "i32" : "i64") < 0
                   ? -1
                   : 1;
    }
    if (r->row->hook == SEED) {
        return write_int(r, "seed", tern_network_layer_count(network->network)) < 0 ? -1 : 1;
    }
    if (r->row->hook == PLAIN || r->row->hook == INDICES || r->input_count == 0 ||
        tern_tensor_shape(r->inputs[0], &rank, dims) != TERN_OK) {
        return 1;
    }
    const int32_t axis = rank > 3 ? rank - 3 : 0;
    if (r->row->hook == RANK3) {
        char cause[64];
        PyOS_snprintf(cause, sizeof cause, "%s on rank 3", r->row->method);
        return rank == 3 ? ternrt_network_decide(network, TERN_BATCH_IS_IMPLICIT, cause) : 1;
    }
    const int written = r->row->hook == AXES      ? write_int(r, "axes", INT64_C(1) << axis)
                        : r->row->hook == CHANNEL ? write_int(r, "channel_axis", axis)
                                                  : write_int(r, "axis", axis);
    return written < 0 ? -1 : 1;
}

int ternrt_layer_give_weights(ternrt_network *network, tern_layer *layer, const char *name,
                              PyObject *object)
{
    ternrt_weights *weights = ternrt_weights_read(object);
    if (weights == NULL || PyList_Append(network->keep, (PyObject *)weights) < 0) {
        Py_XDECREF((PyObject *)weights);
        return -1;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &network->reporter);
    const tern_status status = tern_layer_set_weights(layer, name, &weights->weights);
    const int raised = ternrt_leave(&call);
    Py_DECREF(weights);
    return raised < 0 ? -1 : status == TERN_OK;
}

/* 1 added, 0 refused and logged, -1 with an exception. */
static int add_requested(ternrt_network *network, request *r, PyObject *const *values,
                         tern_layer **out_layer)
{
    for (int i = 0; r->row->params[i].name != NULL; i++) {
        const param *p = &r->row->params[i];
        const bool absent = values[i] == NULL || (p->optional && values[i] == Py_None);
        if (!absent && take(r, p, values[i]) < 0) {
            return -1;
        }
    }
    const int hooked = apply_hook(network, r);
    if (hooked != 1) {
        return hooked;
    }
    const bool widens = ternrt_era() == 0 && r->input_count > 1 && r->row->hook != INDICES;
    const int widened = widens ? widen_integers(network, r) : 1;
    if (widened != 1) {
        return widened;
    }
    if (r->length > 0) {
        memcpy(r->text + r->length, "}", 2);
    }
    ternrt_call call;
    ternrt_enter_as(&call, &network->reporter);
    const tern_status status =
        tern_network_add_layer(network->network, r->op, r->length > 0 ? r->text : NULL, r->inputs,
                               r->input_count, out_layer);
    if (ternrt_leave(&call) < 0 || status != TERN_OK) {
        return PyErr_Occurred() != NULL ? -1 : 0;
    }
    for (int i = 0; r->row->params[i].name != NULL; i++) {
        const param *p = &r->row->params[i];
        if (p->kind == PARAM_WEIGHTS && values[i] != NULL && values[i] != Py_None) {
            const int given = ternrt_layer_give_weights(network, *out_layer, p->attr, values[i]);
            if (given != 1) {
                return given;
            }
        }
        if (p->kind == PARAM_MESSAGE &&
            ternrt_layer_set_message(network, *out_layer, p->attr, values[i]) < 0) {
            return -1;
        }
    }
    return 1;
}

static PyObject *add_layer(PyObject *self, const adder *row, PyObject *const *args, Py_ssize_t n,
                           PyObject *keywords)
{
    ternrt_signature takes = {.function = row->method};
    PyObject *values[TERNRT_MOST_PARAMETERS];
    for (int i = 0; row->params[i].name != NULL; i++) {
        takes.names[i] = row->params[i].name;
        takes.required = row->params[i].optional ? takes.required : i + 1;
    }
    if (ternrt_arguments(&takes, args, n, keywords, values) < 0) {
        return NULL;
    }
    request r = {.row = row, .op = row->op};
    r.inputs = PyMem_Calloc(TERNRT_MOST_PARAMETERS, sizeof *r.inputs);
    if (r.inputs == NULL) {
        return PyErr_NoMemory();
    }
    if (row->fixed[0] != '\0') {
        (void)write_text(&r, "{"); /* both fit */
        (void)write_text(&r, row->fixed);
    }
    tern_layer *layer = NULL;
    const int added = add_requested((ternrt_network *)self, &r, values, &layer);
    PyMem_Free(r.inputs);
    if (added != 1) {
        return added < 0 ? NULL : Py_NewRef(Py_None);
    }
    return ternrt_layer_wrap((ternrt_network *)self, layer);
}

/* TensorRT gives a constant its shape and values in one call. */
static PyObject *add_constant(PyObject *self, PyObject *const *args, Py_ssize_t n,
                              PyObject *keywords)
{
    static const ternrt_signature takes = {"add_constant", 2, {"shape", "weights"}};
    PyObject *given[2];
    ternrt_dims dims;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 ||
        ternrt_dims_read(given[0], &dims) < 0) {
        return NULL;
    }
    ternrt_network *network = (ternrt_network *)self;
    ternrt_weights *weights = ternrt_weights_read(given[1]);
    if (weights == NULL || PyList_Append(network->keep, (PyObject *)weights) < 0) {
        Py_XDECREF((PyObject *)weights);
        return NULL;
    }
    tern_layer *layer = NULL;
    ternrt_call call;
    ternrt_enter_as(&call, &network->reporter);
    (void)!tern_network_add_constant(network->network, dims.count, dims.v, &weights->weights,
                                     &layer);
    const int raised = ternrt_leave(&call);
    Py_DECREF(weights);
    return raised < 0 ? NULL : ternrt_layer_wrap(network, layer);
}

/* One C function per method, since a method cannot tell its name. */
#define TERNRT_ADD(method, ...)                                                                    \
    static PyObject *method(PyObject *self, PyObject *const *args, Py_ssize_t n,                   \
                            PyObject *keywords)                                                    \
    {                                                                                              \
        return add_layer(self, &adders[ADDER_##method], args, n, keywords);                        \
    }
#include "layers.def"

static PyMethodDef methods[] = {
    {"add_constant", TERNRT_KEYWORDS(add_constant),
     TERNRT_DOC("add_constant(shape, weights) -> IConstantLayer, or None")},
#define TERNRT_ADD(method, ...) {#method, TERNRT_KEYWORDS(method), NULL},
#include "layers.def"
};

PyMethodDef *ternrt_network_adders(int *out_count)
{
    *out_count = (int)(sizeof methods / sizeof *methods);
    return methods;
}
