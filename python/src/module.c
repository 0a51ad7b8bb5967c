/* SPDX-License-Identifier: Apache-2.0
 *
 * The extension module ternrt._ternrt: all types and functions.  Single-phase and process-wide, as
 * the era is: a second interpreter is refused.
 */
#include "ternrt.h"

static PyObject *init_plugins(PyObject *module, PyObject *const *args, Py_ssize_t n,
                              PyObject *keywords)
{
    (void)module;
    static const ternrt_signature takes = {"init_libnvinfer_plugins", 0, {"logger", "namespace"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    Py_RETURN_TRUE;
}

/* Text of all operators: what `tern ops` prints. */
typedef struct pieces {
    PyObject *list;
} pieces;

static void append(void *self, const char *text, size_t size)
{
    const PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *piece = PyUnicode_DecodeUTF8(text, (Py_ssize_t)size, "replace");
    if (piece == NULL || PyList_Append(((pieces *)self)->list, piece) < 0) {
        PyErr_WriteUnraisable(NULL);
    }
    Py_XDECREF(piece);
    PyGILState_Release(gil);
}

static PyObject *operators(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    pieces p = {PyList_New(0)};
    PyObject *empty = PyUnicode_FromString("");
    if (p.list == NULL || empty == NULL) {
        return NULL;
    }
    const tern_sink sink = {&p, append};
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_inspect_operators(TERN_FORMAT_JSON, &sink);
    PyObject *text = ternrt_leave(&call) < 0 ? NULL
                     : status != TERN_OK     ? ternrt_raise(status)
                                             : PyUnicode_Join(empty, p.list);
    Py_DECREF(p.list);
    Py_DECREF(empty);
    return text;
}

static PyMethodDef functions[] = {
    {"init_libnvinfer_plugins", TERNRT_KEYWORDS(init_plugins),
     TERNRT_DOC("init_libnvinfer_plugins(logger, namespace): True. There is no plugin library to "
                "load: what Tern has is "
                "built in.")},
    {"_operators", operators, METH_NOARGS, TERNRT_DOC("All operators as JSON.")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "ternrt._ternrt",
    TERNRT_DOC("Tern for Python, with TensorRT's names."),
    -1,
    functions,
    NULL,
    NULL,
    NULL,
    NULL,
};

static int (*const parts[])(PyObject *module) = {
    ternrt_call_init,      ternrt_enums_init,     ternrt_dtype_init,     ternrt_dims_init,
    ternrt_weights_init,   ternrt_logger_init,    ternrt_callbacks_init, ternrt_memory_init,
    ternrt_recorder_init,  ternrt_allocator_init, ternrt_timing_init,    ternrt_builder_init,
    ternrt_config_init,    ternrt_profile_init,   ternrt_network_init,   ternrt_layer_init,
    ternrt_tensor_init,    ternrt_runtime_init,   ternrt_engine_init,    ternrt_context_init,
    ternrt_inspector_init, ternrt_cuda_init,      ternrt_parser_init,
};

PyMODINIT_FUNC PyInit__ternrt(void); /* what the interpreter looks for */

PyMODINIT_FUNC PyInit__ternrt(void)
{
    static bool is_made;
    if (is_made) {
        PyErr_SetString(PyExc_ImportError,
                        "ternrt is already in use by another interpreter of this process");
        return NULL;
    }
    PyObject *module = PyModule_Create(&definition);
    int failed =
        module == NULL || PyModule_AddStringConstant(module, "__version__", tern_version()) < 0;
    for (size_t i = 0; !failed && i < sizeof parts / sizeof *parts; i++) {
        failed = parts[i](module) < 0;
    }
    if (failed) {
        Py_XDECREF(module);
        return NULL;
    }
    is_made = true;
    return module;
}
