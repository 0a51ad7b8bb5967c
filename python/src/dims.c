/* SPDX-License-Identifier: Apache-2.0
 *
 * Dims and its kin, and Permutation: one C struct under a table of types.  They are sequences that
 * compare equal to tuples and lists, and anything that takes them takes a tuple or a list as well.
 */
#include "ternrt.h"

typedef struct dims_object {
    PyObject base;
    ternrt_dims dims;
} dims_object;

/* Type, number of extents (-1: any), names of the extents. */
static const struct {
    const char *name;
    int32_t count;
    const char *letters;
} kinds[TERNRT_DIMS_KINDS] = {
    [TERNRT_DIMS] = {"ternrt.Dims", -1, ""},
    [TERNRT_DIMS2] = {"ternrt.Dims2", 2, ""},
    [TERNRT_DIMS3] = {"ternrt.Dims3", 3, ""},
    [TERNRT_DIMS4] = {"ternrt.Dims4", 4, ""},
    [TERNRT_DIMS_HW] = {"ternrt.DimsHW", 2, "hw"},
    [TERNRT_DIMS_CHW] = {"ternrt.DimsCHW", 3, "chw"},
    [TERNRT_DIMS_NCHW] = {"ternrt.DimsNCHW", 4, "nchw"},
    [TERNRT_PERMUTATION] = {"ternrt.Permutation", -1, ""},
};

static PyTypeObject *types[TERNRT_DIMS_KINDS];

static ternrt_dims *dims_of(PyObject *self)
{
    return &((dims_object *)self)->dims;
}

static bool is_dims(PyObject *object)
{
    return PyObject_TypeCheck(object, types[TERNRT_DIMS]) ||
           PyObject_TypeCheck(object, types[TERNRT_PERMUTATION]);
}

int ternrt_dims_read(PyObject *object, ternrt_dims *out_dims)
{
    if (is_dims(object)) {
        *out_dims = *dims_of(object);
        return 0;
    }
    if (PyUnicode_Check(object) || PyBytes_Check(object) || !PySequence_Check(object)) {
        PyErr_Format(PyExc_TypeError, "expected Dims or a sequence of integers, not %R", object);
        return -1;
    }
    const Py_ssize_t count = PySequence_Size(object);
    if (count < 0) {
        return -1;
    }
    if (count > TERN_MAX_RANK) {
        PyErr_Format(PyExc_ValueError, "%zd extents given; a tensor has at most %d", count,
                     TERN_MAX_RANK);
        return -1;
    }
    out_dims->count = (int32_t)count;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PySequence_GetItem(object, i);
        const int failed = item == NULL || ternrt_i64(item, &out_dims->v[i]) < 0;
        Py_XDECREF(item);
        if (failed) {
            return -1;
        }
    }
    return 0;
}

PyObject *ternrt_dims_make(ternrt_dims_kind kind, int32_t count, const int64_t *values)
{
    dims_object *self = ternrt_alloc(types[kind]);
    if (self != NULL) {
        self->dims.count = count > 0 ? count : 0;
        for (int32_t i = 0; i < self->dims.count; i++) {
            self->dims.v[i] = values[i];
        }
    }
    return (PyObject *)self;
}

int64_t ternrt_dims_volume(int32_t count, const int64_t *values)
{
    int64_t volume = 1;
    for (int32_t i = 0; i < count; i++) {
        if (values[i] < 0 || (values[i] > 0 && volume > INT64_MAX / values[i])) {
            return -1;
        }
        volume *= values[i];
    }
    return volume;
}

static int kind_of(PyTypeObject *type)
{
    int best = TERNRT_DIMS; /* a subclass made in Python counts as its base */
    for (int kind = 0; kind < TERNRT_DIMS_KINDS; kind++) {
        best = type == types[kind] || PyType_IsSubtype(type, types[kind]) ? kind : best;
    }
    return best;
}

/* Dims((1, 2)), Dims2(1, 2), DimsHW((1, 2)), Dims(). */
static PyObject *dims_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    if (keywords != NULL && PyDict_Size(keywords) > 0) {
        return PyErr_Format(PyExc_TypeError, "%R takes no keyword arguments", (PyObject *)type);
    }
    const int kind = kind_of(type);
    const Py_ssize_t given = PyTuple_Size(args);
    PyObject *only = given == 1 ? PyTuple_GetItem(args, 0) : NULL;
    ternrt_dims dims = {.count = 0};
    if (given > 0 &&
        ternrt_dims_read(only != NULL && !PyLong_Check(only) ? only : args, &dims) < 0) {
        return NULL;
    }
    const int32_t wanted = kinds[kind].count;
    if (given == 0 && wanted > 0) {
        dims.count = wanted;
    }
    if (wanted >= 0 && dims.count != wanted) {
        return PyErr_Format(PyExc_ValueError, "%s takes %d extents, %d given", kinds[kind].name + 7,
                            wanted, dims.count);
    }
    dims_object *self = ternrt_alloc(type);
    if (self != NULL) {
        self->dims = dims;
    }
    return (PyObject *)self;
}

static void dims_dealloc(PyObject *self)
{
    ternrt_free(self);
}

static PyObject *as_tuple(PyObject *self)
{
    const ternrt_dims *dims = dims_of(self);
    PyObject *tuple = PyTuple_New(dims->count);
    for (int32_t i = 0; tuple != NULL && i < dims->count; i++) {
        PyObject *item = PyLong_FromLongLong(dims->v[i]);
        if (item == NULL || PyTuple_SetItem(tuple, i, item) < 0) {
            Py_DECREF(tuple);
            return NULL;
        }
    }
    return tuple;
}

static PyObject *dims_repr(PyObject *self)
{
    PyObject *tuple = as_tuple(self);
    PyObject *text = tuple != NULL ? PyObject_Repr(tuple) : NULL;
    Py_XDECREF(tuple);
    return text;
}

static Py_ssize_t dims_length(PyObject *self)
{
    return dims_of(self)->count;
}

static PyObject *dims_item(PyObject *self, Py_ssize_t index)
{
    const ternrt_dims *dims = dims_of(self);
    if (index < 0 || index >= dims->count) {
        return PyErr_Format(PyExc_IndexError, "index %zd is outside %d extents", index,
                            dims->count);
    }
    return PyLong_FromLongLong(dims->v[index]);
}

static int index_of(PyObject *self, PyObject *key, Py_ssize_t *out_index)
{
    *out_index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (*out_index == -1 && PyErr_Occurred()) {
        return -1;
    }
    *out_index += *out_index < 0 ? dims_of(self)->count : 0;
    return 0;
}

static PyObject *dims_subscript(PyObject *self, PyObject *key)
{
    if (PySlice_Check(key)) {
        PyObject *tuple = as_tuple(self);
        PyObject *part = tuple != NULL ? PyObject_GetItem(tuple, key) : NULL;
        Py_XDECREF(tuple);
        ternrt_dims dims;
        PyObject *result = part != NULL && ternrt_dims_read(part, &dims) == 0
                               ? ternrt_dims_make(TERNRT_DIMS, dims.count, dims.v)
                               : NULL;
        Py_XDECREF(part);
        return result;
    }
    Py_ssize_t index = 0;
    return index_of(self, key, &index) < 0 ? NULL : dims_item(self, index);
}

static int dims_assign(PyObject *self, PyObject *key, PyObject *value)
{
    ternrt_dims *dims = dims_of(self);
    Py_ssize_t index = 0;
    if (value == NULL || PySlice_Check(key)) {
        PyErr_SetString(PyExc_TypeError, "extents are set one by one and cannot be deleted");
        return -1;
    }
    if (index_of(self, key, &index) < 0) {
        return -1;
    }
    if (index < 0 || index >= dims->count) {
        PyErr_Format(PyExc_IndexError, "index %zd is outside %d extents", index, dims->count);
        return -1;
    }
    return ternrt_i64(value, &dims->v[index]);
}

static PyObject *dims_compare(PyObject *self, PyObject *other, int op)
{
    ternrt_dims right;
    if ((op != Py_EQ && op != Py_NE) ||
        !(is_dims(other) || PyTuple_Check(other) || PyList_Check(other))) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    bool same = false;
    if (ternrt_dims_read(other, &right) < 0) {
        PyErr_Clear(); /* a tuple of something else is not equal */
    } else {
        const ternrt_dims *left = dims_of(self);
        same = left->count == right.count;
        for (int32_t i = 0; same && i < left->count; i++) {
            same = left->v[i] == right.v[i];
        }
    }
    return PyBool_FromLong(same == (op == Py_EQ));
}

static Py_hash_t dims_hash(PyObject *self)
{
    PyObject *tuple = as_tuple(self);
    const Py_hash_t hash = tuple != NULL ? PyObject_Hash(tuple) : -1;
    Py_XDECREF(tuple);
    return hash;
}

static PyObject *dims_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *tuple = as_tuple(self);
    return tuple == NULL ? NULL : Py_BuildValue("O(N)", (PyObject *)Py_TYPE(self), tuple);
}

/* h, w, c, n: the closure is the index. */
static PyObject *get_letter(PyObject *self, void *closure)
{
    return dims_item(self, (Py_ssize_t)(intptr_t)closure);
}

static int set_letter(PyObject *self, PyObject *value, void *closure)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "an extent cannot be deleted");
        return -1;
    }
    return ternrt_i64(value, &dims_of(self)->v[(intptr_t)closure]);
}

#define LETTER(name, index)                                                                        \
    {                                                                                              \
        name, get_letter, set_letter, NULL, (void *)(intptr_t)(index)                              \
    }
static PyGetSetDef hw[] = {LETTER("h", 0), LETTER("w", 1), {NULL, NULL, NULL, NULL, NULL}};
static PyGetSetDef chw[] = {
    LETTER("c", 0), LETTER("h", 1), LETTER("w", 2), {NULL, NULL, NULL, NULL, NULL}};
static PyGetSetDef nchw[] = {
    LETTER("n", 0), LETTER("c", 1), LETTER("h", 2), LETTER("w", 3), {NULL, NULL, NULL, NULL, NULL}};
static PyGetSetDef no_letters[] = {{NULL, NULL, NULL, NULL, NULL}};

static PyMethodDef methods[] = {
    {"__reduce__", dims_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyObject *volume(PyObject *module, PyObject *iterable)
{
    (void)module;
    PyObject *iterator = PyObject_GetIter(iterable);
    PyObject *product = iterator != NULL ? PyLong_FromLong(1) : NULL;
    PyObject *item = NULL;
    while (product != NULL && (item = PyIter_Next(iterator)) != NULL) {
        PyObject *next = PyNumber_Multiply(product, item);
        Py_DECREF(item);
        Py_DECREF(product);
        product = next;
    }
    Py_XDECREF(iterator);
    if (PyErr_Occurred()) {
        Py_CLEAR(product);
    }
    return product;
}
TERNRT_ONE(volume, "iterable")

static PyMethodDef functions[] = {
    {"volume", TERNRT_KEYWORDS(volume_one),
     TERNRT_DOC("volume(iterable): the product of the extents, 1 for none.")},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef *letters_of(int kind)
{
    return kind == TERNRT_DIMS_HW     ? hw
           : kind == TERNRT_DIMS_CHW  ? chw
           : kind == TERNRT_DIMS_NCHW ? nchw
                                      : no_letters;
}

int ternrt_dims_init(PyObject *module)
{
    for (int kind = 0; kind < TERNRT_DIMS_KINDS; kind++) {
        PyType_Slot slots[] = {
            {Py_tp_new, (void *)dims_new},
            {Py_tp_dealloc, (void *)dims_dealloc},
            {Py_tp_repr, (void *)dims_repr},
            {Py_sq_length, (void *)dims_length},
            {Py_mp_length, (void *)dims_length},
            {Py_sq_item, (void *)dims_item},
            {Py_mp_subscript, (void *)dims_subscript},
            {Py_mp_ass_subscript, (void *)dims_assign},
            {Py_tp_richcompare, (void *)dims_compare},
            {Py_tp_hash, (void *)dims_hash},
            {Py_tp_methods, methods},
            {Py_tp_getset, letters_of(kind)},
            {0, NULL},
        };
        PyType_Spec spec = {kinds[kind].name, sizeof(dims_object), 0,
                            Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
        /* Dims2 and the others are Dims; DimsHW is Dims2, DimsCHW Dims3, DimsNCHW Dims4. */
        static const int bases[TERNRT_DIMS_KINDS] = {
            -1, 0, 0, 0, TERNRT_DIMS2, TERNRT_DIMS3, TERNRT_DIMS4, -1};
        types[kind] = ternrt_type_make(module, &spec, bases[kind] >= 0 ? types[bases[kind]] : NULL);
        PyObject *most = PyLong_FromLong(TERN_MAX_RANK);
        const int failed = types[kind] == NULL || most == NULL ||
                           PyObject_SetAttrString((PyObject *)types[kind], "MAX_DIMS", most) < 0;
        Py_XDECREF(most);
        if (failed) {
            return -1;
        }
    }
    return PyModule_AddFunctions(module, functions);
}
