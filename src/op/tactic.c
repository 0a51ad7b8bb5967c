/* SPDX-License-Identifier: Apache-2.0
 *
 * Which tactics an operator has on a device: its table when ops.def says there is one, then the
 * reference.
 */
#include "op/tactic.h"

#include "op/registry.h"

#define IF_0(...)
#define IF_1(...) __VA_ARGS__

#define TERN_OP(id, name, cpu, cuda) IF_##cpu(extern const tern_tactic tern_cpu_##name[];)
#include "op/ops.def"
#undef TERN_OP

/* Ends with a NULL name; NULL: there is none. */
static const tern_tactic *cpu_table(const tern_op *op)
{
    const uint32_t id = tern_op_id_of(op);
    if (id >= TERN_OP_SCALAR_BASE) {
        return tern_cpu_scalar;
    }
    switch (id) {
#define TERN_OP(id_, name, cpu, cuda)                                                              \
    case id_:                                                                                      \
        IF_##cpu(return tern_cpu_##name;) break;
#include "op/ops.def"
#undef TERN_OP
    default: break;
    }
    return NULL;
}

const tern_tactic *tern_tactic_at(const tern_op *op, tern_device_kind device, size_t i)
{
    if (device != TERN_DEVICE_KIND_CPU) {
        return NULL;
    }
    for (const tern_tactic *t = cpu_table(op); t != NULL && t->name != NULL; t++) {
        if (i-- == 0) {
            return t;
        }
    }
    return i == 0 ? &tern_tactic_reference : NULL;
}

const tern_tactic *tern_tactic_find(const tern_op *op, tern_device_kind device, const char *name,
                                    size_t length)
{
    const tern_str wanted = {name, length};
    for (size_t i = 0;; i++) {
        const tern_tactic *const t = tern_tactic_at(op, device, i);
        if (t == NULL || tern_str_is(wanted, t->name)) {
            return t;
        }
    }
}
