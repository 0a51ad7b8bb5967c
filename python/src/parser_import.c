/* SPDX-License-Identifier: Apache-2.0
 *
 * OnnxParser, importing.  A model that is refused never raises: the answer is False, and every
 * problem that was found is a ParserError and a line of the log.
 */
#include "parser.h"

#include <string.h>

static ternrt_parser *cast(PyObject *object)
{
    return (ternrt_parser *)object;
}

/* ---- what went wrong ---- */

/* The library has told the builder's logger; the parser's own, when it is another, hears it too. */
static int tell(const ternrt_parser *self, PyObject *error)
{
    if (self->logger == ternrt_reporter_logger(&self->network->reporter)) {
        return 0;
    }
    PyObject *text = PyUnicode_AsUTF8String(ternrt_parser_error_desc(error));
    const int failed = text == NULL || ternrt_logger_write(self->logger, TERN_SEVERITY_ERROR,
                                                           PyBytes_AsString(text)) < 0;
    Py_XDECREF(text);
    return failed ? -1 : 0;
}

static int add_error(const ternrt_parser *self, const tern_onnx_report_entry *entry,
                     bool is_readable)
{
    PyObject *error = ternrt_parser_error_make(entry, is_readable);
    const int failed =
        error == NULL || PyList_Append(self->errors, error) < 0 || tell(self, error) < 0;
    Py_XDECREF(error);
    return failed ? -1 : 0;
}

/* Every problem of a report; without one, what the call said. */
static int add_errors(const ternrt_parser *self, tern_status status, const tern_onnx_report *report)
{
    const int32_t count = tern_onnx_report_problem_count(report);
    const bool is_readable = tern_onnx_report_node_count(report) > 0;
    tern_onnx_report_entry entry;
    for (int32_t i = 0; i < count; i++) {
        if (tern_onnx_report_problem(report, i, &entry) != TERN_OK ||
            add_error(self, &entry, is_readable) < 0) {
            return -1;
        }
    }
    if (count > 0) {
        return 0;
    }
    const tern_error last = *tern_error_last();
    entry = (tern_onnx_report_entry){.status = status,
                                     .node = -1,
                                     .message = last.text,
                                     .node_name = "",
                                     .op = "",
                                     .stack = "",
                                     .file = last.file,
                                     .line = last.line};
    return add_error(self, &entry, is_readable);
}

/* ---- importing ---- */

/* A model to read: a file, or bytes with the folder of their external data. */
typedef struct source {
    PyObject *path;  /* bytes of a file's path; NULL: memory */
    PyObject *owner; /* what `view` is of */
    Py_buffer view;
    PyObject *folder; /* bytes; NULL: none */
    tern_onnx_given *given;
    Py_ssize_t given_count;
    ternrt_given_inputs inputs;
} source;

static void drop_source(source *s)
{
    if (s->view.obj != NULL) {
        PyBuffer_Release(&s->view);
    }
    Py_XDECREF(s->path);
    Py_XDECREF(s->owner);
    Py_XDECREF(s->folder);
    PyMem_Free(s->given);
    ternrt_given_inputs_drop(&s->inputs);
}

/* The folder of a file that need not exist. */
static PyObject *folder_of(PyObject *path)
{
    const char *text = PyBytes_AsString(path);
    const char *slash = strrchr(text, '/');
    return slash == NULL   ? PyBytes_FromString(".")
           : slash == text ? PyBytes_FromString("/")
                           : PyBytes_FromStringAndSize(text, slash - text);
}

/* Bytes cannot change, so they are used where they are; all else is copied. */
static int read_memory(PyObject *model, PyObject *path, source *out_source)
{
    *out_source = (source){.path = NULL};
    out_source->owner = PyBytes_CheckExact(model) ? Py_NewRef(model) : PyBytes_FromObject(model);
    if (out_source->owner == NULL ||
        PyObject_GetBuffer(out_source->owner, &out_source->view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    PyObject *encoded = NULL;
    if (path != NULL && path != Py_None) {
        if (!PyUnicode_FSConverter(path, &encoded)) {
            return -1;
        }
        out_source->folder = folder_of(encoded);
        Py_DECREF(encoded);
        return out_source->folder != NULL ? 0 : -1;
    }
    return 0;
}

static int read_path(PyObject *path, source *out_source)
{
    *out_source = (source){.path = NULL};
    return PyUnicode_FSConverter(path, &out_source->path) ? 0 : -1;
}

static tern_status import_source(tern_network *network, const source *s, tern_onnx_report **out)
{
    tern_onnx_memory model = TERN_ONNX_MEMORY_INIT;
    model.path = s->path != NULL ? PyBytes_AsString(s->path) : NULL;
    model.inputs = s->inputs.inputs;
    model.input_count = s->inputs.count;
    model.data = s->view.buf;
    model.size = (size_t)s->view.len;
    model.folder = s->folder != NULL ? PyBytes_AsString(s->folder) : NULL;
    model.given = s->given;
    model.given_count = (int32_t)s->given_count;
    return tern_network_import_onnx_with(network, &model, out);
}

/* -1 with an exception, else whether the network has the model now. */
static int import_model(ternrt_parser *self, const source *s)
{
    /* the network borrows the bytes */
    if (s->owner != NULL && PyList_Append(self->network->keep, s->owner) < 0) {
        return -1;
    }
    ternrt_release(ternrt_parser_destroy_report, self->report);
    self->report = NULL;
    ternrt_call call;
    ternrt_enter_as(&call, &self->network->reporter);
    const tern_status status = import_source(self->network->network, s, &self->report);
    self->network->batch_open = false;
    if (ternrt_leave(&call) < 0) {
        return -1;
    }
    if (status != TERN_OK && add_errors(self, status, self->report) < 0) {
        return -1;
    }
    return status == TERN_OK;
}

static PyObject *finish(ternrt_parser *self, source *s, bool is_read)
{
    const int taken = is_read ? import_model(self, s) : -1;
    drop_source(s);
    return taken < 0 ? NULL : PyBool_FromLong(taken);
}

PyObject *ternrt_parser_parse(PyObject *self, PyObject *const *args, Py_ssize_t n,
                              PyObject *keywords)
{
    static const ternrt_signature takes = {"parse", 1, {"model", "path"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    source s;
    const bool is_read = read_memory(given[0], given[1], &s) == 0;
    return finish(cast(self), &s, is_read);
}

PyObject *ternrt_parser_parse_from_file(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                        PyObject *keywords)
{
    PyObject *path = ternrt_only("parse_from_file", "model", args, n, keywords);
    if (path == NULL) {
        return NULL;
    }
    source s;
    const bool is_read = read_path(path, &s) == 0;
    return finish(cast(self), &s, is_read);
}

/* Bytes, or the file `path` when they are None, for what is given at some of the inputs. */
PyObject *ternrt_parser_parse_given(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                    PyObject *keywords)
{
    static const ternrt_signature takes = {"_parse_given", 3, {"model", "path", "inputs"}};
    PyObject *given[3];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    source s;
    const int read = given[0] == NULL || given[0] == Py_None ? read_path(given[1], &s)
                                                             : read_memory(given[0], given[1], &s);
    const bool is_read = read == 0 && ternrt_given_inputs_read(given[2], &s.inputs) == 0;
    return finish(cast(self), &s, is_read);
}

/* ---- a model whose weights come from the caller ---- */

PyObject *ternrt_parser_load_model_proto(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                         PyObject *keywords)
{
    static const ternrt_signature takes = {"load_model_proto", 1, {"model", "path"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    PyObject *model = PyBytes_FromObject(given[0]);
    PyObject *pair =
        model != NULL ? Py_BuildValue("(NO)", model, given[1] != NULL ? given[1] : Py_None) : NULL;
    if (pair == NULL) {
        return NULL;
    }
    PyObject *old = cast(self)->loaded;
    cast(self)->loaded = pair;
    Py_XDECREF(old);
    const Py_ssize_t count = PyList_Size(cast(self)->initializers);
    return PyList_SetSlice(cast(self)->initializers, 0, count, NULL) < 0 ? NULL
                                                                         : Py_NewRef(Py_True);
}

/* An address, or a buffer of `size` bytes at least. */
static int read_data(PyObject *object, int64_t size, void **out_address, PyObject **out_owner)
{
    if (!PyObject_CheckBuffer(object)) {
        return ternrt_address(object, out_address, out_owner);
    }
    Py_buffer view;
    *out_owner = PyMemoryView_FromObject(object);
    if (*out_owner == NULL || PyObject_GetBuffer(*out_owner, &view, PyBUF_SIMPLE) < 0) {
        Py_CLEAR(*out_owner);
        return -1;
    }
    *out_address = view.buf;
    const Py_ssize_t bytes = view.len;
    PyBuffer_Release(&view); /* the memoryview holds it */
    if (size > bytes) {
        PyErr_Format(PyExc_ValueError, "size is %lld, the data has %zd bytes", (long long)size,
                     bytes);
        Py_CLEAR(*out_owner);
        return -1;
    }
    return 0;
}

PyObject *ternrt_parser_load_initializer(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                         PyObject *keywords)
{
    static const ternrt_signature takes = {"load_initializer", 3, {"name", "data", "size"}};
    PyObject *given[3];
    int64_t size = 0;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 ||
        ternrt_utf8(given[0], "name") == NULL || ternrt_i64(given[2], &size) < 0) {
        return NULL;
    }
    void *address = NULL;
    PyObject *owner = NULL;
    if (read_data(given[1], size, &address, &owner) < 0) {
        return NULL;
    }
    if (cast(self)->loaded == NULL || size < 0) {
        Py_XDECREF(owner);
        ternrt_log(&cast(self)->network->reporter, TERN_SEVERITY_ERROR, "load_initializer: %s",
                   size < 0 ? "a negative size" : "call load_model_proto first");
        Py_RETURN_FALSE;
    }
    PyObject *item = Py_BuildValue("(ONNL)", given[0], owner != NULL ? owner : Py_NewRef(Py_None),
                                   PyLong_FromVoidPtr(address), (long long)size);
    const int failed = item == NULL || PyList_Append(cast(self)->initializers, item) < 0;
    Py_XDECREF(item);
    return failed ? NULL : Py_NewRef(Py_True);
}

/* The network borrows the data, as it does the model's bytes. */
static int add_given(const ternrt_parser *self, source *out_source)
{
    const Py_ssize_t count = PyList_Size(self->initializers);
    out_source->given = PyMem_Calloc((size_t)count + 1, sizeof *out_source->given);
    if (out_source->given == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    out_source->given_count = count;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PyList_GetItem(self->initializers, i);
        out_source->given[i] =
            (tern_onnx_given){.name = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(item, 0), NULL),
                              .data = PyLong_AsVoidPtr(PyTuple_GetItem(item, 2)),
                              .size = (size_t)PyLong_AsLongLong(PyTuple_GetItem(item, 3))};
        if (PyErr_Occurred() != NULL || PyList_Append(self->network->keep, item) < 0) {
            return -1;
        }
    }
    return 0;
}

PyObject *ternrt_parser_parse_model_proto(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *loaded = cast(self)->loaded;
    if (loaded == NULL) {
        ternrt_log(&cast(self)->network->reporter, TERN_SEVERITY_ERROR,
                   "parse_model_proto: call load_model_proto first");
        Py_RETURN_FALSE;
    }
    source s;
    const bool is_read =
        read_memory(PyTuple_GetItem(loaded, 0), PyTuple_GetItem(loaded, 1), &s) == 0 &&
        add_given(cast(self), &s) == 0;
    return finish(cast(self), &s, is_read);
}

/* ---- what of a model is taken ---- */

static int add_node(PyObject *subgraphs, int32_t node, bool is_taken, bool is_new)
{
    if (is_new) {
        PyObject *pair = Py_BuildValue("(NN)", PyList_New(0), PyBool_FromLong(is_taken));
        const int failed = pair == NULL || PyList_Append(subgraphs, pair) < 0;
        Py_XDECREF(pair);
        if (failed) {
            return -1;
        }
    }
    PyObject *index = PyLong_FromLong(node);
    PyObject *last = PyList_GetItem(subgraphs, PyList_Size(subgraphs) - 1);
    const int failed = index == NULL || PyList_Append(PyTuple_GetItem(last, 0), index) < 0;
    Py_XDECREF(index);
    return failed ? -1 : 0;
}

/* Runs of neighbouring nodes that are all taken, or all not. */
static PyObject *partition(const tern_onnx_report *report)
{
    PyObject *subgraphs = PyList_New(0);
    const int32_t count = tern_onnx_report_node_count(report);
    bool was_taken = false;
    for (int32_t i = 0; subgraphs != NULL && i < count; i++) {
        const bool is_taken = tern_onnx_report_node_is_taken(report, i);
        if (add_node(subgraphs, i, is_taken, i == 0 || is_taken != was_taken) < 0) {
            Py_CLEAR(subgraphs);
        }
        was_taken = is_taken;
    }
    return subgraphs;
}

static void destroy_network(void *network)
{
    tern_network_destroy(network);
}

/* Imports into a network that is thrown away.  -1 with an exception, else whether all is taken. */
static int try_model(ternrt_parser *self, const source *s)
{
    const ternrt_builder *builder = (ternrt_builder *)self->network->builder;
    tern_network *network = NULL;
    tern_onnx_report *report = NULL;
    ternrt_call call;
    ternrt_enter_as(&call, &builder->reporter);
    tern_status status = tern_network_create(builder->builder, TERN_BATCH_IS_EXPLICIT, &network);
    if (status == TERN_OK) {
        status = import_source(network, s, &report);
    }
    PyObject *found = ternrt_leave(&call) < 0 ? NULL : partition(report);
    const bool failed =
        found == NULL || (status != TERN_OK && add_errors(self, status, report) < 0);
    if (!failed) {
        PyObject *old = self->subgraphs;
        self->subgraphs = Py_NewRef(found);
        Py_DECREF(old);
    }
    Py_XDECREF(found);
    ternrt_release(ternrt_parser_destroy_report, report);
    ternrt_release(destroy_network, network);
    return failed ? -1 : status == TERN_OK;
}

/* TensorRT's first form: (whether all is taken, [([node, ...], whether these are), ...]). */
PyObject *ternrt_parser_supports_model(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                       PyObject *keywords)
{
    static const ternrt_signature takes = {"supports_model", 1, {"model", "path"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    source s;
    const int taken = read_memory(given[0], given[1], &s) == 0 ? try_model(cast(self), &s) : -1;
    drop_source(&s);
    return taken < 0 ? NULL : Py_BuildValue("(NO)", PyBool_FromLong(taken), cast(self)->subgraphs);
}

/* Its second form: a model that is taken is in the network afterwards. */
PyObject *ternrt_parser_supports_model_v2(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                          PyObject *keywords)
{
    static const ternrt_signature takes = {"supports_model_v2", 1, {"model", "path"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    source s;
    int taken = read_memory(given[0], given[1], &s) == 0 ? try_model(cast(self), &s) : -1;
    if (taken == 1) {
        taken = import_model(cast(self), &s);
    }
    drop_source(&s);
    return taken < 0 ? NULL : PyBool_FromLong(taken);
}
