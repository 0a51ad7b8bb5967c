/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of attention, rotary_embedding and linear_attention.
 */
#ifndef TERN_OP_ATTENTION_ATTENTION_H
#define TERN_OP_ATTENTION_ATTENTION_H

#include "op/op.h"

/* Which keys a query may see.  Pinned: plans store them. */
typedef enum tern_causal {
    TERN_CAUSAL_NONE = 0,
    TERN_CAUSAL_UPPER_LEFT = 1, /* query i: keys up to i + offset */
    TERN_CAUSAL_LOWER_RIGHT = 2 /* the last query: all keys, the one before it: all but the last */
} tern_causal;

/* What the second result holds.  Pinned: plans store them. */
typedef enum tern_attention_scores {
    TERN_ATTENTION_SCORES_NONE = 0, /* nothing: it has extent 0 */
    TERN_ATTENTION_SCORES_PRODUCT = 1,
    TERN_ATTENTION_SCORES_CAPPED = 2,
    TERN_ATTENTION_SCORES_MASKED = 3,
    TERN_ATTENTION_SCORES_SOFTMAX = 4
} tern_attention_scores;

/* What makes weights of scores.  Pinned: plans store them. */
typedef enum tern_attention_norm {
    TERN_ATTENTION_NORM_SOFTMAX = 0,
    TERN_ATTENTION_NORM_NONE = 1 /* scores are the weights; 0 for keys that are not seen */
} tern_attention_norm;

typedef struct tern_attention_attr {
    int64_t heads, kv_heads; /* of operands of rank 3, whose last axis holds heads side by side */
    int64_t offset;          /* of upper_left */
    int64_t window;          /* keys that a query sees at most, up to its own; 0: all */
    double scale;            /* 0: 1 / sqrt(head extent) */
    double softcap;          /* 0: none */
    int32_t causal;          /* tern_causal */
    int32_t scores;          /* tern_attention_scores */
    int32_t zero_empty;      /* a query that sees no key gives 0 instead of NaN */
    int32_t norm;            /* tern_attention_norm */
    int32_t quantize_to;     /* tern_dtype that weights are quantized to and back; 0: none */
    int32_t reserved;
} tern_attention_attr;

enum {
    TERN_ATTENTION_X_QUERY,
    TERN_ATTENTION_X_KEY,
    TERN_ATTENTION_X_VALUE,
    TERN_ATTENTION_X_MASK,
    TERN_ATTENTION_X_LENGTHS,
    TERN_ATTENTION_X_QUANTIZE_SCALE
};

typedef struct tern_rotary_attr {
    int64_t rotary_dim; /* 0: the whole head */
    int64_t heads;      /* of an input of rank 3 */
    int32_t interleaved;
    int32_t reserved;
} tern_rotary_attr;

/* Pinned: plans store them. */
typedef enum tern_linear_rule {
    TERN_LINEAR_PLAIN = 0,
    TERN_LINEAR_GATED = 1,
    TERN_LINEAR_DELTA = 2,
    TERN_LINEAR_GATED_DELTA = 3
} tern_linear_rule;

typedef struct tern_linear_attr {
    int64_t heads, kv_heads;
    double scale; /* 0: 1 / sqrt(head extent) */
    int32_t rule; /* tern_linear_rule */
    int32_t reserved;
} tern_linear_attr;

#endif
