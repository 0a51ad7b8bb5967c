/* SPDX-License-Identifier: Apache-2.0 */
/* eltwise_f32_body.h: the tile interpreter. A row of the tile is cut into chunks that stay in L1;
   each instruction runs over a whole chunk, so the switch costs once per instruction and chunk,
   never per element. Included after a vec header and a prelude, with
     EXPAND_single(...), EXPAND_vector(...)  the argument if rows of that kind run here, else
     nothing OTHERWISE(opcode, s, dst, n)            what runs the rows that do not */

enum { CHUNK = 512 }; /* 2 KiB a slot: all sixteen fit in L1 */

static inline int64_t step(const tern_row_source *s)
{
    return s->is_splat ? 0 : V_LANES;
}

/* What an expression does not take is never read: it may be no memory at all. */
#define TERN_SCALAR(id, name, operands, attrs, result, classes, ulp, lanes, defaults, onnx, trt,   \
                    ...)                                                                           \
    EXPAND_##lanes(                                                                                \
        TERN_KERNEL_INLINE VF value_##name(VF x, VF y, VF z) {                                     \
            const VF s[3] = {x, y, z};                                                             \
            const VF a = s[(operands) % 3], b = s[((operands) + 1) % 3];                           \
            (void)a;                                                                               \
            (void)b;                                                                               \
            return __VA_ARGS__;                                                                    \
        } static void run_##name(const tern_row_source *s, float *dst, int64_t n) {                \
            enum { INPUTS = (operands) + (attrs) };                                                \
            const int64_t x_step = step(&s[0]);                                                    \
            const int64_t y_step = INPUTS > 1 ? step(&s[1]) : 0;                                   \
            const int64_t z_step = INPUTS > 2 ? step(&s[2]) : 0;                                   \
            const float *p = s[0].data;                                                            \
            const float *q = INPUTS > 1 ? s[1].data : p;                                           \
            const float *r = INPUTS > 2 ? s[2].data : p;                                           \
            for (; n >= V_LANES; n -= V_LANES) {                                                   \
                const VF x = v_load(p), y = INPUTS > 1 ? v_load(q) : x;                            \
                v_store(dst, value_##name(x, y, INPUTS > 2 ? v_load(r) : x));                      \
                p += x_step;                                                                       \
                q += y_step;                                                                       \
                r += z_step;                                                                       \
                dst += V_LANES;                                                                    \
            }                                                                                      \
            if (n > 0) {                                                                           \
                const VT t = v_tail(n);                                                            \
                const VF x = v_load_tail(p, t), y = INPUTS > 1 ? v_load_tail(q, t) : x;            \
                v_store_tail(dst, t, value_##name(x, y, INPUTS > 2 ? v_load_tail(r, t) : x));      \
            }                                                                                      \
        })
#include "scalar.def"

static void run(uint32_t opcode, const tern_row_source *s, float *dst, int64_t n)
{
#define TERN_SCALAR(id, name, operands, attrs, result, classes, ulp, lanes, ...)                   \
    EXPAND_##lanes(case (id) : run_##name(s, dst, n); return;)
    switch (opcode) {
#include "scalar.def"
    }
    OTHERWISE(opcode, s, dst, n);
}

static const float *at_row(const float *base, int64_t row, size_t stride_bytes)
{
    return (const float *)(const void *)((const char *)base + (size_t)row * stride_bytes);
}

static tern_row_source splat(float *room, float value)
{
    for (int i = 0; i < V_LANES; i++) {
        room[i] = value;
    }
    return (tern_row_source){room, true};
}

/* Operand i, for the chunk of row `row` that starts at `column`. */
static tern_row_source operand(const tern_expr *e, const tern_expr_tile *t, uint32_t i, int64_t row,
                               int64_t column, float *room)
{
    const tern_expr_operand *o = &t->operands[i];
    switch ((tern_broadcast)e->broadcast[i]) {
    case TERN_BROADCAST_FULL:
        return (tern_row_source){at_row(o->data, row, o->row_stride_bytes) + column, false};
    case TERN_BROADCAST_ROW: return (tern_row_source){o->data + column, false};
    case TERN_BROADCAST_COLUMN: return splat(room, *at_row(o->data, row, o->row_stride_bytes));
    case TERN_BROADCAST_SCALAR: break;
    }
    return splat(room, o->data[0]);
}

/* Only the last write of the accumulator goes to dst: an operand may be the same memory. */
static uint32_t last_write(const tern_expr *e)
{
    uint32_t last = TERN_EXPR_MAX_INSTRS;
    for (uint32_t i = 0; i < e->instr_count; i++) {
        last = e->instrs[i].dst == 0 ? i : last;
    }
    return last;
}

static void run_chunk(const tern_expr *e, tern_row_source *slots, float (*room)[CHUNK],
                      uint32_t last, float *dst, int64_t n)
{
    for (uint32_t i = 0; i < e->instr_count; i++) {
        const tern_expr_instr *in = &e->instrs[i];
        const tern_row_source s[3] = {slots[in->a], slots[in->b], slots[in->c]};
        float *out = i == last ? dst : room[in->dst];
        run(in->opcode, s, out, n);
        slots[in->dst] = (tern_row_source){out, false};
    }
    if (last == TERN_EXPR_MAX_INSTRS) {
        const tern_row_source s[3] = {slots[0], slots[0], slots[0]};
        run(TERN_SCALAR_identity, s, dst, n);
    }
}

static void run_tile(const tern_expr *e, const tern_expr_tile *t)
{
    _Alignas(64) float room[TERN_EXPR_SLOTS][CHUNK];
    tern_row_source slots[TERN_EXPR_SLOTS];
    const uint32_t last = last_write(e), first_operand = 1u + e->const_count;
    for (uint32_t i = 0; i < TERN_EXPR_SLOTS; i++) {
        const bool is_const = i >= 1 && i < first_operand;
        slots[i] = splat(room[i], is_const ? (float)e->constants[i - 1].f : 0.0f);
    }
    for (int64_t row = 0; row < t->rows; row++) {
        for (int64_t column = 0; column < t->columns; column += CHUNK) {
            const int64_t left = t->columns - column;
            for (uint32_t i = 0; i < e->operand_count; i++) {
                const uint32_t slot = first_operand + i;
                slots[slot] = operand(e, t, i, row, column, room[slot]);
            }
            slots[0].data = at_row(t->src, row, t->src_stride_bytes) + column;
            slots[0].is_splat = false;
            char *dst = (char *)t->dst + (size_t)row * t->dst_stride_bytes;
            run_chunk(e, slots, room, last, (float *)(void *)dst + column,
                      left < CHUNK ? left : CHUNK);
        }
    }
}
