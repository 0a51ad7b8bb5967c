/* SPDX-License-Identifier: Apache-2.0 */
/* vec_ref.h: one float with the vector names that bodies shared with ref/ use; arithmetic comes
   from prelude_f32.h. */
#ifndef TERN_KERNEL_VEC_H
#define TERN_KERNEL_VEC_H

#include "kernel.h"

#define V_ISA ref
#define V_LANES 1

typedef float VF;
typedef int VT;

static inline VF v_set1(float x)
{
    return x;
}

static inline VF v_load(const float *p)
{
    return *p;
}

static inline void v_store(float *p, VF x)
{
    *p = x;
}

static inline VT v_tail(int64_t n)
{
    return n > 0;
}

static inline VF v_load_tail(const float *p, VT t)
{
    return t ? *p : 0.0f;
}

static inline void v_store_tail(float *p, VT t, VF x)
{
    if (t) {
        *p = x;
    }
}

#endif
