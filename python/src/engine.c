/* SPDX-License-Identifier: Apache-2.0
 *
 * ICudaEngine.  As a sequence it is its bindings: engine[i] is a name, engine["name"] an index.
 * The questions about single tensors, by name or by binding number, are in engine_tensors.c.
 */
#include "ternrt.h"

#include <string.h>

PyTypeObject *ternrt_engine_type;

static ternrt_engine *cast(PyObject *object)
{
    return (ternrt_engine *)object;
}

const ternrt_reporter *ternrt_engine_logger(const ternrt_engine *engine)
{
    return &engine->reporter;
}

PyObject *ternrt_engine_make(tern_engine *engine, PyObject *runtime)
{
    ternrt_engine *self = ternrt_alloc(ternrt_engine_type);
    if (self == NULL) {
        tern_engine_destroy(engine);
        return NULL;
    }
    self->engine = engine;
    self->runtime = Py_NewRef(runtime);
    self->reporter.parent = &((ternrt_runtime *)runtime)->reporter;
    self->allocator = Py_XNewRef(((ternrt_runtime *)runtime)->allocator);
    self->profiles = tern_engine_profile_count(engine) > 0 ? tern_engine_profile_count(engine) : 1;
    const int32_t count = tern_engine_binding_count(engine);
    self->bindings = PyMem_Calloc((size_t)count + 1, sizeof *self->bindings);
    tern_status status = self->bindings != NULL ? TERN_OK : TERN_OUT_OF_MEMORY;
    for (int32_t i = 0; status == TERN_OK && i < count; i++) {
        status = tern_engine_binding(engine, i, &self->bindings[i]);
        self->count = i + 1;
    }
    if (status != TERN_OK) {
        Py_DECREF((PyObject *)self);
        return ternrt_raise(status);
    }
    return (PyObject *)self;
}

static void destroy(void *engine)
{
    tern_engine_destroy(engine);
}

static void engine_dealloc(PyObject *object)
{
    ternrt_engine *self = cast(object);
    PyObject_GC_UnTrack(object);
    ternrt_release(destroy, self->engine);
    PyMem_Free(self->bindings);
    if (self->view.obj != NULL) {
        PyBuffer_Release(&self->view);
    }
    Py_XDECREF(self->source);
    Py_XDECREF(self->allocator);
    ternrt_reporter_drop(&self->reporter);
    Py_XDECREF(self->runtime);
    ternrt_free(object);
}

static int engine_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(cast(object)->runtime);
    Py_VISIT(cast(object)->source);
    Py_VISIT(cast(object)->view.obj);
    Py_VISIT(cast(object)->allocator);
    return ternrt_reporter_traverse(&cast(object)->reporter, visit, arg);
}

/* ---- finding tensors ---- */

int32_t ternrt_engine_find_as(const ternrt_engine *engine, const ternrt_reporter *reporter,
                              PyObject *name)
{
    const char *text = ternrt_utf8(name, "a tensor's name");
    if (text == NULL) {
        return -1;
    }
    for (int32_t i = 0; i < engine->count; i++) {
        if (strcmp(engine->bindings[i].name, text) == 0) {
            return i;
        }
    }
    ternrt_log(reporter, TERN_SEVERITY_ERROR, "engine: it has no tensor \"%.200s\"", text);
    return -2;
}

int32_t ternrt_engine_find(const ternrt_engine *engine, PyObject *name)
{
    return ternrt_engine_find_as(engine, &engine->reporter, name);
}

/* "name" or "name [profile 2]". */
static int32_t find_binding_name(const ternrt_engine *engine, PyObject *name, int32_t *out_profile)
{
    const char *text = ternrt_utf8(name, "a binding's name");
    if (text == NULL) {
        return -1;
    }
    for (int32_t i = 0; i < engine->count; i++) {
        const size_t length = strlen(engine->bindings[i].name);
        if (strncmp(engine->bindings[i].name, text, length) != 0) {
            continue;
        }
        for (int32_t profile = 0; profile < engine->profiles; profile++) {
            char suffix[32] = "";
            if (profile > 0) {
                PyOS_snprintf(suffix, sizeof suffix, " [profile %d]", (int)profile);
            }
            if (strcmp(text + length, suffix) == 0) {
                *out_profile = profile;
                return i;
            }
        }
    }
    PyErr_Format(PyExc_KeyError, "the engine has no binding %R", name);
    return -1;
}

int32_t ternrt_engine_binding(const ternrt_engine *engine, PyObject *binding, int32_t *out_profile)
{
    if (PyUnicode_Check(binding)) {
        return find_binding_name(engine, binding, out_profile);
    }
    int32_t index = 0;
    if (ternrt_i32(binding, &index) < 0) {
        return -1;
    }
    if (index < 0 || index >= engine->count * engine->profiles) {
        PyErr_Format(PyExc_IndexError, "binding %d is outside %d bindings", index,
                     engine->count * engine->profiles);
        return -1;
    }
    *out_profile = index / engine->count;
    return index % engine->count;
}

/* ---- as a sequence ---- */

static Py_ssize_t engine_length(PyObject *self)
{
    return (Py_ssize_t)cast(self)->count * cast(self)->profiles;
}

static PyObject *engine_item(PyObject *self, Py_ssize_t index)
{
    const ternrt_engine *engine = cast(self);
    if (index < 0 || index >= engine_length(self)) {
        return PyErr_Format(PyExc_IndexError, "binding %zd is outside %zd bindings", index,
                            engine_length(self));
    }
    const int32_t profile = (int32_t)(index / engine->count);
    const char *name = engine->bindings[index % engine->count].name;
    return profile == 0 ? ternrt_text(name)
                        : PyUnicode_FromFormat("%s [profile %d]", name, (int)profile);
}

static PyObject *engine_subscript(PyObject *self, PyObject *key)
{
    int32_t profile = 0;
    if (!PyUnicode_Check(key)) {
        const Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        return index == -1 && PyErr_Occurred()
                   ? NULL
                   : engine_item(self, index < 0 ? index + engine_length(self) : index);
    }
    const int32_t index = find_binding_name(cast(self), key, &profile);
    return index < 0 ? NULL : PyLong_FromLong(index + profile * cast(self)->count);
}

static int always_true(PyObject *self)
{
    (void)self;
    return 1;
}

/* ---- methods ---- */

static PyObject *serialize(PyObject *self, PyObject *unused)
{
    (void)unused;
    size_t size = 0;
    const void *plan = tern_engine_plan(cast(self)->engine, &size);
    return plan == NULL ? Py_NewRef(Py_None) : ternrt_memory_view(plan, size, self);
}

static PyObject *create_context(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                PyObject *keywords)
{
    static const ternrt_signature takes = {"create_execution_context", 0, {"strategy"}};
    PyObject *given[1];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    const int member = given[0] != NULL
                           ? ternrt_member_read(given[0], TERNRT_ExecutionContextAllocationStrategy)
                           : TERNRT_ExecutionContextAllocationStrategy_STATIC;
    if (member < 0) {
        return NULL;
    }
    return ternrt_context_make(cast(self),
                               member == TERNRT_ExecutionContextAllocationStrategy_USER_MANAGED);
}

static PyObject *create_bare_context(PyObject *self, PyObject *unused)
{
    (void)unused;
    return ternrt_context_make(cast(self), true);
}

static PyObject *create_inspector(PyObject *self, PyObject *unused)
{
    (void)unused;
    return ternrt_inspector_make(cast(self));
}

static PyObject *memory_for_profile(PyObject *self, PyObject *object)
{
    int32_t profile = 0;
    if (ternrt_i32(object, &profile) < 0) {
        return NULL;
    }
    if (profile < 0 || profile >= cast(self)->profiles) {
        return PyErr_Format(PyExc_IndexError, "profile %d is outside %d profiles", profile,
                            cast(self)->profiles);
    }
    return PyLong_FromSize_t(tern_engine_device_memory(cast(self)->engine));
}
TERNRT_ONE(memory_for_profile, "profile_index")

/* ---- properties: the closure answers ---- */

typedef struct question {
    int32_t (*ask)(const tern_engine *engine);
    bool is_truth;
} question;

static int32_t zero(const tern_engine *engine)
{
    (void)engine;
    return 0;
}

static question layers = {tern_engine_layer_count, false},
                max_batch = {tern_engine_max_batch, false},
                implicit = {tern_engine_has_implicit_batch, true},
                refittable = {tern_engine_is_refittable, true}, aux_streams = {zero, false};

static PyObject *get_answer(PyObject *self, void *closure)
{
    const question *q = closure;
    const int32_t answer = q->ask(cast(self)->engine);
    return q->is_truth ? PyBool_FromLong(answer) : PyLong_FromLong(answer);
}

static PyObject *get_name(PyObject *self, void *closure)
{
    (void)closure;
    return ternrt_text(tern_engine_name(cast(self)->engine));
}

static PyObject *get_profiles(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(cast(self)->profiles);
}

static PyObject *get_memory(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(tern_engine_device_memory(cast(self)->engine));
}

static PyObject *get_scratch(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(tern_engine_scratch_memory(cast(self)->engine));
}

static PyObject *get_verbosity(PyObject *self, void *closure)
{
    (void)closure;
    const int32_t place = tern_engine_verbosity(cast(self)->engine);
    return ternrt_member_object(place == 2   ? TERNRT_ProfilingVerbosity_DETAILED
                                : place == 1 ? TERNRT_ProfilingVerbosity_NONE
                                             : TERNRT_ProfilingVerbosity_LAYER_NAMES_ONLY);
}

static PyObject *get_tactic_sources(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return PyLong_FromLong(0);
}

static PyObject *get_capability(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return ternrt_member_object(TERNRT_EngineCapability_STANDARD);
}

static PyObject *get_compatibility(PyObject *self, void *closure)
{
    (void)self, (void)closure;
    return ternrt_member_object(TERNRT_HardwareCompatibilityLevel_NONE);
}

static PyObject *get_bindings(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromSsize_t(engine_length(self));
}

static PyObject *get_tensors(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(cast(self)->count);
}

static const PyMethodDef methods[] = {
    {"serialize", serialize, METH_NOARGS, TERNRT_DOC("The plan's bytes, an IHostMemory.")},
    {"create_execution_context", TERNRT_KEYWORDS(create_context),
     TERNRT_DOC(
         "create_execution_context(strategy=STATIC) -> IExecutionContext, or None\n\nWith "
         "USER_MANAGED as create_execution_context_without_device_memory(); ON_PROFILE_CHANGE "
         "is STATIC here.")},
    {"create_execution_context_without_device_memory", create_bare_context, METH_NOARGS,
     TERNRT_DOC("An IExecutionContext that runs after device_memory was set; contexts that never "
                "run at the same time may share that memory. None after logging why.")},
    {"create_engine_inspector", create_inspector, METH_NOARGS,
     TERNRT_DOC("A new EngineInspector.")},
    {"get_device_memory_size_for_profile", TERNRT_KEYWORDS(memory_for_profile_one),
     TERNRT_DOC("Bytes that a context takes.")},
    {"get_device_memory_size_for_profile_v2", TERNRT_KEYWORDS(memory_for_profile_one),
     TERNRT_DOC("Bytes that a context takes.")},
    TERNRT_WITH,
};
static PyGetSetDef properties[] = {
    {"name", get_name, NULL, TERNRT_DOC("Name of the network."), NULL},
    {"num_bindings", get_bindings, NULL, TERNRT_DOC("Tensors times profiles."), NULL},
    {"num_io_tensors", get_tensors, NULL, TERNRT_DOC("Inputs and outputs."), NULL},
    {"num_layers", get_answer, NULL, NULL, &layers},
    {"num_optimization_profiles", get_profiles, NULL, NULL, NULL},
    {"num_aux_streams", get_answer, NULL, NULL, &aux_streams},
    {"max_batch_size", get_answer, NULL, TERNRT_DOC("Largest batch, when it is implicit."),
     &max_batch},
    {"has_implicit_batch_dimension", get_answer, NULL, NULL, &implicit},
    {"refittable", get_answer, NULL, NULL, &refittable},
    {"device_memory_size", get_memory, NULL, TERNRT_DOC("Bytes that a context takes."), NULL},
    {"device_memory_size_v2", get_memory, NULL, TERNRT_DOC("Bytes that a context takes."), NULL},
    {"max_workspace_size", get_scratch, NULL,
     TERNRT_DOC("Bytes of the memory of a context that hold values only while it runs."), NULL},
    TERNRT_ERROR_RECORDER(ternrt_engine),
    {"profiling_verbosity", get_verbosity, NULL,
     TERNRT_DOC("The config's when it was built, a ProfilingVerbosity."), NULL},
    {"tactic_sources", get_tactic_sources, NULL,
     TERNRT_DOC("0: no engine here uses any of the libraries that TacticSource names."), NULL},
    {"engine_capability", get_capability, NULL, NULL, NULL},
    {"hardware_compatibility_level", get_compatibility, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* The methods of both files in one table, which lives as long as the type. */
static PyMethodDef *all_methods(void)
{
    const PyMethodDef *tensors = ternrt_engine_tensor_methods();
    const size_t own = sizeof methods / sizeof *methods;
    size_t others = 0;
    while (tensors[others].ml_name != NULL) {
        others++;
    }
    PyMethodDef *all = PyMem_Calloc(own + others + 1, sizeof *all);
    if (all != NULL) {
        memcpy(all, methods, sizeof methods);
        memcpy(all + own, tensors, others * sizeof *all);
    }
    return all;
}

int ternrt_engine_init(PyObject *module)
{
    PyMethodDef *all = all_methods();
    if (all == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyType_Slot slots[] = {
        {Py_tp_doc, TERNRT_DOC("A built network, ready to run.")},
        {Py_tp_dealloc, (void *)engine_dealloc},
        {Py_tp_traverse, (void *)engine_traverse},
        {Py_sq_length, (void *)engine_length},
        {Py_mp_length, (void *)engine_length},
        {Py_sq_item, (void *)engine_item},
        {Py_mp_subscript, (void *)engine_subscript},
        {Py_nb_bool, (void *)always_true},
        {Py_tp_methods, all},
        {Py_tp_getset, properties},
        {0, NULL},
    };
    PyType_Spec spec = {"ternrt.ICudaEngine", sizeof(ternrt_engine), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                        slots};
    ternrt_engine_type = ternrt_type_make(module, &spec, NULL);
    return ternrt_engine_type != NULL ? 0 : -1;
}
