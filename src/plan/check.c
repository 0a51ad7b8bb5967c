/* SPDX-License-Identifier: Apache-2.0
 *
 * Every number of a program's tables, checked against the tables it points into.  After this the
 * runtime may use any index without looking; what depends on operators is its own business
 * (runtime/resolve.c).
 */
#include "plan/plan.h"

#include <string.h>

/* Who is being checked, for messages. */
typedef struct checker {
    const tern_plan *plan;
    const char *who;
} checker;

/* Names are compared pair by pair, so a hostile count may not be any number. */
enum { MAX_BINDINGS = 16384 };

#define BAD(...) tern_fail(TERN_BAD_MODEL, __VA_ARGS__)

static bool str_ok(const checker *c, tern_plan_str s)
{
    const tern_plan *p = c->plan;
    return s.at <= p->strings_size && s.size <= p->strings_size - s.at &&
           (s.size == 0 || memchr(p->strings + s.at, '\0', s.size) == NULL);
}

/* Do `count` records from `first` lie in a table of `have`? */
static bool range_ok(uint64_t first, uint64_t count, uint64_t have)
{
    return first <= have && count <= have - first;
}

/* An extent of a tensor: a number that is not negative, or an expression that exists. */
static bool dim_ok(const tern_plan *p, int64_t d, int64_t lowest)
{
    if (tern_plan_dim_is_number(d)) {
        return d >= lowest;
    }
    return d >= TERN_PLAN_DIM_BASE && (uint64_t)(d - TERN_PLAN_DIM_BASE) < p->dim_count;
}

static tern_status check_header(const checker *c)
{
    const tern_plan *p = c->plan;
    const tern_plan_header *h = &p->header;
    const uint32_t known =
        TERN_PLAN_FLAG_IMPLICIT_BATCH | TERN_PLAN_FLAG_MAY_ALLOCATE | TERN_PLAN_FLAG_REFITTABLE;
    if ((h->flags & ~known) != 0) {
        return tern_fail(TERN_VERSION, "plan \"%s\": flags 0x%x are unknown to this library",
                         c->who, h->flags & ~known);
    }
    if (h->input_count > p->binding_count) {
        return BAD("plan \"%s\": %u inputs of %u bindings", c->who, h->input_count,
                   p->binding_count);
    }
    if ((uint64_t)h->profile_count * h->input_count != p->range_count) {
        return BAD("plan \"%s\": %u ranges for %u profiles of %u inputs", c->who, p->range_count,
                   h->profile_count, h->input_count);
    }
    if (h->max_batch < 0 || ((h->flags & TERN_PLAN_FLAG_IMPLICIT_BATCH) != 0 && h->max_batch < 1)) {
        return BAD("plan \"%s\": largest batch %d", c->who, h->max_batch);
    }
    if (h->threads < 0 || h->threads > 65536) {
        return BAD("plan \"%s\": made for %d threads", c->who, h->threads);
    }
    if (h->heap_count > p->value_count ||
        (h->heap_count > 0 && (h->flags & TERN_PLAN_FLAG_MAY_ALLOCATE) == 0)) {
        return BAD("plan \"%s\": %u growing blocks of %u values, and its flags are 0x%x", c->who,
                   h->heap_count, p->value_count, h->flags);
    }
    if (h->arena_bytes > INT64_MAX / 4 || h->host_bytes > INT64_MAX / 4) {
        return BAD("plan \"%s\": arenas of %llu and %llu bytes", c->who,
                   (unsigned long long)h->arena_bytes, (unsigned long long)h->host_bytes);
    }
    if (!str_ok(c, p->name) || !str_ok(c, p->needs)) {
        return BAD("plan \"%s\": the name or the needs of the program leave the string section",
                   c->who);
    }
    return TERN_OK;
}

static tern_status check_dims(const checker *c)
{
    const tern_plan *p = c->plan;
    int64_t data_count = 0;
    for (uint32_t i = 0; i < p->dim_count; i++) {
        const tern_plan_dim *d = &p->dims[i];
        const int64_t operands[2] = {d->a, d->b};
        bool ok = d->op >= 1 && d->op <= TERN_PLAN_DIM_OP_LAST && d->reserved == 0;
        if (ok && d->op == TERN_PLAN_DIM_OP_SYMBOL) {
            ok = d->a >= 0 && d->a < (int64_t)p->symbol_count;
        } else if (ok) {
            /* Operands come first: references point backwards only. */
            const int checked = d->op == TERN_PLAN_DIM_OP_SCALE ? 1 : 2;
            for (int k = 0; k < checked; k++) {
                const int64_t x = operands[k];
                ok = ok && (tern_plan_dim_is_number(x) ||
                            (x >= TERN_PLAN_DIM_BASE && (uint64_t)(x - TERN_PLAN_DIM_BASE) < i));
            }
        }
        if (ok && d->op == TERN_PLAN_DIM_OP_DATA) {
            ok = d->b == data_count && dim_ok(p, d->a, 0);
            data_count++;
        }
        if (!ok) {
            return BAD("plan \"%s\": dim expression %u is malformed (opcode %d)", c->who, i, d->op);
        }
    }
    return TERN_OK;
}

static tern_status check_symbols(const checker *c)
{
    const tern_plan *p = c->plan;
    for (uint32_t i = 0; i < p->symbol_count; i++) {
        const tern_plan_symbol *s = &p->symbols[i];
        if (!str_ok(c, s->name) || s->binding >= p->header.input_count || s->from_contents > 1 ||
            s->reserved != 0) {
            return BAD("plan \"%s\": symbol %u is malformed (binding %u of %u inputs)", c->who, i,
                       s->binding, p->header.input_count);
        }
        const tern_plan_binding *b = &p->bindings[s->binding];
        const tern_plan_value *v = &p->values[b->value < p->value_count ? b->value : 0];
        if (b->value >= p->value_count || (s->from_contents == 0 && s->axis >= v->rank) ||
            (s->from_contents == 1 && b->is_shape != 1)) {
            return BAD("plan \"%s\": symbol %u reads axis %u of a binding that has none", c->who, i,
                       s->axis);
        }
        if ((p->header.flags & TERN_PLAN_FLAG_IMPLICIT_BATCH) != 0 &&
            (s->axis != 0 || s->from_contents != 0)) {
            return BAD("plan \"%s\": symbol %u is not the batch, but the batch is implicit", c->who,
                       i);
        }
    }
    return TERN_OK;
}

static tern_status check_value_home(const checker *c, uint32_t i)
{
    const tern_plan *p = c->plan;
    const tern_plan_value *v = &p->values[i];
    bool ok = false;
    switch ((tern_plan_home)v->home) {
    case TERN_PLAN_HOME_ARENA:
        ok = v->at % 64 == 0 && range_ok(v->at, v->bytes_max, p->header.arena_bytes);
        break;
    case TERN_PLAN_HOME_BLOB:
        ok = v->at < p->blob_count && v->bytes_max <= p->blobs[v->at].size;
        break;
    case TERN_PLAN_HOME_BINDING:
        ok = v->at < p->binding_count; /* the binding's own value, or a view of it */
        break;
    case TERN_PLAN_HOME_HOST:
        ok = v->at % 64 == 0 && range_ok(v->at, v->bytes_max, p->header.host_bytes);
        break;
    case TERN_PLAN_HOME_NONE: ok = true; break;
    case TERN_PLAN_HOME_HEAP: ok = v->at < p->header.heap_count; break;
    }
    if (!ok) {
        return BAD("plan \"%s\": value %u (home %u) at %llu with %llu bytes has no such place",
                   c->who, i, v->home, (unsigned long long)v->at, (unsigned long long)v->bytes_max);
    }
    return TERN_OK;
}

static tern_status check_values(const checker *c)
{
    const tern_plan *p = c->plan;
    for (uint32_t i = 0; i < p->value_count; i++) {
        const tern_plan_value *v = &p->values[i];
        bool ok = v->rank <= 8 && v->flags == 0 && v->dtype != 0 && str_ok(c, v->name);
        for (uint32_t a = 0; ok && a < 8; a++) {
            ok = a < v->rank ? dim_ok(p, v->dims[a], 0) : v->dims[a] == 0;
        }
        if (!ok) {
            return BAD("plan \"%s\": the type or name of value %u is malformed", c->who, i);
        }
        TERN_TRY(check_value_home(c, i));
    }
    return TERN_OK;
}

static bool same_str(const tern_plan *p, tern_plan_str a, tern_plan_str b)
{
    return a.size == b.size && memcmp(p->strings + a.at, p->strings + b.at, a.size) == 0;
}

static tern_status check_bindings(const checker *c)
{
    const tern_plan *p = c->plan;
    if (p->binding_count > MAX_BINDINGS) {
        return BAD("plan \"%s\": %u bindings; allowed up to %d", c->who, p->binding_count,
                   MAX_BINDINGS);
    }
    for (uint32_t i = 0; i < p->binding_count; i++) {
        const tern_plan_binding *b = &p->bindings[i];
        bool ok = str_ok(c, b->name) && b->name.size > 0 && b->value < p->value_count &&
                  b->is_shape <= 1 && b->is_input == (i < p->header.input_count ? 1u : 0u);
        ok =
            ok && p->values[b->value].home == TERN_PLAN_HOME_BINDING && p->values[b->value].at == i;
        for (int a = 0; ok && a < 8; a++) {
            ok = str_ok(c, b->dim_names[a]);
        }
        if (!ok) {
            return BAD("plan \"%s\": binding %u is malformed (value %u)", c->who, i, b->value);
        }
        if ((p->header.flags & TERN_PLAN_FLAG_IMPLICIT_BATCH) != 0 && b->is_shape == 0 &&
            p->values[b->value].rank == 0) {
            return BAD("plan \"%s\": binding %u has no batch axis, but the batch is implicit",
                       c->who, i);
        }
        for (uint32_t k = 0; k < i; k++) {
            if (same_str(p, b->name, p->bindings[k].name)) {
                return BAD("plan \"%s\": bindings %u and %u have one name", c->who, k, i);
            }
        }
    }
    return TERN_OK;
}

static bool triple_ok(int64_t low, int64_t best, int64_t high, int64_t lowest)
{
    return lowest <= low && low <= best && best <= high;
}

static tern_status check_ranges(const checker *c)
{
    const tern_plan *p = c->plan;
    for (uint32_t i = 0; i < p->range_count; i++) {
        const tern_plan_range *r = &p->ranges[i];
        bool ok = r->value_count <= 4096 &&
                  range_ok(r->value_first, (uint64_t)r->value_count * 3, p->range_value_count);
        for (int a = 0; ok && a < 8; a++) {
            ok = triple_ok(r->min[a], r->opt[a], r->max[a], 0);
        }
        for (uint32_t k = 0; ok && k < r->value_count; k++) {
            const int64_t *v = &p->range_values[r->value_first + k];
            ok = triple_ok(v[0], v[r->value_count], v[2 * r->value_count], INT64_MIN / 2 + 1);
        }
        if (!ok) {
            return BAD("plan \"%s\": range %u (profile %u) is not min <= opt <= max", c->who, i,
                       i / (p->header.input_count > 0 ? p->header.input_count : 1));
        }
    }
    return TERN_OK;
}

static tern_status check_blobs(const checker *c)
{
    const tern_plan *p = c->plan;
    for (uint32_t i = 0; i < p->blob_count; i++) {
        const tern_plan_blob *b = &p->blobs[i];
        /* An image may have them anywhere: writing places them. */
        if (!range_ok(b->at, b->size, p->weights_size) || (p->file != NULL && b->at % 64 != 0)) {
            return BAD("plan \"%s\": blob %u at %llu with %llu bytes is outside the %zu bytes of "
                       "weights or not aligned",
                       c->who, i, (unsigned long long)b->at, (unsigned long long)b->size,
                       p->weights_size);
        }
    }
    return TERN_OK;
}

/* Every entry, also one that no step's range covers: the runtime makes a pointer for each. */
static tern_status check_indices(const checker *c)
{
    const tern_plan *p = c->plan;
    for (uint32_t i = 0; i < p->index_count; i++) {
        if (p->indices[i] >= p->value_count && p->indices[i] != TERN_PLAN_NONE) {
            return BAD("plan \"%s\": operand list entry %u is value %u of %u", c->who, i,
                       p->indices[i], p->value_count);
        }
    }
    return TERN_OK;
}

static tern_status check_operands(const checker *c, uint32_t i)
{
    const tern_plan *p = c->plan;
    const tern_plan_step *s = &p->steps[i];
    for (uint32_t k = 0; k < s->x_count; k++) {
        const uint32_t x = p->indices[s->x_first + k];
        if (x != TERN_PLAN_NONE && p->values[x].home == TERN_PLAN_HOME_NONE &&
            s->packed_blob == TERN_PLAN_NONE) {
            return BAD("plan \"%s\": operand %u of step %u has no bytes", c->who, k, i);
        }
    }
    for (uint32_t k = 0; k < s->y_count; k++) {
        const uint32_t y = p->indices[s->y_first + k];
        if (y == TERN_PLAN_NONE) {
            return BAD("plan \"%s\": result %u of step %u is no value", c->who, k, i);
        }
        const tern_plan_value *v = &p->values[y];
        const bool is_input = v->home == TERN_PLAN_HOME_BINDING && v->at < p->header.input_count;
        if (v->home == TERN_PLAN_HOME_BLOB || v->home == TERN_PLAN_HOME_NONE || is_input) {
            return BAD("plan \"%s\": result %u of step %u is a constant or an input", c->who, k, i);
        }
    }
    return TERN_OK;
}

static tern_status check_steps(const checker *c)
{
    const tern_plan *p = c->plan;
    for (uint32_t i = 0; i < p->step_count; i++) {
        const tern_plan_step *s = &p->steps[i];
        if (!range_ok(s->x_first, s->x_count, p->index_count) ||
            !range_ok(s->y_first, s->y_count, p->index_count) || s->own_count > s->x_count ||
            (s->y_count == 0 && s->control != TERN_PLAN_CONTROL_JUMP)) {
            return BAD("plan \"%s\": operands or results of step %u leave the index list", c->who,
                       i);
        }
        if (!str_ok(c, s->tactic) || !str_ok(c, s->name) || !str_ok(c, s->origins) ||
            !range_ok(s->attr_at, s->attr_size, p->attrs_size)) {
            return BAD("plan \"%s\": a name or the attributes of step %u leave their section",
                       c->who, i);
        }
        if ((s->packed_blob != TERN_PLAN_NONE && s->packed_blob >= p->blob_count) ||
            (s->epilogue != TERN_PLAN_NONE && s->epilogue >= p->expr_count) ||
            (s->epilogue == TERN_PLAN_NONE && s->own_count != s->x_count)) {
            return BAD("plan \"%s\": step %u names packed weights or an epilogue that is not there",
                       c->who, i);
        }
        if (s->device < 1 || s->device > 2 || s->place > 1) {
            return BAD("plan \"%s\": step %u runs on device %u, place %u", c->who, i, s->device,
                       s->place);
        }
        const bool is_heap = s->scratch_bytes == TERN_PLAN_SCRATCH_HEAP &&
                             (p->header.flags & TERN_PLAN_FLAG_MAY_ALLOCATE) != 0;
        if (s->scratch_bytes > 0 && !is_heap &&
            (s->scratch_at % 64 != 0 ||
             !range_ok(s->scratch_at, s->scratch_bytes, p->header.arena_bytes))) {
            return BAD("plan \"%s\": scratch of step %u at %llu, %llu bytes, leaves the arena",
                       c->who, i, (unsigned long long)s->scratch_at,
                       (unsigned long long)s->scratch_bytes);
        }
        TERN_TRY(check_operands(c, i));
    }
    return TERN_OK;
}

/* What is open at a step: a loop's body, or what a jump jumps over. */
typedef struct block {
    uint32_t begin; /* the step that opened it */
    uint32_t end;   /* the step behind it */
} block;

typedef struct nest {
    block open[TERN_PLAN_NESTING];
    uint32_t depth;
} nest;

static bool open_block(const checker *c, nest *n, uint32_t begin, uint32_t end)
{
    const uint32_t around = n->depth > 0 ? n->open[n->depth - 1].end : c->plan->step_count;
    if (end <= begin || end > around || n->depth == TERN_PLAN_NESTING) {
        return false;
    }
    n->open[n->depth++] = (block){begin, end};
    return true;
}

static uint32_t control_at(const tern_plan *p, uint32_t i)
{
    return i < p->step_count ? p->steps[i].control : TERN_PLAN_CONTROL_NONE;
}

/* Opens what step i opens, or is it where it has to be? */
static bool nest_step(const checker *c, nest *n, uint32_t i)
{
    const tern_plan *p = c->plan;
    const tern_plan_step *s = &p->steps[i];
    const block *top = n->depth > 0 ? &n->open[n->depth - 1] : NULL;
    switch ((tern_plan_control)s->control) {
    case TERN_PLAN_CONTROL_NONE: return s->target == TERN_PLAN_NONE || s->target == 0;
    case TERN_PLAN_CONTROL_JUMP:
        /* The last step of what a jump jumps over may jump over something itself: the else part. */
        if (s->x_count == 0 && top != NULL && top->end == i + 1 &&
            control_at(p, top->begin) == TERN_PLAN_CONTROL_JUMP) {
            n->depth--;
        }
        return s->x_count <= 1 && s->y_count == 0 && s->target > i &&
               (s->target == i + 1 || open_block(c, n, i, s->target));
    case TERN_PLAN_CONTROL_LOOP_BEGIN:
        return s->x_count >= 2 && s->y_count == 2 && s->target > i && s->target < p->step_count &&
               control_at(p, s->target) == TERN_PLAN_CONTROL_LOOP_NEXT &&
               p->steps[s->target].target == i && open_block(c, n, i, s->target + 1);
    case TERN_PLAN_CONTROL_LOOP_NEXT:
        /* A loop without a count must have a condition. */
        return s->x_count <= 1 && s->y_count == 1 && top != NULL && top->begin == s->target &&
               top->end == i + 1 && control_at(p, top->begin) == TERN_PLAN_CONTROL_LOOP_BEGIN &&
               (s->x_count == 1 || p->indices[p->steps[s->target].x_first] != TERN_PLAN_NONE);
    }
    return false;
}

static tern_status check_control(const checker *c)
{
    nest n = {.depth = 0};
    for (uint32_t i = 0; i < c->plan->step_count; i++) {
        while (n.depth > 0 && n.open[n.depth - 1].end == i) {
            n.depth--;
        }
        if (!nest_step(c, &n, i)) {
            return BAD("plan \"%s\": control flow of step %u (kind %u, target %u) leads nowhere, "
                       "or not out of what it is inside of",
                       c->who, i, c->plan->steps[i].control, c->plan->steps[i].target);
        }
    }
    return TERN_OK;
}

tern_status tern_plan_check(const tern_plan *plan, const char *who)
{
    const checker c = {plan, who};
    TERN_TRY(check_header(&c));
    TERN_TRY(check_dims(&c));
    TERN_TRY(check_symbols(&c));
    TERN_TRY(check_blobs(&c));
    TERN_TRY(check_bindings(&c));
    TERN_TRY(check_values(&c));
    TERN_TRY(check_ranges(&c));
    TERN_TRY(check_indices(&c));
    TERN_TRY(check_steps(&c));
    return check_control(&c);
}
