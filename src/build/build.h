/* SPDX-License-Identifier: Apache-2.0
 *
 * Building: network -> graph -> passes -> tactics -> memory plan -> plan bytes.  builder.c is the
 * list of steps, each of which fills more of one tern_build_state; everything it allocates is gone
 * when the build ends, but for the plan.
 */
#ifndef TERN_BUILD_BUILD_H
#define TERN_BUILD_BUILD_H

#include "base/log.h"
#include "network/network.h"
#include "op/tactic.h"
#include "plan/plan.h"
#include "tern/builder.h"

struct tern_memory {
    tern_allocator allocator;
    void *data; /* page-aligned */
    size_t size;
};

/* One input's range in a profile. */
typedef struct tern_profile_entry {
    const char *input; /* in the profile's arena */
    bool has_shape[3]; /* by tern_profile_point */
    tern_ints shape[3];
    bool has_values[3];
    int32_t value_count[3];
    int64_t *values[3]; /* arena */
} tern_profile_entry;

struct tern_profile {
    tern_allocator allocator;
    tern_logger logger;
    tern_arena arena;
    tern_profile_entry *entries;
    size_t entry_count, entry_capacity;
};

struct tern_config {
    tern_allocator allocator;
    tern_logger logger;
    int64_t values[8];       /* by tern_config_key */
    tern_profile **profiles; /* copies */
    size_t profile_count, profile_capacity;
    tern_progress progress;
    tern_timing_cache *timing_cache; /* borrowed, or NULL */
};

struct tern_builder {
    tern_allocator allocator;
    tern_logger logger;
    int32_t max_threads; /* 0: as the environment says */
    int32_t max_batch;
};

/* A tactic that was looked at for a node, and what came of it. */
typedef struct tern_candidate {
    const tern_tactic *tactic;
    const char *why_not; /* NULL: it may run this */
    int64_t time_ns;     /* -1: not timed */
    size_t scratch_bytes;
} tern_candidate;

/* Where a value's bytes are; several values share one root (views). */
typedef struct tern_slot {
    tern_value_id root; /* the value whose memory this is; itself unless it is a view */
    tern_plan_home home;
    uint64_t at;          /* arena offset, blob index or binding index */
    uint64_t bytes;       /* of the largest shape */
    uint32_t first, last; /* steps during which a root in the arena lives */
    uint32_t plan_index;  /* in the plan's value list; NONE: not in the plan */
} tern_slot;

typedef struct tern_build_step {
    tern_node_id node;
    tern_candidate *candidates;
    uint32_t candidate_count;
    const tern_tactic *tactic;
    uint32_t packed_blob; /* index into blobs, or NONE */
    uint32_t target;      /* of control flow: a step; NONE: not known yet, or it has none */
    uint64_t scratch_bytes, scratch_at;
} tern_build_step;

typedef enum tern_point {
    TERN_POINT_MIN = 0,
    TERN_POINT_OPT = 1,
    TERN_POINT_MAX = 2,
    TERN_POINT_COUNT = 3
} tern_point;

typedef struct tern_build_state {
    tern_allocator allocator;
    tern_arena arena;
    const tern_logger *logger;
    const tern_config *config;
    tern_graph *graph;
    tern_isa isa;
    int32_t threads;
    /* Of every expression, at the minimum and the optimum; the maximum comes from bounds. */
    int64_t *dim_values[2];
    tern_build_step *steps;
    uint32_t step_count;
    tern_slot *slots; /* by value id */
    tern_blob *blobs; /* of the plan: packed weights and constants */
    size_t blob_count, blob_capacity;
    uint64_t arena_bytes, arena_lower_bound;
    uint32_t heap_count; /* blocks that grow while running */
    bool may_allocate;
    uint64_t refused_scratch; /* 1 when a workspace limit changed a choice */
} tern_build_state;

/* A body that is being lowered. */
typedef struct tern_flow_body {
    tern_node_id owner;
    uint32_t region;
    uint32_t step;               /* that skips it */
    bool has_condition;          /* a loop's, besides its count */
    const tern_value_id *stacks; /* a loop's */
} tern_flow_body;

typedef struct tern_flow {
    tern_flow_body open[TERN_REGION_DEPTH + 2];
    int32_t depth;
} tern_flow;

/* What a build is made with when the caller gives no config. */
void tern_config_defaults(tern_config *config);

/* The steps, in order (builder.c says what each is for). */
tern_status
tern_build_profiles(tern_build_state *b); /* profile.c: ranges of symbols from the profiles */
tern_status
tern_build_select(tern_build_state *b); /* select.c: a tactic for every node, weights packed */
tern_status tern_build_memory(tern_build_state *b); /* lower.c: homes, lifetimes, offsets */
tern_status tern_build_heap(tern_build_state *b);   /* heap.c: values without a bound */
tern_status tern_build_write(tern_build_state *b, tern_memory **out_plan); /* image.c */
tern_status tern_build_order(tern_build_state *b); /* lower.c: nodes to steps, views resolved */
/* flow.c: steps and values that control flow adds at most; ends bodies that `region` is not inside
 * of; begins those of a control node. */
size_t tern_flow_room(const tern_graph *g);
tern_status tern_flow_reach(tern_build_state *b, tern_flow *f, uint32_t region);
tern_status tern_flow_open(tern_build_state *b, tern_flow *f, tern_node_id owner);
tern_status tern_build_report(const tern_build_state *b,
                              tern_text *out); /* report.c: JSON for the inspector */

/* All of them. */
tern_status tern_build_network(const tern_builder *builder, tern_network *net,
                               const tern_config *config, tern_memory **out_plan);

/* Time of one candidate that may run the problem: from the cache, or measured on made-up data; -1
 * when it failed (timing.c). */
int64_t tern_build_time(tern_build_state *b, const tern_problem *problem,
                        const tern_tactic *tactic);

/* --- small helpers --- */

/* Does some extent depend on what a step will find in its operands? */
bool tern_build_depends_on_data(const tern_graph *g, tern_value_id id);

/* A value's type with numbers for extents, at one of the three points. */
tern_type tern_build_type(const tern_build_state *b, tern_value_id value, tern_point point);
tern_status tern_build_add_blob(tern_build_state *b, const void *data, size_t bytes,
                                uint32_t *out_index);
tern_status tern_memory_make(tern_allocator allocator, size_t size, tern_memory **out_memory);

/* Profiles (profile.c). */
tern_profile_entry *tern_profile_find(const tern_profile *profile, tern_str input);
tern_status tern_profile_entry_get(tern_profile *profile, const char *input,
                                   tern_profile_entry **out_entry);
bool tern_profile_consistent(const tern_profile *profile, const char **out_input);
tern_status tern_profile_copy(const tern_profile *src, tern_allocator allocator,
                              tern_profile **out_profile);
void tern_profile_free(tern_profile *profile);

#endif
