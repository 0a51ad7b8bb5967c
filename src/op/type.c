/* SPDX-License-Identifier: Apache-2.0
 *
 * Types: bytes, strides and text.  The layout rows give one axis that moves or is blocked;
 * everything else follows.
 */
#include "op/type.h"

#include "base/alloc.h"

#include <string.h>

typedef struct layout_info {
    const char *name;
    int rank_min, axis, block;
} layout_info;

static const layout_info layouts[] = {
#define TERN_LAYOUT(name_, id, text, rank_, axis_, block_)                                         \
    [id] = {.name = (text), .rank_min = (rank_), .axis = (axis_), .block = (block_)},
#include "op/layouts.def"
#undef TERN_LAYOUT
};

/* The row; a layout that does not exist, or does not fit the rank, counts as linear. */
static const layout_info *layout_of(const tern_type *t)
{
    if (t->layout >= TERN_COUNT_OF(layouts) || t->rank < layouts[t->layout].rank_min) {
        return &layouts[TERN_LAYOUT_LINEAR];
    }
    return &layouts[t->layout];
}

tern_type tern_type_make(tern_dtype dtype, int32_t rank, const tern_dim *dims)
{
    tern_type t;
    memset(&t, 0, sizeof t);
    t.dtype = (uint8_t)dtype;
    t.rank = (uint8_t)rank;
    if (rank > 0) {
        memcpy(t.dims, dims, (size_t)rank * sizeof *dims);
    }
    return t;
}

bool tern_type_equal(const tern_type *a, const tern_type *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool tern_type_is_static(const tern_type *t)
{
    for (int32_t i = 0; i < t->rank; i++) {
        if (!tern_dim_known(t->dims[i])) {
            return false;
        }
    }
    return true;
}

/* Product of extents with overflow checks; an extent of 0 makes 0 whatever the others are. */
static bool product(const int64_t *extents, int32_t count, int64_t *out_product)
{
    int64_t result = 1;
    bool overflow = false, has_zero = false;
    for (int32_t i = 0; i < count; i++) {
        if (extents[i] < 0) {
            return false;
        }
        has_zero = has_zero || extents[i] == 0;
        overflow = overflow || !tern_int64_mul(result, extents[i], &result);
    }
    *out_product = has_zero ? 0 : result;
    return has_zero || !overflow;
}

bool tern_type_volume(const tern_type *t, int64_t *out_count)
{
    return product(t->dims, t->rank, out_count);
}

bool tern_type_bytes(const tern_type *t, size_t *out_bytes)
{
    const layout_info *const layout = layout_of(t);
    int64_t extents[TERN_MAX_RANK];
    int64_t count;
    for (int32_t i = 0; i < t->rank; i++) {
        extents[i] = t->dims[i];
        if (i == layout->axis && layout->block > 0) {
            if (extents[i] > INT64_MAX - layout->block) {
                return false;
            }
            extents[i] = (extents[i] + layout->block - 1) / layout->block * layout->block;
        }
    }
    return product(extents, t->rank, &count) &&
           tern_dtype_bytes((tern_dtype)t->dtype, count, out_bytes);
}

void tern_type_strides(const tern_type *t, int64_t *out_strides)
{
    const layout_info *const layout = layout_of(t);
    int64_t step = 1;
    if (layout->axis >= 0 && layout->block == 0) { /* the axis is innermost */
        out_strides[layout->axis] = 1;
        step = t->dims[layout->axis];
    } else if (layout->block > 0) {
        step = layout->block;
    }
    for (int32_t i = t->rank - 1; i >= 0; i--) {
        int64_t extent = t->dims[i];
        if (i == layout->axis && layout->block == 0) {
            continue;
        }
        if (i == layout->axis) {
            extent = (extent + layout->block - 1) / layout->block;
        }
        out_strides[i] = step;
        step *= extent;
    }
}

int64_t tern_type_offset(const tern_type *t, const int64_t *strides, const int64_t *index)
{
    const layout_info *const layout = layout_of(t);
    int64_t at = 0;
    for (int32_t i = 0; i < t->rank; i++) {
        if (i == layout->axis && layout->block > 0) {
            at += index[i] / layout->block * strides[i] + index[i] % layout->block;
        } else {
            at += index[i] * strides[i];
        }
    }
    return at;
}

tern_type tern_type_resolve(const tern_type *t, const int64_t *dim_values)
{
    tern_type resolved = *t;
    for (int32_t i = 0; i < t->rank; i++) {
        resolved.dims[i] = tern_dim_value(t->dims[i], dim_values);
    }
    return resolved;
}

const char *tern_layout_name(int layout)
{
    if (layout < 0 || (size_t)layout >= TERN_COUNT_OF(layouts)) {
        return "?";
    }
    return layouts[layout].name;
}

int tern_layout_by_name(const char *name, size_t n)
{
    for (size_t i = 0; i < TERN_COUNT_OF(layouts); i++) {
        if (strlen(layouts[i].name) == n && memcmp(layouts[i].name, name, n) == 0) {
            return (int)i;
        }
    }
    return -1;
}

void tern_type_print(tern_text *out, const tern_dim_table *dims, const tern_type *t)
{
    tern_text_add(out, "%s", tern_dtype_name((tern_dtype)t->dtype));
    tern_dims_print(out, dims, t->dims, t->rank);
    if (t->layout != TERN_LAYOUT_LINEAR) {
        tern_text_add(out, "@%s", tern_layout_name(t->layout));
    }
}
