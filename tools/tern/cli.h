/* SPDX-License-Identifier: Apache-2.0
 *
 * The tern command: what its subcommands share.  A client of the public headers only.
 *
 * Exit codes: 0 done, 1 the work failed (a message says why), 2 the command line is wrong.
 */
#ifndef TERN_TOOLS_CLI_H
#define TERN_TOOLS_CLI_H

#include "tern/tern.h"

#include <stdio.h>

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

typedef enum cli_kind { CLI_FLAG, CLI_INT, CLI_TEXT, CLI_LIST } cli_kind;

/* One option of a subcommand: parsed by getopt_long, printed by --help and --completion, all from
   this row. */
typedef struct cli_option {
    const char *name; /* "threads": --threads */
    cli_kind kind;
    void *to;          /* bool, int64_t, const char * or cli_list */
    const char *value; /* how help calls the value: "N" */
    const char *help;
    int64_t low, high; /* of an INT */
} cli_option;

/* The values of an option given several times. */
enum { CLI_LIST_MAX = 64 };
typedef struct cli_list {
    int count;
    const char *at[CLI_LIST_MAX];
} cli_list;

typedef struct cli_command {
    const char *name;
    const char *usage; /* arguments: "PLAN" */
    const char *summary;
    int (*run)(int argc, char **argv);
} cli_command;

/*
 * Parses options and exactly `want` positional arguments into args; prints help when asked.
 * Returns -1 to go on, else the exit code.
 */
int cli_parse(const cli_command *command, const cli_option *options, int argc, char **argv,
              const char **args, int want);

/* Prints `tern <command>: <last error>` and returns CLI_FAILED. */
int cli_fail(const cli_command *command);

/* A tern_logger's write: warnings, and what TERN_LOG asks for by topic.  Errors are cli_fail's. */
void cli_log(void *self, tern_severity severity, const char *topic, const char *text);

/* A whole file, NUL-terminated, from malloc; NULL with a message. */
char *cli_read(const cli_command *command, const char *path, size_t *out_size);

/* A network from a file: ONNX by the extension .onnx, else text IR, whose bytes are *out_text, to
 * be freed behind the network.  Prints why not, for ONNX every problem. */
int cli_model(const cli_command *command, tern_builder *builder, const char *path, char **out_text,
              tern_network **out_network);
bool cli_is_onnx(const char *path);

/* Ranges for the inputs that vary and have none yet, each a line of `notes`; *out_needed becomes
 * true when there are any. */
int cli_default_profile(const cli_command *command, tern_network *network, tern_profile *profile,
                        FILE *notes, bool *out_needed);

/* "name:1x3x224x224" -> name (cut off in place) and dims; 0 when it is not of that form. */
int cli_shape(char *text, char **out_name, int32_t *out_rank, int64_t dims[TERN_MAX_RANK]);

/* Loads an engine with the tool's logger. */
int cli_load(const cli_command *command, const char *path, int64_t threads,
             tern_runtime **out_runtime, tern_engine **out_engine);

/* Buffers for every binding of a context, allocated and bound, inputs filled (io.c). */
typedef struct cli_buffers {
    int32_t count;
    int64_t batch; /* 1 unless it is implicit */
    void *at[64];
    size_t bytes[64];
    tern_binding binding[64];
} cli_buffers;

/* What the user asked for: shapes, contents, batch. */
typedef struct cli_request {
    const cli_list *shapes, *inputs;
    int64_t batch;
} cli_request;

int cli_bind(const cli_command *command, const tern_engine *engine, tern_context *context,
             const cli_request *request, cli_buffers *out_buffers);

/* After a run: shapes that depend on data are known. */
int cli_resize(const cli_command *command, const tern_context *context, cli_buffers *buffers);
void cli_unbind(cli_buffers *buffers);
size_t cli_dtype_bits(tern_dtype dtype);

extern const cli_command cli_build, cli_run, cli_bench, cli_inspect, cli_opt, cli_ops;

#endif
