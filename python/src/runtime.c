/* SPDX-License-Identifier: Apache-2.0
 *
 * Runtime: turns the bytes of a plan into an engine.  Bytes that the library made, and mapped
 * files, are used in place and kept alive; all others are copied once.
 */
#include "ternrt.h"

static PyTypeObject *type;

static ternrt_runtime *cast(PyObject *object)
{
    return (ternrt_runtime *)object;
}

enum { ALL_TEMPFILES = 3 }; /* both members of TempfileControlFlag */

PyObject *ternrt_runtime_make(ternrt_builder *builder, PyObject *logger)
{
    ternrt_era_freeze("Runtime()");
    ternrt_runtime *self = ternrt_alloc(type);
    if (self == NULL) {
        return NULL;
    }
    self->reporter.logger = Py_NewRef(logger);
    self->tempfile_use = ALL_TEMPFILES;
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    options.logger = ternrt_logger_of(&self->reporter);
    if (builder != NULL) {
        self->reporter.recorder = Py_XNewRef(builder->reporter.recorder);
        self->allocator = Py_XNewRef(builder->allocator);
        options.max_threads = tern_builder_max_threads(builder->builder);
    }
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_runtime_create(&options, &self->runtime);
    const int raised = ternrt_leave(&call);
    if (raised < 0 || status != TERN_OK) {
        Py_DECREF((PyObject *)self);
        return raised < 0 ? NULL : ternrt_raise(status);
    }
    return (PyObject *)self;
}

static PyObject *runtime_new(PyTypeObject *unused, PyObject *args, PyObject *keywords)
{
    (void)unused;
    static char *names[] = {"logger", NULL};
    PyObject *logger = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O", names, &logger)) {
        return NULL;
    }
    if (!PyObject_TypeCheck(logger, ternrt_logger_type)) {
        return PyErr_Format(PyExc_TypeError, "Runtime() takes an ILogger, not %R", logger);
    }
    return ternrt_runtime_make(NULL, logger);
}

static void destroy(void *runtime)
{
    tern_runtime_destroy(runtime);
}

static void runtime_dealloc(PyObject *object)
{
    PyObject_GC_UnTrack(object);
    ternrt_release(destroy, cast(object)->runtime);
    ternrt_reporter_drop(&cast(object)->reporter);
    Py_XDECREF(cast(object)->allocator);
    Py_XDECREF(cast(object)->folder);
    ternrt_free(object);
}

static int runtime_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(cast(object)->allocator);
    return ternrt_reporter_traverse(&cast(object)->reporter, visit, arg);
}

/* True for an mmap.mmap, whose pages stay where they are while a buffer of it is held. */
static bool is_mapping(PyObject *object)
{
    PyObject *name = PyType_GetQualName(Py_TYPE(object));
    const bool is_mmap = name != NULL && PyUnicode_CompareWithASCIIString(name, "mmap") == 0;
    Py_XDECREF(name);
    return is_mmap;
}

static tern_status load(ternrt_runtime *self, const void *data, size_t size, tern_load how,
                        tern_engine **out_engine, int *out_raised)
{
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_engine_load_memory(self->runtime, data, size, how, out_engine);
    *out_raised = ternrt_leave(&call);
    return status;
}

PyObject *ternrt_runtime_load(ternrt_runtime *self, PyObject *source)
{
    Py_buffer view;
    if (PyObject_GetBuffer(source, &view, PyBUF_C_CONTIGUOUS) < 0) {
        return NULL;
    }
    const bool is_ours = Py_IS_TYPE(source, ternrt_memory_type);
    const bool in_place = is_ours || is_mapping(source);
    tern_engine *engine = NULL;
    int raised = 0;
    const tern_status status = load(self, view.buf, (size_t)view.len,
                                    in_place ? TERN_LOAD_BORROW : TERN_LOAD_COPY, &engine, &raised);
    if (raised < 0 || status != TERN_OK) {
        PyBuffer_Release(&view);
        tern_engine_destroy(engine);
        return raised < 0 ? NULL : Py_NewRef(Py_None);
    }
    ternrt_engine *object = (ternrt_engine *)ternrt_engine_make(engine, (PyObject *)self);
    if (object == NULL || !in_place || is_ours) {
        if (object != NULL && is_ours) {
            object->source = Py_NewRef(source);
        }
        PyBuffer_Release(&view);
    } else {
        object->view = view; /* the mapping cannot be closed while the engine uses it */
    }
    return (PyObject *)object;
}

static PyObject *deserialize(PyObject *self, PyObject *const *args, Py_ssize_t n,
                             PyObject *keywords)
{
    static const ternrt_signature takes = {"deserialize_cuda_engine", 1, {"serialized_engine"}};
    PyObject *given[1];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    return ternrt_runtime_load(cast(self), given[0]);
}

static PyObject *get_max_threads(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(tern_runtime_max_threads(cast(self)->runtime));
}

static int set_max_threads(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    int32_t threads = 0;
    if (ternrt_is_deleted(value) || ternrt_i32(value, &threads) < 0) {
        return -1;
    }
    ternrt_call call;
    ternrt_enter(&call);
    (void)!tern_runtime_set_max_threads(cast(self)->runtime,
                                        threads); /* the library has logged a refusal */
    return ternrt_leave(&call);
}

static PyObject *get_logger(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(cast(self)->reporter.logger);
}

static PyObject *get_zero(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyLong_FromLong(0);
}

static PyObject *get_dla_core(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyLong_FromLong(-1);
}

static int set_dla_core(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    int32_t core = -1;
    if (ternrt_is_deleted(value) || ternrt_i32(value, &core) < 0) {
        return -1;
    }
    if (core >= 0) {
        ternrt_log(&cast(self)->reporter, TERN_SEVERITY_ERROR, "DLA core %d: there is no DLA here",
                   (int)core);
    }
    return 0;
}

static PyObject *get_folder(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(cast(self)->folder != NULL ? cast(self)->folder : Py_None);
}

static int set_folder(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (ternrt_is_deleted(value) ||
        (value != Py_None && ternrt_utf8(value, "temporary_directory") == NULL)) {
        return -1;
    }
    PyObject *old = cast(self)->folder;
    cast(self)->folder = value != Py_None ? Py_NewRef(value) : NULL;
    Py_XDECREF(old);
    return 0;
}

static ternrt_kept host_code = {offsetof(ternrt_runtime, host_code), TERNRT_KEPT_BOOL,
                                TERNRT_ENUM_COUNT, 0},
                   tempfile_use = {offsetof(ternrt_runtime, tempfile_use), TERNRT_KEPT_MASK,
                                   TERNRT_TempfileControlFlag, 0};

static PyMethodDef methods[] = {
    {"deserialize_cuda_engine", TERNRT_KEYWORDS(deserialize),
     TERNRT_DOC(
         "deserialize_cuda_engine(serialized_engine) -> ICudaEngine, or None after logging why")},
    TERNRT_WITH,
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef properties[] = {
    {"max_threads", get_max_threads, set_max_threads, TERNRT_DOC("Threads that one run may use."),
     NULL},
    {"logger", get_logger, NULL, TERNRT_DOC("The logger given to Runtime()."), NULL},
    {"num_DLA_cores", get_zero, NULL, NULL, NULL},
    {"DLA_core", get_dla_core, set_dla_core,
     TERNRT_DOC("-1: there is no DLA here; setting a core is logged as an error."), NULL},
    TERNRT_ERROR_RECORDER(ternrt_runtime),
    {"gpu_allocator", ternrt_get_allocator, ternrt_set_allocator,
     TERNRT_DOC("An IGpuAllocator, or None: where contexts of the engines that are loaded from now "
                "on get their scratch memory."),
     (void *)(intptr_t)offsetof(ternrt_runtime, allocator)},
    {"engine_host_code_allowed", ternrt_get_kept, ternrt_set_kept,
     TERNRT_DOC("bool, False at first. Kept; it has no effect, since no plan here carries code."),
     &host_code},
    {"temporary_directory", get_folder, set_folder,
     TERNRT_DOC("A path, or None. Kept; it has no effect, since no temporary files are made."),
     NULL},
    {"tempfile_control_flags", ternrt_get_kept, ternrt_set_kept,
     TERNRT_DOC("Mask of TempfileControlFlag integers, all at first. Kept; it has no effect, since "
                "no temporary files are made."),
     &tempfile_use},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, TERNRT_DOC("Runtime(logger): loads plans.")},
    {Py_tp_new, (void *)runtime_new},
    {Py_tp_dealloc, (void *)runtime_dealloc},
    {Py_tp_traverse, (void *)runtime_traverse},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, NULL},
};
static PyType_Spec spec = {"ternrt.Runtime", sizeof(ternrt_runtime), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

int ternrt_runtime_init(PyObject *module)
{
    type = ternrt_type_make(module, &spec, NULL);
    return type != NULL ? 0 : -1;
}
