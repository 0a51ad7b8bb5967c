/* SPDX-License-Identifier: Apache-2.0
 *
 * Conformance: every operator x case x element type x fused expression x tactic x instruction set
 * this machine has, against the reference in wide types.  Results have guards around them, are
 * computed alone and by a team (which must give the same bits), and what could not run is counted.
 */
#include "conform.h"

#include "harness/harness.h"

#include <stdio.h>

enum { GUARD_BYTES = 64, TACTICS_MAX = 16 };

typedef struct counts {
    const char *names[TACTICS_MAX];
    int64_t runs[TACTICS_MAX], declined[TACTICS_MAX], skipped[TACTICS_MAX];
    uint32_t types;
    int64_t cases;
} counts;

/* Memory of one run of a tactic; results between guards. */
typedef struct room {
    void *scratch, *packed;
    unsigned char *block[CALL_MAX_Y];
    void *y[CALL_MAX_Y];
    size_t bytes[CALL_MAX_Y];
} room;

static void make_room(call *c, const tern_problem *p, const tern_tactic *t, room *r)
{
    const size_t scratch_bytes = t->scratch != NULL ? t->scratch(p) : 0;
    const size_t packed_bytes = t->packed_bytes != NULL ? t->packed_bytes(p) : 0;
    *r = (room){0};
    r->scratch = tern_arena_alloc(&c->arena, scratch_bytes, 64);
    r->packed = tern_arena_alloc(&c->arena, packed_bytes, 64);
    REQUIRE(r->scratch != NULL && r->packed != NULL);
    memset(r->scratch, 0xa5, scratch_bytes);
    memset(r->packed, 0xa5, packed_bytes);
    if (packed_bytes > 0) {
        t->pack(p, r->packed);
    }
    for (int32_t i = 0; i < c->y_count; i++) {
        size_t elem = 0;
        (void)tern_dtype_bytes((tern_dtype)c->y[i].dtype, 1, &elem);
        REQUIRE(tern_type_bytes(&c->y[i], &r->bytes[i]));
        r->block[i] = tern_arena_alloc(&c->arena, r->bytes[i] + 2 * GUARD_BYTES + elem, 64);
        REQUIRE(r->block[i] != NULL);
        memset(r->block[i], 0x5a, r->bytes[i] + 2 * GUARD_BYTES + elem);
        r->y[i] = r->block[i] + GUARD_BYTES + elem; /* no better aligned than an element */
    }
}

static void check_guards(const call *c, const tern_tactic *t, const room *r)
{
    for (int32_t i = 0; i < c->y_count; i++) {
        const unsigned char *const end = (const unsigned char *)r->y[i] + r->bytes[i];
        bool is_whole = true;
        for (const unsigned char *at = r->block[i]; at < (const unsigned char *)r->y[i]; at++) {
            is_whole = is_whole && *at == 0x5a;
        }
        for (const unsigned char *at = end; at < end + GUARD_BYTES; at++) {
            is_whole = is_whole && *at == 0x5a;
        }
        if (!is_whole) {
            FAIL("%s/%s: %s wrote outside its result", c->op->name, c->spec->name, t->name);
        }
    }
}

static void launch(const call *c, const tern_problem *p, const tern_tactic *t, tern_team *team,
                   room *r)
{
    const void *x[CALL_MAX_X];
    for (int32_t i = 0; i < c->x_count; i++) {
        const bool is_packed = i < 32 && (t->packs >> i & 1) != 0 && p->x_data[i] != NULL;
        x[i] = is_packed ? NULL : c->data[i];
    }
    int64_t extents[CALL_MAX_Y][TERN_MAX_RANK];
    for (int32_t i = 0; i < c->y_count; i++) {
        memcpy(extents[i], c->y[i].dims, sizeof extents[i]);
    }
    const tern_launch l = {.problem = p,
                           .x = x,
                           .y = r->y,
                           .packed = r->packed,
                           .scratch = r->scratch,
                           .team = team,
                           .extents = extents};
    if (t->run(&l) != TERN_OK) {
        FAIL("%s/%s: %s: %s", c->op->name, c->spec->name, t->name, tern_error_last()->text);
    }
    if (memcmp(extents, c->extents, (size_t)c->y_count * sizeof extents[0]) != 0) {
        FAIL("%s/%s: %s counted another number", c->op->name, c->spec->name, t->name);
    }
    check_guards(c, t, r);
}

static void run_tactic(call *c, const tern_problem *p, const tern_tactic *t)
{
    static tern_pool *pool;
    room alone, together;
    if (pool == NULL) {
        REQUIRE_OK(tern_pool_create(tern_allocator_default(), 4, &pool));
    }
    make_room(c, p, t, &alone);
    launch(c, p, t, NULL, &alone);
    for (int32_t i = 0; i < c->y_count; i++) {
        (void)call_compare(c, t, p->isa, i, alone.y[i], t == &tern_tactic_reference);
    }
    make_room(c, p, t, &together);
    tern_team team = tern_pool_lease(pool, 4);
    launch(c, p, t, &team, &together);
    tern_team_release(&team);
    for (int32_t i = 0; i < c->y_count; i++) {
        if (memcmp(alone.y[i], together.y[i], alone.bytes[i]) != 0) {
            FAIL("%s/%s: %s gives other bits with a team", c->op->name, c->spec->name, t->name);
        }
    }
}

static void run_tactics(call *c, counts *n)
{
    const tern_tactic *t;
    const tern_isa most = tern_isa_detect();
    for (size_t k = 0;
         (t = tern_tactic_at(c->op, TERN_DEVICE_KIND_CPU, k)) != NULL && k < TACTICS_MAX; k++) {
        n->names[k] = t->name;
        n->skipped[k] += t->isa > most;
        const tern_isa top = t == &tern_tactic_reference ? TERN_ISA_REF : most;
        for (int isa = (int)t->isa; isa <= (int)top; isa++) {
            for (int with_constants = 0; with_constants < 2; with_constants++) {
                const tern_problem p = call_problem(c, (tern_isa)isa, with_constants != 0);
                const char *why_not = NULL;
                if (t->accepts != NULL && !t->accepts(&p, &why_not)) {
                    CHECK(why_not != NULL);
                    n->declined[k]++;
                    continue;
                }
                const tern_arena_mark mark = tern_arena_mark_now(&c->arena);
                run_tactic(c, &p, t);
                tern_arena_reset(&c->arena, mark);
                n->runs[k]++;
            }
        }
    }
}

static void run_case(const tern_op *op, const tern_op_case *spec, counts *n)
{
    const uint32_t types = call_types(op, spec);
    for (int dtype = 0; dtype < 32; dtype++) {
        if ((types >> dtype & 1) == 0) {
            continue;
        }
        call c;
        if (call_begin(&c, op, spec, (tern_dtype)dtype)) {
            for (int e = 0; e < call_epilogues(&c); e++) {
                call_expect(&c, e);
                run_tactics(&c, n);
            }
            n->types |= UINT32_C(1) << dtype;
        }
        call_end(&c);
    }
    n->cases++;
}

static void run_table(const tern_op *op, const tern_op_case *cases)
{
    counts n = {0};
    char line[512];
    tern_text out;
    for (const tern_op_case *spec = cases; spec->name != NULL; spec++) {
        run_case(op, spec, &n);
    }
    int types = 0;
    for (int i = 0; i < 32; i++) {
        types += (int)(n.types >> i & 1);
    }
    tern_text_init_fixed(&out, line, sizeof line);
    tern_text_add(&out, "  %s: %lld cases, %d types", op->name, (long long)n.cases, types);
    for (int k = 0; k < TACTICS_MAX && n.names[k] != NULL; k++) {
        tern_text_add(&out, "; %s %lld runs", n.names[k], (long long)n.runs[k]);
        if (n.declined[k] > 0) {
            tern_text_add(&out, ", %lld declined", (long long)n.declined[k]);
        }
        if (n.skipped[k] > 0) {
            tern_text_add(&out, ", %lld skipped (instruction set)", (long long)n.skipped[k]);
        }
    }
    (void)printf("%s\n", tern_text_get(&out));
}

/* ---- all operators ---- */

#define TERN_OP(id, name, cpu, cuda) extern const tern_op_case tern_cases_##name[];
#include "op/ops.def"
#undef TERN_OP

static const struct {
    const char *name;
    const tern_op_case *cases;
} operators[] = {
#define TERN_OP(id, name, cpu, cuda) {#name, tern_cases_##name},
#include "op/ops.def"
#undef TERN_OP
};

TERN_TEST_ROWS(conform, operators)
{
    run_table(tern_op_by_name(operators[row].name, strlen(operators[row].name)),
              operators[row].cases);
}

extern const tern_op_case tern_cases_scalar_1[], tern_cases_scalar_2[], tern_cases_scalar_3[];

static const struct {
    const char *name;
    const tern_op_case *cases;
} scalars[] = {
#define TERN_SCALAR(id, name, operands, ...) {#name, tern_cases_scalar_##operands},
#include "kernel/scalar.def"
};

TERN_TEST_ROWS(conform_scalar, scalars)
{
    const tern_op *const op = tern_op_by_name(scalars[row].name, strlen(scalars[row].name));
    if (tern_op_id_of(op) >= TERN_OP_SCALAR_BASE) { /* the others have their own folder and cases */
        run_table(op, scalars[row].cases);
    }
}
