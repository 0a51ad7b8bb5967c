/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of OnnxParser share: parser.c is the object, parser_import.c imports,
 * parser_error.c holds what went wrong.
 */
#ifndef TERNRT_PARSER_H
#define TERNRT_PARSER_H

#include "ternrt.h"

typedef struct ternrt_parser {
    PyObject base;
    ternrt_network *network;
    PyObject *logger;
    PyObject *errors;         /* list of ParserError */
    PyObject *subgraphs;      /* list of (list of node indices, whether they are taken) */
    PyObject *config;         /* what set_builder_config gave */
    tern_onnx_report *report; /* of the import into the network */
    PyObject *loaded;       /* (model, path) of load_model_proto, for parse_model_proto; or NULL */
    PyObject *initializers; /* list of (name, owner, address, size) */
    uint64_t flags;         /* OnnxParserFlag members */
} ternrt_parser;

/* parser_import.c */
PyObject *ternrt_parser_parse(PyObject *self, PyObject *const *args, Py_ssize_t n,
                              PyObject *keywords);
PyObject *ternrt_parser_load_model_proto(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                         PyObject *keywords);
PyObject *ternrt_parser_load_initializer(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                         PyObject *keywords);
PyObject *ternrt_parser_supports_model(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                       PyObject *keywords);
PyObject *ternrt_parser_supports_model_v2(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                          PyObject *keywords);
PyObject *ternrt_parser_parse_from_file(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                        PyObject *keywords);
PyObject *ternrt_parser_parse_model_proto(PyObject *self, PyObject *unused);

PyObject *ternrt_parser_parse_given(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                    PyObject *keywords);

/* parser_ports.c */
/* What is given at the inputs of a model. */
typedef struct ternrt_given_inputs {
    tern_onnx_input *inputs;
    int32_t count;
    PyObject *held; /* what they point into */
} ternrt_given_inputs;
/* From [(name, form, [(NumPy type's name, shape, bytes of the values or None), ...]), ...]; drop it
   also after a failure. */
int ternrt_given_inputs_read(PyObject *list, ternrt_given_inputs *out_inputs);
void ternrt_given_inputs_drop(ternrt_given_inputs *inputs);
PyObject *ternrt_parser_get_ports(PyObject *self, PyObject *unused);
PyObject *ternrt_parser_is_undecided(PyObject *self, PyObject *unused);

/* parser.c */
void ternrt_parser_destroy_report(void *report);

/* parser_error.c */
int ternrt_parser_error_init(PyObject *module);
/* A ParserError from an entry of a report. */
PyObject *ternrt_parser_error_make(const tern_onnx_report_entry *entry, bool is_readable);
PyObject *ternrt_parser_error_desc(PyObject *error); /* borrowed */

#endif
