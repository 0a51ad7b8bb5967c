/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls of the conformance run: reading a case, random operands, expected results, comparison.
 */
#include "conform.h"

#include "harness/harness.h"
#include "op/type_rule.h"

#include <math.h>
#include <stdlib.h>

/* Largest difference of a result, relative to its own size and that of the largest result. */
static double tolerance_of(tern_dtype dtype)
{
    switch ((int)dtype) {
    case TERN_DTYPE_F32: return 2e-6;
    case TERN_DTYPE_F16: return 5e-4;
    case TERN_DTYPE_BF16: return 4e-3;
    case TERN_DTYPE_F64: return 1e-14;
    default: return 0.0;
    }
}

static tern_class class_of(tern_dtype dtype)
{
    return tern_dtype_find((int)dtype)->class_;
}

static const tern_type_slot *first_letter(const tern_type_rule *rule)
{
    for (int32_t i = 0; i < rule->x_count; i++) {
        if (rule->x[i].letter != 0) {
            return &rule->x[i];
        }
    }
    return NULL;
}

uint32_t call_types(const tern_op *op, const tern_op_case *spec)
{
    tern_type_rule rule;
    REQUIRE(tern_type_rule_parse(op->types, &rule));
    const tern_type_slot *const slot = first_letter(&rule);
    uint32_t types = slot != NULL ? slot->types : 1;
    for (int i = 1; i < 32; i++) {
        if ((spec->flags & TERN_CASE_FLOATS) != 0 && (types >> i & 1) != 0 &&
            class_of((tern_dtype)i) != TERN_CLASS_F) {
            types &= ~(UINT32_C(1) << i);
        }
    }
    return types;
}

/* ---- operands ---- */

/* One random element as a double that the type holds. */
static double element(const call *c, tern_dtype dtype, bool specials)
{
    static const double special[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, -0.0, 1e-40,
                                     0.0};
    const bool has_range = c->spec->low != 0 || c->spec->high != 0;
    const double low = has_range ? c->spec->low : -4, high = has_range ? c->spec->high : 4;
    switch (class_of(dtype)) {
    case TERN_CLASS_F:
        if (specials && tern_test_random_int(0, 7) == 0) {
            return special[tern_test_random_int(0, TERN_COUNT_OF(special) - 1)];
        }
        return tern_test_random_double(low, high);
    case TERN_CLASS_I:
        return (double)tern_test_random_int((int64_t)ceil(low), (int64_t)floor(high));
    case TERN_CLASS_U:
        return (double)tern_test_random_int(low > 0 ? (int64_t)ceil(low) : 0, (int64_t)floor(high));
    case TERN_CLASS_B:
    case TERN_CLASS_COUNT: break;
    }
    return (double)tern_test_random_int(0, 1);
}

static void *allocate(call *c, const tern_type *t)
{
    size_t bytes = 0;
    REQUIRE(tern_type_bytes(t, &bytes));
    void *const at = tern_arena_zero(&c->arena, bytes + 1, 64);
    REQUIRE(at != NULL);
    return at;
}

static void fill(call *c, int32_t i, const char *values)
{
    const tern_dtype dtype = (tern_dtype)c->x[i].dtype;
    int64_t count = 0;
    (void)tern_type_volume(&c->x[i], &count);
    double *const wide = tern_arena_zero(&c->arena, ((size_t)count + 1) * sizeof *wide, 8);
    REQUIRE(wide != NULL);
    /* a fused operand is never special: f32 may be infinite where the oracle's double is large, and
     * infinity minus infinity would make a difference of it */
    const bool specials = (c->spec->flags & TERN_CASE_SPECIALS) != 0 && i < c->own_count;
    c->data[i] = allocate(c, &c->x[i]);
    for (int64_t k = 0; k < count; k++) {
        char *end = NULL;
        wide[k] = values != NULL ? strtod(values, &end) : element(c, dtype, specials);
        values = values != NULL ? end + (*end == ',') : NULL;
    }
    tern_convert(TERN_DTYPE_F64, wide, dtype, c->data[i], count);
    if (tern_content_count(&c->x[i]) >= 0) {
        tern_dim *const content = tern_arena_zero(&c->arena, TERN_CONTENT_MAX * sizeof *content, 8);
        tern_convert(dtype, c->data[i], TERN_DTYPE_I64, content, count);
        c->content[i] = content;
    }
}

/* The type an operand has unless the case says so: the one under test, else i32 or the first
 * allowed. */
static tern_dtype usual_type(const call *c, const tern_type_rule *rule, int32_t i)
{
    const tern_type_slot *const slot = tern_type_rule_operand(rule, i);
    const tern_type_slot *const first = first_letter(rule);
    if (slot == NULL) {
        return TERN_DTYPE_F32;
    }
    if (first != NULL && slot->letter == first->letter) {
        return c->dtype;
    }
    int dtype = TERN_DTYPE_I32;
    if ((slot->types >> dtype & 1) == 0) {
        for (dtype = 1; (slot->types >> dtype & 1) == 0; dtype++) {}
    }
    return (tern_dtype)dtype;
}

/* "i64[2]=0,3" and the like, up to the next blank. */
static const char *read_operand(call *c, const tern_type_rule *rule, const char *text)
{
    REQUIRE(c->own_count < CALL_MAX_X);
    const int32_t i = c->own_count++;
    const size_t length = strcspn(text, " ");
    if (*text == '-') {
        return text + length;
    }
    const char *const open = strchr(text, '[');
    REQUIRE(open != NULL);
    tern_type *const t = &c->x[i];
    t->dtype = (uint8_t)(open > text ? tern_dtype_by_name(text, (size_t)(open - text))
                                     : usual_type(c, rule, i));
    REQUIRE(t->dtype != 0);
    char *at = NULL;
    const char *next = open + 1;
    for (; *next != ']'; next = at + (*at == ',')) {
        t->dims[t->rank++] = strtoll(next, &at, 10);
    }
    next++;
    fill(c, i, *next == '=' ? next + 1 : NULL);
    if (*next == '=' || *next == '!') {
        c->constant[i] = c->data[i];
    }
    return text + length;
}

bool call_begin(call *c, const tern_op *op, const tern_op_case *spec, tern_dtype dtype)
{
    tern_type_rule rule;
    memset(c, 0, sizeof *c);
    c->op = op;
    c->spec = spec;
    c->dtype = dtype;
    c->y_count = op->arity.out;
    tern_arena_init(&c->arena, tern_allocator_default());
    tern_dim_table_init(&c->dims, tern_allocator_default(), &c->arena);
    REQUIRE(tern_type_rule_parse(op->types, &rule) && c->y_count <= CALL_MAX_Y);
    c->attr = tern_arena_zero(&c->arena, op->attr_size + 1, 16);
    const char *attr = spec->attr != NULL ? spec->attr : "";
    REQUIRE_OK(tern_attr_parse(op->attrs, c->attr, &attr, attr + strlen(attr), op->name));
    for (const char *x = spec->x; *x != '\0'; x += strspn(x, " ")) {
        x = read_operand(c, &rule, x);
    }
    c->x_count = c->own_count;
    tern_dim content[CALL_MAX_Y][TERN_CONTENT_MAX];
    bool known[CALL_MAX_Y] = {false};
    tern_infer in = {.op = op,
                     .who = op->name,
                     .dims = &c->dims,
                     .attr = c->attr,
                     .x_count = c->own_count,
                     .y_count = c->y_count,
                     .x = c->x,
                     .x_content = c->content,
                     .x_data = c->constant,
                     .y = c->y,
                     .y_content = content,
                     .y_content_known = known};
    const tern_status status = tern_op_infer(&in);
    const bool is_refused = (spec->flags & TERN_CASE_REFUSED) != 0;
    if (is_refused != (status != TERN_OK)) {
        FAIL("%s/%s %s: %s", op->name, spec->name, tern_dtype_name(dtype),
             is_refused ? "not refused" : tern_error_last()->text);
    }
    return status == TERN_OK;
}

void call_end(call *c)
{
    tern_dim_table_clear(&c->dims);
    tern_arena_destroy(&c->arena);
}

/* ---- fused expressions ---- */

int call_epilogues(const call *c)
{
    return c->op->epilogue && c->y_count == 1 && c->y[0].dtype == TERN_DTYPE_F32 ? 5 : 1;
}

static void add_operand(call *c, bool is_full, int32_t axis)
{
    REQUIRE(c->x_count < CALL_MAX_X);
    const int32_t i = c->x_count++;
    c->x[i] = c->y[0];
    for (int32_t d = 0; !is_full && d < c->x[i].rank; d++) {
        c->x[i].dims[d] = d == axis ? c->y[0].dims[d] : 1;
    }
    c->constant[i] = NULL;
    fill(c, i, NULL);
}

static void add_instr(tern_expr *e, tern_scalar op, int a, int b, int c)
{
    e->instrs[e->instr_count++] = (tern_expr_instr){
        .opcode = (uint8_t)op, .dst = 0, .a = (uint8_t)a, .b = (uint8_t)b, .c = (uint8_t)c};
}

/* 1: relu; 2: one value per channel added, then clip; 3: a tensor added, then sigmoid; 4: one
 * value subtracted. */
static void make_epilogue(call *c, int which)
{
    tern_expr *const e = &c->expr;
    memset(e, 0, sizeof *e);
    c->x_count = c->own_count;
    c->has_epilogue = which > 0;
    switch (which) {
    case 1: add_instr(e, TERN_SCALAR_relu, 0, 0, 0); break;
    case 2:
        e->const_count = 2;
        e->constants[0].f = -1.0;
        e->constants[1].f = 1.5;
        e->operand_count = 1;
        add_operand(c, false, c->y[0].rank > 1 ? 1 : 0);
        e->broadcast[0] = c->y[0].rank > 1 ? TERN_BROADCAST_COLUMN : TERN_BROADCAST_FULL;
        add_instr(e, TERN_SCALAR_add, 0, 3, 0);
        add_instr(e, TERN_SCALAR_clip, 0, 1, 2);
        break;
    case 3:
        e->operand_count = 1;
        add_operand(c, true, 0);
        add_instr(e, TERN_SCALAR_add, 0, 1, 0);
        add_instr(e, TERN_SCALAR_sigmoid, 0, 0, 0);
        break;
    case 4:
        e->operand_count = 1;
        add_operand(c, false, -1);
        e->broadcast[0] = TERN_BROADCAST_SCALAR;
        add_instr(e, TERN_SCALAR_sub, 1, 0, 0);
        break;
    default: break;
    }
}

tern_problem call_problem(const call *c, tern_isa isa, bool with_constants)
{
    static const void *const none[CALL_MAX_X];
    return (tern_problem){.op = c->op,
                          .attr = c->attr,
                          .epilogue = c->has_epilogue ? &c->expr : NULL,
                          .x_count = c->x_count,
                          .y_count = c->y_count,
                          .own_count = c->own_count,
                          .x = c->x,
                          .y = c->y,
                          .x_data = with_constants ? c->constant : none,
                          .isa = isa,
                          .threads = 4,
                          .device = TERN_DEVICE_KIND_CPU};
}

static void run_wide(call *c, void *const *x, void **out_y)
{
    const tern_problem p = call_problem(c, TERN_ISA_REF, true);
    if (c->has_epilogue) {
        REQUIRE_OK(tern_problem_check_epilogue(&p, c->op->name));
    }
    for (int32_t i = 0; i < c->y_count; i++) {
        tern_type wide = c->y[i];
        wide.layout = TERN_LAYOUT_LINEAR;
        wide.dtype = TERN_DTYPE_F64; /* as large as any wide type */
        size_t bytes = 0, raw_bytes = 0;
        REQUIRE(tern_type_bytes(&wide, &bytes) && tern_type_bytes(&c->y[i], &raw_bytes));
        out_y[i] = tern_arena_zero(&c->arena, bytes + raw_bytes + 1, 64);
        REQUIRE(out_y[i] != NULL);
    }
    void *const scratch = tern_arena_alloc(&c->arena, tern_reference_scratch(&p) + 1, 64);
    REQUIRE(scratch != NULL);
    REQUIRE_OK(tern_reference_run_wide(&p, (const void *const *)x, out_y, scratch, c->extents));
}

/* The sums of the terms' magnitudes: the same call on absolute values, without the fused
 * expression. */
static void measure(call *c)
{
    void *absolute[CALL_MAX_X] = {0}, *y[CALL_MAX_Y];
    for (int32_t i = 0; i < c->own_count; i++) {
        int64_t count = 0;
        absolute[i] = c->data[i];
        if (c->x[i].dtype != TERN_DTYPE_F32) {
            continue;
        }
        absolute[i] = allocate(c, &c->x[i]);
        (void)tern_type_volume(&c->x[i], &count);
        for (int64_t k = 0; k < count; k++) {
            ((float *)absolute[i])[k] = fabsf(((const float *)c->data[i])[k]);
        }
    }
    make_epilogue(c, 0);
    run_wide(c, absolute, y);
    c->magnitude = y[0];
}

void call_expect(call *c, int epilogue)
{
    if ((c->spec->flags & TERN_CASE_SUMS) != 0 && c->y[0].dtype == TERN_DTYPE_F32) {
        measure(c);
    }
    make_epilogue(c, epilogue);
    run_wide(c, c->data, c->want);
}

/* ---- comparison ---- */

/* What differences are relative to besides the element itself: the largest result (unless sums have
 * their own measure), the largest operand of a fused expression, which may cancel against it,
 * and the largest operand where the table of scalar operators says that the formula cancels. */
static double scale_of(const call *c, int32_t result)
{
    const tern_scalar_info *const info = tern_scalar_find((uint32_t)c->op->scalar);
    int64_t count = 0;
    double scale = 0.0;
    (void)tern_type_volume(&c->y[result], &count);
    for (int64_t i = 0; c->magnitude == NULL && i < count; i++) {
        const double want = ((const double *)c->want[result])[i];
        scale = isfinite(want) ? fmax(scale, fabs(want)) : scale;
    }
    const bool cancels = info != NULL && info->ulp_of_inputs;
    for (int32_t k = cancels ? 0 : c->own_count; k < c->x_count; k++) {
        (void)tern_type_volume(&c->x[k], &count);
        for (int64_t i = 0; c->x[k].dtype == TERN_DTYPE_F32 && i < count; i++) {
            const double x = (double)((const float *)c->data[k])[i];
            scale = isfinite(x) ? fmax(scale, fabs(x)) : scale;
        }
    }
    return scale;
}

tern_type call_found(const call *c, int32_t result)
{
    tern_type t = c->y[result];
    memcpy(t.dims, c->extents[result], sizeof t.dims);
    return t;
}

/* Element i alone, at the front of `out`. */
static void pick(tern_dtype dtype, const void *array, int64_t i, unsigned char out[8])
{
    const uint32_t bits = tern_dtype_find((int)dtype)->bits;
    const unsigned char *const at = (const unsigned char *)array + (size_t)i * bits / 8;
    memset(out, 0, 8);
    if (bits >= 8) {
        memcpy(out, at, bits / 8);
    } else {
        out[0] = (unsigned char)((unsigned)(*at >> (size_t)i * bits % 8) & ((1u << bits) - 1u));
    }
}

/* Result `result` as the reference gives it after rounding, as doubles, beside what was got. */
bool call_compare(const call *c, const tern_tactic *t, tern_isa isa, int32_t result,
                  const void *got, bool is_exact)
{
    const tern_type type = call_found(c, result), *const y = &type;
    const tern_dtype dtype = (tern_dtype)y->dtype;
    const double *const want = c->want[result];
    int64_t count = 0;
    size_t bytes = 0;
    (void)tern_type_volume(y, &count);
    (void)tern_type_bytes(y, &bytes);
    if (c->op->move != NULL) {
        if (bytes > 0 && memcmp(got, c->want[result], bytes) != 0) {
            FAIL("%s/%s %s: %s at %s moved other elements", c->op->name, c->spec->name,
                 tern_dtype_name(c->dtype), t->name, tern_isa_name(isa));
            return false;
        }
        return true;
    }
    const bool is_float = class_of(dtype) == TERN_CLASS_F;
    const size_t wide_bytes = tern_class_bytes(class_of(dtype));
    const double scale = is_float ? scale_of(c, result) : 0.0;
    const double by = tolerance_of(dtype) * (c->spec->tolerance > 0 ? c->spec->tolerance : 1.0);
    for (int64_t i = 0; i < count; i++) {
        unsigned char rounded[8] = {0}, at[8];
        pick(dtype, got, i, at);
        double g, w;
        tern_narrow(dtype, (const char *)c->want[result] + (size_t)i * wide_bytes, 1, rounded);
        tern_convert(dtype, at, TERN_DTYPE_F64, &g, 1);
        tern_convert(dtype, rounded, TERN_DTYPE_F64, &w, 1);
        if (memcmp(at, rounded, sizeof at) == 0 || (isnan(g) && isnan(w)) ||
            (is_float && !is_exact &&
             fabs(g - want[i]) <=
                 by * (fabs(want[i]) + scale + (c->magnitude != NULL ? c->magnitude[i] : 0.0)))) {
            continue;
        }
        FAIL("%s/%s %s: %s at %s: result %d element %lld is %.9g, wanted %.9g", c->op->name,
             c->spec->name, tern_dtype_name(c->dtype), t->name, tern_isa_name(isa), (int)result,
             (long long)i, g, w);
        return false;
    }
    return true;
}
