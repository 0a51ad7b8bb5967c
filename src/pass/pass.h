/* SPDX-License-Identifier: Apache-2.0
 *
 * Passes: one file, one `const tern_pass`, no state outside the call.  The list of them, in order,
 * is pipeline.c.
 */
#ifndef TERN_PASS_PASS_H
#define TERN_PASS_PASS_H

#include "base/log.h"
#include "ir/graph.h"

/* Options of a whole run of the pipeline. */
typedef struct tern_pass_options {
    const tern_logger *logger;
    int32_t level; /* optimisation level 0..5 */
    tern_isa isa;
    int32_t threads;
    int32_t verify;         /* verify after every pass */
    const char *stop_after; /* name of a pass, or NULL */
    const char *dump_dir;   /* write the graph after every pass, or NULL (TERN_DUMP) */
    int64_t rewrite_limit;  /* at most this many rewrites in all; -1: any number (bisecting) */
    int32_t strict_weights; /* 1: weights may change later (refit): nothing looks at their values */
} tern_pass_options;

typedef struct tern_pass_context {
    const tern_pass_options *options;
    tern_arena *scratch; /* reset after the pass */
    int64_t *rewrites_left;
    int64_t changes; /* counted by the pass */
} tern_pass_context;

typedef struct tern_rule tern_rule;

/* What must hold when a pass starts; the manager asserts it. */
typedef enum tern_ir_stage {
    TERN_IR_ANY = 0,
    TERN_IR_SHAPES_KNOWN = 1,
    TERN_IR_EXPLICIT = 2
} tern_ir_stage;

typedef struct tern_pass {
    const char *name; /* "fold-bn": on the command line, in logs, in test folders */
    const char *summary;
    tern_ir_stage after;
    tern_status (*run)(tern_graph *g, tern_pass_context *c); /* either run ... */
    const tern_rule *rules; /* ... or rules, ending with a NULL match (rewrite.h) */
} tern_pass;

/* Sets what the environment says of debugging: TERN_DUMP, TERN_REWRITES. */
void tern_pass_options_from_environment(tern_pass_options *options);

/* Runs the whole pipeline (pipeline.c) on a graph. */
tern_status tern_pipeline_run(tern_graph *g, const tern_pass_options *options);

/* Runs one pass with everything the manager does around it. */
tern_status tern_pass_run(const tern_pass *pass, tern_graph *g, const tern_pass_options *options,
                          int64_t *rewrites_left);

/* By name, for `tern opt`; NULL when there is none.  tern_pass_at: i from 0 until NULL, pipeline
 * order, each once. */
const tern_pass *tern_pass_find(const char *name, size_t length);
const tern_pass *tern_pass_at(size_t i);

#endif
