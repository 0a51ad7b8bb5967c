/* SPDX-License-Identifier: Apache-2.0 */
/* Plans made by hand: a few calls fill the tables of a tern_plan image, without graph, passes or
   builder.  Every value in the arena gets room of its own.  Capacities are fixed; going over
   them ends the test program.

     plan_maker m;
     maker_init(&m, "name");
     x = maker_input(&m, "x", TERN_DTYPE_F32, 2, (int64_t[]){2, 3});
     y = maker_output(&m, "y", TERN_DTYPE_F32, 2, (int64_t[]){2, 3});
     maker_step(&m, "relu", NULL, &x, 1, &y);
     bytes = maker_write(&m, &size);                                      maker_free(bytes)

   Inputs come before outputs, and both before everything else. */
#ifndef TERN_TESTS_PLAN_MAKER_H
#define TERN_TESTS_PLAN_MAKER_H

#include "op/op.h"
#include "op/tactic.h"
#include "plan/plan.h"

enum { MAKER_MOST = 64, MAKER_BYTES = 1 << 16 };

typedef struct plan_maker {
    tern_plan plan;
    char strings[MAKER_BYTES];
    uint8_t attrs[MAKER_BYTES];
    uint8_t weights[MAKER_BYTES];
    tern_plan_value values[MAKER_MOST];
    tern_plan_step steps[MAKER_MOST];
    uint32_t indices[4 * MAKER_MOST];
    tern_plan_dim dims[MAKER_MOST];
    tern_plan_symbol symbols[MAKER_MOST];
    int64_t symbol_max[MAKER_MOST];
    tern_plan_binding bindings[MAKER_MOST];
    tern_plan_range ranges[MAKER_MOST];
    int64_t range_values[MAKER_MOST];
    tern_expr exprs[MAKER_MOST];
    tern_plan_blob blobs[MAKER_MOST];
} plan_maker;

void maker_init(plan_maker *m, const char *name);
tern_plan_str maker_string(plan_maker *m, const char *text);
uint32_t maker_input(plan_maker *m, const char *name, tern_dtype dtype, int32_t rank,
                     const int64_t *dims);
uint32_t maker_output(plan_maker *m, const char *name, tern_dtype dtype, int32_t rank,
                      const int64_t *dims);
uint32_t maker_value(plan_maker *m, const char *name, tern_dtype dtype, int32_t rank,
                     const int64_t *dims);
uint32_t maker_constant(plan_maker *m, const char *name, tern_dtype dtype, int32_t rank,
                        const int64_t *dims, const void *data);
/* A step of an operator with all its results, by the reference; absent operands are NONE.
 * Scratch is sized at the symbols' largest values. */
uint32_t maker_step(plan_maker *m, const char *op, const void *attr, const uint32_t *x,
                    uint32_t x_count, const uint32_t *y);

/* A symbol: extent `axis` of input `binding` (or element of its contents), at most `most`;
 * returns it as a dim. */
int64_t maker_symbol(plan_maker *m, const char *name, uint32_t binding, uint32_t axis,
                     bool from_contents, int64_t most);
/* a op b as a dim. */
int64_t maker_dim(plan_maker *m, int32_t op, int64_t a, int64_t b);
/* Another profile; every input's range is what its dims allow (symbols 1, 1, most).  Call after
 * all inputs. */
void maker_profile(plan_maker *m);

/* Malloced, aligned to a page; ends the program when the image is refused. */
void *maker_write(const plan_maker *m, size_t *out_size);
void maker_free(void *bytes);

/* A copy aligned to a page. */
void *maker_copy(const void *bytes, size_t size);

/* Makes checksums right again after bytes of a plan were changed: header, table and sections as
   far as the table can be followed. */
void maker_fix(void *bytes, size_t size);

/* Loads any bytes and, when that works, runs them with buffers as large as the engine says; true
   when an engine came out.  For plans that nobody trusts: nothing may happen but a status. */
bool maker_try(const void *bytes, size_t size);

/* Small plans that tests share: y = relu(x + c) over [2,3]; y = relu(x * w) with dynamic rows, the
   same with an implicit batch; y = reshape of x by a shape input; indices and relu of the k largest
   of x, k the sum of an input. */
void maker_relu_add(plan_maker *m);
void maker_reshape(plan_maker *m, tern_dtype dtype);
void maker_dynamic(plan_maker *m, int64_t most_rows);
void maker_topk(plan_maker *m);
void maker_implicit(plan_maker *m, int32_t max_batch);

#endif
