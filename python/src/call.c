/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls into the library: the GIL is released around every one that can wait or call back,
 * destructors included, and what a callback raises on the way is kept and raised when the call
 * returns on that thread; until then nothing calls back any more.  A callback on another thread
 * (the worker of a stream) has nobody to raise to: its exception goes to sys.unraisablehook.
 */
#include "ternrt.h"

#include <stdatomic.h>

static _Thread_local ternrt_call *innermost;
static atomic_bool is_going; /* the interpreter is about to die */
static PyObject *error_type;

void ternrt_enter_as(ternrt_call *call, const ternrt_reporter *reporter)
{
    *call = (ternrt_call){.outer = innermost, .reporter = reporter};
    innermost = call;
    call->thread = PyEval_SaveThread();
}

void ternrt_enter(ternrt_call *call)
{
    ternrt_enter_as(call, NULL);
}

const ternrt_reporter *ternrt_call_reporter(const ternrt_reporter *otherwise)
{
    return innermost != NULL && innermost->reporter != NULL ? innermost->reporter : otherwise;
}

int ternrt_leave(ternrt_call *call)
{
    PyEval_RestoreThread(call->thread);
    innermost = call->outer;
    if (call->type == NULL) {
        return 0;
    }
    PyErr_Restore(call->type, call->value, call->trace);
    return -1;
}

void ternrt_release(void (*destroy)(void *handle), void *handle)
{
    if (handle == NULL) {
        return;
    }
    PyObject *type = NULL, *value = NULL, *trace = NULL;
    PyErr_Fetch(&type, &value, &trace);
    ternrt_call call;
    ternrt_enter(&call);
    destroy(handle);
    if (ternrt_leave(&call) < 0) {
        PyErr_WriteUnraisable(NULL);
    }
    PyErr_Restore(type, value, trace);
}

bool ternrt_callback_begin(ternrt_callback *callback)
{
    const bool is_failing = innermost != NULL && innermost->type != NULL;
    if (is_failing || atomic_load_explicit(&is_going, memory_order_acquire)) {
        return false;
    }
    callback->gil = PyGILState_Ensure();
    PyErr_Fetch(&callback->type, &callback->value, &callback->trace);
    return true;
}

void ternrt_callback_end(ternrt_callback *callback, PyObject *who)
{
    if (PyErr_Occurred() != NULL && innermost != NULL) {
        PyErr_Fetch(&innermost->type, &innermost->value, &innermost->trace);
    } else if (PyErr_Occurred() != NULL) {
        PyErr_WriteUnraisable(who);
    }
    PyErr_Restore(callback->type, callback->value, callback->trace);
    PyGILState_Release(callback->gil);
}

PyObject *ternrt_raise(tern_status status)
{
    const tern_error *error = tern_error_last();
    PyObject *exception = PyObject_CallFunction(
        error_type, "s", error->text[0] != '\0' ? error->text : tern_status_text(status));
    PyObject *code = exception != NULL ? PyLong_FromLong((long)status) : NULL;
    if (code != NULL && PyObject_SetAttrString(exception, "status", code) == 0) {
        PyErr_SetObject(error_type, exception);
    }
    Py_XDECREF(code);
    Py_XDECREF(exception);
    return NULL;
}

/* Registered with atexit: after it no thread of ours runs, and nothing calls into Python any more.
   */
static PyObject *shutdown_module(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    ternrt_call call;
    ternrt_enter(&call);
    tern_device_shutdown();
    const int failed = ternrt_leave(&call);
    atomic_store_explicit(&is_going, true, memory_order_release);
    if (failed != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef shutdown_method = {"_shutdown", shutdown_module, METH_NOARGS, NULL};

int ternrt_call_init(PyObject *module)
{
    error_type = PyErr_NewExceptionWithDoc(
        "ternrt.Error", "A call of the library failed; status is its code.", NULL, NULL);
    if (error_type == NULL || PyModule_AddObjectRef(module, "Error", error_type) < 0) {
        return -1;
    }
    PyObject *hook = PyCFunction_NewEx(&shutdown_method, module, NULL);
    PyObject *atexit = PyImport_ImportModule("atexit");
    PyObject *done =
        hook != NULL && atexit != NULL ? PyObject_CallMethod(atexit, "register", "O", hook) : NULL;
    Py_XDECREF(hook);
    Py_XDECREF(atexit);
    if (done == NULL) {
        return -1;
    }
    Py_DECREF(done);
    return 0;
}
