/* SPDX-License-Identifier: Apache-2.0
 *
 * ILogger, which users subclass, and Logger, which prints as TensorRT's does: warnings and worse to
 * stderr, the rest to stdout.
 */
#include "ternrt.h"

#include <stdarg.h>
#include <time.h>

PyTypeObject *ternrt_logger_type; /* ILogger */

static PyTypeObject *printing_type; /* Logger */

typedef struct logger_object {
    PyObject base;
    int least; /* Severity member: what is less severe is not printed */
} logger_object;

static int severity_of(int member)
{
    return member - ternrt_enum_first(
                        TERNRT_Severity); /* the table has them in order, 0 is an internal error */
}

static void print(const logger_object *self, int severity, const char *text)
{
    if (severity > severity_of(self->least)) {
        return;
    }
    const time_t now = time(NULL);
    const struct tm *local = localtime(&now);
    char stamp[32] = "";
    if (local != NULL) {
        strftime(stamp, sizeof stamp, "%m/%d/%Y-%H:%M:%S", local);
    }
    void (*const write)(const char *, ...) =
        severity <= TERN_SEVERITY_WARNING ? PySys_FormatStderr : PySys_FormatStdout;
    write("[%s] [TRT] [%c] %s\n", stamp, "FEWIV"[severity], text);
}

int ternrt_logger_write(PyObject *logger, int severity, const char *text)
{
    if (Py_IS_TYPE(logger, printing_type)) {
        print((logger_object *)logger, severity, text);
        return 0;
    }
    PyObject *member = ternrt_member_object(ternrt_enum_first(TERNRT_Severity) + severity);
    PyObject *message = ternrt_text(text);
    PyObject *result =
        message != NULL ? PyObject_CallMethod(logger, "log", "OO", member, message) : NULL;
    Py_DECREF(member);
    Py_XDECREF(message);
    Py_XDECREF(result);
    return result != NULL ? 0 : -1;
}

/* One line from the library. */
static void write_line(void *self, tern_severity severity, const char *topic, const char *text)
{
    (void)topic;
    const ternrt_reporter *reporter = self;
    ternrt_callback callback;
    if (ternrt_callback_begin(&callback)) {
        ternrt_tell(ternrt_call_reporter(reporter), (int)severity, text);
        ternrt_callback_end(&callback, ternrt_reporter_logger(reporter));
    }
}

tern_logger ternrt_logger_of(ternrt_reporter *reporter)
{
    return (tern_logger){reporter, write_line};
}

void ternrt_log(const ternrt_reporter *reporter, tern_severity severity, const char *format, ...)
{
    va_list list;
    char text[512];
    va_start(list, format);
    PyOS_vsnprintf(text, sizeof text, format, list);
    va_end(list);
    ternrt_tell(reporter, (int)severity, text);
    if (PyErr_Occurred() != NULL) {
        PyErr_WriteUnraisable(ternrt_reporter_logger(reporter));
    }
}

static PyObject *logger_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)args, (void)keywords;
    logger_object *self = ternrt_alloc(type);
    if (self != NULL) {
        self->least = TERNRT_Severity_WARNING;
    }
    return (PyObject *)self;
}

static void logger_dealloc(PyObject *self)
{
    ternrt_free(self);
}

static PyObject *abstract_log(PyObject *self, PyObject *args)
{
    (void)args;
    return PyErr_Format(PyExc_NotImplementedError, "%R must override log(severity, msg)",
                        (PyObject *)Py_TYPE(self));
}

static int printing_init(PyObject *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"min_severity", NULL};
    PyObject *least = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O", names, &least)) {
        return -1;
    }
    const int member =
        least != NULL ? ternrt_member_read(least, TERNRT_Severity) : TERNRT_Severity_WARNING;
    ((logger_object *)self)->least = member;
    return member < 0 ? -1 : 0;
}

static PyObject *printing_log(PyObject *self, PyObject *const *args, Py_ssize_t n,
                              PyObject *keywords)
{
    static const ternrt_signature takes = {"log", 2, {"severity", "msg"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    const int member = ternrt_member_read(given[0], TERNRT_Severity);
    const char *text = member >= 0 ? ternrt_utf8(given[1], "msg") : NULL;
    if (text == NULL) {
        return NULL;
    }
    print((logger_object *)self, severity_of(member), text);
    Py_RETURN_NONE;
}

static PyObject *get_least(PyObject *self, void *closure)
{
    (void)closure;
    return ternrt_member_object(((logger_object *)self)->least);
}

static int set_least(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    const int member = ternrt_is_deleted(value) ? -1 : ternrt_member_read(value, TERNRT_Severity);
    if (member < 0) {
        return -1;
    }
    ((logger_object *)self)->least = member;
    return 0;
}

static PyMethodDef abstract_methods[] = {
    {"log", abstract_log, METH_VARARGS,
     TERNRT_DOC("log(severity, msg): called with every line; override it.")},
    TERNRT_WITH,
    {NULL, NULL, 0, NULL},
};
static PyType_Slot abstract_slots[] = {
    {Py_tp_doc, TERNRT_DOC("Base of loggers: override log(severity, msg).")},
    {Py_tp_new, (void *)logger_new},
    {Py_tp_dealloc, (void *)logger_dealloc},
    {Py_tp_methods, abstract_methods},
    {0, NULL},
};
static PyType_Spec abstract_spec = {"ternrt.ILogger", sizeof(logger_object), 0,
                                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, abstract_slots};

static PyMethodDef printing_methods[] = {
    {"log", TERNRT_KEYWORDS(printing_log), TERNRT_DOC("log(severity, msg): print a line.")},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef printing_properties[] = {
    {"min_severity", get_least, set_least,
     TERNRT_DOC("The least severe kind of line that is printed."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot printing_slots[] = {
    {Py_tp_doc, TERNRT_DOC("Logger(min_severity=WARNING): prints.")},
    {Py_tp_init, (void *)printing_init},
    {Py_tp_methods, printing_methods},
    {Py_tp_getset, printing_properties},
    {0, NULL},
};
static PyType_Spec printing_spec = {"ternrt.Logger", sizeof(logger_object), 0,
                                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, printing_slots};

/* ILogger.Severity, and its members on ILogger itself, which Logger inherits. */
static int add_severities(PyObject *type)
{
    if (PyObject_SetAttrString(type, "Severity", (PyObject *)ternrt_enum_type(TERNRT_Severity)) <
        0) {
        return -1;
    }
    const int first = ternrt_enum_first(TERNRT_Severity), size = ternrt_enum_size(TERNRT_Severity);
    for (int i = first; i < first + size; i++) {
        PyObject *member = ternrt_member_object(i);
        const int failed = PyObject_SetAttrString(type, ternrt_member_name(i), member);
        Py_DECREF(member);
        if (failed < 0) {
            return -1;
        }
    }
    return 0;
}

int ternrt_logger_init(PyObject *module)
{
    ternrt_logger_type = ternrt_type_make(module, &abstract_spec, NULL);
    if (ternrt_logger_type == NULL || add_severities((PyObject *)ternrt_logger_type) < 0) {
        return -1;
    }
    printing_type = ternrt_type_make(module, &printing_spec, ternrt_logger_type);
    return printing_type != NULL ? 0 : -1;
}
