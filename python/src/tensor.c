/* SPDX-License-Identifier: Apache-2.0
 *
 * ITensor: a value of a network.
 */
#include "ternrt.h"

PyTypeObject *ternrt_tensor_type;

static tern_tensor *tensor_of(PyObject *self)
{
    return ((ternrt_handle *)self)->handle;
}

static ternrt_network *network_of(PyObject *self)
{
    return ((ternrt_handle *)self)->network;
}

PyObject *ternrt_tensor_wrap(ternrt_network *network, tern_tensor *tensor)
{
    if (tensor == NULL) {
        Py_RETURN_NONE;
    }
    return ternrt_network_wrap(network, tensor, ternrt_tensor_type);
}

static PyObject *get_name(PyObject *self, void *closure)
{
    (void)closure;
    return ternrt_text(tern_tensor_name(tensor_of(self)));
}

static int set_name(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    const char *name = ternrt_is_deleted(value) ? NULL : ternrt_utf8(value, "name");
    if (name == NULL) {
        return -1;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    (void)!tern_tensor_set_name(tensor_of(self), name);
    return ternrt_leave(&call);
}

/* A shape in error has no extents, as in TensorRT; the build says why. */
static PyObject *get_shape(PyObject *self, void *closure)
{
    (void)closure;
    ternrt_dims dims = {.count = 0};
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    (void)!tern_tensor_shape(tensor_of(self), &dims.count, dims.v);
    return ternrt_leave(&call) < 0 ? NULL : ternrt_dims_make(TERNRT_DIMS, dims.count, dims.v);
}

static int set_shape(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    ternrt_dims dims;
    if (ternrt_is_deleted(value) || ternrt_dims_read(value, &dims) < 0) {
        return -1;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    (void)!tern_tensor_set_shape(tensor_of(self), dims.count, dims.v);
    return ternrt_leave(&call);
}

static PyObject *get_dtype(PyObject *self, void *closure)
{
    (void)closure;
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    const tern_dtype dtype = tern_tensor_dtype(tensor_of(self));
    return ternrt_leave(&call) < 0 ? NULL : ternrt_dtype_object(dtype);
}

static int set_dtype(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    tern_dtype dtype = TERN_DTYPE_F32;
    if (ternrt_is_deleted(value) || ternrt_dtype_read(value, &dtype) < 0) {
        return -1;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    (void)!tern_tensor_set_dtype(tensor_of(self), dtype);
    return ternrt_leave(&call);
}

/* The closure answers. */
typedef struct question {
    int32_t (*ask)(const tern_tensor *tensor);
    bool negated;
} question;

static question is_input = {tern_tensor_is_input, false},
                is_output = {tern_tensor_is_output, false},
                is_shape = {tern_tensor_is_shape, false},
                is_execution = {tern_tensor_is_shape, true};

static PyObject *get_answer(PyObject *self, void *closure)
{
    const question *q = closure;
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    const bool answer = q->ask(tensor_of(self)) != 0;
    return ternrt_leave(&call) < 0 ? NULL : PyBool_FromLong(answer != q->negated);
}

static PyObject *get_location(PyObject *self, void *closure)
{
    (void)closure;
    return ternrt_member_object(tern_tensor_is_shape(tensor_of(self))
                                    ? TERNRT_TensorLocation_HOST
                                    : TERNRT_TensorLocation_DEVICE);
}

/* Where a tensor lies follows from what it is for; asking for anything else is refused. */
static int set_location(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    const int member =
        ternrt_is_deleted(value) ? -1 : ternrt_member_read(value, TERNRT_TensorLocation);
    if (member < 0) {
        return -1;
    }
    const bool is_host = tern_tensor_is_shape(tensor_of(self)) != 0;
    if ((member == TERNRT_TensorLocation_HOST) != is_host) {
        ternrt_log(&network_of(self)->reporter, TERN_SEVERITY_ERROR,
                   "tensor \"%.200s\": only shape tensors lie on the host",
                   tern_tensor_name(tensor_of(self)));
    }
    return 0;
}

static PyObject *get_formats(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(tern_tensor_formats(tensor_of(self)));
}

static int set_formats(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    int64_t mask = 0;
    if (ternrt_is_deleted(value) || ternrt_i64(value, &mask) < 0) {
        return -1;
    }
    if (mask < 0 || mask > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "allowed_formats is a mask of TensorFormat integers");
        return -1;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    (void)!tern_tensor_set_formats(tensor_of(self), (uint32_t)mask);
    return ternrt_leave(&call);
}

/* ---- what is only recorded ---- */

static PyObject *noted(PyObject *self, const char *name, PyObject *otherwise)
{
    PyObject *value = ternrt_network_noted(network_of(self), tensor_of(self), name);
    return Py_NewRef(value != NULL ? value : otherwise);
}

static PyObject *get_broadcast(PyObject *self, void *closure)
{
    (void)closure;
    return noted(self, "broadcast_across_batch", Py_False);
}

static int set_broadcast(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    const int on = ternrt_is_deleted(value) ? -1 : PyObject_IsTrue(value);
    if (on == 1) {
        ternrt_log(&network_of(self)->reporter, TERN_SEVERITY_WARNING,
                   "tensor \"%.200s\": broadcast_across_batch has no effect in this version",
                   tern_tensor_name(tensor_of(self)));
    }
    ternrt_network_note(network_of(self), tensor_of(self), "broadcast_across_batch",
                        on == 1 ? Py_True : Py_False);
    return on < 0 ? -1 : 0;
}

static PyObject *get_range(PyObject *self, void *closure)
{
    (void)closure;
    double low = 0, high = 0;
    if (!tern_tensor_has_range(tensor_of(self))) {
        Py_RETURN_NONE;
    }
    return tern_tensor_range(tensor_of(self), &low, &high) == TERN_OK
               ? Py_BuildValue("(dd)", low, high)
               : Py_NewRef(Py_None);
}

static int note_range(PyObject *self, PyObject *low, PyObject *high)
{
    double least = 0, most = 0;
    if (low == NULL || high == NULL || ternrt_f64(low, &least) < 0 || ternrt_f64(high, &most) < 0) {
        return -1;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    const tern_status status = tern_tensor_set_range(tensor_of(self), least, most);
    if (ternrt_leave(&call) < 0) {
        return -1;
    }
    if (status != TERN_OK) {
        PyErr_SetString(PyExc_ValueError, "dynamic_range: min and max must be finite, min <= max");
        return -1;
    }
    return 0;
}

static int set_range_property(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (value == NULL || !PySequence_Check(value) || PySequence_Size(value) != 2) {
        PyErr_SetString(PyExc_TypeError, "dynamic_range is a pair (min, max)");
        return -1;
    }
    PyObject *low = PySequence_GetItem(value, 0), *high = PySequence_GetItem(value, 1);
    const int result = note_range(self, low, high);
    Py_XDECREF(low);
    Py_XDECREF(high);
    return result;
}

static PyObject *set_range(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *keywords)
{
    static const ternrt_signature takes = {"set_dynamic_range", 2, {"min", "max"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 ||
        note_range(self, given[0], given[1]) < 0) {
        return NULL;
    }
    Py_RETURN_TRUE;
}

static PyObject *reset_range(PyObject *self, PyObject *unused)
{
    (void)unused;
    tern_tensor_reset_range(tensor_of(self));
    Py_RETURN_NONE;
}

/* ---- names of dimensions ---- */

static PyObject *set_dim_name(PyObject *self, PyObject *const *args, Py_ssize_t n,
                              PyObject *keywords)
{
    static const ternrt_signature takes = {"set_dimension_name", 2, {"index", "name"}};
    PyObject *given[2];
    int32_t axis = 0;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 || ternrt_i32(given[0], &axis) < 0) {
        return NULL;
    }
    const char *name = ternrt_utf8(given[1], "name");
    if (name == NULL) {
        return NULL;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &network_of(self)->reporter);
    (void)!tern_tensor_set_dim_name(tensor_of(self), axis, name);
    return ternrt_leave(&call) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *get_dim_name(PyObject *self, PyObject *object)
{
    int32_t axis = 0;
    return ternrt_i32(object, &axis) < 0 ? NULL
                                         : ternrt_text(tern_tensor_dim_name(tensor_of(self), axis));
}
TERNRT_ONE(get_dim_name, "index")

/* TensorRT 7: the larger bound's size, -1 without a range. */
static PyObject *get_larger_bound(PyObject *self, PyObject *unused)
{
    (void)unused;
    double low = 0, high = 0;
    if (!tern_tensor_has_range(tensor_of(self)) ||
        tern_tensor_range(tensor_of(self), &low, &high) != TERN_OK) {
        return PyFloat_FromDouble(-1);
    }
    const double low_size = low < 0 ? -low : low, high_size = high < 0 ? -high : high;
    return PyFloat_FromDouble(low_size > high_size ? low_size : high_size);
}

static PyMethodDef methods[] = {
    {"get_dynamic_range", get_larger_bound, METH_NOARGS,
     TERNRT_DOC("The larger bound's size, or -1.")},
    {"set_dynamic_range", TERNRT_KEYWORDS(set_range),
     TERNRT_DOC("set_dynamic_range(min, max) -> bool: casts to and from int8 scale by it")},
    {"reset_dynamic_range", reset_range, METH_NOARGS, TERNRT_DOC("Forget the dynamic range.")},
    {"set_dimension_name", TERNRT_KEYWORDS(set_dim_name),
     TERNRT_DOC("set_dimension_name(index, name)")},
    {"get_dimension_name", TERNRT_KEYWORDS(get_dim_name_one),
     TERNRT_DOC("get_dimension_name(index) -> str")},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef properties[] = {
    {"name", get_name, set_name, TERNRT_DOC("Name of the tensor."), NULL},
    {"shape", get_shape, set_shape,
     TERNRT_DOC("Dims; -1 varies; empty while the shape is in error."), NULL},
    {"dtype", get_dtype, set_dtype,
     TERNRT_DOC("Element type; inputs and outputs can be given one."), NULL},
    {"is_network_input", get_answer, NULL, NULL, &is_input},
    {"is_network_output", get_answer, NULL, NULL, &is_output},
    {"is_shape_tensor", get_answer, NULL, TERNRT_DOC("Its values compute shapes."), &is_shape},
    {"is_execution_tensor", get_answer, NULL, NULL, &is_execution},
    {"location", get_location, set_location, TERNRT_DOC("TensorLocation."), NULL},
    {"allowed_formats", get_formats, set_formats, TERNRT_DOC("Mask of TensorFormat integers."),
     NULL},
    {"broadcast_across_batch", get_broadcast, set_broadcast, NULL, NULL},
    {"dynamic_range", get_range, set_range_property,
     TERNRT_DOC("(min, max) or None: casts to and from int8 scale by it."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, TERNRT_DOC("A value of a network.")},
    {Py_tp_dealloc, (void *)ternrt_handle_dealloc},
    {Py_tp_traverse, (void *)ternrt_handle_traverse},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, NULL},
};
static PyType_Spec spec = {
    "ternrt.ITensor", sizeof(ternrt_handle), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

int ternrt_tensor_init(PyObject *module)
{
    ternrt_tensor_type = ternrt_type_make(module, &spec, NULL);
    return ternrt_tensor_type != NULL ? 0 : -1;
}
