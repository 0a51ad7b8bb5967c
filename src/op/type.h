/* SPDX-License-Identifier: Apache-2.0
 *
 * A tensor's type: element type, layout, and logical dims.  Plain data: compared, hashed and
 * copied with memcpy (unused dims are zero).  One function turns a type into bytes and strides.
 */
#ifndef TERN_OP_TYPE_H
#define TERN_OP_TYPE_H

#include "op/dim.h"
#include "op/dtype.h"

typedef enum tern_layout {
#define TERN_LAYOUT(name, id, text, rank, axis, block) TERN_LAYOUT_##name = id,
#include "op/layouts.def"
#undef TERN_LAYOUT
} tern_layout;

typedef struct tern_type {
    uint8_t dtype;  /* tern_dtype; 0: not inferred yet */
    uint8_t layout; /* tern_layout */
    uint8_t rank;   /* 0..TERN_MAX_RANK */
    uint8_t reserved[5];
    tern_dim dims[TERN_MAX_RANK];
} tern_type;

tern_type tern_type_make(tern_dtype dtype, int32_t rank, const tern_dim *dims);
bool tern_type_equal(const tern_type *a, const tern_type *b);
bool tern_type_is_static(const tern_type *t);

/* Elements of a type whose dims are all numbers; false on overflow or a negative extent. */
bool tern_type_volume(const tern_type *t, int64_t *out_count);

/* Bytes in memory, blocked lanes included; dims must be numbers.  False on overflow. */
bool tern_type_bytes(const tern_type *t, size_t *out_bytes);

/* Strides in elements of the logical axes (linear layouts; a blocked axis has the stride of its
 * blocks). */
void tern_type_strides(const tern_type *t, int64_t *out_strides);

/* The type with every expression replaced by its value. */
tern_type tern_type_resolve(const tern_type *t, const int64_t *dim_values);

/* Offset in elements of the element at `index` (one per axis), given tern_type_strides; blocked
 * lanes included. */
int64_t tern_type_offset(const tern_type *t, const int64_t *strides, const int64_t *index);

const char *tern_layout_name(int layout);            /* "linear"; "?" when unknown */
int tern_layout_by_name(const char *name, size_t n); /* -1 when unknown */

/* "f32[N,3,224,224]", with "@nchw16c" unless linear. */
void tern_type_print(tern_text *out, const tern_dim_table *dims, const tern_type *t);

#endif
