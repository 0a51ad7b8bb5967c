/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the attribute module share: typed access to the fields of a struct known by
 * its table.
 */
#ifndef TERN_OP_ATTR_INTERNAL_H
#define TERN_OP_ATTR_INTERNAL_H

#include "base/error.h"
#include "op/attr.h"

static inline void *tern_attr_at(const tern_attr_field *f, void *attr)
{
    return (unsigned char *)attr + f->offset;
}

static inline const void *tern_attr_const_at(const tern_attr_field *f, const void *attr)
{
    return (const unsigned char *)attr + f->offset;
}

static inline bool tern_attr_kind_is_float(tern_attr_kind kind)
{
    return kind == TERN_ATTR_KIND_F64 || kind == TERN_ATTR_KIND_FLOATS;
}

static inline bool tern_attr_kind_is_list(tern_attr_kind kind)
{
    return kind == TERN_ATTR_KIND_INTS || kind == TERN_ATTR_KIND_FLOATS;
}

/* The name of an enum's or type's value, or NULL when it has none. */
const char *tern_attr_value_name(const tern_attr_field *f, int64_t value);

/* The value called `name`; false when there is none. */
bool tern_attr_value_named(const tern_attr_field *f, tern_str name, int64_t *out_value);

#endif
