/* SPDX-License-Identifier: Apache-2.0
 *
 * ONNX models into networks.
 *
 * An import adds the model's inputs, layers and outputs to a network.  It reports everything that
 * is wrong with a file at once: the report lists each node that was refused, with the reason.
 *
 *     tern_onnx_report *report = NULL;
 *     status = tern_network_import_onnx_file(network, "model.onnx", &report);
 *     for (int32_t i = 0; i < tern_onnx_report_problem_count(report); i++) {
 *         tern_onnx_report_problem(report, i, &problem);      ... problem.message
 *     }
 *     tern_onnx_report_destroy(report);
 */
#ifndef TERN_ONNX_H
#define TERN_ONNX_H

#include "tern/network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tern_onnx_report tern_onnx_report;

/* Why a node, or the model, was refused.  Texts belong to the report. */
typedef struct tern_onnx_report_entry {
    tern_status status;
    int32_t node;          /* index in its graph; -1: the model itself */
    const char *message;   /* one sentence */
    const char *node_name; /* "" when it has none */
    const char *op;        /* "Conv", "com.microsoft:Gelu" */
    const char *stack;     /* functions and bodies it was reached through, outermost first,
                              with " > " between them; "" */
    const char *file;      /* source file of this library, for bug reports */
    int32_t line;          /* and the line in it */
    bool is_undecided;     /* what is given at the model's inputs decides it: tern_onnx_input */
} tern_onnx_report_entry;

/**
 * Import a model from a file.  External data is looked for in the file's folder.
 *
 * Memory:   the file stays mapped as long as the network: weights are used in place.  The report is
 *           made on success and on failure (NULL when memory ran out) and is the caller's.
 *           `out_report` may be NULL.
 * Threads:  one at a time per network.
 * Errors:   IO                the file cannot be read;
 *           BAD_MODEL         it is no ONNX model, or breaks ONNX's rules;
 *           UNSUPPORTED       something in it is not taken;  BAD_SHAPE;
 *           INVALID_ARGUMENT  a NULL pointer, or a network that has layers already;
 *           OUT_OF_MEMORY.    After a failure the network is only good for destroying.
 */
TERN_API TERN_NODISCARD tern_status tern_network_import_onnx_file(tern_network *network,
                                                                  const char *path,
                                                                  tern_onnx_report **out_report);

/**
 * Import a model from memory.
 *
 * `folder`  where external data may lie; NULL: a model that has some is refused.
 *
 * Memory:   the bytes are borrowed until the network is destroyed.
 * Threads:  one at a time per network.
 * Errors:   as tern_network_import_onnx_file.
 */
TERN_API TERN_NODISCARD tern_status tern_network_import_onnx_memory(tern_network *network,
                                                                    const void *data, size_t size,
                                                                    const char *folder,
                                                                    tern_onnx_report **out_report);

/* Data for an initializer, instead of what the file has: dense elements of its type and shape. */
typedef struct tern_onnx_given {
    const char *name;
    const void *data; /* must stay until the network is destroyed; any alignment */
    size_t size;      /* bytes, as many as type and shape take */
} tern_onnx_given;

/* What an input or output of a model is made of. */
typedef enum tern_onnx_form {
    TERN_ONNX_FORM_ABSENT = 0, /* an optional that is empty */
    TERN_ONNX_FORM_TENSOR = 1,
    TERN_ONNX_FORM_SEQUENCE = 2
} tern_onnx_form;

/* A tensor that is an input, or one of a sequence. */
typedef struct tern_onnx_element {
    int32_t dtype; /* tern_dtype */
    int32_t rank;
    const int64_t *dims; /* -1: varies */
    const void *values;  /* dense elements; NULL: they are known only when it runs.  With values it
                            is a constant of the network, and no input */
    size_t size;         /* bytes of them */
} tern_onnx_element;

/*
 * What is given at an input.  A network has a fixed number of tensors, so an input that is a
 * sequence or an optional must be described before the import.  The elements of a sequence "x"
 * become inputs "x[0]", "x[1]" ... of the network.  A tensor that is described has the shape that
 * is told here.  Positions in sequences, conditions and numbers of turns that decide how long a
 * sequence gets must be known too: they can be given by value.
 */
typedef struct tern_onnx_input {
    const char *name;
    tern_onnx_form form;
    int32_t count; /* elements; 1 of a tensor, 0 of what is absent */
    const tern_onnx_element *elements;
} tern_onnx_input;

/* A model in memory, with what belongs to it. */
typedef struct tern_onnx_memory {
    size_t struct_size;
    const void *data;
    size_t size;
    const char *folder; /* where external data may lie; NULL: nowhere */
    const tern_onnx_given *given;
    int32_t given_count;
    int32_t input_count;
    const tern_onnx_input *inputs; /* copied */
    const char *path;              /* a file to be mapped, instead of data and folder; or NULL */
} tern_onnx_memory;

#define TERN_ONNX_MEMORY_INIT                                                                      \
    {                                                                                              \
        sizeof(tern_onnx_memory), NULL, 0, NULL, NULL, 0, 0, NULL, NULL                            \
    }

/**
 * Import a model with the data of some of its initializers, and for what is given at its inputs.
 *
 * Memory:   the bytes and the data are borrowed until the network is destroyed.
 * Threads:  one at a time per network.
 * Errors:   as tern_network_import_onnx_file;
 *           INVALID_ARGUMENT  also data or a description of no initializer or input, or one that
 *                             does not fit it.
 */
TERN_API TERN_NODISCARD tern_status tern_network_import_onnx_with(tern_network *network,
                                                                  const tern_onnx_memory *model,
                                                                  tern_onnx_report **out_report);

/**
 * Read a report.
 *
 * Memory:   texts are borrowed from the report.
 * Threads:  any, one at a time per report.
 * Errors:   INVALID_ARGUMENT  an index out of range or a NULL pointer.  The count of a NULL report
 *           is 0.
 */
TERN_API int32_t tern_onnx_report_problem_count(const tern_onnx_report *report);
TERN_API TERN_NODISCARD tern_status tern_onnx_report_problem(const tern_onnx_report *report,
                                                             int32_t index,
                                                             tern_onnx_report_entry *out_entry);

/* An input or output of the model. */
typedef struct tern_onnx_port {
    const char *name; /* belongs to the report */
    tern_onnx_form form;
    bool is_optional; /* inputs: it may be absent */
    bool has_default; /* inputs: an initializer of that name, which is what the network has */
    int32_t dtype;    /* of its tensors, as ONNX numbers it; 0: not known */
    int32_t first;    /* outputs: the network's output that is its first tensor */
    int32_t count;    /* outputs: tensors; inputs: -1 of a sequence */
} tern_onnx_port;

/**
 * Read what the model's inputs are, as it declares them (after a failure too, if it got that far),
 * and what its outputs are made of: tensor outputs have one tensor of the network, sequences any
 * number, an empty optional none.  There are no outputs after a failure.
 *
 * Memory:   texts are borrowed from the report.
 * Threads:  any, one at a time per report.
 * Errors:   INVALID_ARGUMENT  an index out of range or a NULL pointer.  The counts of a NULL report
 *           are 0.
 */
TERN_API int32_t tern_onnx_report_input_count(const tern_onnx_report *report);
TERN_API TERN_NODISCARD tern_status tern_onnx_report_input(const tern_onnx_report *report,
                                                           int32_t index, tern_onnx_port *out_port);
TERN_API int32_t tern_onnx_report_output_count(const tern_onnx_report *report);
TERN_API TERN_NODISCARD tern_status tern_onnx_report_output(const tern_onnx_report *report,
                                                            int32_t index,
                                                            tern_onnx_port *out_port);

/**
 * Count the nodes of the model's main graph; tell whether nothing in one of them was refused.
 *
 * Memory:   nothing is kept.
 * Threads:  any, one at a time per report.
 * Errors:   none; 0 and false for a NULL report or an index out of range.
 */
TERN_API int32_t tern_onnx_report_node_count(const tern_onnx_report *report);
TERN_API bool tern_onnx_report_node_is_taken(const tern_onnx_report *report, int32_t node);

/**
 * Find what an output of a node of the main graph became, by the node's name.
 *
 * Memory:   the handle is borrowed from the network that the report is of, which must be alive.
 * Threads:  one at a time per network.
 * Errors:   none; NULL when there is no such node or output, it is no tensor, or the import failed.
 */
TERN_API tern_tensor *tern_onnx_report_node_output(const tern_onnx_report *report,
                                                   const char *node_name, int32_t index);

/**
 * Free a report.
 *
 * Memory:   NULL does nothing.  Handles got through it stay: they are the network's.
 * Threads:  one at a time per report.
 * Errors:   none.
 */
TERN_API void tern_onnx_report_destroy(tern_onnx_report *report);

/**
 * Is there a translation for an operator, such as "Conv" or "com.microsoft:Gelu"?
 *
 * Memory:   nothing is kept.
 * Threads:  any.
 * Errors:   none; false for NULL.
 */
TERN_API bool tern_onnx_supports_operator(const char *op);

#ifdef __cplusplus
}
#endif

#endif
