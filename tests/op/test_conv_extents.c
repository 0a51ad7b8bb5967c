/* SPDX-License-Identifier: Apache-2.0
 *
 * conv where extents vary: weights packed for one image serve any other, and a tactic that takes
 * the narrowest and the widest image takes those between, whatever way it reads each of them.
 */
#include "conform.h"

#include "harness/harness.h"

static const struct {
    const char *name, *attr;
    const char *x[4]; /* smallest, largest, then others between */
} rows[] = {
    {"batch_and_width",
     NULL,
     {"[1,3,10,10] [12,3,3,3]! [12]!", "[5,3,30,40] [12,3,3,3]! [12]!",
      "[3,3,12,11] [12,3,3,3]! [12]!", "[2,3,14,15] [12,3,3,3]! [12]!"}},
    {"height_with_padding",
     "{stride=[2,1], pre_pad=[1,0], post_pad=[1,0]}",
     {"[1,3,5,12] [5,3,3,3]! [5]!", "[2,3,21,32] [5,3,3,3]! [5]!", "[2,3,8,14] [5,3,3,3]! [5]!",
      "[2,3,9,19] [5,3,3,3]! [5]!"}},
};

static void *room(call *c, size_t bytes)
{
    void *const at = tern_arena_alloc(&c->arena, bytes + 1, 64);
    REQUIRE(at != NULL);
    return at;
}

/* Runs `c` with weights packed as the problem of `build` says. */
static void run_packed_for(const call *build, call *c, const tern_tactic *t, tern_isa isa)
{
    const tern_problem p = call_problem(c, isa, true);
    tern_problem packing = call_problem(build, isa, true);
    packing.x_data = p.x_data;
    CHECK(t->packed_bytes(&packing) == t->packed_bytes(&p));
    void *const packed = room(c, t->packed_bytes(&packing));
    t->pack(&packing, packed);
    size_t bytes = 0;
    REQUIRE(tern_type_bytes(&c->y[0], &bytes));
    void *const y[1] = {room(c, bytes)};
    const void *const x[3] = {c->data[0], NULL, c->data[2]};
    const tern_launch l = {
        .problem = &p, .x = x, .y = y, .packed = packed, .scratch = room(c, t->scratch(&p))};
    REQUIRE_OK(t->run(&l));
    (void)call_compare(c, t, isa, 0, y[0], false);
}

static void check_tactic(call *calls, const tern_tactic *t)
{
    for (int isa = (int)t->isa; isa <= (int)tern_isa_detect(); isa++) {
        for (int i = 0; i < 4; i++) {
            const tern_problem p = call_problem(&calls[i], (tern_isa)isa, true);
            const char *why_not = NULL;
            const bool is_taken = t->accepts(&p, &why_not);
            CHECK(is_taken);
            if (is_taken) {
                run_packed_for(&calls[0], &calls[i], t, (tern_isa)isa);
            }
        }
    }
}

TERN_TEST_ROWS(conv_extents_vary, rows)
{
    const tern_op *const op = tern_op_by_name("conv", 4);
    const tern_tactic *t;
    tern_op_case specs[4] = {{NULL}};
    call calls[4];
    for (int i = 0; i < 4; i++) {
        specs[i] = (tern_op_case){.name = rows[row].name,
                                  .x = rows[row].x[i],
                                  .attr = rows[row].attr,
                                  .flags = TERN_CASE_SUMS};
        REQUIRE(call_begin(&calls[i], op, &specs[i], TERN_DTYPE_F32));
        call_expect(&calls[i], 0);
    }
    for (size_t k = 0; (t = tern_tactic_at(op, TERN_DEVICE_KIND_CPU, k)) != NULL; k++) {
        if (t->pack != NULL) {
            check_tactic(calls, t);
        }
    }
    for (int i = 0; i < 4; i++) {
        call_end(&calls[i]);
    }
}
