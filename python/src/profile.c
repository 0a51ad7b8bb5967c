/* SPDX-License-Identifier: Apache-2.0
 *
 * IOptimizationProfile: the least, usual and largest shape of each dynamic input, and values of
 * shape inputs.
 */
#include "ternrt.h"

PyTypeObject *ternrt_profile_type;

static ternrt_profile *cast(PyObject *object)
{
    return (ternrt_profile *)object;
}

PyObject *ternrt_profile_make(ternrt_builder *builder)
{
    ternrt_profile *self = ternrt_alloc(ternrt_profile_type);
    if (self == NULL) {
        return NULL;
    }
    self->builder = Py_NewRef((PyObject *)builder);
    self->extra_memory_target = 1.0;
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_profile_create(builder->builder, &self->profile);
    if (ternrt_leave(&call) < 0 || status != TERN_OK) {
        Py_DECREF(self);
        return PyErr_Occurred() != NULL ? NULL : Py_NewRef(Py_None);
    }
    return (PyObject *)self;
}

static void destroy(void *profile)
{
    tern_profile_destroy(profile);
}

static void profile_dealloc(PyObject *object)
{
    PyObject_GC_UnTrack(object);
    ternrt_release(destroy, cast(object)->profile);
    Py_XDECREF(cast(object)->builder);
    ternrt_free(object);
}

static int profile_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(cast(object)->builder);
    return 0;
}

static PyObject *refused(const char *function, const char *input)
{
    return PyErr_Format(PyExc_ValueError, "%s(\"%s\"): %s", function, input,
                        tern_error_last()->text);
}

/* A range that cannot be is refused by an exception, as TensorRT's bindings do. */
static PyObject *set_shape(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *keywords)
{
    static const ternrt_signature takes = {"set_shape", 4, {"input", "min", "opt", "max"}};
    PyObject *given[4];
    ternrt_dims dims[3];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    const char *input = ternrt_utf8(given[0], "input");
    for (int i = 0; i < 3; i++) {
        if (input == NULL || ternrt_dims_read(given[i + 1], &dims[i]) < 0) {
            return NULL;
        }
    }
    tern_status status = TERN_OK;
    ternrt_call call;
    ternrt_enter(&call);
    for (int i = 0; status == TERN_OK && i < 3; i++) {
        status = tern_profile_set_shape(cast(self)->profile, input, (tern_profile_point)i,
                                        dims[i].count, dims[i].v);
    }
    if (ternrt_leave(&call) < 0) {
        return NULL;
    }
    return status == TERN_OK ? Py_NewRef(Py_None) : refused("set_shape", input);
}

static PyObject *get_shape(PyObject *self, PyObject *name)
{
    const char *input = ternrt_utf8(name, "input");
    PyObject *list = input != NULL ? PyList_New(0) : NULL;
    for (int i = 0; list != NULL && i < 3; i++) {
        ternrt_dims dims;
        if (tern_profile_get_shape(cast(self)->profile, input, (tern_profile_point)i, &dims.count,
                                   dims.v) != TERN_OK) {
            Py_DECREF(list);
            return refused("get_shape", input);
        }
        PyObject *item = ternrt_dims_make(TERNRT_DIMS, dims.count, dims.v);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list;
}
TERNRT_ONE(get_shape, "input")

static PyObject *set_shape_input(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                 PyObject *keywords)
{
    static const ternrt_signature takes = {"set_shape_input", 4, {"input", "min", "opt", "max"}};
    PyObject *given[4];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    const char *input = ternrt_utf8(given[0], "input");
    tern_status status = TERN_OK;
    for (int i = 0; input != NULL && status == TERN_OK && i < 3; i++) {
        Py_ssize_t count = 0;
        int64_t *values = ternrt_i64_list(given[i + 1], &count);
        if (values == NULL) {
            return NULL;
        }
        ternrt_call call;
        ternrt_enter(&call);
        status = tern_profile_set_values(cast(self)->profile, input, (tern_profile_point)i,
                                         (int32_t)count, values);
        const int raised = ternrt_leave(&call);
        PyMem_Free(values);
        if (raised < 0) {
            return NULL;
        }
    }
    return input == NULL       ? NULL
           : status == TERN_OK ? Py_NewRef(Py_None)
                               : refused("set_shape_input", input);
}

static PyObject *get_shape_input(PyObject *self, PyObject *name)
{
    enum { MOST = TERN_MAX_SHAPE_VALUES };
    const char *input = ternrt_utf8(name, "input");
    PyObject *list = input != NULL ? PyList_New(0) : NULL;
    for (int i = 0; list != NULL && i < 3; i++) {
        int64_t values[MOST];
        int32_t count = 0;
        if (tern_profile_get_values(cast(self)->profile, input, (tern_profile_point)i, MOST, values,
                                    &count) != TERN_OK) {
            Py_DECREF(list);
            return refused("get_shape_input", input);
        }
        PyObject *item = PyList_New(0);
        for (int32_t j = 0; item != NULL && j < count; j++) {
            PyObject *value = PyLong_FromLongLong(values[j]);
            if (value == NULL || PyList_Append(item, value) < 0) {
                Py_CLEAR(item);
            }
            Py_XDECREF(value);
        }
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list;
}
TERNRT_ONE(get_shape_input, "input")

static int is_valid(PyObject *self)
{
    return tern_profile_is_valid(cast(self)->profile) != 0;
}

static PyObject *get_target(PyObject *self, void *closure)
{
    (void)closure;
    return PyFloat_FromDouble(cast(self)->extra_memory_target);
}

static int set_target(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    double target = 0;
    if (ternrt_is_deleted(value) || ternrt_f64(value, &target) < 0) {
        return -1;
    }
    if (!(target >= 0 && target <= 1)) {
        PyErr_SetString(PyExc_ValueError, "extra_memory_target is a share, 0 to 1");
        return -1;
    }
    cast(self)->extra_memory_target = target;
    return 0;
}

static PyMethodDef methods[] = {
    {"set_shape", TERNRT_KEYWORDS(set_shape), TERNRT_DOC("set_shape(input, min, opt, max)")},
    {"get_shape", TERNRT_KEYWORDS(get_shape_one),
     TERNRT_DOC("get_shape(input) -> [min, opt, max]")},
    {"set_shape_input", TERNRT_KEYWORDS(set_shape_input),
     TERNRT_DOC("set_shape_input(input, min, opt, max)")},
    {"get_shape_input", TERNRT_KEYWORDS(get_shape_input_one),
     TERNRT_DOC("get_shape_input(input) -> [min, opt, max]")},
    TERNRT_WITH,
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef properties[] = {
    {"extra_memory_target", get_target, set_target, TERNRT_DOC("A hint that nothing here needs."),
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, TERNRT_DOC("Ranges of dynamic shapes; true when min <= opt <= max everywhere.")},
    {Py_tp_dealloc, (void *)profile_dealloc},
    {Py_tp_traverse, (void *)profile_traverse},
    {Py_nb_bool, (void *)is_valid},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, NULL},
};
static PyType_Spec spec = {
    "ternrt.IOptimizationProfile", sizeof(ternrt_profile), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

int ternrt_profile_init(PyObject *module)
{
    ternrt_profile_type = ternrt_type_make(module, &spec, NULL);
    return ternrt_profile_type != NULL ? 0 : -1;
}
