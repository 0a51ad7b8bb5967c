/* SPDX-License-Identifier: Apache-2.0
 *
 * Scopes: what names stand for.  ONNX is in SSA form, so a name gets one value.
 */
#include "base/alloc.h"
#include "base/array.h"
#include "import/onnx/importer.h"

void tern_onnx_scope_open(tern_onnx_importer *m, tern_onnx_scope *scope, tern_onnx_scope *parent)
{
    *scope = (tern_onnx_scope){.parent = parent, .names = {.arena = m->arena}};
}

void tern_onnx_scope_close(tern_onnx_importer *m, tern_onnx_scope *scope)
{
    tern_array_free(m->graph->allocator, &scope->slots, &scope->slot_capacity,
                    sizeof *scope->slots);
    scope->slot_count = 0;
}

tern_status tern_onnx_define(tern_onnx_importer *m, tern_str name, const tern_onnx_slot *slot)
{
    tern_onnx_scope *s = m->scope;
    TERN_TRY(tern_array_grow(m->graph->allocator, &s->slots, &s->slot_capacity, s->slot_count + 1,
                             sizeof *s->slots));
    uint32_t *at = tern_name_map_put(&s->names, name);
    if (at == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    if (*at != 0) {
        return tern_fail(TERN_BAD_MODEL, "two nodes or inputs give the value \"%.*s\"",
                         (int)(name.len < 120 ? name.len : 120), name.at);
    }
    s->slots[s->slot_count++] = *slot;
    *at = (uint32_t)s->slot_count;
    return TERN_OK;
}

const tern_onnx_slot *tern_onnx_find(const tern_onnx_importer *m, tern_str name)
{
    for (const tern_onnx_scope *s = m->scope; s != NULL; s = s->parent) {
        const uint32_t *at = tern_name_map_find(&s->names, name);
        if (at != NULL && *at != 0) {
            return &s->slots[*at - 1];
        }
    }
    return NULL;
}

tern_status tern_onnx_claim_edge(tern_onnx_importer *m, tern_str name)
{
    uint32_t *at = tern_name_map_put(&m->edges, name);
    if (at == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    if (*at != 0) {
        return tern_fail(TERN_BAD_MODEL, "two inputs or outputs of the model are called \"%.*s\"",
                         (int)(name.len < 120 ? name.len : 120), name.at);
    }
    *at = 1;
    return TERN_OK;
}
