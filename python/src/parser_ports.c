/* SPDX-License-Identifier: Apache-2.0
 *
 * Inputs and outputs of a model that are sequences or optionals, for ternrt.backend: what is given
 * at the inputs is read from lists, what the outputs are made of is told as tuples.
 */
#include "parser.h"

static ternrt_parser *cast(PyObject *object)
{
    return (ternrt_parser *)object;
}

/* ---- what is given ---- */

/* Memory that lives as long as the inputs. */
static void *hold(ternrt_given_inputs *inputs, size_t bytes)
{
    PyObject *memory = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)bytes);
    const bool failed = memory == NULL || PyList_Append(inputs->held, memory) < 0;
    void *at = failed ? NULL : PyBytes_AsString(memory);
    Py_XDECREF(memory);
    return at;
}

/* (type, shape, values) */
static int read_element(PyObject *item, ternrt_given_inputs *inputs, tern_onnx_element *out_element)
{
    const char *type = NULL;
    PyObject *shape = NULL, *values = NULL;
    ternrt_dims dims;
    if (!PyArg_ParseTuple(item, "sOO", &type, &shape, &values) ||
        ternrt_dims_read(shape, &dims) < 0) {
        return -1;
    }
    int64_t *extents = hold(inputs, sizeof dims.v);
    if (extents == NULL) {
        return -1;
    }
    for (int32_t i = 0; i < dims.count; i++) {
        extents[i] = dims.v[i];
    }
    *out_element = (tern_onnx_element){
        .dtype = (int32_t)ternrt_dtype_of_numpy(type), .rank = dims.count, .dims = extents};
    if (values != Py_None) {
        char *at = NULL;
        Py_ssize_t size = 0;
        if (PyBytes_AsStringAndSize(values, &at, &size) < 0 ||
            PyList_Append(inputs->held, values) < 0) {
            return -1;
        }
        out_element->values = at;
        out_element->size = (size_t)size;
    }
    return 0;
}

/* (name, form, elements) */
static int read_input(PyObject *item, ternrt_given_inputs *inputs, tern_onnx_input *out_input)
{
    const char *name = NULL;
    PyObject *elements = NULL;
    int form = 0;
    if (!PyArg_ParseTuple(item, "siO", &name, &form, &elements) ||
        PyList_Append(inputs->held, item) < 0) {
        return -1;
    }
    const Py_ssize_t count = PyList_Size(elements);
    if (count < 0) {
        return -1;
    }
    tern_onnx_element *read = hold(inputs, ((size_t)count + 1) * sizeof *read);
    if (read == NULL) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (read_element(PyList_GetItem(elements, i), inputs, &read[i]) < 0) {
            return -1;
        }
    }
    *out_input = (tern_onnx_input){
        .name = name, .form = (tern_onnx_form)form, .count = (int32_t)count, .elements = read};
    return 0;
}

int ternrt_given_inputs_read(PyObject *list, ternrt_given_inputs *out_inputs)
{
    *out_inputs = (ternrt_given_inputs){.held = PyList_New(0)};
    const Py_ssize_t count = PyList_Size(list);
    if (out_inputs->held == NULL || count < 0) {
        return -1;
    }
    out_inputs->inputs = PyMem_Calloc((size_t)count + 1, sizeof *out_inputs->inputs);
    if (out_inputs->inputs == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (read_input(PyList_GetItem(list, i), out_inputs, &out_inputs->inputs[i]) < 0) {
            return -1;
        }
        out_inputs->count++;
    }
    return 0;
}

void ternrt_given_inputs_drop(ternrt_given_inputs *inputs)
{
    PyMem_Free(inputs->inputs);
    Py_XDECREF(inputs->held);
    *inputs = (ternrt_given_inputs){.count = 0};
}

/* ---- what there is ---- */

typedef tern_status get_port(const tern_onnx_report *report, int32_t index, tern_onnx_port *out);

static PyObject *list_ports(const tern_onnx_report *report, int32_t count, get_port *get)
{
    PyObject *list = PyList_New(0);
    for (int32_t i = 0; list != NULL && i < count; i++) {
        tern_onnx_port p = {.name = ""};
        const bool is_there = get(report, i, &p) == TERN_OK;
        const char *type = is_there ? ternrt_dtype_numpy((tern_dtype)p.dtype) : NULL;
        PyObject *item =
            Py_BuildValue("(siNNzii)", p.name, (int)p.form, PyBool_FromLong(p.is_optional),
                          PyBool_FromLong(p.has_default), type, p.first, p.count);
        const bool failed = item == NULL || PyList_Append(list, item) < 0;
        Py_XDECREF(item);
        if (failed) {
            Py_CLEAR(list);
        }
    }
    return list;
}

PyObject *ternrt_parser_get_ports(PyObject *self, PyObject *unused)
{
    (void)unused;
    const tern_onnx_report *report = cast(self)->report;
    PyObject *inputs =
        list_ports(report, tern_onnx_report_input_count(report), tern_onnx_report_input);
    PyObject *outputs =
        list_ports(report, tern_onnx_report_output_count(report), tern_onnx_report_output);
    if (inputs == NULL || outputs == NULL) {
        Py_XDECREF(inputs);
        Py_XDECREF(outputs);
        return NULL;
    }
    return Py_BuildValue("(NN)", inputs, outputs);
}

PyObject *ternrt_parser_is_undecided(PyObject *self, PyObject *unused)
{
    (void)unused;
    const tern_onnx_report *report = cast(self)->report;
    const int32_t count = tern_onnx_report_problem_count(report);
    bool all = count > 0;
    for (int32_t i = 0; all && i < count; i++) {
        tern_onnx_report_entry entry;
        all = tern_onnx_report_problem(report, i, &entry) == TERN_OK && entry.is_undecided;
    }
    return PyBool_FromLong(all);
}
