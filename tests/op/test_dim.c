/* SPDX-License-Identifier: Apache-2.0
 *
 * Symbolic extents: what expressions simplify to, that text reads back as the same expression, and
 * that simplifying never changes a value.
 */
#include "harness/harness.h"
#include "op/dim.h"

#include <stdio.h>

typedef struct bench {
    tern_arena arena;
    tern_dim_table table;
} bench;

static void begin(bench *b)
{
    tern_arena_init(&b->arena, tern_allocator_default());
    tern_dim_table_init(&b->table, tern_allocator_default(), &b->arena);
}

static void end(bench *b)
{
    tern_dim_table_clear(&b->table);
    tern_arena_destroy(&b->arena);
}

static tern_dim parse(bench *b, const char *text)
{
    tern_dim d = TERN_DIM_NONE;
    const char *at = text;
    REQUIRE_OK(tern_dim_parse(&b->table, &at, text + strlen(text), &d));
    CHECK_TEXT(at, "");
    return d;
}

static const struct {
    const char *name, *text, *want;
} rows[] = {
    {"number", "42", "42"},
    {"negative", "-7", "-7"},
    {"symbol", "N", "N"},
    {"quoted", "\"batch size\"", "\"batch size\""},
    {"quote_in_name", "\"a\\\"b\"", "\"a\\\"b\""},
    {"fold", "2*(3+4)-1", "13"},
    {"plus_zero", "N+0", "N"},
    {"times_one", "N*1", "N"},
    {"times_zero", "N*0", "0"},
    {"over_one", "N/1", "N"},
    {"collect", "N+N+3-1", "N*2+2"},
    {"cancel_terms", "N-N", "0"},
    {"order", "(N+0)*0+H+N", "N+H"},
    {"minus", "N-H", "N-H"},
    {"minus_term", "N-H*3", "N-H*3"},
    {"distribute", "(N+1)*2", "N*2+2"},
    {"factor_out", "(N*4+8)/4", "N+2"},
    {"times_over", "(N*6)/6", "N"},
    {"floor_splits", "(N*2+H+3)/2", "N+(H+1)/2+1"},
    {"floor_constant", "(H+6)/2", "H/2+3"},
    {"conv_extent", "(H+6-7)/2+1", "(H+1)/2"},
    {"floor_of_floor", "(H/2)/3", "H/6"},
    {"floor_gcd", "(N*2+1)/4", "N/2"},
    {"ceil", "ceildiv(H,2)", "(H+1)/2"},
    {"symbolic_product", "N*H*N", "N*N*H"},
    {"cancel_symbol", "(N*500)/N", "500"},
    {"cancel_product", "(N*H*6)/(N*2)", "H*3"},
    {"cancel_sum", "(N*H+N)/N", "H+1"},
    {"keep_division", "N/H", "N/H"},
    {"over_itself", "N/N", "1"},
    {"zero_divisor", "5/0", "0"},
    {"min_same", "min(N,N)", "N"},
    {"min_constant", "min(N+1,N)", "N"},
    {"max_bounds", "max(N,-1)", "N"},
    {"max", "max(N,4)", "max(N,4)"},
    {"equal_same", "equal(N*2,N+N)", "1"},
    {"equal_never", "equal(N,N+1)", "0"},
    {"less", "less(N,N+1)", "1"},
    {"less_open", "less(N,H)", "less(N,H)"},
    {"mod", "mod(N*4+3,4)", "3"},
    {"mod_open", "mod(N,4)", "mod(N,4)"},
    {"trunc_positive", "truncdiv(N,2)", "N/2"},
    {"trunc_negative", "truncdiv(0-7,2)", "-3"},
    {"floor_negative", "(0-7)/2", "-4"},
    {"scale", "scale(N,1.5)", "scale(N,1.5)"},
    {"scale_number", "scale(7,1.5)", "10"},
    {"grouping", "N/(H*2)", "N/(H*2)"},
    {"product_of_quotients", "(N/2)*(H/3)", "N/2*(H/3)"},
};

TERN_TEST_ROWS(dim_simplifies, rows)
{
    bench b;
    begin(&b);
    (void)tern_dim_symbol_get(&b.table, tern_str_of("N"));
    (void)tern_dim_symbol_get(&b.table, tern_str_of("H"));
    const tern_dim d = parse(&b, rows[row].text);
    char buffer[256];
    tern_text out;
    tern_text_init_fixed(&out, buffer, sizeof buffer);
    tern_dim_print(&out, &b.table, d);
    CHECK_TEXT(tern_text_get(&out), rows[row].want);
    CHECK_INT(parse(&b, tern_text_get(&out)), d);
    end(&b);
}

/* A random expression, and its value computed here. */
static tern_dim grow(bench *b, const tern_dim *symbols, const int64_t *values, int depth,
                     int64_t *out_value)
{
    const int64_t kind = tern_test_random_int(0, depth > 0 ? 9 : 1);
    if (kind == 0) {
        *out_value = tern_test_random_int(1, 9);
        return *out_value;
    }
    if (kind == 1) {
        const int64_t which = tern_test_random_int(0, 2);
        *out_value = values[which];
        return symbols[which];
    }
    int64_t x, y;
    const tern_dim a = grow(b, symbols, values, depth - 1, &x);
    tern_dim c = grow(b, symbols, values, depth - 1, &y);
    tern_dim_opcode op = TERN_DIM_ADD;
    if (kind >= 7) { /* divisors are numbers: cancelling symbols assumes that they are not 0 */
        c = tern_test_random_int(1, 6);
        y = c;
    }
    switch (kind) {
    case 2: *out_value = x + y; break;
    case 3:
        op = TERN_DIM_SUB;
        *out_value = x - y;
        break;
    case 4:
        op = TERN_DIM_MUL;
        *out_value = x * y;
        break;
    case 5:
        op = TERN_DIM_MIN;
        *out_value = x < y ? x : y;
        break;
    case 6:
        op = TERN_DIM_MAX;
        *out_value = x > y ? x : y;
        break;
    case 7:
        op = TERN_DIM_FLOOR_DIV;
        *out_value = x / y - (x % y < 0);
        break;
    case 8:
        op = TERN_DIM_CEIL_DIV;
        *out_value = x / y + (x % y > 0);
        break;
    default:
        op = TERN_DIM_MOD;
        *out_value = (x % y + y) % y;
        break;
    }
    return tern_dim_make(&b->table, op, a, c);
}

TERN_TEST(dim_simplifying_keeps_the_value)
{
    for (int round = 0; round < 3000; round++) {
        bench b;
        begin(&b);
        const tern_dim symbols[] = {tern_dim_symbol_get(&b.table, tern_str_of("N")),
                                    tern_dim_symbol_get(&b.table, tern_str_of("H")),
                                    tern_dim_symbol_get(&b.table, tern_str_of("W"))};
        const int64_t values[] = {tern_test_random_int(0, 20), tern_test_random_int(0, 300),
                                  tern_test_random_int(0, 7)};
        int64_t want = 0, low, high;
        const tern_dim d = grow(&b, symbols, values, 3, &want);
        int64_t computed[512];
        REQUIRE(b.table.expr_count <= 512);
        REQUIRE_OK(b.table.status);
        tern_dim_evaluate(b.table.exprs, b.table.expr_count, values, computed);
        CHECK_INT(tern_dim_value(d, computed), want);
        tern_dim_bounds(&b.table, d, &low, &high);
        CHECK(low <= want && want <= high);
        char buffer[4096];
        tern_text out;
        tern_text_init_fixed(&out, buffer, sizeof buffer);
        tern_dim_print(&out, &b.table, d);
        const tern_dim again = parse(&b, tern_text_get(&out));
        tern_dim_evaluate(b.table.exprs, b.table.expr_count, values, computed);
        CHECK_INT(tern_dim_value(again, computed), want);
        end(&b);
    }
}

TERN_TEST(dim_copy_has_the_same_ids)
{
    bench a, b;
    begin(&a);
    begin(&b);
    const tern_dim d = parse(&a, "(N*3+H)/2+min(N,H)");
    REQUIRE_OK(tern_dim_table_copy(&b.table, &a.table));
    CHECK_INT(parse(&b, "(N*3+H)/2+min(N,H)"), d);
    end(&a);
    end(&b);
}

static const struct {
    const char *name, *text;
} broken[] = {
    {"empty", ""},     {"open", "(N"},          {"operator", "N+"},
    {"call", "min(N"}, {"unknown", "foo(1,2)"}, {"huge", "99999999999999999999"},
    {"quote", "\"N"},  {"comma", "min(N 3)"},
};

TERN_TEST_ROWS(dim_refuses_broken_text, broken)
{
    bench b;
    begin(&b);
    tern_dim d;
    const char *at = broken[row].text;
    CHECK_STATUS(tern_dim_parse(&b.table, &at, at + strlen(at), &d), TERN_BAD_MODEL);
    end(&b);
}

TERN_TEST(dim_refuses_deep_nesting)
{
    static char text[100000];
    bench b;
    begin(&b);
    memset(text, '(', sizeof text - 1);
    tern_dim d;
    const char *at = text;
    CHECK_STATUS(tern_dim_parse(&b.table, &at, at + strlen(at), &d), TERN_BAD_MODEL);
    end(&b);
}

TERN_TEST(dim_evaluates_broken_tables_without_harm)
{
    const tern_dim_expr exprs[] = {
        {TERN_DIM_ADD, 0, TERN_DIM_EXPR_BASE + 5, INT64_MIN},
        {TERN_DIM_MUL, 0, INT64_MAX, INT64_MAX},
        {TERN_DIM_TRUNC_DIV, 0, TERN_DIM_EXPR_BASE + 1, -1},
        {99, 0, TERN_DIM_EXPR_BASE, 7},
    };
    int64_t values[4];
    tern_dim_evaluate(exprs, 4, NULL, values);
    CHECK_INT(values[0], 0);
    CHECK_INT(values[1], INT64_MAX);
    CHECK(values[2] < 0);
}

/* A chain nests without parentheses; what could not be printed is not read. */
TERN_TEST(dim_text_long_chain)
{
    bench b;
    begin(&b);
    for (int count = 60; count <= 70; count += 10) {
        char text[512] = "x";
        size_t length = 1;
        for (int i = 0; i < count; i++) {
            length += (size_t)snprintf(text + length, sizeof text - length, "/y%d", i);
        }
        const char *at = text;
        tern_dim d;
        CHECK_STATUS(tern_dim_parse(&b.table, &at, text + length, &d),
                     count < 64 ? TERN_OK : TERN_BAD_MODEL);
    }
    end(&b);
}
