/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of a file's CPU tactics, once per instruction set that this build has: run_avx512,
 * run_avx2, run_ref and so on, around functions of the file that take the level as their last
 * argument.
 *
 *     static tern_status run(const tern_launch *l, tern_isa isa)         always
 *     static size_t scratch(const tern_problem *p, tern_isa isa)         if TERN_ISA_SCRATCH
 *     static size_t packed_bytes(const tern_problem *p, tern_isa isa)    if TERN_ISA_PACKS
 *     static void pack(const tern_problem *p, void *dst, tern_isa isa)
 *
 *     #define TERN_ISA_PACKS
 *     #include "op/for_each_isa.h"
 *
 *     const tern_tactic tern_cpu_x[] = {
 *         TERN_BUILT_avx512({.name = "x_avx512", .isa = TERN_ISA_AVX512, .run = run_avx512},)
 *
 * A second set of functions in the same file: #define TERN_ISA_FN(f) stream_##f  takes stream_run
 * and makes stream_run_avx512.  All switches are gone afterwards.  No include guard.
 */
#ifndef TERN_ISA_FN
#define TERN_ISA_FN(f) f
#endif
#define TERN_ISA_PASTE(f, level) f##_##level
#define TERN_ISA_NAME(f, level) TERN_ISA_PASTE(f, level)

#define ISA TERN_ISA_REF
#define NAME(f) TERN_ISA_NAME(TERN_ISA_FN(f), ref)
#include "op/isa_body.h"
#undef ISA
#undef NAME

#if TERN_BUILT_avx2(1) + 0
#define ISA TERN_ISA_AVX2
#define NAME(f) TERN_ISA_NAME(TERN_ISA_FN(f), avx2)
#include "op/isa_body.h"
#undef ISA
#undef NAME
#endif

#if TERN_BUILT_avx512(1) + 0
#define ISA TERN_ISA_AVX512
#define NAME(f) TERN_ISA_NAME(TERN_ISA_FN(f), avx512)
#include "op/isa_body.h"
#undef ISA
#undef NAME
#endif

#undef TERN_ISA_SCRATCH
#undef TERN_ISA_PACKS
#undef TERN_ISA_FN
#undef TERN_ISA_PASTE
#undef TERN_ISA_NAME
