/* SPDX-License-Identifier: Apache-2.0
 *
 * Attribute schemas.  An operator's attributes are one plain C struct and one field table; generic
 * code walks the table to set, get, print, parse, compare, encode into plans, decode from plans,
 * document, and rewrite for a batch axis.  No operator does any of these by hand.
 */
#ifndef TERN_OP_ATTR_H
#define TERN_OP_ATTR_H

#include "base/str.h"
#include "op/type.h"

#include <stddef.h>

/* A short list of integers: kernel extents, strides, a permutation. */
typedef struct tern_ints {
    int32_t count;
    int32_t reserved;
    int64_t v[TERN_MAX_RANK];
} tern_ints;

/* What a field holds (its C type), pinned: plans and caches store it. */
typedef enum tern_attr_kind {
    TERN_ATTR_KIND_I64 = 1,    /* int64_t */
    TERN_ATTR_KIND_F64 = 2,    /* double */
    TERN_ATTR_KIND_BOOL = 3,   /* int32_t, 0 or 1 */
    TERN_ATTR_KIND_ENUM = 4,   /* int32_t, one of .names */
    TERN_ATTR_KIND_INTS = 5,   /* tern_ints */
    TERN_ATTR_KIND_DTYPE = 6,  /* int32_t, tern_dtype or 0 */
    TERN_ATTR_KIND_MASK = 7,   /* uint32_t bit set of axes */
    TERN_ATTR_KIND_FLOATS = 8, /* tern_floats */
    TERN_ATTR_KIND_TEXT = 9    /* tern_chars */
} tern_attr_kind;

/* A short text: printable ASCII without quotes, ended by NUL; the bytes behind are zero. */
#define TERN_ATTR_TEXT_MAX 191
typedef struct tern_chars {
    char v[TERN_ATTR_TEXT_MAX + 1];
} tern_chars;

typedef struct tern_floats {
    int32_t count;
    int32_t reserved;
    double v[TERN_MAX_RANK];
} tern_floats;

/* What putting a batch axis in front of every operand does to the field (3 of the architecture's
 * rule on batches). */
typedef enum tern_batch_rule {
    TERN_BATCH_KEEP,    /* does not speak of axes, or counts from the back */
    TERN_BATCH_SHIFT,   /* axis number(s): non-negative ones + 1; a mask shifts left */
    TERN_BATCH_PREPEND, /* one entry per axis: .batch_value in front, unless it is empty */
    TERN_BATCH_PERMUTE  /* a permutation: entries + 1 and 0 in front, unless the list is empty */
} tern_batch_rule;

typedef struct tern_attr_name {
    const char *name;
    int32_t value; /* pinned: plans store it */
} tern_attr_name;

typedef struct tern_attr_field {
    const char *name;
    tern_attr_kind kind;
    size_t offset;
    /* Default of numbers, booleans, enums, and of each of `fallback_count` list entries. */
    double fallback;
    /* Default length of INTS and FLOATS; 0: empty, usually "as many as there are axes". */
    int32_t fallback_count;
    const tern_attr_name *names; /* of an ENUM, ends with a NULL name */
    const char *onnx;            /* the ONNX attribute, or NULL */
    tern_batch_rule batch;
    int64_t batch_value;
    int64_t low, high;   /* allowed range of each integer; both 0: any */
    const char *summary; /* for the documentation: a few words */
} tern_attr_field;

/*
 * Fields of a table read TERN_ATTR(conv_attr, stride, INTS, .onnx = "strides", .fallback = 1); a
 * table ends with TERN_ATTR_END.
 */
#define TERN_ATTR(type, field, kind_, ...)                                                         \
    {                                                                                              \
        .name = #field, .kind = TERN_ATTR_KIND_##kind_, .offset = offsetof(type, field),           \
        __VA_ARGS__                                                                                \
    }
#define TERN_ATTR_END                                                                              \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* A value on its way into or out of a field. */
typedef struct tern_attr_value {
    tern_attr_kind kind;
    int32_t count; /* of ints or floats; 1 for the single kinds */
    int64_t i[TERN_MAX_RANK];
    double f[TERN_MAX_RANK];
    const char *text; /* the name of an ENUM's value, or of a DTYPE; a TEXT, in the struct */
} tern_attr_value;

const tern_attr_field *tern_attr_find(const tern_attr_field *fields, const char *name,
                                      size_t length);

/* Fills a zeroed struct with the defaults. */
void tern_attr_defaults(const tern_attr_field *fields, void *attr);

/*
 * Sets a field.  Integers go into floating-point fields, one number into a list of one, names into
 * enums and types, a list of axes into a mask; anything else, a value out of the field's range or a
 * list that is too long is INVALID_ARGUMENT naming `who`.
 */
tern_status tern_attr_set(const tern_attr_field *field, void *attr, const tern_attr_value *value,
                          const char *who);
void tern_attr_get(const tern_attr_field *field, const void *attr, tern_attr_value *out_value);

bool tern_attr_equal(const tern_attr_field *fields, const void *a, const void *b);

/*
 * Text form, as in the text IR: `{stride=[2,2], pad_mode=same_upper, axes=[1,2]}`.  Printing leaves
 * out fields that have their default and prints nothing at all (not even braces) when all have;
 * floats print with 17 significant digits where needed, so parsing gives the same bits.  Parsing
 * fills defaults first and refuses unknown and repeated names.
 */
void tern_attr_print(tern_text *out, const tern_attr_field *fields, const void *attr);
/* A mask alone: `[1,2]`. */
void tern_attr_print_mask(tern_text *out, uint32_t mask);
tern_status tern_attr_parse(const tern_attr_field *fields, void *attr, const char **at,
                            const char *end, const char *who);

/*
 * Plan form: the fields in table order, little-endian: a count of fields, then per field its kind,
 * its name and its value.  The names make a plan readable without the table and let a newer
 * library add fields.  Decoding trusts nothing: ranges, enum values, lengths and kinds are
 * checked, fields that are missing get their default, unknown ones are BAD_MODEL.
 */
tern_status tern_attr_encode(tern_text *out, const tern_attr_field *fields, const void *attr);
tern_status tern_attr_decode(const tern_attr_field *fields, void *attr, const uint8_t *bytes,
                             size_t size, const char *who);

/* Rewrites the struct for operands that get a batch axis in front. */
tern_status tern_attr_batchify(const tern_attr_field *fields, void *attr, const char *who);

#endif
