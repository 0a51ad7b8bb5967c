/* SPDX-License-Identifier: Apache-2.0
 *
 * All operators: the rows of ops.def and, after them, those of kernel/scalar.def.  A scalar row
 * that is called like an operator of ops.def (select, prelu, identity) is an opcode only: the
 * operator has its own folder.
 */
#include "op/registry.h"

#include <string.h>

#define TERN_OP(id, name, cpu, cuda) extern const tern_op tern_op_##name;
#include "op/ops.def"
#undef TERN_OP

static const tern_op *const rows[] = {
#define TERN_OP(id, name, cpu, cuda) &tern_op_##name,
#include "op/ops.def"
#undef TERN_OP
};

static bool has_own_folder(const char *name)
{
    for (size_t i = 0; i < TERN_COUNT_OF(rows); i++) {
        if (strcmp(rows[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static const tern_op *scalar_op(uint32_t id)
{
    if (id >= TERN_SCALAR_OP_COUNT || tern_scalar_ops[id].name == NULL ||
        has_own_folder(tern_scalar_ops[id].name)) {
        return NULL;
    }
    return &tern_scalar_ops[id];
}

/* Two rows with one id do not compile. */
const tern_op *tern_op_find(uint32_t id)
{
    switch (id) {
#define TERN_OP(id_, name, cpu, cuda)                                                              \
    case id_:                                                                                      \
        return &tern_op_##name;
#include "op/ops.def"
#undef TERN_OP
    default: return id < TERN_OP_SCALAR_BASE ? NULL : scalar_op(id - TERN_OP_SCALAR_BASE);
    }
}

const tern_op *tern_op_by_name(const char *name, size_t length)
{
    const tern_str wanted = {name, length};
    for (size_t i = 0; i < TERN_COUNT_OF(rows); i++) {
        if (tern_str_is(wanted, rows[i]->name)) {
            return rows[i];
        }
    }
    for (uint32_t id = 0; id < TERN_SCALAR_OP_COUNT; id++) {
        if (tern_scalar_ops[id].name != NULL && tern_str_is(wanted, tern_scalar_ops[id].name)) {
            return &tern_scalar_ops[id];
        }
    }
    return NULL;
}

uint32_t tern_op_id_of(const tern_op *op)
{
    if (op >= tern_scalar_ops && op < tern_scalar_ops + TERN_SCALAR_OP_COUNT) {
        return TERN_OP_SCALAR_BASE + (uint32_t)(op - tern_scalar_ops);
    }
#define TERN_OP(id, name, cpu, cuda)                                                               \
    if (op == &tern_op_##name) {                                                                   \
        return id;                                                                                 \
    }
#include "op/ops.def"
#undef TERN_OP
    return TERN_OP_NONE;
}

const tern_op *tern_op_at(size_t i)
{
    if (i < TERN_COUNT_OF(rows)) {
        return rows[i];
    }
    i -= TERN_COUNT_OF(rows);
    for (uint32_t id = 0; id < TERN_SCALAR_OP_COUNT; id++) {
        const tern_op *const op = scalar_op(id);
        if (op != NULL && i-- == 0) {
            return op;
        }
    }
    return NULL;
}
