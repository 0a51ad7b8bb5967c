/* SPDX-License-Identifier: Apache-2.0
 *
 * A loaded plan as text or JSON: tensors, layers with the tactic chosen, memory map, weights,
 * and the build's report as it was stored (candidates and the reasons for which they were
 * refused).
 */
#include "runtime/inspect.h"

#include "base/json.h"

#include <string.h>

static tern_str plan_text(const tern_plan *p, tern_plan_str s)
{
    return (tern_str){p->strings + s.at, s.size};
}

/* --- types with symbols --- */

/* Enough of a dim table for printing: the plan's expressions, and names for its symbols. */
typedef struct printer {
    const tern_engine *engine;
    tern_text *out;
    tern_dim_table dims;
    tern_arena arena; /* of the symbols */
} printer;

static void printer_init(printer *w, const tern_engine *engine, tern_text *out)
{
    const tern_plan *p = &engine->plan;
    memset(w, 0, sizeof *w);
    w->engine = engine;
    w->out = out;
    tern_arena_init(&w->arena, engine->allocator);
    tern_dim_symbol *symbols =
        tern_arena_items(&w->arena, (size_t)p->symbol_count + 1, sizeof *symbols, 8);
    if (symbols == NULL) {
        out->is_cut = true;
        return;
    }
    for (uint32_t i = 0; i < p->symbol_count; i++) {
        symbols[i].name = plan_text(p, p->symbols[i].name);
    }
    w->dims.exprs = (tern_dim_expr *)(uintptr_t)p->dims; /* only read */
    w->dims.expr_count = p->dim_count;
    w->dims.symbols = symbols;
    w->dims.symbol_count = p->symbol_count;
}

static void add_type(const printer *w, const tern_plan_value *v, tern_text *out)
{
    const tern_type type = tern_value_type(v, NULL);
    tern_type_print(out, &w->dims, &type);
}

/* `max(acc, c1)`: instructions in order; a slot is the accumulator, a constant, an operand or a
 * temporary. */
static void add_slot(const tern_expr *e, uint8_t slot, tern_text *out)
{
    if (slot == 0) {
        tern_text_add(out, "acc");
    } else if (slot <= e->const_count) {
        tern_text_add_double(out, e->constants[slot - 1].f);
    } else if (slot <= e->const_count + e->operand_count) {
        tern_text_add(out, "x%d", slot - e->const_count - 1);
    } else {
        tern_text_add(out, "t%d", slot - e->const_count - e->operand_count - 1);
    }
}

static void add_epilogue(const tern_expr *e, tern_text *out)
{
    for (int i = 0; i < e->instr_count; i++) {
        const tern_expr_instr *x = &e->instrs[i];
        const tern_scalar_info *info = tern_scalar_find(x->opcode);
        const uint8_t slots[3] = {x->a, x->b, x->c};
        tern_text_add(out, "%s", i > 0 ? "; " : "");
        add_slot(e, x->dst, out);
        tern_text_add(out, " = %s(", info != NULL ? info->name : "?");
        for (int k = 0; info != NULL && k < info->operand_count + info->attr_count && k < 3; k++) {
            tern_text_add(out, "%s", k > 0 ? ", " : "");
            add_slot(e, slots[k], out);
        }
        tern_text_add(out, ")");
    }
}

static void add_attr(const tern_engine_step *step, tern_text *out)
{
    if (step->attr != NULL) {
        tern_attr_print(out, step->op->attrs, step->attr);
    }
}

/* The end of a scratch text: when it was cut, so is the whole. */
static void drop(const printer *w, tern_text *scratch)
{
    w->out->is_cut = w->out->is_cut || scratch->is_cut;
    tern_text_destroy(scratch);
}

/* --- JSON --- */

static void json_tensor(const printer *w, tern_json *j, uint32_t index)
{
    static const char *const homes[] = {"?",    "arena",  "weights", "binding",
                                        "host", "packed", "heap"};
    if (index == TERN_PLAN_NONE) {
        tern_json_null(j);
        return;
    }
    const tern_plan_value *v = &w->engine->plan.values[index];
    tern_text type;
    tern_text_init(&type, w->engine->allocator);
    add_type(w, v, &type);
    tern_json_begin_object(j);
    tern_json_key(j, "name");
    tern_json_str(j, plan_text(&w->engine->plan, v->name));
    tern_json_key(j, "type");
    tern_json_string(j, tern_text_get(&type));
    tern_json_key(j, "home");
    tern_json_string(j, homes[v->home <= 6 ? v->home : 0]);
    tern_json_key(j, "at");
    tern_json_uint(j, v->at);
    tern_json_key(j, "bytes");
    tern_json_uint(j, v->bytes_max);
    tern_json_end_object(j);
    drop(w, &type);
}

static void json_tensors(const printer *w, tern_json *j, const char *key, uint32_t first,
                         uint32_t count)
{
    tern_json_key(j, key);
    tern_json_begin_array(j);
    for (uint32_t i = 0; i < count; i++) {
        json_tensor(w, j, w->engine->plan.indices[first + i]);
    }
    tern_json_end_array(j);
}

static void json_layer(const printer *w, tern_json *j, uint32_t i)
{
    const tern_engine_step *step = &w->engine->steps[i];
    const tern_plan_step *r = step->record;
    const tern_plan *p = &w->engine->plan;
    tern_text text;
    tern_text_init(&text, w->engine->allocator);
    tern_json_begin_object(j);
    tern_json_key(j, "name");
    tern_json_string(j, step->name);
    tern_json_key(j, "operator");
    tern_json_string(j, step->op->name);
    tern_json_key(j, "tactic");
    tern_json_string(j, step->tactic->name);
    tern_json_key(j, "isa");
    tern_json_string(j, tern_isa_name(step->tactic->isa));
    tern_json_key(j, "place");
    tern_json_string(j, r->place == 0 ? "device" : "host");
    tern_json_key(j, "origins");
    tern_json_str(j, plan_text(p, r->origins));
    add_attr(step, &text);
    tern_json_key(j, "attributes");
    tern_json_string(j, tern_text_get(&text));
    json_tensors(w, j, "inputs", r->x_first, r->x_count);
    json_tensors(w, j, "outputs", r->y_first, r->y_count);
    if (step->epilogue != NULL) {
        tern_text_clear(&text);
        add_epilogue(step->epilogue, &text);
        tern_json_key(j, "epilogue");
        tern_json_string(j, tern_text_get(&text));
    }
    tern_json_key(j, "packed_bytes");
    tern_json_uint(j, r->packed_blob != TERN_PLAN_NONE ? p->blobs[r->packed_blob].size : 0);
    tern_json_key(j, "scratch_at");
    tern_json_uint(j, r->scratch_at);
    tern_json_key(j, "scratch_bytes");
    tern_json_uint(j, r->scratch_bytes);
    tern_json_end_object(j);
    drop(w, &text);
}

static void json_bindings(const printer *w, tern_json *j)
{
    const tern_engine *e = w->engine;
    tern_json_key(j, "tensors");
    tern_json_begin_array(j);
    for (uint32_t i = 0; i < e->plan.binding_count; i++) {
        const tern_engine_tensor *t = &e->bindings[i];
        tern_text type;
        tern_text_init(&type, e->allocator);
        add_type(w, t->value, &type);
        tern_json_begin_object(j);
        tern_json_key(j, "name");
        tern_json_string(j, t->name);
        tern_json_key(j, "mode");
        tern_json_string(j, t->record->is_input != 0 ? "input" : "output");
        tern_json_key(j, "is_shape");
        tern_json_bool(j, t->record->is_shape != 0);
        tern_json_key(j, "type");
        tern_json_string(j, tern_text_get(&type));
        tern_json_key(j, "profiles");
        tern_json_begin_array(j);
        for (uint32_t p = 0; t->record->is_input != 0 && p < e->plan.header.profile_count; p++) {
            const tern_plan_range *r = tern_plan_range_at(&e->plan, p, i);
            tern_json_begin_array(j);
            tern_json_dims(j, t->value->rank, r->min);
            tern_json_dims(j, t->value->rank, r->opt);
            tern_json_dims(j, t->value->rank, r->max);
            tern_json_end_array(j);
        }
        tern_json_end_array(j);
        tern_json_end_object(j);
        drop(w, &type);
    }
    tern_json_end_array(j);
}

/* Does the step have a result or scratch that grows while running? */
static bool may_allocate(const tern_engine *e, uint32_t i)
{
    const tern_plan_step *r = &e->plan.steps[i];
    bool may = r->scratch_bytes == TERN_PLAN_SCRATCH_HEAP;
    for (uint32_t k = 0; k < r->y_count; k++) {
        may = may || e->plan.values[e->plan.indices[r->y_first + k]].home == TERN_PLAN_HOME_HEAP;
    }
    return may;
}

static void json_memory(const printer *w, tern_json *j)
{
    const tern_plan *p = &w->engine->plan;
    tern_json_key(j, "memory");
    tern_json_begin_object(j);
    tern_json_key(j, "plan_bytes");
    tern_json_uint(j, w->engine->bytes_size);
    tern_json_key(j, "weights_bytes");
    tern_json_uint(j, p->weights_size);
    tern_json_key(j, "arena_bytes");
    tern_json_uint(j, p->header.arena_bytes);
    tern_json_key(j, "host_bytes");
    tern_json_uint(j, p->header.host_bytes);
    tern_json_key(j, "context_bytes");
    tern_json_uint(j, tern_context_bytes_of(w->engine));
    tern_json_key(j, "may_allocate");
    tern_json_bool(j, (p->header.flags & TERN_PLAN_FLAG_MAY_ALLOCATE) != 0);
    tern_json_key(j, "allocating_layers");
    tern_json_begin_array(j);
    for (uint32_t i = 0; i < p->step_count; i++) {
        if (may_allocate(w->engine, i)) {
            tern_json_string(j, w->engine->steps[i].name);
        }
    }
    tern_json_end_array(j);
    tern_json_end_object(j);
    tern_json_key(j, "weights");
    tern_json_begin_array(j);
    for (uint32_t i = 0; i < p->blob_count; i++) {
        tern_json_begin_object(j);
        tern_json_key(j, "at");
        tern_json_uint(j, p->blobs[i].at);
        tern_json_key(j, "bytes");
        tern_json_uint(j, p->blobs[i].size);
        tern_json_key(j, "hash");
        char hash[24];
        tern_text text;
        tern_text_init_fixed(&text, hash, sizeof hash);
        tern_text_add(&text, "%016llx", (unsigned long long)p->blobs[i].hash);
        tern_json_string(j, hash);
        tern_json_end_object(j);
    }
    tern_json_end_array(j);
}

/* Is the stored report one JSON object, as far as brackets and strings tell?  A plan may come
 * from anywhere. */
static bool is_object(const char *at, size_t size)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < size; i++) {
        if (in_string) {
            in_string = at[i] != '"';
            i += at[i] == '\\' ? 1 : 0;
            continue;
        }
        in_string = at[i] == '"';
        depth += at[i] == '{' || at[i] == '[' ? 1 : at[i] == '}' || at[i] == ']' ? -1 : 0;
        if ((i == 0 && at[i] != '{') || depth < 0 || (depth == 0 && i + 1 < size)) {
            return false;
        }
    }
    return size > 0 && depth == 0 && !in_string;
}

static void json_report(const printer *w, tern_json *j)
{
    const tern_plan *p = &w->engine->plan;
    size_t size = p->report_size;
    while (size > 0 && (p->report[size - 1] == '\n' || p->report[size - 1] == ' ' ||
                        p->report[size - 1] == '\0')) {
        size--;
    }
    tern_json_key(j, "report");
    if (!is_object(p->report, size)) {
        tern_json_str(j, (tern_str){p->report, size});
        return;
    }
    tern_json_null(j);
    if (!w->out->is_cut && w->out->len >= 4) {
        w->out->len -= 4; /* the object instead of the null */
        tern_text_add_bytes(w->out, p->report, size);
    }
}

static void json_engine(const printer *w, tern_json *j)
{
    const tern_engine *e = w->engine;
    const tern_plan_header *h = &e->plan.header;
    tern_json_begin_object(j);
    tern_json_key(j, "name");
    tern_json_string(j, e->name);
    tern_json_key(j, "isa");
    tern_json_string(j, tern_isa_name((tern_isa)h->isa));
    tern_json_key(j, "built_isa");
    tern_json_uint(j, h->built_isa);
    tern_json_key(j, "program");
    tern_json_uint(j, e->plan.program);
    tern_json_key(j, "programs");
    tern_json_uint(j, e->plan.program_count);
    tern_json_key(j, "implicit_batch");
    tern_json_bool(j, tern_engine_is_implicit(e));
    tern_json_key(j, "max_batch");
    tern_json_int(j, tern_engine_is_implicit(e) ? h->max_batch : 1);
    tern_json_key(j, "threads");
    tern_json_int(j, h->threads);
    tern_json_key(j, "verbosity");
    tern_json_uint(j, h->verbosity);
    json_bindings(w, j);
    tern_json_key(j, "layers");
    tern_json_begin_array(j);
    for (uint32_t i = 0; i < e->plan.step_count; i++) {
        json_layer(w, j, i);
    }
    tern_json_end_array(j);
    json_memory(w, j);
    json_report(w, j);
    tern_json_end_object(j);
}

/* --- text --- */

static void text_tensors(const printer *w, uint32_t first, uint32_t count)
{
    const tern_plan *p = &w->engine->plan;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t index = p->indices[first + i];
        tern_text_add(w->out, "%s", i > 0 ? ", " : "");
        if (index == TERN_PLAN_NONE) {
            tern_text_add(w->out, "-");
            continue;
        }
        tern_text_add(w->out, "%%");
        tern_text_add_str(w->out, plan_text(p, p->values[index].name));
        tern_text_add(w->out, " ");
        add_type(w, &p->values[index], w->out);
    }
}

static void text_layer(const printer *w, uint32_t i)
{
    const tern_engine_step *step = &w->engine->steps[i];
    const tern_plan_step *r = step->record;
    tern_text_add(w->out, "%3u  %s \"%s\" ", i, step->op->name, step->name);
    add_attr(step, w->out);
    tern_text_add(w->out, "\n     tactic %s%s", step->tactic->name,
                  r->place == 0 ? "" : " on the host");
    if (step->epilogue != NULL) {
        tern_text_add(w->out, ", then ");
        add_epilogue(step->epilogue, w->out);
    }
    tern_text_add(w->out, "\n     ");
    text_tensors(w, r->x_first, r->x_count);
    tern_text_add(w->out, " -> ");
    text_tensors(w, r->y_first, r->y_count);
    const uint64_t packed =
        r->packed_blob != TERN_PLAN_NONE ? w->engine->plan.blobs[r->packed_blob].size : 0;
    tern_text_add(w->out, "\n     packed %llu bytes, scratch %llu bytes at %llu\n",
                  (unsigned long long)packed, (unsigned long long)r->scratch_bytes,
                  (unsigned long long)r->scratch_at);
}

static void text_memory(const printer *w)
{
    const tern_plan *p = &w->engine->plan;
    tern_text_add(w->out,
                  "\nmemory: plan %zu bytes, weights %zu, arena %llu, host %llu, one context %zu\n",
                  w->engine->bytes_size, p->weights_size, (unsigned long long)p->header.arena_bytes,
                  (unsigned long long)p->header.host_bytes, tern_context_bytes_of(w->engine));
    for (uint32_t i = 0; i < p->value_count; i++) {
        const tern_plan_value *v = &p->values[i];
        if (v->home == TERN_PLAN_HOME_ARENA) {
            tern_text_add(w->out, "  %10llu..%-10llu %%", (unsigned long long)v->at,
                          (unsigned long long)(v->at + v->bytes_max));
            tern_text_add_str(w->out, plan_text(p, v->name));
            tern_text_add(w->out, "\n");
        }
    }
    tern_text_add(w->out, "\nweights:\n");
    for (uint32_t i = 0; i < p->blob_count; i++) {
        tern_text_add(w->out, "  blob %-4u %10llu bytes at %-10llu %016llx\n", i,
                      (unsigned long long)p->blobs[i].size, (unsigned long long)p->blobs[i].at,
                      (unsigned long long)p->blobs[i].hash);
    }
}

static void text_engine(const printer *w)
{
    const tern_engine *e = w->engine;
    tern_text_add(w->out, "engine \"%s\": needs %s, runs as %s, threads %d, program %u of %u%s\n\n",
                  e->name, tern_isa_name((tern_isa)e->plan.header.isa), tern_isa_name(e->isa),
                  (int)e->plan.header.threads, e->plan.program, e->plan.program_count,
                  tern_engine_is_implicit(e) ? ", implicit batch" : "");
    for (uint32_t i = 0; i < e->plan.binding_count; i++) {
        const tern_engine_tensor *t = &e->bindings[i];
        tern_text_add(w->out, "%s %s\"%s\" ", t->record->is_input != 0 ? "input " : "output",
                      t->record->is_shape != 0 ? "(shape) " : "", t->name);
        add_type(w, t->value, w->out);
        tern_text_add(w->out, "\n");
    }
    tern_text_add(w->out, "\nlayers:\n");
    for (uint32_t i = 0; i < e->plan.step_count; i++) {
        text_layer(w, i);
    }
    text_memory(w);
    if (e->plan.report_size > 0) {
        tern_text_add(w->out, "\nreport of the build:\n");
        tern_text_add_bytes(w->out, e->plan.report, e->plan.report_size);
        tern_text_add(w->out, "\n");
    }
}

/* --- entries --- */

void tern_print_engine(const tern_engine *engine, tern_format format, tern_text *out)
{
    printer w;
    printer_init(&w, engine, out);
    if (format == TERN_FORMAT_JSON && !out->is_cut) {
        tern_json json;
        tern_json_init(&json, out, 2);
        json_engine(&w, &json);
    } else if (!out->is_cut) {
        text_engine(&w);
    }
    tern_arena_destroy(&w.arena);
}

void tern_print_layer(const tern_engine *engine, uint32_t layer, tern_format format, tern_text *out)
{
    printer w;
    printer_init(&w, engine, out);
    if (format == TERN_FORMAT_JSON && !out->is_cut) {
        tern_json json;
        tern_json_init(&json, out, 2);
        json_layer(&w, &json, layer);
    } else if (!out->is_cut) {
        text_layer(&w, layer);
    }
    tern_arena_destroy(&w.arena);
}
