/* SPDX-License-Identifier: Apache-2.0
 *
 * OnnxParser: the object, its errors, flags and what it tells.  parser_import.c imports.
 */
#include "parser.h"

#include <string.h>

static PyTypeObject *type;

static ternrt_parser *cast(PyObject *object)
{
    return (ternrt_parser *)object;
}

static uint64_t bit_of(int member)
{
    return UINT64_C(1) << (member - ternrt_enum_first(TERNRT_OnnxParserFlag));
}

static PyObject *parser_new(PyTypeObject *unused, PyObject *args, PyObject *keywords)
{
    (void)unused;
    static char *names[] = {"network", "logger", NULL};
    PyObject *network = NULL, *logger = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO", names, &network, &logger)) {
        return NULL;
    }
    if (!Py_IS_TYPE(network, ternrt_network_type) ||
        !PyObject_TypeCheck(logger, ternrt_logger_type)) {
        return PyErr_Format(
            PyExc_TypeError,
            "OnnxParser() takes an INetworkDefinition and an ILogger, not %R and %R", network,
            logger);
    }
    ternrt_parser *self = ternrt_alloc(type);
    if (self == NULL) {
        return NULL;
    }
    self->network = (ternrt_network *)Py_NewRef(network);
    self->logger = Py_NewRef(logger);
    self->errors = PyList_New(0);
    self->subgraphs = PyList_New(0);
    self->initializers = PyList_New(0);
    const int era = ternrt_era();
    self->flags = era == 0 || era >= 10 ? bit_of(TERNRT_OnnxParserFlag_NATIVE_INSTANCENORM) : 0;
    if (self->errors == NULL || self->subgraphs == NULL || self->initializers == NULL) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

void ternrt_parser_destroy_report(void *report)
{
    tern_onnx_report_destroy(report);
}

static void parser_dealloc(PyObject *object)
{
    PyObject_GC_UnTrack(object);
    ternrt_release(ternrt_parser_destroy_report, cast(object)->report);
    Py_XDECREF(cast(object)->errors);
    Py_XDECREF(cast(object)->subgraphs);
    Py_XDECREF(cast(object)->loaded);
    Py_XDECREF(cast(object)->initializers);
    Py_XDECREF(cast(object)->config);
    Py_XDECREF(cast(object)->logger);
    Py_XDECREF((PyObject *)cast(object)->network);
    ternrt_free(object);
}

static int parser_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)cast(object)->network);
    Py_VISIT(cast(object)->logger);
    Py_VISIT(cast(object)->config);
    return 0;
}

static PyObject *get_subgraph_count(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromSsize_t(PyList_Size(cast(self)->subgraphs));
}

/* An item of a list by a Python integer; borrowed. */
static PyObject *item(PyObject *list, PyObject *object, const char *what)
{
    int32_t index = 0;
    if (ternrt_i32(object, &index) < 0) {
        return NULL;
    }
    if (index < 0 || index >= PyList_Size(list)) {
        return PyErr_Format(PyExc_IndexError, "%s %d is outside %zd", what, (int)index,
                            PyList_Size(list));
    }
    return PyList_GetItem(list, index);
}

static PyObject *is_subgraph_supported(PyObject *self, PyObject *index)
{
    PyObject *pair = item(cast(self)->subgraphs, index, "subgraph");
    return pair != NULL ? Py_NewRef(PyTuple_GetItem(pair, 1)) : NULL;
}
TERNRT_ONE(is_subgraph_supported, "index")

static PyObject *get_subgraph_nodes(PyObject *self, PyObject *index)
{
    PyObject *pair = item(cast(self)->subgraphs, index, "subgraph");
    return pair != NULL ? PyList_GetSlice(PyTuple_GetItem(pair, 0), 0, PY_SSIZE_T_MAX) : NULL;
}
TERNRT_ONE(get_subgraph_nodes, "index")

static PyObject *supports_operator(PyObject *self, PyObject *name)
{
    (void)self;
    const char *text = ternrt_utf8(name, "op_name");
    return text != NULL ? PyBool_FromLong(tern_onnx_supports_operator(text)) : NULL;
}
TERNRT_ONE(supports_operator, "op_name")

/* ---- errors ---- */

static PyObject *get_error_count(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromSsize_t(PyList_Size(cast(self)->errors));
}

static PyObject *get_error(PyObject *self, PyObject *index)
{
    PyObject *error = item(cast(self)->errors, index, "error");
    return error != NULL ? Py_NewRef(error) : NULL;
}
TERNRT_ONE(get_error, "index")

static PyObject *clear_errors(PyObject *self, PyObject *unused)
{
    (void)unused;
    const Py_ssize_t count = PyList_Size(cast(self)->errors);
    return PyList_SetSlice(cast(self)->errors, 0, count, NULL) < 0 ? NULL : Py_NewRef(Py_None);
}

/* ---- the rest ---- */

static PyObject *get_layer_output_tensor(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                         PyObject *keywords)
{
    static const ternrt_signature takes = {"get_layer_output_tensor", 2, {"name", "i"}};
    PyObject *given[2];
    int32_t index = 0;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    const char *name = ternrt_utf8(given[0], "name");
    if (name == NULL || ternrt_i32(given[1], &index) < 0) {
        return NULL;
    }
    return ternrt_tensor_wrap(cast(self)->network,
                              tern_onnx_report_node_output(cast(self)->report, name, index));
}

static PyObject *get_used_vc_plugin_libraries(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyList_New(0);
}

static PyObject *set_builder_config(PyObject *self, PyObject *config)
{
    if (!Py_IS_TYPE(config, ternrt_config_type)) {
        return PyErr_Format(PyExc_TypeError, "expected an IBuilderConfig, not %R", config);
    }
    PyObject *old = cast(self)->config;
    cast(self)->config = Py_NewRef(config);
    Py_XDECREF(old);
    Py_RETURN_TRUE;
}
TERNRT_ONE(set_builder_config, "config")

static int read_flag(PyObject *object, uint64_t *out_bit)
{
    const int member = ternrt_member_read(object, TERNRT_OnnxParserFlag);
    *out_bit = member >= 0 ? bit_of(member) : 0;
    return member >= 0 ? 0 : -1;
}

static PyObject *set_flag(PyObject *self, PyObject *flag)
{
    uint64_t bit = 0;
    if (read_flag(flag, &bit) < 0) {
        return NULL;
    }
    cast(self)->flags |= bit;
    Py_RETURN_NONE;
}
TERNRT_ONE(set_flag, "flag")

static PyObject *clear_flag(PyObject *self, PyObject *flag)
{
    uint64_t bit = 0;
    if (read_flag(flag, &bit) < 0) {
        return NULL;
    }
    cast(self)->flags &= ~bit;
    Py_RETURN_NONE;
}
TERNRT_ONE(clear_flag, "flag")

static PyObject *get_flag(PyObject *self, PyObject *flag)
{
    uint64_t bit = 0;
    return read_flag(flag, &bit) < 0 ? NULL : PyBool_FromLong((cast(self)->flags & bit) != 0);
}
TERNRT_ONE(get_flag, "flag")

static PyObject *get_flags(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong(ternrt_mask_write(TERNRT_OnnxParserFlag, cast(self)->flags));
}

static int set_flags(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (ternrt_is_deleted(value)) {
        return -1;
    }
    const unsigned long long bits = PyLong_AsUnsignedLongLong(value);
    if (PyErr_Occurred() != NULL) {
        return -1;
    }
    return ternrt_mask_read(TERNRT_OnnxParserFlag, bits, &cast(self)->flags);
}

static PyMethodDef methods[] = {
    {"parse", TERNRT_KEYWORDS(ternrt_parser_parse),
     TERNRT_DOC("parse(model, path=None) -> bool\n\nThe bytes of a model into the network; `path` "
                "says where it came from, for external data beside it.")},
    {"parse_with_weight_descriptors", TERNRT_KEYWORDS(ternrt_parser_parse),
     TERNRT_DOC("The same as parse(model, path).")},
    {"parse_from_file", TERNRT_KEYWORDS(ternrt_parser_parse_from_file),
     TERNRT_DOC("parse_from_file(model) -> bool: the path of a file.")},
    {"_parse_given", TERNRT_KEYWORDS(ternrt_parser_parse_given),
     TERNRT_DOC("_parse_given(model, path, inputs) -> bool\n\nFor what is given at some inputs: "
                "[(name, form, [(type, shape, values), ...]), ...].")},
    {"_get_ports", ternrt_parser_get_ports, METH_NOARGS,
     TERNRT_DOC("_get_ports() -> (inputs, outputs): tuples (name, form, is_optional, has_default, "
                "type, first, count).")},
    {"_is_undecided", ternrt_parser_is_undecided, METH_NOARGS,
     TERNRT_DOC("_is_undecided() -> bool: was everything that was refused refused because it "
                "depends on what is given at the inputs?")},
    {"load_model_proto", TERNRT_KEYWORDS(ternrt_parser_load_model_proto),
     TERNRT_DOC("load_model_proto(model, path=None) -> bool\n\nFor parse_model_proto(), once "
                "load_initializer() has given the data of some initializers.")},
    {"load_initializer", TERNRT_KEYWORDS(ternrt_parser_load_initializer),
     TERNRT_DOC("load_initializer(name, data, size) -> bool\n\nData instead of the model's own, of "
                "the same type and shape: an address or a buffer, which must stay.")},
    {"parse_model_proto", ternrt_parser_parse_model_proto, METH_NOARGS,
     TERNRT_DOC("parse_model_proto() -> bool: what load_model_proto() got, into the network.")},
    {"supports_model", TERNRT_KEYWORDS(ternrt_parser_supports_model),
     TERNRT_DOC("supports_model(model, path=None) -> (bool, [([node index], bool)])\n\nThe network "
                "stays as it is.")},
    {"supports_model_v2", TERNRT_KEYWORDS(ternrt_parser_supports_model_v2),
     TERNRT_DOC("supports_model_v2(model, path=None) -> bool\n\nA model that is supported has been "
                "parsed.")},
    {"is_subgraph_supported", TERNRT_KEYWORDS(is_subgraph_supported_one),
     TERNRT_DOC("is_subgraph_supported(index) -> bool, of the last supports_model_v2()")},
    {"get_subgraph_nodes", TERNRT_KEYWORDS(get_subgraph_nodes_one),
     TERNRT_DOC("get_subgraph_nodes(index) -> [node index], of the last supports_model_v2()")},
    {"supports_operator", TERNRT_KEYWORDS(supports_operator_one),
     TERNRT_DOC("supports_operator(op_name) -> bool; \"domain:Name\" outside ai.onnx")},
    {"get_error", TERNRT_KEYWORDS(get_error_one), TERNRT_DOC("get_error(index) -> ParserError")},
    {"clear_errors", clear_errors, METH_NOARGS, TERNRT_DOC("Forget them.")},
    {"get_layer_output_tensor", TERNRT_KEYWORDS(get_layer_output_tensor),
     TERNRT_DOC("get_layer_output_tensor(name, i) -> ITensor, or None: output i of the node "
                "called `name`")},
    {"get_used_vc_plugin_libraries", get_used_vc_plugin_libraries, METH_NOARGS,
     TERNRT_DOC("An empty list: nothing comes from plugin libraries.")},
    {"set_builder_config", TERNRT_KEYWORDS(set_builder_config_one),
     TERNRT_DOC("set_builder_config(config) -> True. Kept; nothing depends on it.")},
    {"set_flag", TERNRT_KEYWORDS(set_flag_one), TERNRT_DOC("set_flag(flag: OnnxParserFlag)")},
    {"clear_flag", TERNRT_KEYWORDS(clear_flag_one), TERNRT_DOC("clear_flag(flag: OnnxParserFlag)")},
    {"get_flag", TERNRT_KEYWORDS(get_flag_one),
     TERNRT_DOC("get_flag(flag: OnnxParserFlag) -> bool")},
    TERNRT_WITH,
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef properties[] = {
    {"num_errors", get_error_count, NULL, TERNRT_DOC("How many errors there are."), NULL},
    {"num_subgraphs", get_subgraph_count, NULL,
     TERNRT_DOC("Runs of neighbouring nodes, of the last supports_model_v2()."), NULL},
    {"flags", get_flags, set_flags,
     TERNRT_DOC("Mask of OnnxParserFlag integers. Kept; nothing depends on them."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, TERNRT_DOC("OnnxParser(network, logger): imports an ONNX model into a network.")},
    {Py_tp_new, (void *)parser_new},
    {Py_tp_dealloc, (void *)parser_dealloc},
    {Py_tp_traverse, (void *)parser_traverse},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, NULL},
};
static PyType_Spec spec = {"ternrt.OnnxParser", sizeof(ternrt_parser), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

/* The number that TensorRT's parser has had in every release. */
static PyObject *get_parser_version(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return PyLong_FromLong(100);
}

static PyMethodDef functions[] = {
    {"get_nv_onnx_parser_version", get_parser_version, METH_NOARGS,
     TERNRT_DOC("get_nv_onnx_parser_version() -> 100: the interface is that of version 0.1.0.")},
    {NULL, NULL, 0, NULL},
};

int ternrt_parser_init(PyObject *module)
{
    type = ternrt_type_make(module, &spec, NULL);
    return type != NULL && ternrt_parser_error_init(module) == 0
               ? PyModule_AddFunctions(module, functions)
               : -1;
}
