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

/* Scratch memory from the engine's allocator; 1 done, 0 refused and logged, -1 with an exception.
   */
static int ask_allocator(ternrt_context *self)
{
    const size_t bytes = tern_engine_scratch_memory(self->engine->engine);
    void *address = NULL;
    if (bytes == 0) {
        return 1;
    }
    self->allocator = Py_NewRef(self->engine->allocator);
    if (ternrt_gpu_allocate(self->allocator, bytes, &self->block, &address) < 0) {
        return -1;
    }
    if (address == NULL) {
        Py_CLEAR(self->block);
        ternrt_log(&self->reporter, TERN_SEVERITY_ERROR,
                   "context: the gpu_allocator gave no memory for %zu bytes", bytes);
        return 0;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &self->reporter);
    const tern_status status = tern_context_set_memory(self->context, address, bytes);
    return ternrt_leave(&call) < 0 ? -1 : status == TERN_OK;
}

PyObject *ternrt_context_make(ternrt_engine *engine, bool is_bare)
{
    ternrt_context *self = ternrt_alloc(ternrt_context_type);
    if (self == NULL) {
        return NULL;
    }
    self->engine = (ternrt_engine *)Py_NewRef((PyObject *)engine);
    self->reporter.parent = &engine->reporter;
    self->nvtx =
        TERNRT_ProfilingVerbosity_LAYER_NAMES_ONLY - ternrt_enum_first(TERNRT_ProfilingVerbosity);
    const size_t count = (size_t)engine->count + 1;
    self->owners = PyMem_Calloc(count, sizeof *self->owners);
    self->allocators = PyMem_Calloc(count, sizeof *self->allocators);
    if (self->owners == NULL || self->allocators == NULL) {
        Py_DECREF((PyObject *)self);
        return PyErr_NoMemory();
    }
    ternrt_call call;
    ternrt_enter_as(&call, &self->reporter);
    const tern_status status =
        is_bare || engine->allocator != NULL
            ? tern_context_create_without_memory(engine->engine, &self->context)
            : tern_context_create(engine->engine, &self->context);
    const int raised = ternrt_leave(&call);
    if (raised < 0 || status != TERN_OK ||
        (engine->allocator != NULL && !is_bare && ask_allocator(self) != 1)) {
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
    if (self->allocator != NULL && self->block != NULL) {
        ternrt_gpu_free(self->allocator, self->block);
    }
    Py_XDECREF(self->allocator);
    Py_XDECREF(self->block);
    Py_XDECREF(self->temporary);
    Py_XDECREF(self->times);
    ternrt_reporter_drop(&self->reporter);
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
    Py_VISIT(self->allocator);
    Py_VISIT(self->block);
    Py_VISIT(self->temporary);
    return ternrt_reporter_traverse(&self->reporter, visit, arg);
}

int32_t ternrt_context_find(const ternrt_context *context, PyObject *name)
{
    return ternrt_engine_find_as(context->engine, &context->reporter, name);
}

const ternrt_reporter *ternrt_context_logger(const ternrt_context *context)
{
    return &context->reporter;
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
    const tern_profiler profiler = ternrt_profiler_of(cast(self));
    PyObject *old = cast(self)->profiler;
    cast(self)->profiler = value != Py_None ? Py_NewRef(value) : NULL;
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    (void)!tern_context_set_profiler(cast(self)->context, value != Py_None ? &profiler : NULL);
    const int raised = ternrt_leave(&call);
    Py_XDECREF(old);
    return raised;
}

static PyObject *get_emits(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(!cast(self)->is_silent);
}

static int set_emits(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    const int emits = ternrt_is_deleted(value) ? -1 : PyObject_IsTrue(value);
    if (emits < 0) {
        return -1;
    }
    cast(self)->is_silent = emits == 0;
    return 0;
}

static PyObject *report_to_profiler(PyObject *self, PyObject *unused)
{
    (void)unused;
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    ternrt_wait_for_streams();
    const int raised = ternrt_leave(&call);
    const int reported = raised < 0 ? -1 : ternrt_profiler_report(cast(self));
    if (reported == 0) {
        ternrt_log(&cast(self)->reporter, TERN_SEVERITY_ERROR, "report_to_profiler: %s",
                   cast(self)->profiler == NULL ? "the context has no profiler"
                   : cast(self)->is_silent      ? "nothing has run since the last report"
                                                : "every run reports, enqueue_emits_profile is on");
    }
    return reported < 0 ? NULL : PyBool_FromLong(reported);
}

/* ---- memory ---- */

/* 1 done, 0 refused and logged, -1 with an exception. */
static int give_memory(ternrt_context *self, PyObject *memory, size_t size)
{
    void *address = NULL;
    PyObject *owner = NULL;
    if (ternrt_address(memory, &address, &owner) < 0) {
        return -1;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &self->reporter);
    const tern_status status = tern_context_set_memory(self->context, address, size);
    const int raised = ternrt_leave(&call);
    if (status == TERN_OK) {
        PyObject *old = self->block, *allocator = self->allocator;
        self->block = owner;
        self->allocator = NULL;
        if (allocator != NULL && old != NULL) {
            ternrt_gpu_free(allocator, old);
        }
        Py_XDECREF(allocator);
        owner = old;
    }
    Py_XDECREF(owner);
    return raised < 0 ? -1 : status == TERN_OK;
}

static int set_memory(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    return ternrt_is_deleted(value) || give_memory(cast(self), value, SIZE_MAX) < 0
               ? -1
               : 0; /* a refusal was logged */
}

static PyObject *set_sized_memory(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                  PyObject *keywords)
{
    static const ternrt_signature takes = {"set_device_memory", 2, {"memory", "size"}};
    PyObject *given[2];
    int64_t size = 0;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 || ternrt_i64(given[1], &size) < 0 ||
        give_memory(cast(self), given[0], size > 0 ? (size_t)size : 0) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *memory_for_shapes(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromSize_t(tern_engine_device_memory(cast(self)->engine->engine));
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
    const int32_t index = ternrt_context_find(cast(self), given[0]);
    if (index < 0) {
        return index == -1 ? NULL : PyBool_FromLong(0);
    }
    const bool is_none = given[1] == Py_None;
    const tern_output_allocator allocator = ternrt_output_allocator_of(given[1]);
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
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
    const int32_t index = ternrt_context_find(cast(self), name);
    PyObject *allocator = index >= 0 ? cast(self)->allocators[index] : NULL;
    return index == -1 ? NULL : Py_NewRef(allocator != NULL ? allocator : Py_None);
}
TERNRT_ONE(get_output_allocator, "name")

/* ---- profiles ---- */

static int change_profile(PyObject *self, int32_t profile, bool *out_changed)
{
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
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
    return ternrt_is_deleted(value) || ternrt_i32(value, &profile) < 0
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
    if (ternrt_is_deleted(value) || ternrt_utf8(value, "name") == NULL) {
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
    const int on = ternrt_is_deleted(value) ? -1 : PyObject_IsTrue(value);
    cast(self)->debug_sync = on == 1;
    return on < 0 ? -1 : 0;
}

static ternrt_kept nvtx = {offsetof(ternrt_context, nvtx), TERNRT_KEPT_MEMBER,
                           TERNRT_ProfilingVerbosity, 0},
                   cache_bytes = {offsetof(ternrt_context, cache_bytes), TERNRT_KEPT_NUMBER,
                                  TERNRT_ENUM_COUNT, 0};

static PyObject *set_aux_streams(PyObject *self, PyObject *streams)
{
    (void)self;
    Py_ssize_t count = 0;
    int64_t *handles = ternrt_i64_list(streams, &count);
    if (handles == NULL) {
        return NULL;
    }
    PyMem_Free(handles);
    Py_RETURN_NONE;
}
TERNRT_ONE(set_aux_streams, "aux_streams")

static const PyMethodDef methods[] = {
    {"report_to_profiler", report_to_profiler, METH_NOARGS,
     TERNRT_DOC("report_to_profiler() -> bool\n\nWaits for what is queued and gives the profiler "
                "the times of the last run, which it keeps while enqueue_emits_profile is False. "
                "False after logging why.")},
    {"set_device_memory", TERNRT_KEYWORDS(set_sized_memory),
     TERNRT_DOC("set_device_memory(memory, size): device_memory with its size in bytes.")},
    {"update_device_memory_size_for_shapes", memory_for_shapes, METH_NOARGS,
     TERNRT_DOC("Bytes that device_memory must have: as many for all shapes.")},
    {"set_aux_streams", TERNRT_KEYWORDS(set_aux_streams_one),
     TERNRT_DOC("set_aux_streams(aux_streams): it has no effect, since no engine here uses any "
                "(num_aux_streams is 0).")},
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
    TERNRT_ERROR_RECORDER(ternrt_context),
    {"enqueue_emits_profile", get_emits, set_emits,
     TERNRT_DOC("True at first: the profiler hears of every run. False: report_to_profiler() tells "
                "it."),
     NULL},
    {"device_memory", NULL, set_memory,
     TERNRT_DOC("Memory that a context made without device memory works in: an address, a buffer "
                "or a DLPack tensor, of engine.device_memory_size bytes, aligned to 64. Buffers "
                "are kept, what an address points to must stay; 0 takes it away. Other contexts "
                "refuse it, which is logged."),
     NULL},
    {"nvtx_verbosity", ternrt_get_kept, ternrt_set_kept,
     TERNRT_DOC("A ProfilingVerbosity. Kept; it has no effect, since there is no NVTX here."),
     &nvtx},
    {"persistent_cache_limit", ternrt_get_kept, ternrt_set_kept,
     TERNRT_DOC("Bytes, 0 at first. Kept; it has no effect, since a CPU's cache has no such part."),
     &cache_bytes},
    {"temporary_allocator", ternrt_get_allocator, ternrt_set_allocator,
     TERNRT_DOC("An IGpuAllocator, or None. Kept; it has no effect, since a run takes no memory."),
     (void *)(intptr_t)offsetof(ternrt_context, temporary)},
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
