/* SPDX-License-Identifier: Apache-2.0
 *
 * Compiles one body once per arithmetic class.  The body is a header of the operator's folder that
 * writes T for the element type, CLASS for the class (TERN_CLASS_F ...) and NAME(f) for each
 * function it defines (f_F, f_I ...):
 *
 *     #define TERN_BODY "op/reduce/body.h"
 *     #define TERN_BODY_F
 *     #define TERN_BODY_I
 *     #include "op/for_each_class.h"
 *
 *     .reference = {[TERN_CLASS_F] = run_F, [TERN_CLASS_I] = run_I},
 *
 * The class switches TERN_BODY_F, _I, _U, _B and TERN_BODY itself are gone afterwards.  No include
 * guard: a file may use it for several bodies.
 */
#ifdef TERN_BODY_F
#define T double
#define CLASS TERN_CLASS_F
#define NAME(f) f##_F
#include TERN_BODY
#undef T
#undef CLASS
#undef NAME
#undef TERN_BODY_F
#endif

#ifdef TERN_BODY_I
#define T int64_t
#define CLASS TERN_CLASS_I
#define NAME(f) f##_I
#include TERN_BODY
#undef T
#undef CLASS
#undef NAME
#undef TERN_BODY_I
#endif

#ifdef TERN_BODY_U
#define T uint64_t
#define CLASS TERN_CLASS_U
#define NAME(f) f##_U
#include TERN_BODY
#undef T
#undef CLASS
#undef NAME
#undef TERN_BODY_U
#endif

#ifdef TERN_BODY_B
#define T uint8_t
#define CLASS TERN_CLASS_B
#define NAME(f) f##_B
#include TERN_BODY
#undef T
#undef CLASS
#undef NAME
#undef TERN_BODY_B
#endif

#undef TERN_BODY
