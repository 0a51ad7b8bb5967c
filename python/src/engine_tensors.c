/* SPDX-License-Identifier: Apache-2.0
 *
 * ICudaEngine by tensor name, and by binding number: two faces of the same questions.  What
 * TensorRT answers for an unknown name (a neutral value, after an error in the log) is the answer
 * here too; an unknown binding raises.  An output has shapes in a profile too: those that follow.
 */
#include "ternrt.h"

static ternrt_engine *cast(PyObject *object)
{
    return (ternrt_engine *)object;
}

/* ---- what can be asked ---- */

static PyObject *shape_of(const ternrt_engine *engine, const tern_binding *b)
{
    (void)engine;
    return ternrt_dims_make(TERNRT_DIMS, b->rank, b->dims);
}

static PyObject *dtype_of(const ternrt_engine *engine, const tern_binding *b)
{
    (void)engine;
    return ternrt_dtype_object(b->dtype);
}

static PyObject *mode_of(const ternrt_engine *engine, const tern_binding *b)
{
    (void)engine;
    return ternrt_member_object(b->is_input ? TERNRT_TensorIOMode_INPUT
                                            : TERNRT_TensorIOMode_OUTPUT);
}

static PyObject *is_input(const ternrt_engine *engine, const tern_binding *b)
{
    (void)engine;
    return PyBool_FromLong(b->is_input);
}

static PyObject *location_of(const ternrt_engine *engine, const tern_binding *b)
{
    (void)engine;
    return ternrt_member_object(b->is_shape ? TERNRT_TensorLocation_HOST
                                            : TERNRT_TensorLocation_DEVICE);
}

static PyObject *is_shape(const ternrt_engine *engine, const tern_binding *b)
{
    (void)engine;
    return PyBool_FromLong(b->is_shape);
}

static PyObject *is_execution(const ternrt_engine *engine, const tern_binding *b)
{
    (void)engine;
    return PyBool_FromLong(!b->is_shape);
}

static PyObject *format_of(const ternrt_engine *engine, const tern_binding *b)
{
    (void)engine;
    return ternrt_member_object(ternrt_enum_first(TERNRT_TensorFormat) + (int)b->format);
}

static PyObject *format_text(const ternrt_engine *engine, const tern_binding *b)
{
    (void)engine;
    PyObject *dtype = ternrt_dtype_object(b->dtype);
    PyObject *text = b->format == 0 ? PyUnicode_FromFormat("Row major linear %S format", dtype)
                                    : PyUnicode_FromFormat("Format %d, %S", (int)b->format, dtype);
    Py_DECREF(dtype);
    return text;
}

/* No format that this build binds is vectorised: -1, as for every linear tensor. */
static PyObject *minus_one(const ternrt_engine *engine, const tern_binding *b)
{
    (void)engine, (void)b;
    return PyLong_FromLong(-1);
}

/* Gives every input of a context what a point of a profile says, and forgets the point before,
   which may contradict it half way. */
static tern_status set_inputs(const ternrt_engine *engine, tern_context *context, int32_t profile,
                              int32_t point)
{
    tern_status status = tern_context_set_profile(context, profile);
    for (int32_t i = 0; status == TERN_OK && i < engine->count; i++) {
        const tern_binding *b = &engine->bindings[i];
        if (b->is_input && ternrt_dims_volume(b->rank, b->dims) < 0) {
            ternrt_dims dims = {.count = 0};
            status =
                tern_engine_profile_shape(engine->engine, profile, i, point, &dims.count, dims.v);
            status =
                status != TERN_OK ? status : tern_context_set_shape(context, i, dims.count, dims.v);
        }
        if (status == TERN_OK && b->is_input && b->is_shape) {
            int64_t values[TERN_MAX_SHAPE_VALUES];
            int32_t count = 0;
            status = tern_engine_profile_values(engine->engine, profile, i, point, values, &count);
            status = status != TERN_OK || count == 0
                         ? status
                         : tern_context_set_values(context, i, count, values);
        }
    }
    return status;
}

enum { POINTS = 3 }; /* minimum, optimum, maximum */

/* What an output's shapes are when all inputs are at a point of the profile; -1 where only a run
   can tell. */
static tern_status output_shapes(const ternrt_engine *engine, int32_t profile, int32_t binding,
                                 ternrt_dims points[POINTS])
{
    tern_context *context = NULL;
    tern_status status = tern_context_create_without_memory(engine->engine, &context);
    for (int32_t point = 0; status == TERN_OK && point < POINTS; point++) {
        status = set_inputs(engine, context, profile, point);
        if (status == TERN_OK) {
            status = tern_context_shape(context, binding, &points[point].count, points[point].v);
        }
    }
    tern_context_destroy(context);
    return status;
}

static tern_status input_shapes(const ternrt_engine *engine, int32_t profile, int32_t binding,
                                ternrt_dims points[POINTS])
{
    tern_status status = TERN_OK;
    for (int32_t point = 0; status == TERN_OK && point < POINTS; point++) {
        status = tern_engine_profile_shape(engine->engine, profile, binding, point,
                                           &points[point].count, points[point].v);
    }
    return status;
}

/* [min, opt, max] as Dims, which the callers of TensorRT's method index without a look. */
static PyObject *dims_of(const ternrt_dims points[POINTS])
{
    PyObject *list = PyList_New(0);
    for (int32_t point = 0; list != NULL && point < POINTS; point++) {
        PyObject *item = ternrt_dims_make(TERNRT_DIMS, points[point].count, points[point].v);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list;
}

/* Three empty Dims: the answer to what has none, after a line in the log. */
static PyObject *no_dims(void)
{
    const ternrt_dims none[POINTS] = {{.count = 0}};
    return dims_of(none);
}

static PyObject *dims_list(const ternrt_engine *engine, int32_t profile, int32_t binding)
{
    ternrt_dims points[POINTS] = {{.count = 0}};
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = engine->bindings[binding].is_input
                                   ? input_shapes(engine, profile, binding, points)
                                   : output_shapes(engine, profile, binding, points);
    if (ternrt_leave(&call) < 0) {
        return NULL;
    }
    return status == TERN_OK ? dims_of(points) : no_dims(); /* a refusal was logged */
}

static PyObject *values_list(const ternrt_engine *engine, int32_t profile, int32_t binding)
{
    PyObject *list = PyList_New(0);
    for (int32_t point = 0; list != NULL && point < POINTS; point++) {
        int64_t values[TERN_MAX_SHAPE_VALUES];
        int32_t count = 0;
        ternrt_call call;
        ternrt_enter(&call);
        const tern_status status =
            tern_engine_profile_values(engine->engine, profile, binding, point, values, &count);
        if (ternrt_leave(&call) < 0 || status != TERN_OK) {
            Py_DECREF(list);
            return PyErr_Occurred() != NULL ? NULL : PyList_New(0); /* it was logged */
        }
        PyObject *item = PyList_New(0);
        for (int32_t i = 0; item != NULL && i < count; i++) {
            PyObject *value = PyLong_FromLongLong(values[i]);
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

/* ---- by name ---- */

static int read_name(PyObject *self, const char *method, PyObject *const *args, Py_ssize_t n,
                     PyObject *keywords)
{
    const ternrt_signature takes = {method, 1, {"name", "profile_index"}};
    PyObject *given[2];
    return ternrt_arguments(&takes, args, n, keywords, given) < 0
               ? -1
               : ternrt_engine_find(cast(self), given[0]);
}

/* `otherwise` answers for a name that the engine does not know. */
#define BY_NAME(method, answer, otherwise)                                                         \
    static PyObject *method(PyObject *self, PyObject *const *args, Py_ssize_t n,                   \
                            PyObject *keywords)                                                    \
    {                                                                                              \
        const int index = read_name(self, #method, args, n, keywords);                             \
        return index == -1 ? NULL                                                                  \
               : index < 0 ? (otherwise)                                                           \
                           : answer(cast(self), &cast(self)->bindings[index]);                     \
    }
BY_NAME(get_tensor_shape, shape_of, ternrt_dims_make(TERNRT_DIMS, 0, NULL))
BY_NAME(get_tensor_dtype, dtype_of, ternrt_dtype_object(TERN_DTYPE_F32))
BY_NAME(get_tensor_mode, mode_of, ternrt_member_object(TERNRT_TensorIOMode_NONE))
BY_NAME(get_tensor_location, location_of, ternrt_member_object(TERNRT_TensorLocation_DEVICE))
BY_NAME(is_shape_inference_io, is_shape, PyBool_FromLong(0))
BY_NAME(get_tensor_format, format_of, ternrt_member_object(TERNRT_TensorFormat_LINEAR))
BY_NAME(get_tensor_format_desc, format_text, PyUnicode_FromString("Unknown format"))
BY_NAME(get_tensor_vectorized_dim, minus_one, PyLong_FromLong(-1))
BY_NAME(get_tensor_bytes_per_component, minus_one, PyLong_FromLong(-1))
BY_NAME(get_tensor_components_per_element, minus_one, PyLong_FromLong(-1))

static PyObject *get_tensor_name(PyObject *self, PyObject *object)
{
    int32_t index = 0;
    if (ternrt_i32(object, &index) < 0) {
        return NULL;
    }
    if (index < 0 || index >= cast(self)->count) {
        return PyErr_Format(PyExc_IndexError, "tensor %d is outside %d tensors", index,
                            cast(self)->count);
    }
    return ternrt_text(cast(self)->bindings[index].name);
}
TERNRT_ONE(get_tensor_name, "index")

static bool has_profile(const ternrt_engine *engine, int32_t profile)
{
    return profile >= 0 && profile < engine->profiles;
}

static int check_profile(PyObject *self, int32_t profile)
{
    if (has_profile(cast(self), profile)) {
        return 0;
    }
    PyErr_Format(PyExc_IndexError, "profile %d is outside %d profiles", profile,
                 cast(self)->profiles);
    return -1;
}

/* A tensor (-2: unknown) and a profile. */
typedef struct profiled {
    int32_t index, profile;
} profiled;

/* TensorRT's two methods take name and profile in different orders; either order works for both. */
static int read_pair(PyObject *self, const char *method, PyObject *const *args, Py_ssize_t n,
                     PyObject *keywords, profiled *out)
{
    const ternrt_signature takes = {method, 2, {"name", "profile_index"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return -1;
    }
    const bool swapped = !PyUnicode_Check(given[0]);
    out->index = ternrt_engine_find(cast(self), given[swapped]);
    return out->index == -1 ? -1 : ternrt_i32(given[!swapped], &out->profile);
}

/* Never raises for what the engine lacks: allocation loops ask it for every tensor, outputs too. */
static PyObject *get_tensor_profile_shape(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                          PyObject *keywords)
{
    profiled which = {0, 0};
    if (read_pair(self, "get_tensor_profile_shape", args, n, keywords, &which) < 0) {
        return NULL;
    }
    if (which.index >= 0 && !has_profile(cast(self), which.profile)) {
        ternrt_log(ternrt_engine_logger(cast(self)), TERN_SEVERITY_ERROR,
                   "engine get_tensor_profile_shape: profile %d, the engine has 0..%d",
                   which.profile, cast(self)->profiles - 1);
        return no_dims();
    }
    return which.index < 0 ? no_dims() : dims_list(cast(self), which.profile, which.index);
}

static PyObject *get_tensor_profile_values(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                           PyObject *keywords)
{
    profiled which = {0, 0};
    if (read_pair(self, "get_tensor_profile_values", args, n, keywords, &which) < 0 ||
        check_profile(self, which.profile) < 0) {
        return NULL;
    }
    return which.index < 0 ? PyList_New(0) : values_list(cast(self), which.profile, which.index);
}

/* ---- by binding ---- */

#define BY_BINDING(method, answer)                                                                 \
    static PyObject *method(PyObject *self, PyObject *object)                                      \
    {                                                                                              \
        int32_t profile = 0;                                                                       \
        const int32_t index = ternrt_engine_binding(cast(self), object, &profile);                 \
        return index < 0 ? NULL : answer(cast(self), &cast(self)->bindings[index]);                \
    }                                                                                              \
    TERNRT_ONE(method, "index|name|binding")
BY_BINDING(get_binding_shape, shape_of)
BY_BINDING(get_binding_dtype, dtype_of)
BY_BINDING(binding_is_input, is_input)
BY_BINDING(get_location, location_of)
BY_BINDING(is_shape_binding, is_shape)
BY_BINDING(is_execution_binding, is_execution)
BY_BINDING(get_binding_format, format_of)
BY_BINDING(get_binding_format_desc, format_text)
BY_BINDING(get_binding_vectorized_dim, minus_one)
BY_BINDING(get_binding_bytes_per_component, minus_one)
BY_BINDING(get_binding_components_per_element, minus_one)

static PyObject *get_binding_name(PyObject *self, PyObject *object)
{
    int32_t profile = 0;
    const int32_t index = ternrt_engine_binding(cast(self), object, &profile);
    return index < 0 ? NULL
                     : PySequence_GetItem(self, (Py_ssize_t)index + profile * cast(self)->count);
}
TERNRT_ONE(get_binding_name, "index|binding")

static PyObject *get_binding_index(PyObject *self, PyObject *object)
{
    int32_t profile = 0;
    if (ternrt_utf8(object, "a binding's name") == NULL) {
        return NULL;
    }
    const int32_t index = ternrt_engine_binding(cast(self), object, &profile);
    if (index < 0) {
        PyErr_Clear(); /* -1, as TensorRT says */
    }
    return PyLong_FromLong(index < 0 ? -1 : index + profile * cast(self)->count);
}
TERNRT_ONE(get_binding_index, "name|binding")

static int read_profile_binding(PyObject *self, const char *method, PyObject *const *args,
                                Py_ssize_t n, PyObject *keywords, int32_t *out_profile)
{
    const ternrt_signature takes = {method, 2, {"profile_index", "binding"}};
    PyObject *given[2];
    int32_t of_binding = 0;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 ||
        ternrt_i32(given[0], out_profile) < 0 || check_profile(self, *out_profile) < 0) {
        return -1;
    }
    return ternrt_engine_binding(cast(self), given[1], &of_binding);
}

static PyObject *get_profile_shape(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                   PyObject *keywords)
{
    int32_t profile = 0;
    const int32_t index =
        read_profile_binding(self, "get_profile_shape", args, n, keywords, &profile);
    return index < 0 ? NULL : dims_list(cast(self), profile, index);
}

static PyObject *get_profile_shape_input(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                         PyObject *keywords)
{
    int32_t profile = 0;
    const int32_t index =
        read_profile_binding(self, "get_profile_shape_input", args, n, keywords, &profile);
    return index < 0 ? NULL : values_list(cast(self), profile, index);
}

#define ROW_NAME(method)                                                                           \
    {                                                                                              \
#method, TERNRT_KEYWORDS(method), NULL                                                     \
    }
#define ROW_BINDING(method)                                                                        \
    {                                                                                              \
#method, TERNRT_KEYWORDS(method##_one), NULL                                               \
    }

PyMethodDef *ternrt_engine_tensor_methods(void)
{
    static PyMethodDef methods[] = {
        {"get_tensor_name", TERNRT_KEYWORDS(get_tensor_name_one),
         TERNRT_DOC("get_tensor_name(index) -> str")},
        ROW_NAME(get_tensor_shape),
        ROW_NAME(get_tensor_dtype),
        ROW_NAME(get_tensor_mode),
        ROW_NAME(get_tensor_location),
        ROW_NAME(is_shape_inference_io),
        ROW_NAME(get_tensor_format),
        ROW_NAME(get_tensor_format_desc),
        ROW_NAME(get_tensor_vectorized_dim),
        ROW_NAME(get_tensor_bytes_per_component),
        ROW_NAME(get_tensor_components_per_element),
        ROW_NAME(get_tensor_profile_shape),
        ROW_NAME(get_tensor_profile_values),
        ROW_BINDING(get_binding_shape),
        ROW_BINDING(get_binding_dtype),
        ROW_BINDING(binding_is_input),
        ROW_BINDING(get_location),
        ROW_BINDING(is_shape_binding),
        ROW_BINDING(is_execution_binding),
        ROW_BINDING(get_binding_format),
        ROW_BINDING(get_binding_format_desc),
        ROW_BINDING(get_binding_vectorized_dim),
        ROW_BINDING(get_binding_bytes_per_component),
        ROW_BINDING(get_binding_components_per_element),
        ROW_BINDING(get_binding_name),
        ROW_BINDING(get_binding_index),
        ROW_NAME(get_profile_shape),
        ROW_NAME(get_profile_shape_input),
        {NULL, NULL, 0, NULL},
    };
    return methods;
}
