/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of each element type, read from include/tern/dtype.def, and conversion between
 * types through the widest type of a class.  No operator handles f16 or i8 itself: references
 * compute in a class's wide type, and the functions here convert with one correct rounding.
 */
#ifndef TERN_OP_DTYPE_H
#define TERN_OP_DTYPE_H

#include "base/minifloat.h"
#include "tern/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Arithmetic classes: what a reference computes in. */
typedef enum tern_class {
    TERN_CLASS_F, /* double */
    TERN_CLASS_I, /* int64_t, wraps around */
    TERN_CLASS_U, /* uint64_t, wraps around */
    TERN_CLASS_B, /* uint8_t, 0 or 1 */
    TERN_CLASS_COUNT
} tern_class;

typedef struct tern_dtype_info {
    const char *name;     /* "f32" */
    const char *numpy;    /* "float32" */
    const char *tensorrt; /* "FLOAT" */
    tern_class class_;
    uint32_t bits;
} tern_dtype_info;

/* NULL for a number that is no element type (from a file or a caller). */
const tern_dtype_info *tern_dtype_find(int dtype);

/* The type called `name` ("f32"); 0 when there is none. */
tern_dtype tern_dtype_by_name(const char *name, size_t length);

/* "f32", or "?" for a number that is no type. */
const char *tern_dtype_name(tern_dtype dtype);

/* Bytes of `count` elements; false on overflow or an unknown type.  Sub-byte types pack, low bits
 * first. */
bool tern_dtype_bytes(tern_dtype dtype, int64_t count, size_t *out_bytes);

/* Bytes of one element of class `c` in its wide type. */
size_t tern_class_bytes(tern_class c);

/* Types of fewer than 8 bits: elements to and from one byte each, as codes (no sign extension). */
void tern_unpack(tern_dtype dtype, const void *src, int64_t count, void *dst);
void tern_pack(tern_dtype dtype, const void *src, int64_t count, void *dst);

/*
 * Element by element, `count` of them, no aliasing; an array of a packed type begins at a byte.
 * `widen` goes to the wide type of the dtype's class exactly; `narrow` comes back with one rounding
 * to nearest even (floats; beyond the range infinity, else NaN, else the largest number),
 * wrap-around (integers), != 0 (bool).
 */
void tern_widen(tern_dtype dtype, const void *src, int64_t count, void *dst);
void tern_narrow(tern_dtype dtype, const void *src, int64_t count, void *dst);

/*
 * Value conversion between any two types, the meaning of the cast layer: float to integer
 * truncates towards zero and saturates for the signed types and for 0 of the unsigned ones, NaN
 * becomes 0; float to u8 wraps above 255 (as TensorRT's recorded results do); to bool is != 0;
 * integer to integer wraps around.  8-bit and smaller floats saturate; f8e8m0 rounds up.
 */
void tern_convert(tern_dtype from, const void *src, tern_dtype to, void *dst, int64_t count);

/* The same with a choice, as ONNX's Cast has it. */
typedef struct tern_convert_rules {
    bool saturate; /* floats of 8 bits: beyond the range the largest number; else infinity or NaN */
    bool wrap;     /* float to integer: the low bits of the number, where tern_convert saturates;
                    * what does not fit into 32 bits (64 for 64-bit types) and NaN: as x86 and so
                    * NumPy and ONNX Runtime have it, mostly the lowest number's bits */
    tern_e8m0_round e8m0_round;
} tern_convert_rules;

void tern_convert_by(const tern_convert_rules *rules, tern_dtype from, const void *src,
                     tern_dtype to, void *dst, int64_t count);

#endif
