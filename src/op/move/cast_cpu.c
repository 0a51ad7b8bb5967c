/* SPDX-License-Identifier: Apache-2.0
 *
 * cast on the CPU, between f32 and the 16-bit floats: the convert kernels, in chunks of fixed
 * size.
 */
#include "kernel/table.h"
#include "op/move/cast.h"
#include "op/tactic.h"

enum { CHUNK_ELEMENTS = 16384 };

static bool convert_type(uint8_t dtype, tern_convert_type *out)
{
    switch (dtype) {
    case TERN_DTYPE_F32: *out = TERN_CONVERT_f32; return true;
    case TERN_DTYPE_F16: *out = TERN_CONVERT_f16; return true;
    case TERN_DTYPE_BF16: *out = TERN_CONVERT_bf16; return true;
    default: return false;
    }
}

static const tern_convert_kernel *kernel_of(const tern_problem *p)
{
    tern_convert_type from, to;
    if (!convert_type(p->x[0].dtype, &from) || !convert_type(p->y[0].dtype, &to)) {
        return NULL;
    }
    return tern_convert_find(from, to, tern_isa_mask(p->isa));
}

static bool has_kernel(const tern_problem *p, const char **why_not)
{
    return kernel_of(p) != NULL || tern_decline(why_not, "no kernel converts between these types");
}

typedef struct job {
    const tern_convert_kernel *kernel;
    const unsigned char *x;
    unsigned char *y;
    size_t x_elem, y_elem;
    int64_t count;
} job;

static void run_chunk(void *arg, int64_t chunk, int participant)
{
    const job *const j = arg;
    const int64_t first = chunk * CHUNK_ELEMENTS;
    const int64_t left = j->count - first;
    (void)participant;
    j->kernel->run(j->x + (size_t)first * j->x_elem, j->y + (size_t)first * j->y_elem,
                   left < CHUNK_ELEMENTS ? left : CHUNK_ELEMENTS);
}

static tern_status run(const tern_launch *l)
{
    const tern_problem *const p = l->problem;
    job j = {.kernel = kernel_of(p), .x = l->x[0], .y = l->y[0]};
    (void)tern_dtype_bytes((tern_dtype)p->x[0].dtype, 1, &j.x_elem);
    (void)tern_dtype_bytes((tern_dtype)p->y[0].dtype, 1, &j.y_elem);
    (void)tern_type_volume(&p->y[0], &j.count);
    tern_team_each(l->team, (j.count + CHUNK_ELEMENTS - 1) / CHUNK_ELEMENTS, run_chunk, &j);
    return TERN_OK;
}

const tern_tactic tern_cpu_cast[] = {
    {.name = "convert_rows", .isa = TERN_ISA_REF, .accepts = has_kernel, .run = run},
    {.name = NULL},
};
