/* SPDX-License-Identifier: Apache-2.0
 *
 * tern inspect, tern ops and tern opt: things printed.
 */
#include "cli.h"

#include <stdlib.h>

static struct {
    bool json, markdown;
    int64_t layer, rewrites;
    const char *passes, *stop_after;
} o;

static void to_stdout(void *self, const char *text, size_t size)
{
    (void)self;
    fwrite(text, 1, size, stdout);
}

static const tern_sink sink = {NULL, to_stdout};

/* --- inspect --- */

static const cli_option inspect_options[] = {
    {"json", CLI_FLAG, &o.json, NULL, "as JSON", 0, 0},
    {"layer", CLI_INT, &o.layer, "N", "one layer only", 0, INT32_MAX},
    {0},
};

static int inspect(int argc, char **argv);
const cli_command cli_inspect = {
    "inspect", "PLAN", "show layers, tactics and why others were refused, memory, weights",
    inspect};

static int inspect(int argc, char **argv)
{
    const char *path = NULL;
    o.layer = -1;
    int code = cli_parse(&cli_inspect, inspect_options, argc, argv, &path, 1);
    if (code >= 0) {
        return code;
    }
    tern_runtime *runtime = NULL;
    tern_engine *engine = NULL;
    code = cli_load(&cli_inspect, path, 1, &runtime, &engine);
    const tern_format format = o.json ? TERN_FORMAT_JSON : TERN_FORMAT_TEXT;
    if (code == CLI_OK) {
        const tern_status status = o.layer >= 0
                                       ? tern_inspect_layer(engine, (int32_t)o.layer, format, &sink)
                                       : tern_inspect_engine(engine, format, &sink);
        code = status == TERN_OK ? CLI_OK : cli_fail(&cli_inspect);
    }
    tern_engine_destroy(engine);
    tern_runtime_destroy(runtime);
    return code;
}

/* --- ops --- */

static const cli_option ops_options[] = {
    {"json", CLI_FLAG, &o.json, NULL, "as JSON", 0, 0},
    {"markdown", CLI_FLAG, &o.markdown, NULL, "as the table of docs/operators.md", 0, 0},
    {0},
};

static int ops(int argc, char **argv);
const cli_command cli_ops = {"ops", "", "list all operators", ops};

static int ops(int argc, char **argv)
{
    const int code = cli_parse(&cli_ops, ops_options, argc, argv, NULL, 0);
    if (code >= 0) {
        return code;
    }
    const tern_format format = o.json       ? TERN_FORMAT_JSON
                               : o.markdown ? TERN_FORMAT_MARKDOWN
                                            : TERN_FORMAT_TEXT;
    return tern_inspect_operators(format, &sink) == TERN_OK ? CLI_OK : cli_fail(&cli_ops);
}

/* --- opt --- */

static const cli_option opt_options[] = {
    {"passes", CLI_TEXT, &o.passes, "A,B",
     "run these passes only, in this order (default: the whole pipeline)", 0, 0},
    {"stop-after", CLI_TEXT, &o.stop_after, "PASS", "end the pipeline behind this pass", 0, 0},
    {"rewrites", CLI_INT, &o.rewrites, "N",
     "do the first N optional changes only: halve it to find the one that breaks a model", 0,
     INT64_MAX},
    {0},
};

static int opt(int argc, char **argv);
const cli_command cli_opt = {"opt", "MODEL",
                             "run passes on MODEL.onnx or text IR and print the result", opt};

/* The library takes limits of the pipeline from the environment. */
static void limit_passes(void)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)o.rewrites);
    if (o.stop_after != NULL) {
        (void)setenv("TERN_STOP_AFTER", o.stop_after, 1);
    }
    if (o.rewrites >= 0) {
        (void)setenv("TERN_REWRITES", text, 1);
    }
}

static int opt(int argc, char **argv)
{
    const char *path = NULL;
    o.rewrites = -1;
    int code = cli_parse(&cli_opt, opt_options, argc, argv, &path, 1);
    if (code >= 0) {
        return code;
    }
    limit_passes();
    tern_builder_options options = TERN_BUILDER_OPTIONS_INIT;
    options.logger.write = cli_log;
    tern_builder *builder = NULL;
    tern_network *network = NULL;
    tern_memory *result = NULL;
    char *text = NULL;
    code = tern_builder_create(&options, &builder) == TERN_OK
               ? cli_model(&cli_opt, builder, path, &text, &network)
               : cli_fail(&cli_opt);
    if (code == CLI_OK && tern_network_optimize(network, o.passes, &result) != TERN_OK) {
        code = cli_fail(&cli_opt);
    }
    if (code == CLI_OK) {
        fwrite(tern_memory_data(result), 1, tern_memory_size(result), stdout);
    }
    tern_memory_destroy(result);
    tern_network_destroy(network);
    tern_builder_destroy(builder);
    free(text);
    return code;
}
