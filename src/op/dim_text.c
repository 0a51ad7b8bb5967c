/* SPDX-License-Identifier: Apache-2.0
 *
 * Symbolic extents as text and back.  Sums and products read as in C ("N*2+1", "(H+1)/2" is a
 * floor division), the rest are functions: ceildiv(a,b), mod(a,b), min(a,b), max(a,b), equal(a,b),
 * less(a,b), truncdiv(a,b), scale(a,factor), data(bound,number).  A symbol whose name is no
 * identifier is quoted.
 */
#include "base/error.h"
#include "op/dim_internal.h"

#include <string.h>

typedef struct function {
    const char *name;
    tern_dim_opcode op;
} function;

static const function functions[] = {
    {"ceildiv", TERN_DIM_CEIL_DIV},
    {"mod", TERN_DIM_MOD},
    {"min", TERN_DIM_MIN},
    {"max", TERN_DIM_MAX},
    {"equal", TERN_DIM_EQUAL},
    {"less", TERN_DIM_LESS},
    {"truncdiv", TERN_DIM_TRUNC_DIV},
    {"scale", TERN_DIM_SCALE},
    {"data", TERN_DIM_DATA},
};

static bool starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '?';
}

static bool continues_name(char c)
{
    return starts_name(c) || (c >= '0' && c <= '9') || c == '.' || c == '#';
}

/* ---- printing ---- */

typedef enum level { LEVEL_SUM, LEVEL_PRODUCT, LEVEL_ATOM } level;

static void print_name(tern_text *out, tern_str name)
{
    bool plain = name.len > 0 && starts_name(name.at[0]);
    for (size_t i = 1; plain && i < name.len; i++) {
        plain = continues_name(name.at[i]);
    }
    if (plain) {
        tern_text_add_str(out, name);
        return;
    }
    tern_text_add_char(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == '"' || name.at[i] == '\\') {
            tern_text_add_char(out, '\\');
        }
        tern_text_add_char(out, name.at[i]);
    }
    tern_text_add_char(out, '"');
}

/* Operators inside one another: what is printed and what is read. */
enum { MOST_NESTED = 64 };

static void print(tern_text *out, const tern_dim_table *t, tern_dim d, level around, int depth);

static void print_function(tern_text *out, const tern_dim_table *t, const tern_dim_expr *e,
                           int depth)
{
    const char *name = "?";
    for (size_t i = 0; i < TERN_COUNT_OF(functions); i++) {
        if ((int32_t)functions[i].op == e->op) {
            name = functions[i].name;
        }
    }
    tern_text_add(out, "%s(", name);
    print(out, t, e->a, LEVEL_SUM, depth);
    tern_text_add_char(out, ',');
    if (e->op == TERN_DIM_SCALE) {
        double factor;
        memcpy(&factor, &e->b, sizeof factor);
        tern_text_add_double(out, factor);
    } else {
        print(out, t, e->b, LEVEL_SUM, depth);
    }
    tern_text_add_char(out, ')');
}

/* The right side of a sum: "+ x", or "- x" for negative numbers and coefficients. */
static void print_addend(tern_text *out, const tern_dim_table *t, tern_dim d, int depth)
{
    if (tern_dim_known(d)) {
        tern_text_add(out, d < 0 ? "%lld" : "+%lld", (long long)d);
        return;
    }
    const tern_dim_expr *const e = &t->exprs[tern_dim_id(d)];
    if (e->op == TERN_DIM_MUL && tern_dim_known(e->b) && e->b < 0) {
        tern_text_add_char(out, '-');
        print(out, t, e->a, LEVEL_PRODUCT, depth);
        if (e->b != -1) {
            tern_text_add(out, "*%lld", (long long)-e->b);
        }
        return;
    }
    tern_text_add_char(out, '+');
    print(out, t, d, LEVEL_PRODUCT, depth);
}

static void print_infix(tern_text *out, const tern_dim_table *t, const tern_dim_expr *e, int depth)
{
    if (e->op == TERN_DIM_ADD) {
        print(out, t, e->a, LEVEL_SUM, depth);
        print_addend(out, t, e->b, depth);
        return;
    }
    if (e->op == TERN_DIM_SUB) {
        print(out, t, e->a, LEVEL_SUM, depth);
        tern_text_add_char(out, '-');
        print(out, t, e->b, LEVEL_PRODUCT, depth);
        return;
    }
    print(out, t, e->a, LEVEL_PRODUCT, depth);
    tern_text_add_char(out, e->op == TERN_DIM_MUL ? '*' : '/');
    print(out, t, e->b, LEVEL_ATOM, depth);
}

static void print(tern_text *out, const tern_dim_table *t, tern_dim d, level around, int depth)
{
    if (tern_dim_known(d)) {
        const bool wrap = d < 0 && around == LEVEL_ATOM;
        tern_text_add(out, wrap ? "(%lld)" : "%lld", (long long)d);
        return;
    }
    if (t == NULL || tern_dim_id(d) >= t->expr_count || depth <= 0) {
        tern_text_add_char(out, '?');
        return;
    }
    const tern_dim_expr *const e = &t->exprs[tern_dim_id(d)];
    if (e->op == TERN_DIM_SYMBOL) {
        print_name(out, t->symbols[e->a].name);
        return;
    }
    const bool is_sum = e->op == TERN_DIM_ADD || e->op == TERN_DIM_SUB;
    if (!is_sum && e->op != TERN_DIM_MUL && e->op != TERN_DIM_FLOOR_DIV) {
        print_function(out, t, e, depth - 1);
        return;
    }
    const bool wrap = (is_sum ? LEVEL_SUM : LEVEL_PRODUCT) < around;
    tern_text_add_str(out, tern_str_of(wrap ? "(" : ""));
    print_infix(out, t, e, depth - 1);
    tern_text_add_str(out, tern_str_of(wrap ? ")" : ""));
}

void tern_dim_print(tern_text *out, const tern_dim_table *t, tern_dim d)
{
    print(out, t, d, LEVEL_SUM, MOST_NESTED);
}

void tern_dims_print(tern_text *out, const tern_dim_table *t, const tern_dim *dims, int32_t rank)
{
    tern_text_add_char(out, '[');
    for (int32_t i = 0; i < rank; i++) {
        if (i > 0) {
            tern_text_add_char(out, ',');
        }
        tern_dim_print(out, t, dims[i]);
    }
    tern_text_add_char(out, ']');
}

/* ---- parsing ---- */

static tern_status too_deep(void)
{
    return tern_fail(TERN_BAD_MODEL, "extent: nested more than %d deep", MOST_NESTED);
}

typedef struct parser {
    tern_dim_table *table;
    const char *at, *end;
    int depth; /* nesting left */
} parser;

static tern_status parse_sum(parser *p, tern_dim *out);

static void skip_blanks(parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t')) {
        p->at++;
    }
}

static bool accept(parser *p, char c)
{
    skip_blanks(p);
    if (p->at < p->end && *p->at == c) {
        p->at++;
        return true;
    }
    return false;
}

static tern_status fail(const parser *p, const char *expected)
{
    const int left = (int)(p->end - p->at < 20 ? p->end - p->at : 20);
    return tern_fail(TERN_BAD_MODEL, "extent: expected %s at \"%.*s\"", expected, left, p->at);
}

static tern_status parse_number(parser *p, tern_dim *out)
{
    const char *const start = p->at;
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9') {
        p->at++;
    }
    const tern_str digits = {start, (size_t)(p->at - start)};
    if (!tern_parse_int64(digits, 0, INT64_MAX, out)) {
        p->at = start;
        return fail(p, "a number below 2^63");
    }
    return TERN_OK;
}

static tern_status parse_quoted(parser *p, tern_dim *out)
{
    char name[256];
    size_t length = 0;
    p->at++;
    while (p->at < p->end && *p->at != '"') {
        if (*p->at == '\\' && p->at + 1 < p->end) {
            p->at++;
        }
        if (length == sizeof name) {
            return fail(p, "a name of at most 256 bytes");
        }
        name[length++] = *p->at++;
    }
    if (p->at == p->end) {
        return fail(p, "a closing quote");
    }
    p->at++;
    *out = tern_dim_symbol_get(p->table, (tern_str){name, length});
    return p->table->status;
}

/* The factor of scale(a, factor), as the bits of a double. */
static tern_status parse_factor(parser *p, tern_dim *out_bits)
{
    skip_blanks(p);
    const char *const start = p->at;
    while (p->at < p->end && *p->at != ')' && *p->at != ' ') {
        p->at++;
    }
    double factor;
    if (!tern_parse_double((tern_str){start, (size_t)(p->at - start)}, &factor)) {
        p->at = start;
        return fail(p, "a factor");
    }
    memcpy(out_bits, &factor, sizeof factor);
    return TERN_OK;
}

static tern_status parse_call(parser *p, tern_str name, tern_dim *out)
{
    const function *found = NULL;
    for (size_t i = 0; i < TERN_COUNT_OF(functions); i++) {
        if (tern_str_is(name, functions[i].name)) {
            found = &functions[i];
        }
    }
    if (found == NULL) {
        return fail(p, "the operands of a known function");
    }
    tern_dim a, b;
    p->at++;
    TERN_TRY(parse_sum(p, &a));
    if (!accept(p, ',')) {
        return fail(p, "\",\"");
    }
    TERN_TRY(found->op == TERN_DIM_SCALE ? parse_factor(p, &b) : parse_sum(p, &b));
    if (!accept(p, ')')) {
        return fail(p, "\")\"");
    }
    *out = tern_dim_make(p->table, found->op, a, b);
    return p->table->status;
}

static tern_status parse_name(parser *p, tern_dim *out)
{
    const char *const start = p->at;
    while (p->at < p->end && continues_name(*p->at)) {
        p->at++;
    }
    const tern_str name = {start, (size_t)(p->at - start)};
    if (p->at < p->end && *p->at == '(') {
        return parse_call(p, name, out);
    }
    *out = tern_dim_symbol_get(p->table, name);
    return p->table->status;
}

static tern_status parse_atom(parser *p, tern_dim *out)
{
    skip_blanks(p);
    const char c = p->at < p->end ? *p->at : '\0';
    if (c >= '0' && c <= '9') {
        return parse_number(p, out);
    }
    if (c == '"') {
        return parse_quoted(p, out);
    }
    if (starts_name(c)) {
        return parse_name(p, out);
    }
    if (!accept(p, '(')) {
        return fail(p, "a number, a name or \"(\"");
    }
    TERN_TRY(parse_sum(p, out));
    return accept(p, ')') ? TERN_OK : fail(p, "\")\"");
}

static tern_status parse_product(parser *p, tern_dim *out)
{
    const bool negative = accept(p, '-');
    TERN_TRY(parse_atom(p, out));
    if (negative) {
        *out = tern_dim_make(p->table, TERN_DIM_MUL, *out, -1);
    }
    for (;;) {
        tern_dim right;
        const bool is_product = accept(p, '*');
        if (!is_product && !accept(p, '/')) {
            return p->table->status;
        }
        TERN_TRY(parse_atom(p, &right));
        *out = tern_dim_make(p->table, is_product ? TERN_DIM_MUL : TERN_DIM_FLOOR_DIV, *out, right);
    }
}

static tern_status parse_sum(parser *p, tern_dim *out)
{
    if (p->depth <= 0) {
        return too_deep();
    }
    p->depth--;
    TERN_TRY(parse_product(p, out));
    for (;;) {
        tern_dim right;
        const bool is_sum = accept(p, '+');
        if (!is_sum && !accept(p, '-')) {
            p->depth++;
            return p->table->status;
        }
        TERN_TRY(parse_product(p, &right));
        *out = tern_dim_make(p->table, is_sum ? TERN_DIM_ADD : TERN_DIM_SUB, *out, right);
    }
}

/* Could all of `d` be printed?  A chain of operators nests without parentheses. */
static bool is_printable(const tern_dim_table *t, tern_dim d, int depth)
{
    if (tern_dim_known(d)) {
        return true;
    }
    const tern_dim_expr *const e = &t->exprs[tern_dim_id(d)];
    return depth > 0 && (e->op == TERN_DIM_SYMBOL ||
                         (is_printable(t, e->a, depth - 1) &&
                          (e->op == TERN_DIM_SCALE || is_printable(t, e->b, depth - 1))));
}

tern_status tern_dim_parse(tern_dim_table *t, const char **at, const char *end, tern_dim *out_dim)
{
    parser p = {.table = t, .at = *at, .end = end, .depth = MOST_NESTED};
    *out_dim = 0;
    TERN_TRY(parse_sum(&p, out_dim));
    if (!is_printable(t, *out_dim, MOST_NESTED)) {
        return too_deep();
    }
    *at = p.at;
    return t->status;
}
