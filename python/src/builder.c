/* SPDX-License-Identifier: Apache-2.0
 *
 * Builder: makes networks, configs and profiles, and holds the settings that TensorRT 7 kept here.
 * build.c builds.
 */
#include "build.h"

static ternrt_builder *cast(PyObject *object)
{
    return (ternrt_builder *)object;
}

static PyObject *builder_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"logger", NULL};
    PyObject *logger = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O", names, &logger)) {
        return NULL;
    }
    if (!PyObject_TypeCheck(logger, ternrt_logger_type)) {
        return PyErr_Format(PyExc_TypeError, "Builder() takes an ILogger, not %R", logger);
    }
    ternrt_era_freeze("Builder()");
    ternrt_builder *self = ternrt_alloc(type);
    if (self == NULL) {
        return NULL;
    }
    self->reporter.logger = Py_NewRef(logger);
    self->workspace = self->min_iterations = self->average_iterations = -1;
    tern_builder_options options = TERN_BUILDER_OPTIONS_INIT;
    options.logger = ternrt_logger_of(&self->reporter);
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_builder_create(&options, &self->builder);
    const int raised = ternrt_leave(&call);
    if (raised < 0 || status != TERN_OK) {
        Py_DECREF(self);
        return raised < 0 ? NULL : ternrt_raise(status);
    }
    return (PyObject *)self;
}

static void destroy(void *builder)
{
    tern_builder_destroy(builder);
}

static void builder_dealloc(PyObject *object)
{
    PyObject_GC_UnTrack(object);
    ternrt_release(destroy, cast(object)->builder);
    ternrt_reporter_drop(&cast(object)->reporter);
    Py_XDECREF(cast(object)->allocator);
    ternrt_free(object);
}

static int builder_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(cast(object)->allocator);
    return ternrt_reporter_traverse(&cast(object)->reporter, visit, arg);
}

static PyObject *create_network(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                PyObject *keywords)
{
    static const ternrt_signature takes = {"create_network", 0, {"flags"}};
    PyObject *given[1];
    int64_t bits = 0;
    uint64_t flags = 0;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 ||
        (given[0] != NULL && ternrt_i64(given[0], &bits) < 0) ||
        ternrt_mask_read(TERNRT_NetworkDefinitionCreationFlag, (uint64_t)bits, &flags) < 0) {
        return NULL;
    }
    return ternrt_network_make(cast(self), flags);
}

static PyObject *create_config(PyObject *self, PyObject *unused)
{
    (void)unused;
    return ternrt_config_make(cast(self));
}

static PyObject *create_profile(PyObject *self, PyObject *unused)
{
    (void)unused;
    return ternrt_profile_make(cast(self));
}

static int set_i32(PyObject *self, PyObject *value, tern_status (*set)(tern_builder *, int32_t))
{
    int32_t number = 0;
    if (ternrt_is_deleted(value) || ternrt_i32(value, &number) < 0) {
        return -1;
    }
    ternrt_call call;
    ternrt_enter(&call);
    (void)!set(cast(self)->builder, number); /* the library has logged a refusal */
    return ternrt_leave(&call);
}

static PyObject *get_max_threads(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(tern_builder_max_threads(cast(self)->builder));
}

static int set_max_threads(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    return set_i32(self, value, tern_builder_set_max_threads);
}

static PyObject *get_max_batch(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(tern_builder_max_batch(cast(self)->builder));
}

static int set_max_batch(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    cast(self)->max_batch_set = true;
    return set_i32(self, value, tern_builder_set_max_batch);
}

static PyObject *get_logger(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(cast(self)->reporter.logger);
}

/* builder.fp16_mode and its kin: the closure is the BuilderFlag member. */
static PyObject *get_mode(PyObject *self, void *closure)
{
    const int bit = (int)(intptr_t)closure - ternrt_enum_first(TERNRT_BuilderFlag);
    return PyBool_FromLong((long)(cast(self)->flags >> bit & 1));
}

static int set_mode(PyObject *self, PyObject *value, void *closure)
{
    const int on = ternrt_is_deleted(value) ? -1 : PyObject_IsTrue(value);
    if (on < 0) {
        return -1;
    }
    const uint64_t bit = UINT64_C(1)
                         << ((int)(intptr_t)closure - ternrt_enum_first(TERNRT_BuilderFlag));
    cast(self)->flags = on ? cast(self)->flags | bit : cast(self)->flags & ~bit;
    return 0;
}

/* Settings of TensorRT 7 that became the config's: the closure is the offset of an int64_t, -1
   while not set. */
static int64_t *setting(PyObject *self, void *closure)
{
    return (int64_t *)(void *)((char *)self + (intptr_t)closure);
}

static PyObject *get_setting(PyObject *self, void *closure)
{
    const int64_t value = *setting(self, closure);
    return PyLong_FromLongLong(value >= 0 ? value : 0);
}

static int set_setting(PyObject *self, PyObject *value, void *closure)
{
    int64_t number = 0;
    if (ternrt_is_deleted(value) || ternrt_i64(value, &number) < 0) {
        return -1;
    }
    if (number < 0) {
        PyErr_SetString(PyExc_ValueError, "must not be negative");
        return -1;
    }
    *setting(self, closure) = number;
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

/* What this build's devices have; the closure is the answer. */
static PyObject *get_false(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    Py_RETURN_FALSE;
}

static PyObject *get_zero(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyLong_FromLong(0);
}

static PyObject *reset(PyObject *self, PyObject *unused)
{
    (void)unused;
    ternrt_builder *builder = cast(self);
    builder->flags = 0;
    builder->workspace = builder->min_iterations = builder->average_iterations = -1;
    builder->max_batch_set = builder->debug_sync = false;
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_builder_set_max_batch(builder->builder, 1);
    const int raised = ternrt_leave(&call);
    return raised < 0 ? NULL : status != TERN_OK ? ternrt_raise(status) : Py_NewRef(Py_None);
}

static PyMethodDef methods[] = {
    {"create_network", TERNRT_KEYWORDS(create_network),
     TERNRT_DOC("create_network(flags=0) -> INetworkDefinition")},
    {"create_builder_config", create_config, METH_NOARGS, TERNRT_DOC("A new IBuilderConfig.")},
    {"create_optimization_profile", create_profile, METH_NOARGS,
     TERNRT_DOC("A new IOptimizationProfile.")},
    {"build_serialized_network", TERNRT_KEYWORDS(ternrt_build_serialized),
     TERNRT_DOC(
         "build_serialized_network(network, config) -> IHostMemory, or None after logging why")},
    {"build_engine", TERNRT_KEYWORDS(ternrt_build_engine),
     TERNRT_DOC("build_engine(network, config) -> ICudaEngine, or None after logging why")},
    {"build_engine_with_config", TERNRT_KEYWORDS(ternrt_build_engine),
     TERNRT_DOC(
         "build_engine_with_config(network, config) -> ICudaEngine, or None after logging why")},
    {"build_cuda_engine", TERNRT_KEYWORDS(ternrt_build_cuda_engine),
     TERNRT_DOC(
         "build_cuda_engine(network) -> ICudaEngine by the builder's own settings, or None")},
    {"is_network_supported", TERNRT_KEYWORDS(ternrt_is_supported),
     TERNRT_DOC("is_network_supported(network, config) -> bool: whether it verifies; what is wrong "
                "is logged")},
    {"reset", reset, METH_NOARGS, TERNRT_DOC("Back to the defaults, except for the threads.")},
    TERNRT_WITH,
    {NULL, NULL, 0, NULL},
};

#define MODE(name, member)                                                                         \
    {                                                                                              \
        name, get_mode, set_mode, NULL, (void *)(intptr_t)TERNRT_BuilderFlag_##member              \
    }
#define SETTING(name, field)                                                                       \
    {                                                                                              \
        name, get_setting, set_setting, NULL, (void *)(intptr_t)offsetof(ternrt_builder, field)    \
    }
static PyGetSetDef properties[] = {
    {"max_threads", get_max_threads, set_max_threads, TERNRT_DOC("Threads that a build may use."),
     NULL},
    {"max_batch_size", get_max_batch, set_max_batch,
     TERNRT_DOC("Largest batch of an implicit-batch engine."), NULL},
    {"logger", get_logger, NULL, TERNRT_DOC("The logger given to Builder()."), NULL},
    SETTING("max_workspace_size", workspace),
    SETTING("min_find_iterations", min_iterations),
    SETTING("average_find_iterations", average_iterations),
    MODE("fp16_mode", FP16),
    MODE("int8_mode", INT8),
    MODE("strict_type_constraints", STRICT_TYPES),
    MODE("refittable", REFIT),
    TERNRT_ERROR_RECORDER(ternrt_builder),
    {"gpu_allocator", ternrt_get_allocator, ternrt_set_allocator,
     TERNRT_DOC(
         "An IGpuAllocator, or None: where contexts of the engines that are built from now on "
         "get their scratch memory. A build itself takes no device memory."),
     (void *)(intptr_t)offsetof(ternrt_builder, allocator)},
    {"debug_sync", get_debug_sync, set_debug_sync, NULL, NULL},
    {"platform_has_fast_fp16", get_false, NULL, NULL, NULL},
    {"platform_has_fast_int8", get_false, NULL, NULL, NULL},
    {"platform_has_tf32", get_false, NULL, NULL, NULL},
    {"num_DLA_cores", get_zero, NULL, NULL, NULL},
    {"max_DLA_batch_size", get_zero, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, TERNRT_DOC("Builder(logger): makes networks and builds them.")},
    {Py_tp_new, (void *)builder_new},
    {Py_tp_dealloc, (void *)builder_dealloc},
    {Py_tp_traverse, (void *)builder_traverse},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, NULL},
};
static PyType_Spec spec = {"ternrt.Builder", sizeof(ternrt_builder), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

int ternrt_builder_init(PyObject *module)
{
    return ternrt_type_make(module, &spec, NULL) != NULL ? 0 : -1;
}
