/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of operators: what every descriptor must have, lookups with hostile numbers, tactics,
 * instruction sets.
 */
#include "harness/harness.h"
#include "op/tactic.h"
#include "op/type_rule.h"

static void check_descriptor(const tern_op *op)
{
    tern_type_rule rule;
    if (!tern_type_rule_parse(op->types, &rule)) {
        FAIL("%s: type rule \"%s\"", op->name, op->types);
        return;
    }
    CHECK(op->summary != NULL && op->summary[0] != '\0');
    CHECK(op->infer != NULL);
    if (op->arity.out >= 0) { /* control flow has as many as its bodies give */
        CHECK_INT(rule.y_count, op->arity.out);
    }
    const bool repeats = rule.x_count > 0 && rule.x[rule.x_count - 1].repeats;
    CHECK_INT(repeats ? -1 : rule.x_count, op->arity.in_max);
    for (int32_t i = 0; i < rule.x_count; i++) {
        CHECK(rule.x[i].is_optional == (i >= op->arity.in_min) || rule.x[i].repeats ||
              i < op->arity.in_min);
    }
    for (const tern_attr_field *f = op->attrs; f != NULL && f->name != NULL; f++) {
        if (f->summary == NULL && op->scalar == 0) {
            FAIL("%s: attribute \"%s\" has no summary", op->name, f->name);
        }
    }
    bool has_reference = op->move != NULL;
    for (int c = 0; c < TERN_CLASS_COUNT; c++) {
        has_reference = has_reference || op->reference[c] != NULL;
    }
    CHECK(has_reference || strcmp(op->name, "constant") == 0 || op->control != TERN_CONTROL_NONE);
}

TERN_TEST(registry_descriptors_are_whole)
{
    const tern_op *op;
    uint32_t last = 0;
    size_t count = 0;
    for (; (op = tern_op_at(count)) != NULL; count++) {
        const uint32_t id = tern_op_id_of(op);
        CHECK(id > last);
        last = id;
        CHECK(tern_op_find(id) == op);
        CHECK(tern_op_by_name(op->name, strlen(op->name)) == op);
        check_descriptor(op);
    }
    CHECK(count > 90);
}

TERN_TEST(registry_refuses_what_is_not_there)
{
    const uint32_t ids[] = {0,   255,       256, TERN_OP_SCALAR_BASE + 15, TERN_OP_SCALAR_BASE + 70,
                            512, UINT32_MAX};
    for (size_t i = 0; i < TERN_COUNT_OF(ids); i++) {
        CHECK(tern_op_find(ids[i]) == NULL);
    }
    CHECK(tern_op_by_name("", 0) == NULL);
    CHECK(tern_op_by_name("conv2", 5) == NULL);
    CHECK(tern_op_by_name("convx", 4) != NULL); /* the length counts */
    const tern_op mine = {.name = "mine"};
    CHECK_UINT(tern_op_id_of(&mine), TERN_OP_NONE);
    CHECK(tern_op_at(SIZE_MAX) == NULL);
}

TERN_TEST(registry_tactics_end_with_the_reference)
{
    const tern_op *op;
    for (size_t i = 0; (op = tern_op_at(i)) != NULL; i++) {
        const tern_tactic *t, *last = NULL;
        for (size_t k = 0; (t = tern_tactic_at(op, TERN_DEVICE_KIND_CPU, k)) != NULL; k++) {
            CHECK(tern_tactic_find(op, TERN_DEVICE_KIND_CPU, t->name, strlen(t->name)) == t);
            last = t;
        }
        CHECK(last == &tern_tactic_reference);
        CHECK(tern_tactic_at(op, TERN_DEVICE_KIND_CUDA, 0) == NULL);
        CHECK(tern_tactic_find(op, TERN_DEVICE_KIND_CPU, "nothing", 7) == NULL);
    }
}

TERN_TEST(isa_names_and_levels)
{
    for (int i = 0; i <= TERN_ISA_AVX512BF16; i++) {
        const char *const name = tern_isa_name((tern_isa)i);
        CHECK_INT(tern_isa_by_name(name, strlen(name)), i);
    }
    CHECK_INT(tern_isa_by_name("sse9", 4), -1);
    CHECK_TEXT(tern_isa_name((tern_isa)77), "?");
    CHECK(tern_isa_detect() <= TERN_ISA_AVX512BF16);
    CHECK_UINT(tern_isa_mask(TERN_ISA_AVX512), 7);
}

static const struct {
    const char *name, *text;
    bool is_rule;
} rules[] = {
    {"one", "T -> T; T: f32", true},
    {"optional", "T, T, T? -> T; T: float", true},
    {"two_letters", "T, I -> T; T: any; I: i32 i64", true},
    {"repeats", "T* -> T; T: any", true},
    {"open_result", "T -> *; T: any", true},
    {"no_operand", "-> *", true},
    {"fixed", "bool, T, T -> bool; T: number", true},
    {"set_as_operand", "T, int? -> T; T: any", true},
    {"no_arrow", "T, T", false},
    {"unknown_set", "T -> T; T: f33", false},
    {"unbound", "T, I -> T; T: f32", false},
    {"repeats_inside", "T*, T -> T; T: f32", false},
    {"no_letter", "T -> T; : f32", false},
};

TERN_TEST_ROWS(type_rules, rules)
{
    tern_type_rule rule;
    CHECK(tern_type_rule_parse(rules[row].text, &rule) == rules[row].is_rule);
}

/* ---- inference that every operator shares ---- */

static const struct {
    const char *name, *op;
    tern_dtype types[3];
    int32_t count;
    tern_status status;
    const char *part;
} calls[] = {
    {"too_few",
     "add",
     {TERN_DTYPE_F32},
     1,
     TERN_INVALID_ARGUMENT,
     "1 inputs given, 2..2 are allowed"},
    {"too_many",
     "relu",
     {TERN_DTYPE_F32, TERN_DTYPE_F32},
     2,
     TERN_INVALID_ARGUMENT,
     "2 inputs given"},
    {"none", "concat", {0}, 0, TERN_INVALID_ARGUMENT, "at least 1"},
    {"missing", "add", {TERN_DTYPE_F32, 0}, 2, TERN_INVALID_ARGUMENT, "y \"b\" is missing"},
    {"types_differ",
     "add",
     {TERN_DTYPE_F32, TERN_DTYPE_I32},
     2,
     TERN_UNSUPPORTED,
     "x \"a\" is f32 but y \"b\" is i32"},
    {"type_refused",
     "exp",
     {TERN_DTYPE_I32},
     1,
     TERN_UNSUPPORTED,
     "x \"a\" is i32, allowed: f32 f16 f64 bf16"},
    {"bool_wanted",
     "select",
     {TERN_DTYPE_F32, TERN_DTYPE_F32, TERN_DTYPE_F32},
     3,
     TERN_UNSUPPORTED,
     "condition \"a\" is f32, allowed: bool"},
    {"hostile_type", "relu", {(tern_dtype)200}, 1, TERN_UNSUPPORTED, "is ?"},
    {"fine", "add", {TERN_DTYPE_F16, TERN_DTYPE_F16}, 2, TERN_OK, NULL},
};

TERN_TEST_ROWS(infer_checks_arity_and_types, calls)
{
    static const char *const names[] = {"a", "b", "c"};
    tern_arena arena;
    tern_dim_table dims;
    tern_arena_init(&arena, tern_allocator_default());
    tern_dim_table_init(&dims, tern_allocator_default(), &arena);
    tern_type x[3], y[1];
    _Alignas(16) unsigned char attr[2048] = {0};
    for (int i = 0; i < 3; i++) {
        x[i] = tern_type_make(calls[row].types[i], 1, (int64_t[]){4});
    }
    tern_infer in = {.op = tern_op_by_name(calls[row].op, strlen(calls[row].op)),
                     .who = "node",
                     .x_names = names,
                     .dims = &dims,
                     .attr = attr,
                     .x_count = calls[row].count,
                     .y_count = 1,
                     .x = x,
                     .y = y};
    tern_attr_defaults(in.op->attrs, attr);
    CHECK_STATUS(tern_op_infer(&in), calls[row].status);
    if (calls[row].part != NULL) {
        CHECK_CONTAINS(tern_error_last()->text, calls[row].part);
    }
    tern_dim_table_clear(&dims);
    tern_arena_destroy(&arena);
}

/* ---- fused expressions from plans ---- */

TERN_TEST(epilogue_check_refuses_what_does_not_fit)
{
    const tern_type y = tern_type_make(TERN_DTYPE_F32, 2, (int64_t[]){3, 4});
    tern_type x[2] = {y, tern_type_make(TERN_DTYPE_F32, 1, (int64_t[]){4})};
    tern_expr e = {.instr_count = 1, .operand_count = 1};
    e.instrs[0] = (tern_expr_instr){.opcode = TERN_SCALAR_add, .dst = 0, .a = 0, .b = 1};
    tern_problem p = {.op = tern_op_by_name("relu", 4),
                      .epilogue = &e,
                      .x_count = 2,
                      .own_count = 1,
                      .y_count = 1,
                      .x = x,
                      .y = &y};
    CHECK_OK(tern_problem_check_epilogue(&p, "node"));
    x[1].dims[0] = 3;
    CHECK_STATUS(tern_problem_check_epilogue(&p, "node"), TERN_BAD_MODEL);
    x[1].dims[0] = 1;
    CHECK_OK(tern_problem_check_epilogue(&p, "node"));
    x[1].dtype = TERN_DTYPE_I32;
    CHECK_STATUS(tern_problem_check_epilogue(&p, "node"), TERN_BAD_MODEL);
    x[1].dtype = TERN_DTYPE_F32;
    x[1].rank = 3;
    CHECK_STATUS(tern_problem_check_epilogue(&p, "node"), TERN_BAD_MODEL);
    x[1].rank = 1;
    e.instrs[0].opcode = 200;
    CHECK_STATUS(tern_problem_check_epilogue(&p, "node"), TERN_BAD_MODEL);
    e.instrs[0].opcode = TERN_SCALAR_add;
    e.instrs[0].b = 99;
    CHECK_STATUS(tern_problem_check_epilogue(&p, "node"), TERN_BAD_MODEL);
    e.instrs[0].b = 1;
    p.x_count = 1;
    CHECK_STATUS(tern_problem_check_epilogue(&p, "node"), TERN_BAD_MODEL);
    p.epilogue = NULL;
    CHECK_OK(tern_problem_check_epilogue(&p, "node"));
    p.epilogue = &e;
    p.x_count = 2;
    p.op = tern_op_by_name("concat", 6); /* takes none */
    CHECK_STATUS(tern_problem_check_epilogue(&p, "node"), TERN_BAD_MODEL);
}
