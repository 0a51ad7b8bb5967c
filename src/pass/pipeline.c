/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of passes, top to bottom, and nothing cleverer: fixed order, no dependency solver.
 * Rows with the same loop number run again and again until none of them changes anything, at most
 * LOOP_LIMIT times.
 */
#include "pass/list.h"

enum { LOOP_LIMIT = 8 };

typedef struct step {
    const tern_pass *pass;
    int32_t level; /* lowest optimisation level that runs it; 0: always */
    int32_t loop;  /* 0: once */
} step;

static const step steps[] = {
    /* Whatever made the graph, the rest trusts it from here on. */
    {&tern_pass_verify, 0, 0},
    /* Before anything else looks at dims: afterwards nothing knows of implicit batches. */
    {&tern_pass_batchify, 0, 0},
    {&tern_pass_infer_shapes, 0, 0},
    /* Ranges are known from here on: what they leave no choice for is static from now on. */
    {&tern_pass_fix_extents, 0, 0},

    /* Clean up until nothing moves.  Identities first, since they hide patterns from the others
     * ... */
    {&tern_pass_fold_identity, 1, 1},
    /* Always: branches that are never taken may have other types. */
    {&tern_pass_fold_control, 0, 1},
    {&tern_pass_merge_shuffles, 1, 1},
    /* ... then weights: this makes arithmetic on constants ... */
    {&tern_pass_fold_scale, 1, 1},
    /* ... which this evaluates, shape arithmetic of static shapes too ... */
    {&tern_pass_fold_constants, 1, 1},
    /* ... and last what turned out to be the same. */
    {&tern_pass_cse, 1, 1},

    /* After folding, so that only what must run at run time is fused; products before chains,
     * since a product takes the chain behind it for free. */
    {&tern_pass_fuse_epilogues, 1, 0},
    {&tern_pass_fuse_eltwise, 1, 0},

    /* After the last pass that adds or removes nodes of the model, before tactics are chosen. */
    {&tern_pass_assign_layouts, 0, 0},
    /* Places are of final values. */
    {&tern_pass_place_values, 0, 0},
    /* Lowering wants dense ids. */
    {&tern_pass_sweep, 0, 0},
    {&tern_pass_compact, 0, 0},
};

static bool is_last(const tern_pass *pass, const tern_pass_options *o)
{
    return o->stop_after != NULL && strcmp(pass->name, o->stop_after) == 0;
}

/* Runs the rows of one loop, or one row; *out_next is the row behind them. */
static tern_status run_group(size_t first, tern_graph *g, const tern_pass_options *o, int64_t *left,
                             size_t *out_next, bool *out_stop)
{
    const int32_t loop = steps[first].loop;
    size_t end = first + 1;
    while (loop != 0 && end < TERN_COUNT_OF(steps) && steps[end].loop == loop) {
        end++;
    }
    *out_next = end;
    int64_t changed = 1;
    for (int32_t round = 0; changed > 0 && round < (loop != 0 ? LOOP_LIMIT : 1); round++) {
        changed = 0;
        for (size_t i = first; i < end && !*out_stop; i++) {
            int64_t changes = 0;
            if (o->level >= steps[i].level) {
                TERN_TRY(tern_pass_run_counted(steps[i].pass, g, o, left, &changes));
            }
            changed += changes;
            *out_stop = is_last(steps[i].pass, o);
        }
    }
    return TERN_OK;
}

tern_status tern_pipeline_run(tern_graph *g, const tern_pass_options *options)
{
    if (options->stop_after != NULL &&
        tern_pass_find(options->stop_after, strlen(options->stop_after)) == NULL) {
        return tern_fail(TERN_INVALID_ARGUMENT, "there is no pass \"%s\" to stop after",
                         options->stop_after);
    }
    int64_t left = options->rewrite_limit;
    bool stop = false;
    for (size_t i = 0; i < TERN_COUNT_OF(steps) && !stop;) {
        TERN_TRY(run_group(i, g, options, &left, &i, &stop));
    }
    return TERN_OK;
}

const tern_pass *tern_pass_find(const char *name, size_t length)
{
    for (size_t i = 0; i < TERN_COUNT_OF(steps); i++) {
        if (strlen(steps[i].pass->name) == length &&
            memcmp(steps[i].pass->name, name, length) == 0) {
            return steps[i].pass;
        }
    }
    return NULL;
}

const tern_pass *tern_pass_at(size_t i)
{
    return i < TERN_COUNT_OF(steps) ? steps[i].pass : NULL;
}
