/* SPDX-License-Identifier: Apache-2.0
 *
 * Control flow: which step comes next.  Steps are one array; what an iteration's number is and how
 * often a loop may still go round stands in a small stack of the run, never in tensors that steps
 * could write.  plan/check.c has made sure that loops and jumps lie inside one another.
 */
#include "runtime/state.h"

/* A loop that only its condition ends gives up here. */
#define MOST_TRIPS INT64_C(0x7fffffff)

static bool is_number(const tern_plan *p, uint32_t at, bool is_count)
{
    if (p->indices[at] == TERN_PLAN_NONE) {
        return true;
    }
    const tern_plan_value *v = &p->values[p->indices[at]];
    bool is = is_count ? v->dtype == TERN_DTYPE_I64 || v->dtype == TERN_DTYPE_I32
                       : v->dtype == TERN_DTYPE_BOOL;
    for (uint32_t a = 0; a < v->rank; a++) {
        is = is && v->dims[a] == 1;
    }
    const uint64_t bytes = v->dtype == TERN_DTYPE_BOOL ? 1 : v->dtype == TERN_DTYPE_I32 ? 4 : 8;
    return is && v->bytes_max >= bytes && v->layout == TERN_LAYOUT_LINEAR &&
           v->home != TERN_PLAN_HOME_HEAP && v->home != TERN_PLAN_HOME_NONE;
}

/* Results are written without looking: a number is 8 bytes of the arena, a condition 1. */
static bool is_result(const tern_plan *p, uint32_t at, bool is_count)
{
    return p->indices[at] != TERN_PLAN_NONE && is_number(p, at, is_count) &&
           p->values[p->indices[at]].home == TERN_PLAN_HOME_ARENA &&
           p->values[p->indices[at]].dtype == (is_count ? TERN_DTYPE_I64 : TERN_DTYPE_BOOL);
}

tern_status tern_step_check_control(const tern_engine *e, const tern_engine_step *step)
{
    const tern_plan *p = &e->plan;
    const tern_plan_step *r = step->record;
    const tern_control control = step->op->control;
    const bool is_step = control == TERN_CONTROL_JUMP || control == TERN_CONTROL_LOOP_BEGIN ||
                         control == TERN_CONTROL_LOOP_NEXT;
    bool ok = r->control == (is_step ? (uint32_t)control : 0u) && control != TERN_CONTROL_IF &&
              control != TERN_CONTROL_LOOP;
    switch (ok ? control : TERN_CONTROL_NONE) {
    case TERN_CONTROL_JUMP: ok = r->x_count == 0 || is_number(p, r->x_first, false); break;
    case TERN_CONTROL_LOOP_BEGIN:
        ok = is_number(p, r->x_first, true) && is_number(p, r->x_first + 1, false) &&
             is_result(p, r->y_first, true) && is_result(p, r->y_first + 1, false);
        break;
    case TERN_CONTROL_LOOP_NEXT:
        ok = (r->x_count == 0 || is_number(p, r->x_first, false)) && is_result(p, r->y_first, true);
        break;
    case TERN_CONTROL_NONE:
    case TERN_CONTROL_CARRY:
    case TERN_CONTROL_STORE:
    case TERN_CONTROL_IF:
    case TERN_CONTROL_LOOP:
    case TERN_CONTROL_CHECK: break;
    }
    return ok ? TERN_OK
              : tern_fail(TERN_BAD_MODEL, "%s: is no such control flow, or not on such tensors",
                          step->who);
}

/* Absent: true. */
static bool read_condition(const tern_plan_step *r, const tern_launch *l, uint32_t i)
{
    return i >= r->x_count || l->x[i] == NULL || *(const uint8_t *)l->x[i] != 0;
}

static int64_t read_count(const tern_plan *p, const tern_plan_step *r, const tern_launch *l)
{
    if (l->x[0] == NULL) {
        return MOST_TRIPS;
    }
    int64_t count = 0;
    const tern_plan_value *v = &p->values[p->indices[r->x_first]];
    tern_convert((tern_dtype)v->dtype, l->x[0], TERN_DTYPE_I64, &count, 1);
    return count;
}

tern_status tern_step_run_control(const tern_context *c, const tern_run_state *s, uint32_t i,
                                  tern_run_loops *loops, uint32_t *out_next)
{
    const tern_engine_step *step = &c->engine->steps[i];
    const tern_plan_step *r = step->record;
    const tern_launch *l = &s->launches[i];
    if (r->control == TERN_PLAN_CONTROL_JUMP) {
        const bool is_jump = r->x_count == 0 || !read_condition(r, l, 0);
        *out_next = is_jump ? r->target : i + 1;
        return TERN_OK;
    }
    if (r->control == TERN_PLAN_CONTROL_LOOP_BEGIN) {
        const int64_t count = read_count(&c->engine->plan, r, l);
        const bool goes_in = read_condition(r, l, 1);
        *(int64_t *)l->y[0] = 0; /* in the arena, so aligned */
        *(uint8_t *)l->y[1] = goes_in;
        if (count <= 0 || !goes_in) {
            *out_next = r->target + 1;
            return TERN_OK;
        }
        TERN_ASSERT(loops->depth < TERN_PLAN_NESTING);
        loops->open[loops->depth++] = (tern_run_loop){.number = 0, .count = count};
        *out_next = i + 1;
        return TERN_OK;
    }
    TERN_ASSERT(loops->depth > 0);
    tern_run_loop *loop = &loops->open[loops->depth - 1];
    loop->number++;
    *(int64_t *)l->y[0] = loop->number;
    if (loop->number < loop->count && read_condition(r, l, 0)) {
        *out_next = r->target + 1;
        return TERN_OK;
    }
    const bool gives_up = loop->number == MOST_TRIPS && loop->count == MOST_TRIPS &&
                          r->x_count > 0 && read_condition(r, l, 0);
    loops->depth--;
    *out_next = i + 1;
    return gives_up ? tern_fail(TERN_UNSUPPORTED,
                                "%s: has not ended after %lld iterations; give it a trip count",
                                step->who, (long long)MOST_TRIPS)
                    : TERN_OK;
}
