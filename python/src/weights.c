/* SPDX-License-Identifier: Apache-2.0
 *
 * Weights: a typed array that the network borrows.  Made from any contiguous array without a copy;
 * the array is held by a buffer export, so it can be neither freed nor resized while a network may
 * read it.
 */
#include "ternrt.h"

#include <string.h>

PyTypeObject *ternrt_weights_type;

static ternrt_weights *allocate(void)
{
    ternrt_weights *self = ternrt_alloc(ternrt_weights_type);
    if (self != NULL) {
        self->weights.dtype = TERN_DTYPE_F32;
    }
    return self;
}

/* The NumPy name of a buffer's element: from its struct letter and size. */
static const char *name_of_format(const char *format, Py_ssize_t size)
{
    if (format == NULL) {
        return "uint8";
    }
    format += strchr("@=<", format[0]) != NULL && format[0] != '\0' ? 1 : 0;
    if (format[0] == '\0' || format[1] != '\0') {
        return "";
    }
    static const char *const floats[] = {"", "", "float16", "", "float32", "", "", "", "float64"};
    static const char *const ints[] = {"", "int8", "int16", "", "int32", "", "", "", "int64"};
    static const char *const words[] = {"", "uint8", "uint16", "", "uint32", "", "", "", "uint64"};
    if (size < 1 || size > 8) {
        return "";
    }
    return format[0] == '?'                      ? "bool"
           : strchr("efd", format[0]) != NULL    ? floats[size]
           : strchr("bhilqn", format[0]) != NULL ? ints[size]
           : strchr("BHILQN", format[0]) != NULL ? words[size]
                                                 : "";
}

static int set_dtype(ternrt_weights *self, const char *name, PyObject *array)
{
    self->weights.dtype = ternrt_dtype_of_numpy(name);
    if (self->weights.dtype == 0) {
        PyErr_Format(PyExc_TypeError, "weights of %R have no type that is supported",
                     (PyObject *)Py_TYPE(array));
        return -1;
    }
    return 0;
}

/* ml_dtypes has one element of fewer than 8 bits in a byte: the network gets them packed. */
static int pack(ternrt_weights *self)
{
    const int32_t bits = ternrt_dtype_bits(self->weights.dtype);
    const int64_t count = self->weights.count;
    if (bits >= 8) {
        return 0;
    }
    PyObject *packed = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)((count * bits + 7) / 8));
    if (packed == NULL) {
        return -1;
    }
    unsigned char *to = (unsigned char *)PyBytes_AsString(packed);
    const unsigned char *from = self->weights.data;
    memset(to, 0, (size_t)PyBytes_Size(packed));
    for (int64_t i = 0; i < count; i++) {
        const unsigned code = from[i] & ((1u << bits) - 1u);
        to[i * bits / 8] = (unsigned char)(to[i * bits / 8] | code << i * bits % 8);
    }
    Py_XDECREF(self->owner);
    self->owner = packed;
    self->weights.data = to;
    return 0;
}

/* Arrays of types that the buffer protocol cannot name, such as ml_dtypes.bfloat16. */
static int from_named_array(ternrt_weights *self, PyObject *array)
{
    PyObject *dtype = PyObject_GetAttrString(array, "dtype");
    PyObject *name = dtype != NULL ? PyObject_GetAttrString(dtype, "name") : NULL;
    PyObject *size = PyObject_GetAttrString(array, "size");
    PyObject *interface = PyObject_GetAttrString(array, "__array_interface__");
    PyObject *data = interface != NULL ? PyMapping_GetItemString(interface, "data") : NULL;
    PyObject *strides = interface != NULL ? PyMapping_GetItemString(interface, "strides") : NULL;
    int failed =
        name == NULL || size == NULL || data == NULL || strides == NULL || !PyUnicode_Check(name);
    if (!failed && strides != Py_None) {
        PyErr_SetString(PyExc_ValueError,
                        "weights must be contiguous; pass numpy.ascontiguousarray(array)");
        failed = true;
    }
    if (!failed) {
        PyObject *address = PySequence_GetItem(data, 0);
        failed = address == NULL || ternrt_i64(size, &self->weights.count) < 0 ||
                 set_dtype(self, PyUnicode_AsUTF8AndSize(name, NULL), array) < 0;
        self->weights.data = failed ? NULL : PyLong_AsVoidPtr(address);
        Py_XDECREF(address);
    }
    if (!failed) {
        self->owner = Py_NewRef(array);
        failed = pack(self) < 0;
    }
    Py_XDECREF(dtype);
    Py_XDECREF(name);
    Py_XDECREF(size);
    Py_XDECREF(interface);
    Py_XDECREF(data);
    Py_XDECREF(strides);
    return failed ? -1 : 0;
}

static int from_array(ternrt_weights *self, PyObject *array)
{
    if (PyObject_GetBuffer(array, &self->view, PyBUF_ND | PyBUF_FORMAT | PyBUF_STRIDES) < 0) {
        self->view.obj = NULL;
        PyErr_Clear();
        if (PyObject_HasAttrString(array, "__array_interface__")) {
            return from_named_array(self, array);
        }
        PyErr_Format(PyExc_TypeError, "weights are a Weights object or an array, not %R",
                     (PyObject *)Py_TYPE(array));
        return -1;
    }
    if (!PyBuffer_IsContiguous(&self->view, 'C')) {
        PyErr_SetString(PyExc_ValueError,
                        "weights must be contiguous; pass numpy.ascontiguousarray(array)");
        return -1;
    }
    self->weights.data = self->view.buf;
    self->weights.count = self->view.itemsize > 0 ? self->view.len / self->view.itemsize : 0;
    return set_dtype(self, name_of_format(self->view.format, self->view.itemsize), array);
}

ternrt_weights *ternrt_weights_read(PyObject *object)
{
    if (Py_IS_TYPE(object, ternrt_weights_type)) {
        return (ternrt_weights *)Py_NewRef(object);
    }
    ternrt_weights *self = allocate();
    if (self != NULL && object != Py_None && from_array(self, object) < 0) {
        Py_CLEAR(self);
    }
    return self;
}

PyObject *ternrt_weights_make(const tern_weights *weights, PyObject *owner)
{
    ternrt_weights *self = allocate();
    if (self != NULL) {
        self->weights = *weights;
        self->owner = Py_XNewRef(owner);
    }
    return (PyObject *)self;
}

/* Weights(dtype=FLOAT), Weights(array), Weights(dtype, address, count). */
static PyObject *weights_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)type;
    static char *names[] = {"type", "ptr", "count", NULL};
    PyObject *first = NULL, *pointer = NULL, *number = NULL;
    PyObject *array = keywords != NULL ? PyDict_GetItemString(keywords, "a") : NULL;
    if (array != NULL) {
        return (PyObject *)ternrt_weights_read(array);
    }
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|OOO", names, &first, &pointer, &number)) {
        return NULL;
    }
    if (first != NULL && !Py_IS_TYPE(first, ternrt_enum_type(TERNRT_DataType))) {
        return (PyObject *)ternrt_weights_read(first);
    }
    ternrt_weights *self = allocate();
    if (self == NULL || first == NULL) {
        return (PyObject *)self;
    }
    void *data = NULL;
    int failed = ternrt_dtype_read(first, &self->weights.dtype) < 0;
    if (!failed && pointer != NULL) {
        failed = ternrt_address(pointer, &data, &self->owner) < 0 ||
                 (number != NULL && ternrt_i64(number, &self->weights.count) < 0);
        self->weights.data = data;
    }
    if (!failed && (self->weights.count < 0 || (data == NULL && self->weights.count > 0))) {
        PyErr_SetString(PyExc_ValueError,
                        "weights need a count of 0 or more, and an address when it is more than 0");
        failed = true;
    }
    if (failed) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static void weights_dealloc(PyObject *object)
{
    ternrt_weights *self = (ternrt_weights *)object;
    PyObject_GC_UnTrack(object);
    if (self->view.obj != NULL) {
        PyBuffer_Release(&self->view);
    }
    Py_XDECREF(self->owner);
    ternrt_free(object);
}

static int weights_traverse(PyObject *object, visitproc visit, void *arg)
{
    const ternrt_weights *self = (ternrt_weights *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->owner);
    Py_VISIT(self->view.obj);
    return 0;
}

static int64_t bytes_of(const ternrt_weights *self)
{
    return (self->weights.count * ternrt_dtype_bits(self->weights.dtype) + 7) / 8;
}

/* The struct letter of a type; bytes where there is none. */
static const char *format_of(tern_dtype dtype)
{
    static const struct {
        tern_dtype dtype;
        const char *format;
    } formats[] = {
        {TERN_DTYPE_F32, "f"}, {TERN_DTYPE_F64, "d"}, {TERN_DTYPE_F16, "e"}, {TERN_DTYPE_BOOL, "?"},
        {TERN_DTYPE_I8, "b"},  {TERN_DTYPE_I16, "h"}, {TERN_DTYPE_I32, "i"}, {TERN_DTYPE_I64, "q"},
        {TERN_DTYPE_U8, "B"},  {TERN_DTYPE_U16, "H"}, {TERN_DTYPE_U32, "I"}, {TERN_DTYPE_U64, "Q"},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (formats[i].dtype == dtype) {
            return formats[i].format;
        }
    }
    return "B";
}

static int weights_getbuffer(PyObject *object, Py_buffer *view, int flags)
{
    ternrt_weights *self = (ternrt_weights *)object;
    static const char none = 0;
    const void *data = self->weights.data != NULL ? self->weights.data : &none;
    const char *format = format_of(self->weights.dtype);
    if (PyBuffer_FillInfo(view, object, (void *)(uintptr_t)data, (Py_ssize_t)bytes_of(self), 1,
                          flags) < 0) {
        return -1;
    }
    if ((flags & PyBUF_FORMAT) != 0) { /* else it is bytes, which every reader understands */
        view->format = (char *)(uintptr_t)format;
        view->itemsize = format[0] == 'B' ? 1 : ternrt_dtype_bits(self->weights.dtype) / 8;
        self->shape = view->len / view->itemsize;
        self->stride = view->itemsize;
        view->shape = (flags & PyBUF_ND) != 0 ? &self->shape : NULL;
        view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? &self->stride : NULL;
    }
    return 0;
}

static PyObject *weights_numpy(PyObject *object, PyObject *unused)
{
    (void)unused;
    PyObject *numpy = ternrt_numpy();
    if (numpy == NULL) {
        return NULL;
    }
    const tern_dtype dtype = ((ternrt_weights *)object)->weights.dtype;
    PyObject *array = PyObject_CallMethod(numpy, "asarray", "O", object);
    if (array == NULL || format_of(dtype)[0] != 'B' || dtype == TERN_DTYPE_U8 ||
        ternrt_dtype_bits(dtype) < 8) {
        return array; /* packed types: bytes */
    }
    PyObject *member = ternrt_dtype_object(dtype);
    PyObject *type = member != NULL ? ternrt_nptype(member) : NULL;
    PyObject *view = type != NULL ? PyObject_CallMethod(array, "view", "O", type) : NULL;
    Py_XDECREF(member);
    Py_XDECREF(type);
    Py_DECREF(array);
    return view;
}

static Py_ssize_t weights_length(PyObject *object)
{
    return (Py_ssize_t)((ternrt_weights *)object)->weights.count;
}

static PyObject *get_dtype(PyObject *object, void *closure)
{
    (void)closure;
    return ternrt_dtype_object(((ternrt_weights *)object)->weights.dtype);
}

static PyObject *get_size(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromLongLong(((ternrt_weights *)object)->weights.count);
}

static PyObject *get_nbytes(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromLongLong(bytes_of((ternrt_weights *)object));
}

static PyMethodDef methods[] = {
    {"numpy", weights_numpy, METH_NOARGS,
     TERNRT_DOC("The values as a NumPy array, without a copy.")},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef properties[] = {
    {"dtype", get_dtype, NULL, TERNRT_DOC("Element type."), NULL},
    {"size", get_size, NULL, TERNRT_DOC("Number of elements."), NULL},
    {"nbytes", get_nbytes, NULL, TERNRT_DOC("Number of bytes."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, TERNRT_DOC("Weights(dtype=FLOAT), Weights(array), Weights(dtype, address, count)")},
    {Py_tp_new, (void *)weights_new},
    {Py_tp_dealloc, (void *)weights_dealloc},
    {Py_tp_traverse, (void *)weights_traverse},
    {Py_sq_length, (void *)weights_length},
    {Py_bf_getbuffer, (void *)weights_getbuffer},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, NULL},
};
static PyType_Spec spec = {"ternrt.Weights", sizeof(ternrt_weights), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

int ternrt_weights_init(PyObject *module)
{
    ternrt_weights_type = ternrt_type_make(module, &spec, NULL);
    return ternrt_weights_type != NULL ? 0 : -1;
}
