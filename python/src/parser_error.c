/* SPDX-License-Identifier: Apache-2.0
 *
 * ParserError: one reason why a model was refused, and the node that it is about.
 */
#include "parser.h"

#include <string.h>

static PyTypeObject *type;

typedef struct parser_error {
    PyObject base;
    int code; /* ErrorCode member */
    int32_t node, line;
    PyObject *desc, *file, *node_name, *node_operator;
    PyObject *stack; /* list of str, outermost first */
} parser_error;

static parser_error *cast(PyObject *object)
{
    return (parser_error *)object;
}

/* A model that was not even read has no graph to be wrong in. */
static int code_of(const tern_onnx_report_entry *entry, bool is_readable)
{
    const bool is_node = entry->node >= 0;
    switch (entry->status) {
    case TERN_UNSUPPORTED:
        return is_node ? TERNRT_ErrorCode_UNSUPPORTED_NODE : TERNRT_ErrorCode_UNSUPPORTED_GRAPH;
    case TERN_BAD_MODEL:
    case TERN_BAD_SHAPE:
        return is_node       ? TERNRT_ErrorCode_INVALID_NODE
               : is_readable ? TERNRT_ErrorCode_INVALID_GRAPH
                             : TERNRT_ErrorCode_MODEL_DESERIALIZE_FAILED;
    case TERN_IO: return TERNRT_ErrorCode_MODEL_DESERIALIZE_FAILED;
    case TERN_INVALID_ARGUMENT:
        return is_node ? TERNRT_ErrorCode_INVALID_NODE : TERNRT_ErrorCode_INVALID_VALUE;
    case TERN_OUT_OF_MEMORY: return TERNRT_ErrorCode_MEM_ALLOC_FAILED;
    case TERN_OK:
    case TERN_DEVICE:
    case TERN_VERSION:
    case TERN_CANCELLED:
    case TERN_INTERNAL:
    default: return TERNRT_ErrorCode_INTERNAL_ERROR;
    }
}

/* "f > g" as ["f", "g"]. */
static PyObject *split_stack(const char *stack)
{
    if (stack[0] == '\0') {
        return PyList_New(0);
    }
    PyObject *text = ternrt_text(stack), *arrow = PyUnicode_FromString(" > ");
    PyObject *list = text != NULL && arrow != NULL ? PyUnicode_Split(text, arrow, -1) : NULL;
    Py_XDECREF(text);
    Py_XDECREF(arrow);
    return list;
}

PyObject *ternrt_parser_error_make(const tern_onnx_report_entry *entry, bool is_readable)
{
    parser_error *self = ternrt_alloc(type);
    if (self == NULL) {
        return NULL;
    }
    self->code = code_of(entry, is_readable);
    self->node = entry->node;
    self->line = entry->line;
    self->desc = ternrt_text(entry->message);
    self->file = ternrt_text(entry->file);
    self->node_name = ternrt_text(entry->node_name);
    self->node_operator = ternrt_text(entry->op);
    self->stack = split_stack(entry->stack);
    if (self->desc == NULL || self->file == NULL || self->node_name == NULL ||
        self->node_operator == NULL || self->stack == NULL) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

PyObject *ternrt_parser_error_desc(PyObject *error)
{
    return cast(error)->desc;
}

static void error_dealloc(PyObject *object)
{
    Py_XDECREF(cast(object)->desc);
    Py_XDECREF(cast(object)->file);
    Py_XDECREF(cast(object)->node_name);
    Py_XDECREF(cast(object)->node_operator);
    Py_XDECREF(cast(object)->stack);
    ternrt_free(object);
}

static PyObject *code(PyObject *self, PyObject *unused)
{
    (void)unused;
    return ternrt_member_object(cast(self)->code);
}

static PyObject *desc(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(cast(self)->desc);
}

static PyObject *file(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(cast(self)->file);
}

static PyObject *line(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromLong(cast(self)->line);
}

static PyObject *func(PyObject *self, PyObject *unused)
{
    (void)unused;
    const Py_ssize_t size = PyUnicode_GetLength(cast(self)->node_operator);
    return size > 0 ? Py_NewRef(cast(self)->node_operator) : PyUnicode_FromString("import");
}

static PyObject *node(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromLong(cast(self)->node);
}

static PyObject *node_name(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(cast(self)->node_name);
}

static PyObject *node_operator(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(cast(self)->node_operator);
}

static PyObject *local_function_stack(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyList_GetSlice(cast(self)->stack, 0, PyList_Size(cast(self)->stack));
}

static PyObject *local_function_stack_size(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromSsize_t(PyList_Size(cast(self)->stack));
}

static PyObject *error_str(PyObject *object)
{
    const parser_error *self = cast(object);
    const char *name = ternrt_member_name(self->code);
    if (self->node < 0) {
        return PyUnicode_FromFormat("%s: %U", name, self->desc);
    }
    return PyUnicode_FromFormat("In node %d with name: %U and operator: %U: %s: %U",
                                (int)self->node, self->node_name, self->node_operator, name,
                                self->desc);
}

static PyMethodDef methods[] = {
    {"code", code, METH_NOARGS, TERNRT_DOC("code() -> ErrorCode")},
    {"desc", desc, METH_NOARGS, TERNRT_DOC("desc() -> str: what happened, in one sentence")},
    {"file", file, METH_NOARGS, TERNRT_DOC("file() -> str: Tern's source file, for bug reports")},
    {"line", line, METH_NOARGS, TERNRT_DOC("line() -> int: the line in it")},
    {"func", func, METH_NOARGS, TERNRT_DOC("func() -> str: what was being translated")},
    {"node", node, METH_NOARGS,
     TERNRT_DOC("node() -> int: index in its graph, -1 for the model itself")},
    {"node_name", node_name, METH_NOARGS, TERNRT_DOC("node_name() -> str, \"\" for none")},
    {"node_operator", node_operator, METH_NOARGS, TERNRT_DOC("node_operator() -> str")},
    {"local_function_stack", local_function_stack, METH_NOARGS,
     TERNRT_DOC("local_function_stack() -> list of str: functions and bodies that the node was "
                "reached through, outermost first")},
    {"local_function_stack_size", local_function_stack_size, METH_NOARGS,
     TERNRT_DOC("local_function_stack_size() -> int")},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, TERNRT_DOC("Why a model was refused.")},
    {Py_tp_dealloc, (void *)error_dealloc},
    {Py_tp_str, (void *)error_str},
    {Py_tp_repr, (void *)error_str},
    {Py_tp_methods, methods},
    {0, NULL},
};
static PyType_Spec spec = {"ternrt.ParserError", sizeof(parser_error), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

int ternrt_parser_error_init(PyObject *module)
{
    type = ternrt_type_make(module, &spec, NULL);
    return type != NULL ? 0 : -1;
}
