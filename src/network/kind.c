/* SPDX-License-Identifier: Apache-2.0
 *
 * What kind of layer an operator is to somebody who knows TensorRT: the rows of kinds.def.
 */
#include "network/network.h"

typedef struct kind {
    uint32_t op;
    const char *attribute, *text;
} kind;

static const kind kinds[] = {
#define TERN_KIND(op, attribute, text) {TERN_OP_##op, attribute, text},
#define TERN_FAMILY(family, text)
#include "network/kinds.def"
};

enum {
#define TERN_KIND(op, attribute, text)
#define TERN_FAMILY(family, text) FAMILY_##family,
#include "network/kinds.def"
};

static const char *const families[] = {
#define TERN_KIND(op, attribute, text)
#define TERN_FAMILY(family, text) [FAMILY_##family] = text,
#include "network/kinds.def"
};

/* clang-format off */
static const uint8_t family_of_scalar[] = {
#define FAMILY(family, member) FAMILY_##family
#define TERN_SCALAR(id, name, operands, attrs, result, classes, ulp, lanes, defaults, onnx, \
                    trt, ...) \
    [id] = FAMILY trt,
#include "kernel/scalar.def"
};
/* clang-format on */

static bool is_true(const tern_op *op, const void *attr, const char *name)
{
    const tern_attr_field *field =
        op->attrs != NULL ? tern_attr_find(op->attrs, name, strlen(name)) : NULL;
    tern_attr_value value = {.count = 0};
    if (field != NULL && attr != NULL) {
        tern_attr_get(field, attr, &value);
    }
    return value.i[0] != 0;
}

const char *tern_net_kind(const tern_op *op, const void *attr)
{
    const char *text = op->scalar != 0 ? families[family_of_scalar[op->scalar]] : NULL;
    const uint32_t id = tern_op_id_of(op);
    for (size_t i = 0; text == NULL && i < TERN_COUNT_OF(kinds); i++) {
        const bool fits = kinds[i].op == id &&
                          (kinds[i].attribute[0] == '\0' || is_true(op, attr, kinds[i].attribute));
        text = fits ? kinds[i].text : NULL;
    }
    return text != NULL ? text : op->name;
}
