/* SPDX-License-Identifier: Apache-2.0
 *
 * tern/onnx.h: maps the file, imports into the network's graph, gives the layers handles, keeps the
 * report.
 */
#include "tern/onnx.h"

#include "api/deliver.h"
#include "base/alloc.h"
#include "base/os.h"
#include "import/onnx/import.h"
#include "network/network.h"

struct tern_onnx_report {
    tern_allocator allocator;
    tern_arena arena; /* everything the entries point to */
    const tern_onnx_result *result;
    const char **operators; /* by problem: domain and operator in one text */
    tern_network *network;  /* of an import that succeeded */
};

/* "Conv", "com.microsoft:Gelu" */
static tern_status name_operators(tern_onnx_report *report)
{
    const tern_onnx_result *r = report->result;
    report->operators = tern_arena_items(&report->arena, (size_t)r->problem_count + 1,
                                         sizeof *report->operators, _Alignof(char *));
    if (report->operators == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 0; i < r->problem_count; i++) {
        const tern_onnx_problem *p = &r->problems[i];
        report->operators[i] = p->domain[0] == '\0'
                                   ? p->op
                                   : tern_arena_printf(&report->arena, "%s:%s", p->domain, p->op);
        if (report->operators[i] == NULL) {
            return TERN_OUT_OF_MEMORY;
        }
    }
    return TERN_OK;
}

static tern_status import_into(tern_network *net, const tern_onnx_source *source,
                               tern_onnx_report *report)
{
    if (net->graph->node_count > 1 || net->graph->input_count > 0) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "import \"%s\": the network has layers or inputs already, an import needs "
                         "an empty one",
                         source->who);
    }
    TERN_TRY(tern_net_decide_batch(net, TERN_BATCH_IS_EXPLICIT, "an ONNX model"));
    const tern_status status =
        tern_onnx_import(net->graph, source, net->logger, &report->arena, &report->result);
    if (status == TERN_OUT_OF_MEMORY || report->result == NULL) {
        report->result = NULL;
        return status;
    }
    if (name_operators(report) != TERN_OK) {
        report->result = NULL;
        return TERN_OUT_OF_MEMORY;
    }
    TERN_TRY(status);
    TERN_TRY(tern_net_wrap_nodes(net));
    report->network = net;
    return TERN_OK;
}

/* The error that is delivered tells of the first problem only. */
static void log_problems(const tern_network *net, const tern_onnx_report *report)
{
    const int32_t count = tern_onnx_report_problem_count(report);
    for (int32_t i = 0; count > 1 && i < count; i++) {
        tern_log(&net->logger, TERN_SEVERITY_ERROR, "import", "%s",
                 report->result->problems[i].message);
    }
}

static tern_status import_source(tern_network *net, const tern_onnx_source *source,
                                 tern_onnx_report **out_report)
{
    tern_onnx_report *report = tern_alloc_zero(net->allocator, sizeof *report, 16);
    if (report == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    report->allocator = net->allocator;
    tern_arena_init(&report->arena, net->allocator);
    const tern_status status = import_into(net, source, report);
    log_problems(net, report);
    if (out_report != NULL && status != TERN_OUT_OF_MEMORY) {
        *out_report = report;
    } else {
        tern_onnx_report_destroy(report);
    }
    return status;
}

static void close_map(void *self)
{
    tern_file_map_close(self);
}

/* The file, mapped as long as the graph lives. */
static tern_status map_file(tern_network *net, const char *path, tern_span *out_bytes)
{
    tern_file_map *map = tern_arena_zero(&net->graph->arena, sizeof *map, _Alignof(tern_file_map));
    if (map == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    TERN_TRY(tern_file_map_open(path, map));
    *out_bytes = (tern_span){map->at, map->bytes};
    const tern_status status = tern_graph_keep(net->graph, close_map, map);
    if (status != TERN_OK) {
        tern_file_map_close(map);
    }
    return status;
}

static tern_status import_file(tern_network *net, const char *path, tern_onnx_source source,
                               tern_onnx_report **out_report)
{
    source.who = path;
    const char *slash = strrchr(path, '/');
    source.folder = slash == NULL ? "."
                    : slash == path
                        ? "/"
                        : tern_arena_strndup(&net->graph->arena, path, (size_t)(slash - path));
    if (source.folder == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    TERN_TRY(map_file(net, path, &source.bytes));
    return import_source(net, &source, out_report);
}

tern_status tern_network_import_onnx_file(tern_network *network, const char *path,
                                          tern_onnx_report **out_report)
{
    if (out_report != NULL) {
        *out_report = NULL;
    }
    if (network == NULL || path == NULL) {
        return tern_deliver_null(network != NULL ? &network->logger : NULL, "import_onnx_file",
                                 network == NULL ? "network" : "path");
    }
    return tern_deliver(&network->logger,
                        import_file(network, path, (tern_onnx_source){0}, out_report));
}

tern_status tern_network_import_onnx_memory(tern_network *network, const void *data, size_t size,
                                            const char *folder, tern_onnx_report **out_report)
{
    if (out_report != NULL) {
        *out_report = NULL;
    }
    if (network == NULL || (data == NULL && size > 0)) {
        return tern_deliver_null(network != NULL ? &network->logger : NULL, "import_onnx_memory",
                                 network == NULL ? "network" : "data");
    }
    const tern_onnx_source source = {.bytes = {data, size}, .who = "memory", .folder = folder};
    return tern_deliver(&network->logger, import_source(network, &source, out_report));
}

/* Nothing in the descriptions of inputs is missing, or no form at all. */
static bool inputs_are_there(const tern_onnx_memory *m)
{
    for (int32_t i = 0; i < m->input_count; i++) {
        if (m->inputs == NULL || m->inputs[i].name == NULL || m->inputs[i].count < 0 ||
            (m->inputs[i].count > 0 && m->inputs[i].elements == NULL) ||
            (m->inputs[i].form != TERN_ONNX_FORM_ABSENT &&
             m->inputs[i].form != TERN_ONNX_FORM_TENSOR &&
             m->inputs[i].form != TERN_ONNX_FORM_SEQUENCE)) {
            return false;
        }
    }
    return true;
}

tern_status tern_network_import_onnx_with(tern_network *network, const tern_onnx_memory *model,
                                          tern_onnx_report **out_report)
{
    if (out_report != NULL) {
        *out_report = NULL;
    }
    if (network == NULL || model == NULL) {
        return tern_deliver_null(network != NULL ? &network->logger : NULL, "import_onnx_with",
                                 network == NULL ? "network" : "model");
    }
    tern_onnx_memory m = TERN_ONNX_MEMORY_INIT;
    if (model->struct_size == 0 || model->struct_size > sizeof m) {
        return tern_deliver(&network->logger,
                            tern_fail(TERN_VERSION,
                                      "import_onnx_with: struct_size is %zu, this library knows "
                                      "%zu; set it by TERN_ONNX_MEMORY_INIT",
                                      model->struct_size, sizeof m));
    }
    memcpy(&m, model, model->struct_size);
    if (m.data == NULL && m.size > 0) {
        return tern_deliver_null(&network->logger, "import_onnx_with", "data");
    }
    for (int32_t i = 0; i < m.given_count; i++) {
        if (m.given == NULL || m.given[i].name == NULL ||
            (m.given[i].data == NULL && m.given[i].size > 0)) {
            return tern_deliver_null(&network->logger, "import_onnx_with", "given");
        }
    }
    if (!inputs_are_there(&m)) {
        return tern_deliver_null(&network->logger, "import_onnx_with", "inputs");
    }
    const tern_onnx_source source = {.bytes = {m.data, m.size},
                                     .who = "memory",
                                     .folder = m.folder,
                                     .given = m.given,
                                     .given_count = m.given_count,
                                     .input_count = m.input_count,
                                     .inputs = m.inputs};
    return tern_deliver(&network->logger, m.path != NULL
                                              ? import_file(network, m.path, source, out_report)
                                              : import_source(network, &source, out_report));
}

/* --- reports --- */

int32_t tern_onnx_report_problem_count(const tern_onnx_report *report)
{
    return report != NULL && report->result != NULL ? report->result->problem_count : 0;
}

tern_status tern_onnx_report_problem(const tern_onnx_report *report, int32_t index,
                                     tern_onnx_report_entry *out_entry)
{
    if (report == NULL || out_entry == NULL) {
        return tern_deliver_null(NULL, "onnx_report_problem",
                                 report == NULL ? "report" : "out_entry");
    }
    const int32_t count = tern_onnx_report_problem_count(report);
    if (index < 0 || index >= count) {
        return tern_deliver(NULL, tern_fail(TERN_INVALID_ARGUMENT,
                                            "onnx_report_problem: %d is outside the %d problems",
                                            (int)index, (int)count));
    }
    const tern_onnx_problem *p = &report->result->problems[index];
    *out_entry = (tern_onnx_report_entry){.status = p->status,
                                          .node = p->node,
                                          .message = p->message,
                                          .node_name = p->node_name,
                                          .op = report->operators[index],
                                          .stack = p->stack,
                                          .file = p->file,
                                          .line = p->line,
                                          .is_undecided = p->is_undecided};
    return TERN_OK;
}

int32_t tern_onnx_report_input_count(const tern_onnx_report *report)
{
    return report != NULL && report->result != NULL ? report->result->input_count : 0;
}

int32_t tern_onnx_report_output_count(const tern_onnx_report *report)
{
    return report != NULL && report->result != NULL ? report->result->output_count : 0;
}

/* One of `count` ports. */
static tern_status give_port(const tern_onnx_port *ports, int32_t count, int32_t index,
                             const char *what, tern_onnx_port *out_port)
{
    if (out_port == NULL) {
        return tern_deliver_null(NULL, what, "out_port");
    }
    if (index < 0 || index >= count) {
        return tern_deliver(NULL,
                            tern_fail(TERN_INVALID_ARGUMENT, "%s: %d is outside the %d there are",
                                      what, (int)index, (int)count));
    }
    *out_port = ports[index];
    return TERN_OK;
}

tern_status tern_onnx_report_input(const tern_onnx_report *report, int32_t index,
                                   tern_onnx_port *out_port)
{
    const int32_t count = tern_onnx_report_input_count(report);
    return give_port(count > 0 ? report->result->inputs : NULL, count, index, "onnx_report_input",
                     out_port);
}

tern_status tern_onnx_report_output(const tern_onnx_report *report, int32_t index,
                                    tern_onnx_port *out_port)
{
    const int32_t count = tern_onnx_report_output_count(report);
    return give_port(count > 0 ? report->result->outputs : NULL, count, index, "onnx_report_output",
                     out_port);
}

tern_tensor *tern_onnx_report_node_output(const tern_onnx_report *report, const char *node_name,
                                          int32_t index)
{
    if (report == NULL || report->network == NULL || node_name == NULL) {
        return NULL;
    }
    const tern_onnx_result *r = report->result;
    for (int32_t i = 0; i < r->named_count; i++) {
        const tern_onnx_named_node *n = &r->named[i];
        if (index >= 0 && index < n->count && strcmp(n->name, node_name) == 0 &&
            r->values[n->first + index] != TERN_NO_ID) {
            return tern_net_tensor(report->network, r->values[n->first + index]);
        }
    }
    return NULL;
}

int32_t tern_onnx_report_node_count(const tern_onnx_report *report)
{
    return report != NULL && report->result != NULL ? report->result->node_count : 0;
}

bool tern_onnx_report_node_is_taken(const tern_onnx_report *report, int32_t node)
{
    return node >= 0 && node < tern_onnx_report_node_count(report) &&
           report->result->node_is_taken[node] != 0;
}

void tern_onnx_report_destroy(tern_onnx_report *report)
{
    if (report != NULL) {
        tern_arena_destroy(&report->arena);
        tern_free(report->allocator, report, sizeof *report);
    }
}

bool tern_onnx_supports_operator(const char *op)
{
    if (op == NULL) {
        return false;
    }
    const char *colon = strrchr(op, ':');
    const tern_str domain = colon != NULL ? (tern_str){op, (size_t)(colon - op)} : tern_str_of("");
    return tern_onnx_takes(domain, tern_str_of(colon != NULL ? colon + 1 : op), INT64_MAX);
}
