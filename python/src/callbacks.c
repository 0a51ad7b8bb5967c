/* SPDX-License-Identifier: Apache-2.0
 *
 * Interfaces that users implement in Python: IProfiler (and Profiler, which prints),
 * IOutputAllocator and IProgressMonitor, with the functions by which the library reaches them.
 */
#include "ternrt.h"

#include <string.h>

PyTypeObject *ternrt_profiler_type, *ternrt_output_allocator_type, *ternrt_progress_type;

static PyObject *plain_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)args, (void)keywords;
    return ternrt_alloc(type);
}

static void plain_dealloc(PyObject *self)
{
    ternrt_free(self);
}

/* ---- profilers ---- */

static int tell_profiler(ternrt_context *context, PyObject *name, PyObject *milliseconds)
{
    PyObject *profiler = Py_NewRef(context->profiler); /* it may be replaced while it is called */
    PyObject *result = PyObject_CallMethod(profiler, "report_layer_time", "OO", name, milliseconds);
    Py_DECREF(profiler);
    Py_XDECREF(result);
    return result != NULL ? 0 : -1;
}

/* A layer comes once in a run, so the one that came first opens the next run. */
static int keep_time(ternrt_context *context, const char *layer, PyObject *name,
                     PyObject *milliseconds)
{
    if (context->times == NULL || context->first == layer) {
        Py_XDECREF(context->times);
        context->first = layer;
        context->times = PyList_New(0);
    }
    PyObject *pair = context->times != NULL ? PyTuple_Pack(2, name, milliseconds) : NULL;
    const int failed = pair == NULL || PyList_Append(context->times, pair) < 0;
    Py_XDECREF(pair);
    return failed ? -1 : 0;
}

/* With is_silent the times wait for report_to_profiler(). */
static void report_layer(void *self, const char *layer, double milliseconds)
{
    ternrt_context *context = self;
    ternrt_callback callback;
    if (!ternrt_callback_begin(&callback)) {
        return;
    }
    PyObject *name = ternrt_text(layer), *time = PyFloat_FromDouble(milliseconds);
    if (name != NULL && time != NULL && context->profiler != NULL) {
        (void)(context->is_silent ? keep_time(context, layer, name, time)
                                  : tell_profiler(context, name, time));
    }
    Py_XDECREF(name);
    Py_XDECREF(time);
    ternrt_callback_end(&callback, context->profiler);
}

tern_profiler ternrt_profiler_of(ternrt_context *context)
{
    return (tern_profiler){context, report_layer};
}

int ternrt_profiler_report(ternrt_context *context)
{
    PyObject *times = context->times;
    context->times = NULL;
    context->first = NULL;
    if (times == NULL || context->profiler == NULL) {
        Py_XDECREF(times);
        return 0;
    }
    int failed = 0;
    for (Py_ssize_t i = 0; !failed && context->profiler != NULL && i < PyList_Size(times); i++) {
        PyObject *pair = PyList_GetItem(times, i);
        failed = tell_profiler(context, PyTuple_GetItem(pair, 0), PyTuple_GetItem(pair, 1)) < 0;
    }
    Py_DECREF(times);
    return failed ? -1 : 1;
}

static PyObject *print_layer(PyObject *self, PyObject *const *args, Py_ssize_t n,
                             PyObject *keywords)
{
    (void)self;
    static const ternrt_signature takes = {"report_layer_time", 2, {"layer_name", "ms"}};
    PyObject *given[2];
    double milliseconds = 0;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 ||
        ternrt_f64(given[1], &milliseconds) < 0) {
        return NULL;
    }
    char time[32];
    PyOS_snprintf(time, sizeof time, "%.6f", milliseconds);
    PySys_FormatStdout("%S: %sms\n", given[0], time);
    Py_RETURN_NONE;
}

/* ---- output allocators ---- */

/* The asynchronous form is preferred where a class has it, as TensorRT 10 does. */
static PyObject *call_reallocate(PyObject *allocator, const char *name, void *current, size_t bytes,
                                 size_t align)
{
    PyObject *address = PyLong_FromVoidPtr(current);
    PyObject *result = NULL;
    if (address != NULL && PyObject_HasAttrString(allocator, "reallocate_output_async")) {
        result = PyObject_CallMethod(allocator, "reallocate_output_async", "sOnni", name, address,
                                     (Py_ssize_t)bytes, (Py_ssize_t)align, 0);
    } else if (address != NULL) {
        result = PyObject_CallMethod(allocator, "reallocate_output", "sOnn", name, address,
                                     (Py_ssize_t)bytes, (Py_ssize_t)align);
    }
    Py_XDECREF(address);
    return result;
}

static void *reallocate_output(void *self, const char *name, void *current, size_t bytes,
                               size_t align)
{
    PyObject *allocator = self;
    ternrt_callback callback;
    if (!ternrt_callback_begin(&callback)) {
        return NULL;
    }
    void *address = NULL;
    PyObject *owner = NULL;
    PyObject *result = call_reallocate(allocator, name, current, bytes, align);
    if (result != NULL && ternrt_address(result, &address, &owner) < 0) {
        address = NULL;
    }
    Py_XDECREF(owner); /* the user keeps what it returns */
    Py_XDECREF(result);
    ternrt_callback_end(&callback, allocator);
    return address;
}

static void notify_shape(void *self, const char *name, int32_t rank, const int64_t *dims)
{
    PyObject *allocator = self;
    ternrt_callback callback;
    if (!ternrt_callback_begin(&callback)) {
        return;
    }
    PyObject *shape = ternrt_dims_make(TERNRT_DIMS, rank, dims);
    PyObject *result =
        shape != NULL ? PyObject_CallMethod(allocator, "notify_shape", "sO", name, shape) : NULL;
    Py_XDECREF(shape);
    Py_XDECREF(result);
    ternrt_callback_end(&callback, allocator);
}

tern_output_allocator ternrt_output_allocator_of(PyObject *allocator)
{
    return (tern_output_allocator){allocator, reallocate_output, notify_shape};
}

/* ---- progress monitors: the library tells (phase, step, steps); TensorRT's form has a start and
   an end ---- */

static PyObject *finish_phase(ternrt_config *config)
{
    PyObject *result = Py_NewRef(Py_None);
    if (config->phase.name[0] != '\0') {
        Py_DECREF(result);
        result = PyObject_CallMethod(config->progress, "phase_finish", "s", config->phase.name);
        config->phase.name[0] = '\0';
    }
    return result;
}

/* New reference to step_complete's answer, or NULL. */
static PyObject *report_step(ternrt_config *config, const char *phase, int32_t done, int32_t total)
{
    if (strcmp(config->phase.name, phase) != 0) {
        PyObject *finished = finish_phase(config);
        if (finished == NULL) {
            return NULL;
        }
        Py_DECREF(finished);
        PyOS_snprintf(config->phase.name, sizeof config->phase.name, "%s", phase);
        PyObject *started =
            PyObject_CallMethod(config->progress, "phase_start", "sOi", phase, Py_None, total);
        if (started == NULL) {
            return NULL;
        }
        Py_DECREF(started);
    }
    return PyObject_CallMethod(config->progress, "step_complete", "si", phase, done);
}

static int32_t progress_step(void *self, const char *phase, int32_t done, int32_t total)
{
    ternrt_config *config = self;
    ternrt_callback callback;
    if (!ternrt_callback_begin(&callback)) {
        return 0;
    }
    PyObject *answer = report_step(config, phase, done, total);
    const int go_on = answer != NULL ? PyObject_IsTrue(answer) : 0;
    Py_XDECREF(answer);
    ternrt_callback_end(&callback, config->progress);
    return go_on == 1;
}

tern_progress ternrt_progress_of(ternrt_config *config)
{
    return (tern_progress){config, progress_step};
}

int ternrt_progress_done(ternrt_config *config)
{
    PyObject *finished = config->progress != NULL ? finish_phase(config) : Py_NewRef(Py_None);
    Py_XDECREF(finished);
    return finished != NULL ? 0 : -1;
}

/* ---- types ---- */

static PyMethodDef profiler_methods[] = {
    {"report_layer_time", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("report_layer_time(layer_name, ms)")},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef printing_methods[] = {
    {"report_layer_time", TERNRT_KEYWORDS(print_layer),
     TERNRT_DOC("report_layer_time(layer_name, ms): print it.")},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef allocator_methods[] = {
    {"reallocate_output", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("reallocate_output(tensor_name, memory, size, alignment) -> address of at least "
                "size bytes")},
    {"notify_shape", ternrt_abstract, METH_VARARGS, TERNRT_DOC("notify_shape(tensor_name, shape)")},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef progress_methods[] = {
    {"phase_start", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("phase_start(phase_name, parent_phase, num_steps)")},
    {"step_complete", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("step_complete(phase_name, step) -> False cancels")},
    {"phase_finish", ternrt_abstract, METH_VARARGS, TERNRT_DOC("phase_finish(phase_name)")},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject *make(PyObject *module, const char *name, PyMethodDef *methods,
                          PyTypeObject *base)
{
    PyType_Slot slots[] = {{Py_tp_new, (void *)plain_new},
                           {Py_tp_dealloc, (void *)plain_dealloc},
                           {Py_tp_methods, methods},
                           {0, NULL}};
    PyType_Spec spec = {name, sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
    return ternrt_type_make(module, &spec, base);
}

int ternrt_callbacks_init(PyObject *module)
{
    ternrt_profiler_type = make(module, "ternrt.IProfiler", profiler_methods, NULL);
    ternrt_output_allocator_type = make(module, "ternrt.IOutputAllocator", allocator_methods, NULL);
    ternrt_progress_type = make(module, "ternrt.IProgressMonitor", progress_methods, NULL);
    const bool failed =
        ternrt_profiler_type == NULL || ternrt_output_allocator_type == NULL ||
        ternrt_progress_type == NULL ||
        make(module, "ternrt.Profiler", printing_methods, ternrt_profiler_type) == NULL;
    return failed ? -1 : 0;
}
