/* SPDX-License-Identifier: Apache-2.0
 *
 * Building: a network and a config to a plan, or at once to an engine that uses the plan where it
 * lies.
 */
#include "build.h"

static int read_arguments(const char *name, PyObject *const *args, Py_ssize_t n, PyObject *keywords,
                          ternrt_network **out_network, ternrt_config **out_config)
{
    const ternrt_signature takes = {name, 2, {"network", "config"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return -1;
    }
    if (!Py_IS_TYPE(given[0], ternrt_network_type) || !Py_IS_TYPE(given[1], ternrt_config_type)) {
        PyErr_Format(PyExc_TypeError,
                     "%s() takes an INetworkDefinition and an IBuilderConfig, not %R and %R", name,
                     (PyObject *)Py_TYPE(given[0]), (PyObject *)Py_TYPE(given[1]));
        return -1;
    }
    *out_network = (ternrt_network *)given[0];
    *out_config = (ternrt_config *)given[1];
    return 0;
}

/* The plan, None after a refusal that the library logged, or NULL with an exception. */
static PyObject *build(ternrt_builder *builder, ternrt_network *network, ternrt_config *config)
{
    if (builder->max_batch_set && network->batch_open &&
        ternrt_network_decide(network, TERN_BATCH_IS_IMPLICIT, "max_batch_size was set") < 0) {
        return NULL;
    }
    tern_memory *plan = NULL;
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status =
        tern_build(builder->builder, network->network, config->config, &plan);
    const int raised = ternrt_leave(&call);
    const int finished = ternrt_progress_done(config);
    if (raised < 0 || finished < 0) {
        tern_memory_destroy(plan);
        return NULL;
    }
    if (status != TERN_OK) {
        Py_RETURN_NONE;
    }
    return ternrt_memory_of(plan);
}

static PyObject *engine_of(ternrt_builder *builder, PyObject *plan)
{
    if (plan == NULL || plan == Py_None) {
        return plan;
    }
    PyObject *runtime = ternrt_runtime_make(builder, builder->reporter.logger);
    PyObject *engine =
        runtime != NULL ? ternrt_runtime_load((ternrt_runtime *)runtime, plan) : NULL;
    Py_XDECREF(runtime);
    Py_DECREF(plan);
    return engine;
}

PyObject *ternrt_build_serialized(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                  PyObject *keywords)
{
    ternrt_network *network = NULL;
    ternrt_config *config = NULL;
    if (read_arguments("build_serialized_network", args, n, keywords, &network, &config) < 0) {
        return NULL;
    }
    return build((ternrt_builder *)self, network, config);
}

PyObject *ternrt_build_engine(PyObject *self, PyObject *const *args, Py_ssize_t n,
                              PyObject *keywords)
{
    ternrt_network *network = NULL;
    ternrt_config *config = NULL;
    if (read_arguments("build_engine", args, n, keywords, &network, &config) < 0) {
        return NULL;
    }
    return engine_of((ternrt_builder *)self, build((ternrt_builder *)self, network, config));
}

/* A config with what the builder itself was told. */
static PyObject *config_of_builder(ternrt_builder *builder)
{
    PyObject *object = ternrt_config_make(builder);
    if (object == NULL) {
        return NULL;
    }
    ternrt_config *config = (ternrt_config *)object;
    int failed = 0;
    const int first = ternrt_enum_first(TERNRT_BuilderFlag),
              size = ternrt_enum_size(TERNRT_BuilderFlag);
    for (int i = 0; !failed && i < size; i++) {
        failed =
            (builder->flags >> i & 1) != 0 && ternrt_config_set_flag(config, first + i, true) < 0;
    }
    if (!failed && builder->workspace >= 0) {
        failed = ternrt_config_set_key(config, TERN_CONFIG_WORKSPACE, builder->workspace) < 0;
    }
    const int64_t iterations = builder->min_iterations > builder->average_iterations
                                   ? builder->min_iterations
                                   : builder->average_iterations;
    if (!failed && iterations > 0) {
        failed = ternrt_config_set_key(config, TERN_CONFIG_AVERAGE, iterations) < 0;
    }
    if (failed) {
        Py_CLEAR(object);
    }
    return object;
}

PyObject *ternrt_build_cuda_engine(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                   PyObject *keywords)
{
    static const ternrt_signature takes = {"build_cuda_engine", 1, {"network"}};
    PyObject *given[1];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    if (!Py_IS_TYPE(given[0], ternrt_network_type)) {
        return PyErr_Format(PyExc_TypeError,
                            "build_cuda_engine() takes an INetworkDefinition, not %R", given[0]);
    }
    ternrt_builder *builder = (ternrt_builder *)self;
    PyObject *config = config_of_builder(builder);
    PyObject *plan =
        config != NULL ? build(builder, (ternrt_network *)given[0], (ternrt_config *)config) : NULL;
    Py_XDECREF(config);
    return engine_of(builder, plan);
}

PyObject *ternrt_is_supported(PyObject *self, PyObject *const *args, Py_ssize_t n,
                              PyObject *keywords)
{
    (void)self;
    ternrt_network *network = NULL;
    ternrt_config *config = NULL;
    if (read_arguments("is_network_supported", args, n, keywords, &network, &config) < 0) {
        return NULL;
    }
    tern_memory *text = NULL;
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_network_optimize(network->network, "verify", &text);
    tern_memory_destroy(text);
    return ternrt_leave(&call) < 0 ? NULL : PyBool_FromLong(status == TERN_OK);
}
