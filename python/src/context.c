/* SPDX-License-Identifier: Apache-2.0
 *
 * IExecutionContext: the object and its settings.  run.c runs it, shapes.c speaks of shapes.
 */
#include "context.h"

#include <string.h>

PyTypeObject *ternrt_context_type;

static ternrt_context *cast(PyObject *object)
{
    return (ternrt_context *)object;
}

PyObject *ternrt_context_make(ternrt_engine *engine)
{
    ternrt_context *self = ternrt_alloc(ternrt_context_type);
    if (self == NULL) {
        return NULL;
    }
    self->engine = (ternrt_engine *)Py_NewRef((PyObject *)engine);
    const size_t count = (size_t)engine->count + 1;
    self->owners = PyMem_Calloc(count, sizeof *self->owners);
    self->allocators = PyMem_Calloc(count, sizeof *self->allocators);
    if (self->owners == NULL || self->allocators == NULL) {
        Py_DECREF((PyObject *)self);
        return PyErr_NoMemory();
    }
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_context_create(engine->engine, &self->context);
    if (ternrt_leave(&call) < 0 || status != TERN_OK) {
        Py_DECREF((PyObject *)self);
        return PyErr_Occurred() != NULL ? NULL : Py_NewRef(Py_None);
    }
    return (PyObject *)self;
}

static void destroy(void *context)
{
    tern_context_destroy(context); /* waits for queued work, which uses what is let go below */
}

static void context_dealloc(PyObject *object)
{
    ternrt_context *self = cast(object);
    PyObject_GC_UnTrack(object);
    ternrt_release(destroy, self->context);
    for (int32_t i = 0; i < self->engine->count; i++) {
        if (self->owners != NULL) {
            Py_XDECREF(self->owners[i]);
        }
        if (self->allocators != NULL) {
            Py_XDECREF(self->allocators[i]);
        }
    }
    PyMem_Free(self->owners);
    PyMem_Free(self->allocators);
    Py_XDECREF(self->profiler);
    Py_XDECREF(self->name);
    Py_DECREF((PyObject *)self->engine);
    ternrt_free(object);
}

static int context_traverse(PyObject *object, visitproc visit, void *arg)
{
    const ternrt_context *self = cast(object);
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)self->engine);
    Py_VISIT(self->profiler);
    for (int32_t i = 0; self->allocators != NULL && i < self->engine->count; i++) {
        Py_VISIT(self->owners[i]);
        Py_VISIT(self->allocators[i]);
    }
    return 0;
}

PyObject *ternrt_context_logger(const ternrt_context *context)
{
    return ternrt_engine_logger(context->engine);
}

/* ---- profiler ---- */

static PyObject *get_profiler(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(cast(self)->profiler != NULL ? cast(self)->profiler : Py_None);
}

static int set_profiler(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (value == NULL || (value != Py_None && !PyObject_TypeCheck(value, ternrt_profiler_type))) {
        PyErr_SetString(PyExc_TypeError, "profiler is an IProfiler or None");
        return -1;
    }
    const tern_profiler profiler = ternrt_profiler_of(value);
    PyObject *old = cast(self)->profiler;
    cast(self)->profiler = value != Py_None ? Py_NewRef(value) : NULL;
    ternrt_call call;
    ternrt_enter(&call);
    (void)!tern_context_set_profiler(cast(self)->context, value != Py_None ? &profiler : NULL);
    const int raised = ternrt_leave(&call);
    Py_XDECREF(old);
    return raised;
}

/* ---- output allocators ---- */

static PyObject *set_output_allocator(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                      PyObject *keywords)
{
    static const ternrt_signature takes = {"set_output_allocator", 2, {"name", "output_allocator"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    if (given[1] != Py_None && !PyObject_TypeCheck(given[1], ternrt_output_allocator_type)) {
        return PyErr_Format(PyExc_TypeError, "expected an IOutputAllocator or None, not %R",
                            given[1]);
    }
    const int32_t index = ternrt_engine_find(cast(self)->engine, given[0]);
    if (index < 0) {
        return index == -1 ? NULL : PyBool_FromLong(0);
    }
    const bool is_none = given[1] == Py_None;
    const tern_output_allocator allocator = ternrt_output_allocator_of(given[1]);
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status =
        tern_context_set_output_allocator(cast(self)->context, index, is_none ? NULL : &allocator);
    const int raised = ternrt_leave(&call);
    if (status == TERN_OK) {
        PyObject *old = cast(self)->allocators[index];
        cast(self)->allocators[index] = is_none ? NULL : Py_NewRef(given[1]);
        Py_XDECREF(old);
    }
    return raised < 0 ? NULL : PyBool_FromLong(status == TERN_OK);
}

static PyObject *get_output_allocator(PyObject *self, PyObject *name)
{
    const int32_t index = ternrt_engine_find(cast(self)->engine, name);
    PyObject *allocator = index >= 0 ? cast(self)->allocators[index] : NULL;
    return index == -1 ? NULL : Py_NewRef(allocator != NULL ? allocator : Py_None);
}
TERNRT_ONE(get_output_allocator, "name")

/* ---- profiles ---- */

static int change_profile(PyObject *self, int32_t profile, bool *out_changed)
{
    ternrt_call call;
    ternrt_enter(&call);
    *out_changed = tern_context_set_profile(cast(self)->context, profile) == TERN_OK;
    return ternrt_leave(&call);
}

static PyObject *set_profile_async(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                   PyObject *keywords)
{
    static const ternrt_signature takes = {
        "set_optimization_profile_async", 1, {"profile_index", "stream_handle"}};
    PyObject *given[2];
    int32_t profile = 0;
    bool changed = false;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 ||
        ternrt_i32(given[0], &profile) < 0 || change_profile(self, profile, &changed) < 0) {
        return NULL;
    }
    return PyBool_FromLong(changed);
}

static PyObject *get_profile(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(tern_context_profile(cast(self)->context));
}

static int set_profile(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    int32_t profile = 0;
    bool changed = false;
    return value == NULL || ternrt_i32(value, &profile) < 0
               ? -1
               : change_profile(self, profile, &changed);
}

/* ---- other settings ---- */

static PyObject *get_engine(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef((PyObject *)cast(self)->engine);
}

static PyObject *get_name(PyObject *self, void *closure)
{
    (void)closure;
    return cast(self)->name != NULL ? Py_NewRef(cast(self)->name) : PyUnicode_FromString("");
}

static int set_name(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (value == NULL || ternrt_utf8(value, "name") == NULL) {
        return -1;
    }
    PyObject *old = cast(self)->name;
    cast(self)->name = Py_NewRef(value);
    Py_XDECREF(old);
    return 0;
}

static PyObject *get_debug_sync(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(cast(self)->debug_sync);
}

static int set_debug_sync(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    const int on = value != NULL ? PyObject_IsTrue(value) : -1;
    cast(self)->debug_sync = on == 1;
    return on < 0 ? -1 : 0;
}

static const PyMethodDef methods[] = {
    {"set_output_allocator", TERNRT_KEYWORDS(set_output_allocator),
     TERNRT_DOC("set_output_allocator(name, output_allocator) -> bool")},
    {"get_output_allocator", TERNRT_KEYWORDS(get_output_allocator_one),
     TERNRT_DOC("get_output_allocator(name)")},
    {"set_optimization_profile_async", TERNRT_KEYWORDS(set_profile_async),
     TERNRT_DOC("set_optimization_profile_async(profile_index, stream_handle) -> bool")},
    TERNRT_WITH,
};
static PyGetSetDef properties[] = {
    {"engine", get_engine, NULL, NULL, NULL},
    {"name", get_name, set_name, TERNRT_DOC("Name of the context."), NULL},
    {"profiler", get_profiler, set_profiler, TERNRT_DOC("An IProfiler, or None."), NULL},
    {"debug_sync", get_debug_sync, set_debug_sync,
     TERNRT_DOC("Wait for the stream after every run."), NULL},
    {"active_optimization_profile", get_profile, set_profile, TERNRT_DOC("Index of the profile."),
     NULL},
    {"all_binding_shapes_specified", ternrt_context_all_specified, NULL, NULL, NULL},
    {"all_shape_inputs_specified", ternrt_context_all_specified, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* The methods of the three files in one table, which lives as long as the type. */
static PyMethodDef *all_methods(void)
{
    const size_t own = sizeof methods / sizeof *methods;
    size_t runs = 0, shapes = 0;
    const PyMethodDef *run = ternrt_context_run_methods(&runs);
    const PyMethodDef *shape = ternrt_context_shape_methods(&shapes);
    PyMethodDef *all = PyMem_Calloc(own + runs + shapes + 1, sizeof *all);
    if (all != NULL) {
        memcpy(all, methods, sizeof methods);
        memcpy(all + own, run, runs * sizeof *all);
        memcpy(all + own + runs, shape, shapes * sizeof *all);
    }
    return all;
}

int ternrt_context_init(PyObject *module)
{
    PyMethodDef *all = all_methods();
    if (all == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyType_Slot slots[] = {
        {Py_tp_doc, TERNRT_DOC("Runs an engine; any number of contexts share its weights.")},
        {Py_tp_dealloc, (void *)context_dealloc},
        {Py_tp_traverse, (void *)context_traverse},
        {Py_tp_methods, all},
        {Py_tp_getset, properties},
        {0, NULL},
    };
    PyType_Spec spec = {"ternrt.IExecutionContext", sizeof(ternrt_context), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                        slots};
    ternrt_context_type = ternrt_type_make(module, &spec, NULL);
    return ternrt_context_type != NULL ? 0 : -1;
}
