/* SPDX-License-Identifier: Apache-2.0
 *
 * dropout: sets each element to 0 with probability `ratio` and scales the others by 1 / (1 -
 * ratio); what is true of it on every device.  Elements stay when operand `training` is false.  The
 * second result tells which stayed.
 *
 * Elements take their number in 0..1 from a Mersenne twister (Matsumoto and Nishimura, MT19937)
 * that starts at the seed anew in every run, so equal seeds give equal results.
 */
#include "op/message.h"
#include "op/op.h"

typedef struct dropout_attr {
    int64_t seed;
} dropout_attr;

static const tern_attr_field fields[] = {
    TERN_ATTR(dropout_attr, seed, I64, .onnx = "seed", .summary = "where the numbers start"),
    TERN_ATTR_END,
};

enum { X_INPUT, X_RATIO, X_TRAINING };

static tern_status infer(tern_infer *in)
{
    for (int32_t i = X_RATIO; i < in->x_count; i++) {
        int64_t count = 1;
        if (tern_infer_has(in, i) && (!tern_type_volume(&in->x[i], &count) || count != 1)) {
            char text[TERN_OPERAND_TEXT_BYTES];
            return tern_fail(TERN_BAD_SHAPE, "%s: %s must be one number", in->who,
                             tern_operand_text(in, i, text));
        }
    }
    in->y[0] = in->x[X_INPUT];
    in->y[1] = tern_type_make(TERN_DTYPE_BOOL, in->x[X_INPUT].rank, in->x[X_INPUT].dims);
    return TERN_OK;
}

enum { WORDS = 624, MIDDLE = 397 };

typedef struct twister {
    uint32_t words[WORDS];
    int32_t next;
} twister;

static void start(twister *t, uint64_t seed)
{
    t->next = WORDS;
    t->words[0] = (uint32_t)seed;
    for (uint32_t i = 1; i < WORDS; i++) {
        const uint32_t before = t->words[i - 1];
        t->words[i] = UINT32_C(1812433253) * (before ^ before >> 30) + i;
    }
}

static void turn(twister *t)
{
    for (int32_t i = 0; i < WORDS; i++) {
        const uint32_t joined = (t->words[i] & UINT32_C(0x80000000)) |
                                (t->words[(i + 1) % WORDS] & UINT32_C(0x7fffffff));
        t->words[i] = t->words[(i + MIDDLE) % WORDS] ^ joined >> 1 ^
                      ((joined & 1) != 0 ? UINT32_C(0x9908b0df) : 0);
    }
    t->next = 0;
}

static uint32_t word(twister *t)
{
    if (t->next == WORDS) {
        turn(t);
    }
    uint32_t v = t->words[t->next++];
    v ^= v >> 11;
    v ^= v << 7 & UINT32_C(0x9d2c5680);
    v ^= v << 15 & UINT32_C(0xefc60000);
    return v ^ v >> 18;
}

/* 53 bits in 0..1. */
static double number(twister *t)
{
    const double high = (double)(word(t) >> 5), low = (double)(word(t) >> 6);
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

static void reference(const tern_ref *r)
{
    const dropout_attr *a = r->attr;
    const double *x = r->x[X_INPUT], ratio = *(const double *)r->x[X_RATIO];
    const uint8_t *training = r->x_count > X_TRAINING ? r->x[X_TRAINING] : NULL;
    const bool drops = (training == NULL || *training != 0) && ratio > 0.0;
    const double scale = ratio < 1.0 ? 1.0 / (1.0 - ratio) : 0.0;
    double *y = r->y[0];
    uint8_t *mask = r->y[1];
    int64_t volume = 0;
    twister t;
    (void)tern_type_volume(&r->xt[X_INPUT], &volume);
    start(&t, (uint64_t)a->seed);
    for (int64_t i = 0; i < volume; i++) {
        mask[i] = !drops || number(&t) >= ratio;
        y[i] = !drops ? x[i] : mask[i] != 0 ? x[i] * scale : 0.0;
    }
}

static const char *const inputs[] = {"input", "ratio", "training", NULL};

const tern_op tern_op_dropout = {
    .name = "dropout",
    .summary = "sets elements to 0 at random and scales the others; which stayed",
    .types = "T, f64, bool? -> T, bool; T: f32 f16 bf16 f64",
    .arity = {.in_min = 2, .in_max = 3, .out = 2},
    .input_names = inputs,
    .attrs = fields,
    .attr_size = sizeof(dropout_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_F] = reference},
    .batchless_operands = 1u << X_RATIO | 1u << X_TRAINING,
};
