/* SPDX-License-Identifier: Apache-2.0
 *
 * Tactics: the ways to run an operator on a device.  Each operator has an ordered table, best
 * guess first; the generic reference is always the last candidate, so every operator can always
 * run.  A refusal always has a reason.
 */
#ifndef TERN_OP_TACTIC_H
#define TERN_OP_TACTIC_H

#include "base/pool.h"
#include "op/op.h"

typedef enum tern_device_kind {
    TERN_DEVICE_KIND_CPU = 1,
    TERN_DEVICE_KIND_CUDA = 2
} tern_device_kind;

/*
 * One node to be run, as plain data.  While building, extents that vary are at one of three
 * settings (the profile's minimum, optimum, maximum) and accepts() must hold for each; at run time
 * they are the actual ones.
 */
typedef struct tern_problem {
    const tern_op *op;
    const void *attr;
    const tern_expr *epilogue; /* NULL: none.  Its operands are x[own_count..] in order */
    int32_t x_count, y_count;  /* x_count includes the epilogue's operands */
    int32_t own_count;         /* operands of the operator itself */
    const tern_type *x, *y;    /* numbers only */
    const void *const
        *x_data;  /* a constant operand's bytes (while building; refit), else NULL.  At run time an
                                    * operand consumed by packing is not NULL, but its bytes are
                                    * not there any more: accepts, packed_bytes and scratch may ask
                                    * whether it is constant, no more */
    tern_isa isa; /* highest level that may be used */
    int32_t threads; /* participants a run may have at most, >= 1 */
    int32_t device;  /* tern_device_kind */
    int32_t dynamic; /* 1: extents vary at run time */
} tern_problem;

/* What run() gets.  Everything is allocated and stays so; run neither allocates, locks nor logs. */
typedef struct tern_launch {
    const tern_problem *problem;
    const void *const *x; /* operands; NULL: absent, or consumed by packing */
    void *const *y;
    const void *packed; /* what pack() wrote, 64-byte aligned, or NULL */
    /* scratch() bytes, 64-byte aligned, or NULL; participants share it as the tactic divides it. */
    void *scratch;
    tern_team *team; /* participants leased for this run; NULL: the caller alone */
    /* Of an operator that counts: by result, its extents, the problem's to begin with; run writes
     * what it found.  NULL: nobody asks. */
    int64_t (*extents)[TERN_MAX_RANK];
} tern_launch;

typedef struct tern_tactic {
    const char *name; /* unique in the operator; plans, logs, profiles and tests say it */
    tern_isa isa;     /* lowest level it needs */

    /* May it run this?  false with a reason (tern_decline).  NULL: always. */
    bool (*accepts)(const tern_problem *p, const char **why_not);

    /* Scratch bytes; must not shrink when an extent grows.  NULL: none. */
    size_t (*scratch)(const tern_problem *p);

    /* Constant operands laid out for the kernel, once, at build.  Both depend on constant operands
     * and attributes only, never on extents that vary.  `packs`: bit i says that operand i is not
     * needed at run time any more. */
    size_t (*packed_bytes)(const tern_problem *p);
    void (*pack)(const tern_problem *p, void *dst);
    uint32_t packs;

    tern_status (*run)(const tern_launch *l);

    /* tern_layout of operand 0 and of the result; all other operands are linear. */
    uint8_t x_layout, y_layout;
} tern_tactic;

static inline bool tern_decline(const char **why_not, const char *reason)
{
    *why_not = reason;
    return false;
}

/* For tactics that step from element to element by bytes. */
static inline bool tern_problem_is_packed(const tern_problem *p, const char **why_not)
{
    const tern_dtype_info *const info = tern_dtype_find(p->y[0].dtype);
    return info != NULL && info->bits < 8 &&
           !tern_decline(why_not, "elements of fewer than 8 bits are packed");
}

/* tern_team_run, or all chunks by the caller when no team was leased. */
static inline void tern_team_each(tern_team *team, int64_t chunk_count, tern_chunk_fn *fn,
                                  void *arg)
{
    if (team != NULL && chunk_count > 1) {
        tern_team_run(team, chunk_count, fn, arg);
        return;
    }
    for (int64_t i = 0; i < chunk_count; i++) {
        fn(arg, i, 0);
    }
}

/* Candidates of an operator on a device, best guess first, the reference last: i from 0 until
 * NULL. */
const tern_tactic *tern_tactic_at(const tern_op *op, tern_device_kind device, size_t i);

/* By name, as plans say it; NULL when there is none. */
const tern_tactic *tern_tactic_find(const tern_op *op, tern_device_kind device, const char *name,
                                    size_t length);

/*
 * The generic reference: widens operands to their class, runs op->reference (then the epilogue, in
 * double), narrows the results; movers run on raw elements.  The oracle of every test and the last
 * candidate of every operator.
 */
extern const tern_tactic tern_tactic_reference;

/*
 * The same without a plan.  scratch: tern_reference_scratch bytes, 64-byte aligned.  The second
 * form leaves results that the operator computes unrounded, in the wide type of their class
 * (movers' results: raw elements as always).  out_extents: by result, what an operator that counts
 * found; may be NULL.
 */
size_t tern_reference_scratch(const tern_problem *p);
tern_status tern_reference_run(const tern_problem *p, const void *const *x, void *const *y,
                               void *scratch, int64_t (*out_extents)[TERN_MAX_RANK]);
tern_status tern_reference_run_wide(const tern_problem *p, const void *const *x, void *const *y,
                                    void *scratch, int64_t (*out_extents)[TERN_MAX_RANK]);

/*
 * Does the epilogue fit the problem: valid for the result's class, as many operands as x has
 * beyond own_count, each broadcasting by 1 against y[0] (ranks may be smaller: aligned at the
 * end)?  For what comes from a plan.
 */
tern_status tern_problem_check_epilogue(const tern_problem *p, const char *who);

/* The mask of levels up to `isa`, for the find functions of kernel/table.h. */
static inline uint32_t tern_isa_mask(tern_isa isa)
{
    return (UINT32_C(2) << isa) - 1;
}

/* ISA level this machine has, capped by TERN_ISA (ref, avx2, avx512 ...).  Read once. */
tern_isa tern_isa_detect(void);
const char *tern_isa_name(tern_isa isa);
/* The processor as timings depend on it: vendor, family, model, level, bytes of L2. */
void tern_cpu_describe(tern_text *out);
int tern_isa_by_name(const char *name, size_t length); /* -1: unknown */

#endif
