/* SPDX-License-Identifier: Apache-2.0
 *
 * ILayer and its classes.  All wrap the same handle in the same struct, so TensorRT's idiom of
 * downcasting by assigning __class__ works; the class of a layer of an unknown wrapper follows from
 * its operator.
 */
#include "ternrt.h"

#include <string.h>

PyTypeObject *ternrt_layer_type;

typedef struct class_row {
    const char *name; /* "ternrt.IConvolutionLayer" */
    const char *op;
    int layer_type;
} class_row;

static const class_row classes[] = {
#define TERNRT_CLASS(name, op, type) {"ternrt." #name, op, TERNRT_LayerType_##type},
#include "layers.def"
};

enum {
#define TERNRT_CLASS(name, ...) CLASS_##name,
#include "layers.def"
    CLASS_COUNT
};

static PyTypeObject *types[CLASS_COUNT];

static tern_layer *layer_of(PyObject *self)
{
    return ((ternrt_handle *)self)->handle;
}

static ternrt_network *network_of(PyObject *self)
{
    return ((ternrt_handle *)self)->network;
}

static int class_of(const tern_layer *layer)
{
    const char *op = tern_layer_op(layer);
    for (int i = 0; i < CLASS_COUNT; i++) {
        if (strcmp(classes[i].op, op) == 0) {
            return i;
        }
    }
    return ternrt_member_by_tern(TERNRT_ActivationType, op) >= 0         ? CLASS_IActivationLayer
           : ternrt_member_by_tern(TERNRT_UnaryOperation, op) >= 0       ? CLASS_IUnaryLayer
           : ternrt_member_by_tern(TERNRT_ElementWiseOperation, op) >= 0 ? CLASS_IElementWiseLayer
                                                                         : -1;
}

PyTypeObject *ternrt_layer_class(const tern_layer *layer)
{
    const int found = class_of(layer);
    return found >= 0 ? types[found] : ternrt_layer_type;
}

PyObject *ternrt_layer_wrap(ternrt_network *network, tern_layer *layer)
{
    if (layer == NULL) {
        Py_RETURN_NONE;
    }
    return ternrt_network_wrap(network, layer, ternrt_layer_class(layer));
}

/* ---- operands and results ---- */

static int read_index(PyObject *object, int32_t *out_index)
{
    return ternrt_i32(object, out_index);
}

static PyObject *get_input(PyObject *self, PyObject *object)
{
    int32_t index = 0;
    if (read_index(object, &index) < 0) {
        return NULL;
    }
    return ternrt_tensor_wrap(network_of(self), tern_layer_input(layer_of(self), index));
}
TERNRT_ONE(get_input, "index")

static PyObject *get_output(PyObject *self, PyObject *object)
{
    int32_t index = 0;
    if (read_index(object, &index) < 0) {
        return NULL;
    }
    return ternrt_tensor_wrap(network_of(self), tern_layer_output(layer_of(self), index));
}
TERNRT_ONE(get_output, "index")

static PyObject *set_input(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *keywords)
{
    static const ternrt_signature takes = {"set_input", 2, {"index", "tensor"}};
    PyObject *given[2];
    int32_t index = 0;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 ||
        read_index(given[0], &index) < 0) {
        return NULL;
    }
    if (given[1] != Py_None && !Py_IS_TYPE(given[1], ternrt_tensor_type)) {
        return PyErr_Format(PyExc_TypeError, "set_input() takes an ITensor, not %R", given[1]);
    }
    tern_tensor *tensor = given[1] != Py_None ? ((ternrt_handle *)given[1])->handle : NULL;
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    (void)!tern_layer_set_input(layer_of(self), index, tensor);
    return ternrt_leave(&call) < 0 ? NULL : Py_NewRef(Py_None);
}

/* ---- types ---- */

static int change_output_type(PyObject *self, int32_t index, tern_dtype dtype)
{
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    (void)!tern_layer_set_output_dtype(layer_of(self), index, dtype);
    return ternrt_leave(&call);
}

static PyObject *set_output_type(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                 PyObject *keywords)
{
    static const ternrt_signature takes = {"set_output_type", 2, {"index", "dtype"}};
    PyObject *given[2];
    int32_t index = 0;
    tern_dtype dtype = TERN_DTYPE_F32;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 ||
        read_index(given[0], &index) < 0 || ternrt_dtype_read(given[1], &dtype) < 0 ||
        change_output_type(self, index, dtype) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *reset_output_type(PyObject *self, PyObject *object)
{
    int32_t index = 0;
    if (read_index(object, &index) < 0 || change_output_type(self, index, (tern_dtype)0) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}
TERNRT_ONE(reset_output_type, "index")

static PyObject *output_type_is_set(PyObject *self, PyObject *object)
{
    int32_t index = 0;
    if (read_index(object, &index) < 0) {
        return NULL;
    }
    return PyBool_FromLong(tern_layer_output_dtype(layer_of(self), index) != 0);
}
TERNRT_ONE(output_type_is_set, "index")

static PyObject *get_output_type(PyObject *self, PyObject *object)
{
    int32_t index = 0;
    if (read_index(object, &index) < 0) {
        return NULL;
    }
    const tern_dtype asked = tern_layer_output_dtype(layer_of(self), index);
    const tern_tensor *tensor = tern_layer_output(layer_of(self), index);
    return ternrt_dtype_object(asked != 0 || tensor == NULL ? asked : tern_tensor_dtype(tensor));
}
TERNRT_ONE(get_output_type, "index")

static int change_precision(PyObject *self, tern_dtype dtype)
{
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    (void)!tern_layer_set_precision(layer_of(self), dtype);
    return ternrt_leave(&call);
}

static PyObject *reset_precision(PyObject *self, PyObject *unused)
{
    (void)unused;
    return change_precision(self, (tern_dtype)0) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *get_precision(PyObject *self, void *closure)
{
    (void)closure;
    const tern_dtype dtype = tern_layer_precision(layer_of(self));
    return ternrt_dtype_object(dtype != 0 ? dtype : TERN_DTYPE_F32);
}

static int set_precision(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    tern_dtype dtype = TERN_DTYPE_F32;
    return ternrt_is_deleted(value) || ternrt_dtype_read(value, &dtype) < 0
               ? -1
               : change_precision(self, dtype);
}

static PyObject *get_precision_is_set(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(tern_layer_precision(layer_of(self)) != 0);
}

/* ---- names ---- */

static int set_text(PyObject *self, PyObject *value, tern_status (*set)(tern_layer *, const char *))
{
    const char *text = ternrt_is_deleted(value) ? NULL : ternrt_utf8(value, "the value");
    if (text == NULL) {
        return -1;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    (void)!set(layer_of(self), text);
    return ternrt_leave(&call);
}

static PyObject *get_name(PyObject *self, void *closure)
{
    (void)closure;
    return ternrt_text(tern_layer_name(layer_of(self)));
}

static int set_name(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    return set_text(self, value, tern_layer_set_name);
}

static PyObject *get_metadata(PyObject *self, void *closure)
{
    (void)closure;
    return ternrt_text(tern_layer_metadata(layer_of(self)));
}

static int set_metadata(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    return set_text(self, value, tern_layer_set_metadata);
}

static PyObject *get_type(PyObject *self, void *closure)
{
    (void)closure;
    const int found = class_of(layer_of(self));
    return found < 0 ? Py_NewRef(Py_None) : ternrt_member_object(classes[found].layer_type);
}

static PyObject *get_num_inputs(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(tern_layer_input_count(layer_of(self)));
}

/* Of these operators some results have no counterpart: the condition, the scores. */
static int32_t output_count(const tern_layer *layer)
{
    const int32_t count = tern_layer_output_count(layer);
    const char *op = tern_layer_op(layer);
    return strcmp(op, "assertion") == 0 ? 0 : strcmp(op, "attention") == 0 && count > 1 ? 1 : count;
}

static PyObject *get_num_outputs(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(output_count(layer_of(self)));
}

/* A network runs on one device: nothing is shared out. */
static PyObject *get_num_ranks(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyLong_FromLong(1);
}

static int set_num_ranks(PyObject *self, PyObject *value, void *closure)
{
    (void)self, (void)closure;
    int64_t count = 0;
    if (ternrt_is_deleted(value) || ternrt_i64(value, &count) < 0) {
        return -1;
    }
    if (count != 1) {
        PyErr_Format(PyExc_ValueError, "num_ranks is %lld; only 1 is supported here",
                     (long long)count);
        return -1;
    }
    return 0;
}

static PyMethodDef methods[] = {
    {"get_input", TERNRT_KEYWORDS(get_input_one),
     TERNRT_DOC("get_input(index) -> ITensor, or None")},
    {"set_input", TERNRT_KEYWORDS(set_input), TERNRT_DOC("set_input(index, tensor)")},
    {"get_output", TERNRT_KEYWORDS(get_output_one),
     TERNRT_DOC("get_output(index) -> ITensor, or None")},
    {"get_output_type", TERNRT_KEYWORDS(get_output_type_one),
     TERNRT_DOC("get_output_type(index) -> DataType")},
    {"set_output_type", TERNRT_KEYWORDS(set_output_type),
     TERNRT_DOC("set_output_type(index, dtype)")},
    {"reset_output_type", TERNRT_KEYWORDS(reset_output_type_one),
     TERNRT_DOC("reset_output_type(index)")},
    {"output_type_is_set", TERNRT_KEYWORDS(output_type_is_set_one),
     TERNRT_DOC("output_type_is_set(index) -> bool")},
    {"reset_precision", reset_precision, METH_NOARGS,
     TERNRT_DOC("Forget the precision asked for.")},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef properties[] = {
    {"name", get_name, set_name, TERNRT_DOC("Name of the layer."), NULL},
    {"metadata", get_metadata, set_metadata, TERNRT_DOC("Text that goes along with the layer."),
     NULL},
    {"type", get_type, NULL, TERNRT_DOC("LayerType."), NULL},
    {"num_inputs", get_num_inputs, NULL, NULL, NULL},
    {"num_outputs", get_num_outputs, NULL, NULL, NULL},
    {"precision", get_precision, set_precision, TERNRT_DOC("Precision asked for; recorded."), NULL},
    {"precision_is_set", get_precision_is_set, NULL, NULL, NULL},
    {"num_ranks", get_num_ranks, set_num_ranks, TERNRT_DOC("Devices of the layer: 1."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyObject *fill_is_int64(PyObject *self, PyObject *unused)
{
    (void)unused;
    const char *dtype = "";
    (void)!tern_layer_get_text(layer_of(self), "dtype", &dtype); /* every fill has it */
    return PyBool_FromLong(strcmp(dtype, "i64") == 0);
}

static PyMethodDef fill_methods[] = {
    {"is_alpha_beta_int64", fill_is_int64, METH_NOARGS,
     TERNRT_DOC("is_alpha_beta_int64() -> bool")},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject *make_class(PyObject *module, const char *name, PyMethodDef *own_methods,
                                PyGetSetDef *own_properties, PyTypeObject *base)
{
    static PyMethodDef none[] = {{NULL, NULL, 0, NULL}};
    PyType_Slot slots[] = {
        {Py_tp_dealloc, (void *)ternrt_handle_dealloc},
        {Py_tp_traverse, (void *)ternrt_handle_traverse},
        {Py_tp_methods, own_methods != NULL ? own_methods : none},
        {Py_tp_getset, own_properties},
        {0, NULL},
    };
    PyType_Spec spec = {name, sizeof(ternrt_handle), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
                            Py_TPFLAGS_DISALLOW_INSTANTIATION,
                        slots};
    return ternrt_type_make(module, &spec, base);
}

int ternrt_layer_init(PyObject *module)
{
    ternrt_layer_type = make_class(module, "ternrt.ILayer", methods, properties, NULL);
    if (ternrt_layer_type == NULL) {
        return -1;
    }
    for (int i = 0; i < CLASS_COUNT; i++) {
        types[i] = make_class(module, classes[i].name, i == CLASS_IFillLayer ? fill_methods : NULL,
                              ternrt_layer_properties(strchr(classes[i].name, '.') + 1),
                              ternrt_layer_type);
        if (types[i] == NULL) {
            return -1;
        }
    }
    return 0;
}
