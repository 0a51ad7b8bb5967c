/* SPDX-License-Identifier: Apache-2.0
 *
 * IExecutionContext: addresses and runs.  execute_async_v3 is the straight way; the binding forms
 * of TensorRT 7 bind a list of addresses first.  A run is refused with False after the library has
 * logged why.
 */
#include "context.h"

static ternrt_context *cast(PyObject *object)
{
    return (ternrt_context *)object;
}

/* Binds, and keeps what the address belongs to for as long as it is bound, and as work that was
 * queued may use it; takes the owner over. */
static int bind(ternrt_context *self, int32_t index, void *address, PyObject *owner,
                bool *out_bound)
{
    ternrt_call call;
    ternrt_enter_as(&call, &self->reporter);
    *out_bound = tern_context_bind(self->context, index, address) == TERN_OK;
    if (*out_bound && self->owners[index] != NULL && self->owners[index] != owner) {
        ternrt_wait_for_streams();
    }
    const int raised = ternrt_leave(&call);
    PyObject *old = owner;
    if (*out_bound) {
        old = self->owners[index];
        self->owners[index] = owner;
    }
    Py_XDECREF(old);
    return raised;
}

static PyObject *set_tensor_address(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                    PyObject *keywords)
{
    static const ternrt_signature takes = {"set_tensor_address", 2, {"name", "memory"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    void *address = NULL;
    PyObject *owner = NULL;
    bool bound = false;
    const int32_t index = ternrt_context_find(cast(self), given[0]);
    if (index < 0) {
        return index == -1 ? NULL : PyBool_FromLong(0);
    }
    if (ternrt_address(given[1], &address, &owner) < 0 ||
        bind(cast(self), index, address, owner, &bound) < 0) {
        return NULL;
    }
    return PyBool_FromLong(bound);
}

static PyObject *get_tensor_address(PyObject *self, PyObject *name)
{
    const int32_t index = ternrt_context_find(cast(self), name);
    if (index < 0) {
        return index == -1 ? NULL : PyLong_FromLong(0);
    }
    return PyLong_FromVoidPtr(tern_context_address(cast(self)->context, index));
}
TERNRT_ONE(get_tensor_address, "name")

static PyObject *list_item(PyObject *list, Py_ssize_t index)
{
    return PyList_Check(list) ? Py_XNewRef(PyList_GetItem(list, index))
                              : PySequence_GetItem(list, index);
}

/* One address per binding, or per binding and profile.  1 bound, 0 refused and logged, -1 with an
   exception. */
static int bind_all(ternrt_context *self, PyObject *list)
{
    const int32_t count = self->engine->count;
    const Py_ssize_t given = PySequence_Size(list);
    if (given < 0) {
        return -1;
    }
    if (given != count && given != (Py_ssize_t)count * self->engine->profiles) {
        ternrt_log(ternrt_context_logger(self), TERN_SEVERITY_ERROR,
                   "execute: %zd bindings given, the engine has %d", given, count);
        return 0;
    }
    const Py_ssize_t first =
        given > count ? (Py_ssize_t)count * tern_context_profile(self->context) : 0;
    for (int32_t i = 0; i < count; i++) {
        void *address = NULL;
        PyObject *owner = NULL;
        bool bound = false;
        PyObject *item = list_item(list, first + i);
        const int failed = item == NULL || ternrt_address(item, &address, &owner) < 0 ||
                           bind(self, i, address, owner, &bound) < 0;
        Py_XDECREF(item);
        if (failed || !bound) {
            return failed ? -1 : 0;
        }
    }
    return 1;
}

/* Queues one run; the answer is whether it was accepted (on stream 0, 1, 2: whether it went well).
   */
static PyObject *enqueue(ternrt_context *self, tern_stream stream)
{
    ternrt_call call;
    ternrt_enter_as(&call, &self->reporter);
    tern_status status = tern_context_enqueue(self->context, stream);
    if (self->consumed != 0 && status == TERN_OK) {
        status = tern_event_record(self->consumed, stream);
    }
    if (self->debug_sync && status == TERN_OK) {
        status = tern_stream_synchronize(stream);
    }
    if (ternrt_leave(&call) < 0) {
        return NULL;
    }
    return PyBool_FromLong(status == TERN_OK);
}

static int read_stream(PyObject *object, tern_stream *out_stream)
{
    PyObject *number = PyLong_Check(object) ? Py_NewRef(object) : PyNumber_Index(object);
    if (number == NULL) {
        return -1;
    }
    *out_stream = PyLong_AsUnsignedLongLong(number);
    Py_DECREF(number);
    return *out_stream == (tern_stream)-1 && PyErr_Occurred() ? -1 : 0;
}

static PyObject *run_bound(PyObject *self, PyObject *bindings, PyObject *batch,
                           PyObject *stream_handle)
{
    tern_stream stream = 0;
    int32_t size = 1;
    if ((stream_handle != NULL && read_stream(stream_handle, &stream) < 0) ||
        (batch != NULL && ternrt_i32(batch, &size) < 0)) {
        return NULL;
    }
    const bool implicit = tern_engine_has_implicit_batch(cast(self)->engine->engine) != 0;
    if (implicit ||
        (batch != NULL &&
         size != 1)) { /* explicit batch: the library says that there is no such thing */
        ternrt_call call;
        ternrt_enter_as(&call, &cast(self)->reporter);
        const tern_status status = tern_context_set_batch(cast(self)->context, size);
        if (ternrt_leave(&call) < 0) {
            return NULL;
        }
        if (status != TERN_OK) {
            Py_RETURN_FALSE;
        }
    }
    const int bound = bind_all(cast(self), bindings);
    return bound < 0 ? NULL : bound == 0 ? PyBool_FromLong(0) : enqueue(cast(self), stream);
}

static PyObject *execute(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *keywords)
{
    static const ternrt_signature takes = {"execute", 0, {"batch_size", "bindings"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    if (given[1] == NULL) {
        return PyErr_Format(PyExc_TypeError, "execute() needs bindings");
    }
    return run_bound(self, given[1], given[0], NULL);
}

static PyObject *execute_v2(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *keywords)
{
    static const ternrt_signature takes = {"execute_v2", 1, {"bindings"}};
    PyObject *given[1];
    return ternrt_arguments(&takes, args, n, keywords, given) < 0
               ? NULL
               : run_bound(self, given[0], NULL, NULL);
}

/* The event that tells when the inputs may be overwritten: here the run is the event's only news,
 * so it is recorded behind it. */
static PyObject *with_event(PyObject *self, PyObject *result, PyObject *event,
                            PyObject *stream_handle)
{
    tern_stream stream = 0;
    tern_event handle = 0;
    if (result != Py_True || event == NULL || event == Py_None) {
        return result;
    }
    if (read_stream(stream_handle, &stream) < 0 || read_stream(event, &handle) < 0) {
        Py_DECREF(result);
        return NULL;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    const tern_status status = tern_event_record(handle, stream);
    const int raised = ternrt_leave(&call);
    Py_DECREF(result);
    return raised < 0 ? NULL : PyBool_FromLong(status == TERN_OK);
}

static PyObject *execute_async(PyObject *self, PyObject *const *args, Py_ssize_t n,
                               PyObject *keywords)
{
    static const ternrt_signature takes = {
        "execute_async", 0, {"batch_size", "bindings", "stream_handle", "input_consumed"}};
    PyObject *given[4];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    if (given[1] == NULL || given[2] == NULL) {
        return PyErr_Format(PyExc_TypeError, "execute_async() needs bindings and stream_handle");
    }
    PyObject *result = run_bound(self, given[1], given[0], given[2]);
    return result == NULL ? NULL : with_event(self, result, given[3], given[2]);
}

static PyObject *execute_async_v2(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                  PyObject *keywords)
{
    static const ternrt_signature takes = {
        "execute_async_v2", 2, {"bindings", "stream_handle", "input_consumed"}};
    PyObject *given[3];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    PyObject *result = run_bound(self, given[0], NULL, given[1]);
    return result == NULL ? NULL : with_event(self, result, given[2], given[1]);
}

static PyObject *execute_async_v3(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                  PyObject *keywords)
{
    static const ternrt_signature takes = {"execute_async_v3", 1, {"stream_handle"}};
    PyObject *given[1];
    tern_stream stream = 0;
    if (n == 1 && keywords == NULL) {
        given[0] = args[0];
    } else if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    return read_stream(given[0], &stream) < 0 ? NULL : enqueue(cast(self), stream);
}

static PyObject *set_input_consumed_event(PyObject *self, PyObject *event)
{
    tern_event handle = 0;
    if (event != Py_None && read_stream(event, &handle) < 0) {
        return NULL;
    }
    cast(self)->consumed = handle;
    Py_RETURN_TRUE;
}
TERNRT_ONE(set_input_consumed_event, "event")

static PyObject *get_input_consumed_event(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLongLong(cast(self)->consumed);
}

static const PyMethodDef methods[] = {
    {"set_input_consumed_event", TERNRT_KEYWORDS(set_input_consumed_event_one),
     TERNRT_DOC("set_input_consumed_event(event) -> bool: recorded behind every run; 0 for none")},
    {"get_input_consumed_event", get_input_consumed_event, METH_NOARGS, NULL},
    {"set_tensor_address", TERNRT_KEYWORDS(set_tensor_address),
     TERNRT_DOC("set_tensor_address(name, memory) -> bool; memory: an address, a buffer or a "
                "DLPack tensor")},
    {"get_tensor_address", TERNRT_KEYWORDS(get_tensor_address_one),
     TERNRT_DOC("get_tensor_address(name) -> int")},
    {"execute", TERNRT_KEYWORDS(execute), TERNRT_DOC("execute(batch_size=1, bindings) -> bool")},
    {"execute_v2", TERNRT_KEYWORDS(execute_v2), TERNRT_DOC("execute_v2(bindings) -> bool")},
    {"execute_async", TERNRT_KEYWORDS(execute_async),
     TERNRT_DOC(
         "execute_async(batch_size=1, bindings, stream_handle, input_consumed=None) -> bool")},
    {"execute_async_v2", TERNRT_KEYWORDS(execute_async_v2),
     TERNRT_DOC("execute_async_v2(bindings, stream_handle, input_consumed=None) -> bool")},
    {"execute_async_v3", TERNRT_KEYWORDS(execute_async_v3),
     TERNRT_DOC("execute_async_v3(stream_handle) -> bool")},
};

const PyMethodDef *ternrt_context_run_methods(size_t *out_count)
{
    *out_count = sizeof methods / sizeof *methods;
    return methods;
}
