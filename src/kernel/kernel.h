/* SPDX-License-Identifier: Apache-2.0 */
/* kernel.h: everything a CPU microkernel may know. The module is freestanding: it includes this
   header, intrinsics headers and (in ref/) <math.h>; it never allocates, never detects the CPU and
   has no state.

   The contract, once for all kernels:
   - pointers need only element alignment unless a comment says otherwise, and are never NULL;
     a pointer that the flags of a call do not use is not read;
   - sizes and counts are in elements, strides in bytes; zero sizes are legal and write nothing;
   - nothing is read or written outside the extents described: tails are masked;
   - sources and destination may not overlap unless a comment says so. */
#ifndef TERN_KERNEL_KERNEL_H
#define TERN_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- instruction sets ---- */

/* X(row token, NAME, pinned value). Values are written into plans and caches. */
#define TERN_ISA_ROWS(X)                                                                           \
    X(ref, REF, 0)                                                                                 \
    X(avx2, AVX2, 1)                                                                               \
    X(avx512, AVX512, 2)                                                                           \
    X(avx512vnni, AVX512VNNI, 3)                                                                   \
    X(avx512bf16, AVX512BF16, 4)

/* avx2: AVX2, FMA, F16C, BMI2. avx512: F, BW, DQ, VL, CD. A machine is a mask of 1u << value. */
typedef enum tern_isa {
    TERN_ISA_REF = 0,
    TERN_ISA_AVX2 = 1,
    TERN_ISA_AVX512 = 2,
    TERN_ISA_AVX512VNNI = 3,
    TERN_ISA_AVX512BF16 = 4,
} tern_isa;

/* The row tokens of the .def tables as enum values. */
#define TERN_ISA_ref TERN_ISA_REF
#define TERN_ISA_avx2 TERN_ISA_AVX2
#define TERN_ISA_avx512 TERN_ISA_AVX512
#define TERN_ISA_avx512vnni TERN_ISA_AVX512VNNI
#define TERN_ISA_avx512bf16 TERN_ISA_AVX512BF16

/* TERN_BUILT_<isa>(x): x where the build has that level, nothing where the compiler could not build
   it. */
#define TERN_BUILT_ref(...) __VA_ARGS__
#ifndef TERN_BUILT_avx2
#define TERN_BUILT_avx2(...)
#endif
#ifndef TERN_BUILT_avx512
#define TERN_BUILT_avx512(...)
#endif
#ifndef TERN_BUILT_avx512vnni
#define TERN_BUILT_avx512vnni(...)
#endif
#ifndef TERN_BUILT_avx512bf16
#define TERN_BUILT_avx512bf16(...)
#endif

/* ---- attributes (GNU extensions live here and nowhere else in the module) ---- */

#if defined(__GNUC__)
#define TERN_KERNEL_INLINE static inline __attribute__((always_inline))
#define TERN_KERNEL_UNROLL _Pragma("GCC unroll 64")
#define TERN_KERNEL_PREFETCH(p) __builtin_prefetch((p), 0, 3)
#else
#define TERN_KERNEL_INLINE static inline
#define TERN_KERNEL_UNROLL
#define TERN_KERNEL_PREFETCH(p) ((void)(p))
#endif

/* ---- scalar expressions ---- */

/* Opcodes: the rows of scalar.def. */
typedef enum tern_scalar {
    TERN_SCALAR_NONE = 0,
#define TERN_SCALAR(id, name, ...) TERN_SCALAR_##name = (id),
#include "scalar.def"
} tern_scalar;

/* Operand classes, as bits. */
typedef enum tern_scalar_class {
    TERN_SCALAR_CLASS_F = 1, /* floats; computed in f32 by kernels, f64 by the oracle */
    TERN_SCALAR_CLASS_I = 2, /* signed integers, in int64 */
    TERN_SCALAR_CLASS_U = 4, /* unsigned integers, in uint64 */
    TERN_SCALAR_CLASS_B = 8, /* bool, in uint8 */
} tern_scalar_class;

/* What generic code needs of a scalar.def row at run time. */
typedef struct tern_scalar_info {
    const char *name;
    const char *body; /* the expression as text, in prelude names over x, y, z, a, b */
    uint8_t id;
    uint8_t operand_count;
    uint8_t attr_count;
    uint8_t classes;    /* bits of tern_scalar_class */
    bool is_bool;       /* the result is a bool, whatever the operands are */
    bool has_lanes;     /* the vector interpreters run it without falling back to ref */
    bool ulp_of_inputs; /* max_ulp counts ulps of the larger of result and operands */
    uint8_t max_ulp;    /* of the f32 kernels */
} tern_scalar_info;

/* NULL for an id that no row has. */
const tern_scalar_info *tern_scalar_find(uint32_t id);

enum { TERN_EXPR_MAX_INSTRS = 32, TERN_EXPR_SLOTS = 16 };

typedef enum tern_broadcast {
    TERN_BROADCAST_FULL = 0, /* one value per element of the tile */
    TERN_BROADCAST_ROW = 1,  /* one row of values, used for every row of the tile (bias along n) */
    TERN_BROADCAST_COLUMN = 2, /* one value per row of the tile (bias along m) */
    TERN_BROADCAST_SCALAR = 3, /* one value */
} tern_broadcast;

/* dst = opcode(a, b, c), all four slot numbers; what the opcode does not take is 0. */
typedef struct tern_expr_instr {
    uint8_t opcode;
    uint8_t dst, a, b, c;
} tern_expr_instr;

/* A constant in the class of the expression; bools are 0 or 1 in i. */
typedef union tern_expr_const {
    double f;
    int64_t i;
    uint64_t u;
} tern_expr_const;

/* An elementwise chain as data. Slots:
     0                        the accumulator: the element coming in, and the result going out
     1 .. C                   constants (C = const_count)
     C+1 .. C+P               operands (P = operand_count)
     the rest                 temporaries, written before they are read
   Instructions may write the accumulator and temporaries only. Plain data without padding: zero it
   first, then it can be copied, compared and hashed as bytes. */
typedef struct tern_expr {
    uint8_t instr_count;
    uint8_t const_count;
    uint8_t operand_count;
    uint8_t reserved[5];                /* zero */
    uint8_t broadcast[TERN_EXPR_SLOTS]; /* tern_broadcast of operand i, from 0 */
    tern_expr_const constants[TERN_EXPR_SLOTS];
    tern_expr_instr instrs[TERN_EXPR_MAX_INSTRS];
} tern_expr;

_Static_assert(sizeof(tern_expr) == 312, "tern_expr is stored in plans");

/* True when every opcode exists and takes operands of `kind`, every slot is in range, only writable
   slots are written and nothing is read before it is written. Kernels and oracles below require it.
   */
bool tern_expr_is_valid(const tern_expr *expr, tern_scalar_class kind);

/* The oracle: one element, operands[i] the value of operand i. Bool results are 1 and 0. */
double tern_expr_eval_f64(const tern_expr *expr, double acc, const double *operands);
int64_t tern_expr_eval_i64(const tern_expr *expr, int64_t acc, const int64_t *operands);
uint64_t tern_expr_eval_u64(const tern_expr *expr, uint64_t acc, const uint64_t *operands);

/* One opcode, its operands then its attributes in x, y, z. For class B use the u64 form. */
double tern_scalar_eval_f64(uint32_t opcode, double x, double y, double z);
int64_t tern_scalar_eval_i64(uint32_t opcode, int64_t x, int64_t y, int64_t z);
uint64_t tern_scalar_eval_u64(uint32_t opcode, uint64_t x, uint64_t y, uint64_t z);

#endif
