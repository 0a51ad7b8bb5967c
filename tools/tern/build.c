/* SPDX-License-Identifier: Apache-2.0
 *
 * tern build: an ONNX model or text IR in, plan out.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    const char *output;
    int64_t threads, level, workspace, max_batch;
    const char *isa, *verbosity;
    cli_list profiles, values;
    bool timing, quiet;
} o;

static const cli_option options[] = {
    {"output", CLI_TEXT, &o.output, "FILE",
     "where the plan goes (default: the input's name with .plan)", 0, 0},
    {"threads", CLI_INT, &o.threads, "N",
     "threads to build for (default: all this process may use)", 1, 256},
    {"level", CLI_INT, &o.level, "N",
     "optimisation level 0..5 (default 3; 4 and 5 time the tactics)", 0, 5},
    {"workspace", CLI_INT, &o.workspace, "BYTES", "most scratch a tactic may use", 0, INT64_MAX},
    {"max-batch", CLI_INT, &o.max_batch, "N",
     "largest batch of an implicit-batch network (default 1)", 1, INT32_MAX},
    {"isa", CLI_TEXT, &o.isa, "NAME", "highest instruction set to build for: ref, avx2, avx512 ...",
     0, 0},
    {"verbosity", CLI_TEXT, &o.verbosity, "WHAT",
     "what the plan keeps for inspect: names, none, detailed", 0, 0},
    {"profile", CLI_LIST, &o.profiles, "NAME:MIN,OPT,MAX",
     "range of an input, such as x:1x3x8x8,4x3x8x8,8x3x8x8; for ONNX models a usual one by default",
     0, 0},
    {"values", CLI_LIST, &o.values, "NAME:MIN,OPT,MAX",
     "range of a shape input's values, such as n:1x6,2x6,4x6", 0, 0},
    {"timing", CLI_FLAG, &o.timing, NULL, "time the tactics and take the fastest", 0, 0},
    {"quiet", CLI_FLAG, &o.quiet, NULL, "no progress on a terminal", 0, 0},
    {0},
};

static int run(int argc, char **argv);
const cli_command cli_build = {"build", "MODEL", "build a plan from MODEL.onnx or from text IR",
                               run};

static int32_t show_progress(void *self, const char *phase, int32_t done, int32_t total)
{
    (void)self;
    fprintf(stderr, "\r[%.*s%.*s] %-10s", (int)done * 3, "##################",
            (int)(total - done) * 3, "..................", phase);
    if (done == total) {
        fprintf(stderr, "\r%40s\r", "");
    }
    return 1;
}

static const char *const points[] = {"minimum", "optimum", "maximum"};

/* "x:1x3,2x3,4x3" into a profile. */
static int add_range(tern_profile *profile, const char *text, bool is_values)
{
    const char *option = is_values ? "values" : "profile";
    char copy[512];
    const char *colon = strrchr(text, ':');
    if (colon == NULL || strlen(text) >= sizeof copy) {
        fprintf(stderr, "tern build: --%s %s is not of the form name:min,opt,max\n", option, text);
        return CLI_USAGE;
    }
    const char *at = colon + 1;
    for (int point = 0; point < 3; point++) {
        const size_t length = strcspn(at, ",");
        char *name = NULL;
        int32_t rank = 0;
        int64_t dims[TERN_MAX_RANK];
        snprintf(copy, sizeof copy, "%.*s:%.*s", (int)(colon - text), text, (int)length, at);
        if (!cli_shape(copy, &name, &rank, dims)) {
            fprintf(stderr, "tern build: --%s %s: its %s is not of the form 1x3x224x224\n", option,
                    text, points[point]);
            return CLI_USAGE;
        }
        const tern_profile_point at_point = (tern_profile_point)point;
        if ((is_values ? tern_profile_set_values(profile, name, at_point, rank, dims)
                       : tern_profile_set_shape(profile, name, at_point, rank, dims)) != TERN_OK) {
            return cli_fail(&cli_build);
        }
        at += length + (at[length] == ',' && point < 2 ? 1 : 0);
    }
    return CLI_OK;
}

static int add_profile(tern_builder *builder, tern_network *network, tern_config *config,
                       FILE *notes)
{
    bool is_needed = o.profiles.count + o.values.count > 0;
    tern_profile *profile = NULL;
    int code = tern_profile_create(builder, &profile) == TERN_OK ? CLI_OK : cli_fail(&cli_build);
    for (int i = 0; i < o.profiles.count && code == CLI_OK; i++) {
        code = add_range(profile, o.profiles.at[i], false);
    }
    for (int i = 0; i < o.values.count && code == CLI_OK; i++) {
        code = add_range(profile, o.values.at[i], true);
    }
    if (code == CLI_OK && notes != NULL) {
        code = cli_default_profile(&cli_build, network, profile, notes, &is_needed);
    }
    int32_t index = 0;
    if (code == CLI_OK && is_needed &&
        tern_config_add_profile(config, profile, &index) != TERN_OK) {
        code = cli_fail(&cli_build);
    }
    tern_profile_destroy(profile);
    return code;
}

static int find_name(const char *what, const char *const *names, const char *value, int64_t *out)
{
    for (*out = 0; names[*out] != NULL; ++*out) {
        if (strcmp(names[*out], value) == 0) {
            return CLI_OK;
        }
    }
    fprintf(stderr,
            "tern build: --%s \"%s\" is none of its values; `tern build --help` lists them\n", what,
            value);
    return CLI_USAGE;
}

static int configure(tern_config *config)
{
    static const char *const isas[] = {"ref", "avx2", "avx512", "avx512vnni", "avx512bf16", NULL};
    static const char *const verbosities[] = {"names", "none", "detailed", NULL};
    int64_t isa = -1;
    int64_t verbosity = 0;
    int code = o.isa != NULL ? find_name("isa", isas, o.isa, &isa) : CLI_OK;
    if (code == CLI_OK && o.verbosity != NULL) {
        code = find_name("verbosity", verbosities, o.verbosity, &verbosity);
    }
    if (code != CLI_OK) {
        return code;
    }
    const struct {
        tern_config_key key;
        int64_t value;
    } settings[] = {{TERN_CONFIG_LEVEL, o.level},
                    {TERN_CONFIG_WORKSPACE, o.workspace},
                    {TERN_CONFIG_ISA, isa},
                    {TERN_CONFIG_VERBOSITY, verbosity},
                    {TERN_CONFIG_TIMING, o.timing ? 1 : 0}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (tern_config_set(config, settings[i].key, settings[i].value) != TERN_OK) {
            return cli_fail(&cli_build);
        }
    }
    const tern_progress progress = {NULL, show_progress};
    if (!o.quiet && isatty(2) && tern_config_set_progress(config, &progress) != TERN_OK) {
        return cli_fail(&cli_build);
    }
    return CLI_OK;
}

static int build(tern_builder *builder, const char *path, const char *output)
{
    char *text = NULL;
    tern_network *network = NULL;
    tern_config *config = NULL;
    tern_memory *plan = NULL;
    int code = cli_model(&cli_build, builder, path, &text, &network);
    if (code == CLI_OK && tern_config_create(builder, &config) != TERN_OK) {
        code = cli_fail(&cli_build);
    }
    if (code == CLI_OK) {
        code = configure(config);
    }
    char *said = NULL;
    size_t said_bytes = 0;
    FILE *notes = cli_is_onnx(path) ? open_memstream(&said, &said_bytes) : NULL;
    if (code == CLI_OK) {
        code = add_profile(builder, network, config, notes);
    }
    if (notes != NULL) {
        fclose(notes);
    }
    if (code == CLI_OK && (tern_build(builder, network, config, &plan) != TERN_OK ||
                           tern_memory_save(plan, output) != TERN_OK)) {
        code = cli_fail(&cli_build);
    }
    if (code == CLI_OK) {
        printf("%s%s: %zu bytes, %d layers in the network\n", said != NULL ? said : "", output,
               tern_memory_size(plan), (int)tern_network_layer_count(network));
    }
    tern_memory_destroy(plan);
    tern_config_destroy(config);
    tern_network_destroy(network);
    free(said);
    free(text);
    return code;
}

static int run(int argc, char **argv)
{
    const char *input = NULL;
    o.level = 3;
    o.workspace = INT64_MAX;
    o.max_batch = 1;
    const int code = cli_parse(&cli_build, options, argc, argv, &input, 1);
    if (code >= 0) {
        return code;
    }
    char fallback[4096];
    if (o.output == NULL) {
        const char *dot = strrchr(input, '.');
        const int stem =
            dot != NULL && strchr(dot, '/') == NULL ? (int)(dot - input) : (int)strlen(input);
        snprintf(fallback, sizeof fallback, "%.*s.plan", stem, input);
        o.output = fallback;
    }
    tern_builder_options builder_options = TERN_BUILDER_OPTIONS_INIT;
    builder_options.logger.write = cli_log;
    builder_options.max_threads = (int32_t)o.threads;
    tern_builder *builder = NULL;
    if (tern_builder_create(&builder_options, &builder) != TERN_OK ||
        tern_builder_set_max_batch(builder, (int32_t)o.max_batch) != TERN_OK) {
        return cli_fail(&cli_build);
    }
    const int result = build(builder, input, o.output);
    tern_builder_destroy(builder);
    return result;
}
