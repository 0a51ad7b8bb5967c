/* SPDX-License-Identifier: Apache-2.0
 *
 * IExecutionContext: shapes, by tensor name and by binding.  A shape that is refused gives False
 * after the library has logged the range, and the context keeps the one before.
 */
#include "context.h"

static ternrt_context *cast(PyObject *object)
{
    return (ternrt_context *)object;
}

/* ---- setting ---- */

static PyObject *change_shape(PyObject *self, int32_t index, PyObject *shape)
{
    ternrt_dims dims;
    if (ternrt_dims_read(shape, &dims) < 0) {
        return NULL;
    }
    const int32_t rank = cast(self)->engine->bindings[index].rank;
    if (rank == 0 && ternrt_dims_volume(dims.count, dims.v) == 1) {
        dims.count = 0; /* NumPy's contiguous copy of a scalar has the shape (1,) */
    }
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    const tern_status status =
        tern_context_set_shape(cast(self)->context, index, dims.count, dims.v);
    return ternrt_leave(&call) < 0 ? NULL : PyBool_FromLong(status == TERN_OK);
}

static PyObject *set_input_shape(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                 PyObject *keywords)
{
    static const ternrt_signature takes = {"set_input_shape", 2, {"name", "shape"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    const int32_t index = ternrt_context_find(cast(self), given[0]);
    return index == -1 ? NULL
           : index < 0 ? PyBool_FromLong(0)
                       : change_shape(self, index, given[1]);
}

static PyObject *set_binding_shape(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                   PyObject *keywords)
{
    static const ternrt_signature takes = {"set_binding_shape", 2, {"binding", "shape"}};
    PyObject *given[2];
    int32_t profile = 0;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    const int32_t index = ternrt_engine_binding(cast(self)->engine, given[0], &profile);
    return index < 0 ? NULL : change_shape(self, index, given[1]);
}

static PyObject *set_shape_input(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                 PyObject *keywords)
{
    static const ternrt_signature takes = {"set_shape_input", 2, {"binding", "shape"}};
    PyObject *given[2];
    int32_t profile = 0;
    Py_ssize_t count = 0;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    const int32_t index = ternrt_engine_binding(cast(self)->engine, given[0], &profile);
    int64_t *values = index >= 0 ? ternrt_i64_list(given[1], &count) : NULL;
    if (values == NULL) {
        return NULL;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    const tern_status status =
        tern_context_set_values(cast(self)->context, index, (int32_t)count, values);
    const int raised = ternrt_leave(&call);
    PyMem_Free(values);
    return raised < 0 ? NULL : PyBool_FromLong(status == TERN_OK);
}

/* ---- asking ---- */

static int shape_now(PyObject *self, int32_t index, ternrt_dims *out_dims)
{
    out_dims->count = 0;
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    (void)!tern_context_shape(cast(self)->context, index, &out_dims->count, out_dims->v);
    return ternrt_leave(&call);
}

static PyObject *shape_object(PyObject *self, int32_t index)
{
    ternrt_dims dims;
    return shape_now(self, index, &dims) < 0 ? NULL
                                             : ternrt_dims_make(TERNRT_DIMS, dims.count, dims.v);
}

/* Elements between neighbours along each axis; everything that is bound is linear. */
static PyObject *strides_object(PyObject *self, int32_t index)
{
    ternrt_dims dims, strides;
    if (shape_now(self, index, &dims) < 0) {
        return NULL;
    }
    strides.count = dims.count;
    for (int32_t i = 0; i < dims.count; i++) {
        strides.v[i] = ternrt_dims_volume(dims.count - i - 1, dims.v + i + 1);
    }
    return ternrt_dims_make(TERNRT_DIMS, strides.count, strides.v);
}

static PyObject *bytes_object(PyObject *self, int32_t index)
{
    size_t bytes = 0;
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    const tern_status status = tern_context_max_bytes(cast(self)->context, index, &bytes);
    if (ternrt_leave(&call) < 0) {
        return NULL;
    }
    return status == TERN_OK ? PyLong_FromSize_t(bytes) : PyLong_FromLong(-1);
}

static PyObject *by_name(PyObject *self, PyObject *name, PyObject *(*ask)(PyObject *, int32_t))
{
    const int32_t index = ternrt_context_find(cast(self), name);
    return index == -1 ? NULL
           : index < 0 ? ternrt_dims_make(TERNRT_DIMS, 0, NULL)
                       : ask(self, index);
}

static PyObject *by_binding(PyObject *self, PyObject *binding,
                            PyObject *(*ask)(PyObject *, int32_t))
{
    int32_t profile = 0;
    const int32_t index = ternrt_engine_binding(cast(self)->engine, binding, &profile);
    return index < 0 ? NULL : ask(self, index);
}

static PyObject *get_tensor_shape(PyObject *self, PyObject *name)
{
    return by_name(self, name, shape_object);
}
TERNRT_ONE(get_tensor_shape, "name")

static PyObject *get_tensor_strides(PyObject *self, PyObject *name)
{
    return by_name(self, name, strides_object);
}
TERNRT_ONE(get_tensor_strides, "name")

static PyObject *get_max_output_size(PyObject *self, PyObject *name)
{
    const int32_t index = ternrt_context_find(cast(self), name);
    return index == -1 ? NULL : index < 0 ? PyLong_FromLong(-1) : bytes_object(self, index);
}
TERNRT_ONE(get_max_output_size, "name")

static PyObject *get_binding_shape(PyObject *self, PyObject *binding)
{
    return by_binding(self, binding, shape_object);
}
TERNRT_ONE(get_binding_shape, "binding")

static PyObject *get_strides(PyObject *self, PyObject *binding)
{
    return by_binding(self, binding, strides_object);
}
TERNRT_ONE(get_strides, "binding")

/* The values of a shape input; in TensorRT also those of a shape output, which lie in the memory
   bound to it. */
static PyObject *values_object(PyObject *self, int32_t index)
{
    int64_t values[TERN_MAX_SHAPE_VALUES];
    int32_t count = 0;
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    const tern_status status =
        tern_context_values(cast(self)->context, index, TERN_MAX_SHAPE_VALUES, values, &count);
    if (ternrt_leave(&call) < 0) {
        return NULL;
    }
    if (status != TERN_OK) {
        return PyErr_Format(PyExc_ValueError, "get_shape: %s", tern_error_last()->text);
    }
    PyObject *list = PyList_New(0);
    for (int32_t i = 0; list != NULL && i < count && i < TERN_MAX_SHAPE_VALUES; i++) {
        PyObject *value = PyLong_FromLongLong(values[i]);
        if (value == NULL || PyList_Append(list, value) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(value);
    }
    return list;
}

static PyObject *get_shape(PyObject *self, PyObject *binding)
{
    return by_binding(self, binding, values_object);
}
TERNRT_ONE(get_shape, "binding")

/* ---- inferring ---- */

/* The inputs of which more must be known; NULL with an exception, which it is when inference itself
   fails. */
static PyObject *missing_names(PyObject *self, bool raise)
{
    const ternrt_engine *engine = cast(self)->engine;
    int32_t *missing = PyMem_Calloc((size_t)engine->count + 1, sizeof *missing);
    int32_t count = 0;
    if (missing == NULL) {
        return PyErr_NoMemory();
    }
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    const tern_status status =
        tern_context_infer(cast(self)->context, engine->count, missing, &count);
    PyObject *list = NULL;
    if (ternrt_leave(&call) == 0 && status != TERN_OK && raise) {
        PyErr_Format(PyExc_RuntimeError, "infer_shapes: %s", tern_error_last()->text);
    } else if (PyErr_Occurred() == NULL) {
        list = PyList_New(0);
    }
    for (int32_t i = 0; list != NULL && i < count && i < engine->count; i++) {
        PyObject *name = ternrt_text(engine->bindings[missing[i]].name);
        if (name == NULL || PyList_Append(list, name) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(name);
    }
    PyMem_Free(missing);
    return list;
}

static PyObject *infer_shapes(PyObject *self, PyObject *unused)
{
    (void)unused;
    return missing_names(self, true);
}

PyObject *ternrt_context_all_specified(PyObject *self, void *closure)
{
    (void)closure;
    PyObject *list = missing_names(self, false);
    const Py_ssize_t count = list != NULL ? PyList_Size(list) : -1;
    Py_XDECREF(list);
    return count < 0 ? NULL : PyBool_FromLong(count == 0);
}

static const PyMethodDef methods[] = {
    {"set_input_shape", TERNRT_KEYWORDS(set_input_shape),
     TERNRT_DOC("set_input_shape(name, shape) -> bool")},
    {"set_binding_shape", TERNRT_KEYWORDS(set_binding_shape),
     TERNRT_DOC("set_binding_shape(binding, shape) -> bool")},
    {"set_shape_input", TERNRT_KEYWORDS(set_shape_input),
     TERNRT_DOC("set_shape_input(binding, shape) -> bool")},
    {"get_tensor_shape", TERNRT_KEYWORDS(get_tensor_shape_one),
     TERNRT_DOC("get_tensor_shape(name) -> Dims; -1: not known yet")},
    {"get_tensor_strides", TERNRT_KEYWORDS(get_tensor_strides_one),
     TERNRT_DOC("get_tensor_strides(name) -> Dims, in elements")},
    {"get_max_output_size", TERNRT_KEYWORDS(get_max_output_size_one),
     TERNRT_DOC("get_max_output_size(name) -> bytes, or -1")},
    {"get_binding_shape", TERNRT_KEYWORDS(get_binding_shape_one),
     TERNRT_DOC("get_binding_shape(binding) -> Dims")},
    {"get_shape", TERNRT_KEYWORDS(get_shape_one),
     TERNRT_DOC("get_shape(binding) -> list of int: the values of a shape input, those that were "
                "set or what its address holds. ValueError when there are none, and for outputs, "
                "whose values lie in their memory after a run.")},
    {"get_strides", TERNRT_KEYWORDS(get_strides_one),
     TERNRT_DOC("get_strides(binding) -> Dims, in elements")},
    {"infer_shapes", infer_shapes, METH_NOARGS,
     TERNRT_DOC("infer_shapes() -> names of the inputs of which more must be known")},
};

const PyMethodDef *ternrt_context_shape_methods(size_t *out_count)
{
    *out_count = sizeof methods / sizeof *methods;
    return methods;
}
