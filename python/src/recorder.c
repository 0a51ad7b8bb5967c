/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom an object tells what goes wrong: its reporter finds the logger at the root of the chain of
 * parents, and for errors the nearest recorder on the way (IErrorRecorder, which users subclass).
 */
#include "ternrt.h"

#include <string.h>

enum { MOST_BYTES = 127 }; /* IErrorRecorder.MAX_DESC_LENGTH */

static PyTypeObject *type;

/* ---- chains ---- */

PyObject *ternrt_reporter_logger(const ternrt_reporter *reporter)
{
    while (reporter->parent != NULL) {
        reporter = reporter->parent;
    }
    return reporter->logger;
}

static PyObject *nearest_recorder(const ternrt_reporter *reporter)
{
    while (reporter->recorder == NULL && reporter->parent != NULL) {
        reporter = reporter->parent;
    }
    return reporter->recorder;
}

void ternrt_reporter_drop(ternrt_reporter *reporter)
{
    Py_CLEAR(reporter->recorder);
    Py_CLEAR(reporter->logger);
}

int ternrt_reporter_traverse(const ternrt_reporter *reporter, visitproc visit, void *arg)
{
    Py_VISIT(reporter->logger);
    Py_VISIT(reporter->recorder);
    return 0;
}

/* ---- the property error_recorder: the closure is the offset of the reporter ---- */

static ternrt_reporter *reporter_at(PyObject *self, void *closure)
{
    return (ternrt_reporter *)(void *)((char *)self + (intptr_t)closure);
}

PyObject *ternrt_get_recorder(PyObject *self, void *closure)
{
    PyObject *recorder = reporter_at(self, closure)->recorder;
    return Py_NewRef(recorder != NULL ? recorder : Py_None);
}

int ternrt_set_recorder(PyObject *self, PyObject *value, void *closure)
{
    if (value == NULL || (value != Py_None && !PyObject_TypeCheck(value, type))) {
        PyErr_SetString(PyExc_TypeError, "error_recorder is an IErrorRecorder or None");
        return -1;
    }
    ternrt_reporter *reporter = reporter_at(self, closure);
    PyObject *old = reporter->recorder;
    reporter->recorder = value != Py_None ? Py_NewRef(value) : NULL;
    Py_XDECREF(old);
    return 0;
}

/* ---- errors on their way ---- */

/* TensorRT's code for a status; an error without one, of which the binding makes some, is about an
   argument. */
static int code_of(tern_status status)
{
    switch (status) {
    case TERN_OK:
    case TERN_INVALID_ARGUMENT:
    case TERN_BAD_SHAPE: return TERNRT_ErrorCodeTRT_INVALID_ARGUMENT;
    case TERN_UNSUPPORTED: return TERNRT_ErrorCodeTRT_UNSUPPORTED_STATE;
    case TERN_OUT_OF_MEMORY: return TERNRT_ErrorCodeTRT_FAILED_ALLOCATION;
    case TERN_DEVICE: return TERNRT_ErrorCodeTRT_FAILED_EXECUTION;
    case TERN_VERSION: return TERNRT_ErrorCodeTRT_FAILED_INITIALIZATION;
    case TERN_INTERNAL: return TERNRT_ErrorCodeTRT_INTERNAL_ERROR;
    case TERN_CANCELLED: return TERNRT_ErrorCodeTRT_INVALID_STATE;
    case TERN_BAD_MODEL:
    case TERN_IO: break;
    }
    return TERNRT_ErrorCodeTRT_UNSPECIFIED_ERROR;
}

/* The sentence with its notes, which the logger gets as lines of their own. */
static PyObject *describe(const tern_error *error)
{
    PyObject *text = ternrt_text(error->text);
    for (int i = 0; text != NULL && i < error->note_count; i++) {
        PyObject *note = ternrt_text(error->notes[i]);
        PyObject *longer = note != NULL ? PyUnicode_FromFormat("%U\n  %U", text, note) : NULL;
        Py_XDECREF(note);
        Py_DECREF(text);
        text = longer;
    }
    return text;
}

static int report(PyObject *recorder, const tern_error *error)
{
    PyObject *code = ternrt_member_object(code_of(error->status));
    PyObject *text = describe(error);
    PyObject *result =
        text != NULL ? PyObject_CallMethod(recorder, "report_error", "OO", code, text) : NULL;
    Py_DECREF(code);
    Py_XDECREF(text);
    Py_XDECREF(result); /* fatal or not: an object that failed can be used again here */
    return result != NULL ? 0 : -1;
}

/* A line that is a note of the error before it. */
static bool is_note(const tern_error *last, const char *text)
{
    bool found = false;
    for (int i = 0; i < last->note_count && strncmp(text, "  ", 2) == 0; i++) {
        found = found || strcmp(last->notes[i], text + 2) == 0;
    }
    return found;
}

void ternrt_tell(const ternrt_reporter *reporter, int severity, const char *text)
{
    const tern_error last = *tern_error_last(); /* a logger may call the library */
    if (ternrt_logger_write(ternrt_reporter_logger(reporter), severity, text) < 0 ||
        severity > TERN_SEVERITY_ERROR) {
        return;
    }
    PyObject *recorder = nearest_recorder(reporter);
    if (recorder == NULL || is_note(&last, text)) {
        return;
    }
    tern_error error = {.status =
                            severity == TERN_SEVERITY_INTERNAL_ERROR ? TERN_INTERNAL : TERN_OK};
    if (strcmp(last.text, text) == 0) {
        error = last;
    } else {
        PyOS_snprintf(error.text, sizeof error.text, "%s", text);
    }
    Py_INCREF(recorder); /* it may be replaced while it is called */
    (void)report(recorder, &error);
    Py_DECREF(recorder);
}

/* ---- IErrorRecorder ---- */

static PyObject *recorder_new(PyTypeObject *subtype, PyObject *args, PyObject *keywords)
{
    (void)args, (void)keywords;
    return ternrt_alloc(subtype);
}

static void recorder_dealloc(PyObject *self)
{
    ternrt_free(self);
}

static PyMethodDef methods[] = {
    {"report_error", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("report_error(code, desc) -> bool\n\nCalled with every error that is logged, after "
                "the logger, on the thread that failed. code is an ErrorCodeTRT, desc a str. The "
                "answer tells whether the error is fatal; it has no effect here. What it raises is "
                "raised by the call that failed.")},
    {"num_errors", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("num_errors() -> int: errors that are kept. Nothing here calls it.")},
    {"get_error_code", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("get_error_code(index) -> ErrorCodeTRT. Nothing here calls it.")},
    {"get_error_desc", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("get_error_desc(index) -> str. Nothing here calls it.")},
    {"has_overflowed", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("has_overflowed() -> bool: whether errors were dropped. Nothing here calls it.")},
    {"clear", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("clear(): forget all errors. Nothing here calls it.")},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc,
     TERNRT_DOC("Base of error recorders: override report_error(code, desc) and what else your "
                "program calls.\n\nSet as error_recorder of a builder, network, runtime, engine, "
                "context or inspector. An object without one uses that of what it was made "
                "from.")},
    {Py_tp_new, (void *)recorder_new},
    {Py_tp_dealloc, (void *)recorder_dealloc},
    {Py_tp_methods, methods},
    {0, NULL},
};
static PyType_Spec spec = {"ternrt.IErrorRecorder", sizeof(PyObject), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};

int ternrt_recorder_init(PyObject *module)
{
    type = ternrt_type_make(module, &spec, NULL);
    PyObject *most = PyLong_FromLong(MOST_BYTES);
    const int failed = type == NULL || most == NULL ||
                       PyObject_SetAttrString((PyObject *)type, "MAX_DESC_LENGTH", most) < 0;
    Py_XDECREF(most);
    return failed ? -1 : 0;
}
