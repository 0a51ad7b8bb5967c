/* SPDX-License-Identifier: Apache-2.0 */
/* vec_lane.h: the way out of vector code, for the few vectors with an argument that it is not made
   for. After a vec_<isa>.h and declare.h. */
#ifndef TERN_KERNEL_VEC_LANE_H
#define TERN_KERNEL_VEC_LANE_H

/* One opcode of one or two operands, lane by lane in ref. */
static VF v_by_lane(uint32_t opcode, VF x, VF y)
{
    float a[V_LANES], b[V_LANES];
    v_store(a, x);
    v_store(b, y);
    const tern_row_source s[3] = {{a, false}, {b, false}, {b, false}};
    tern_scalar_row_f32_ref(opcode, s, a, V_LANES);
    return v_load(a);
}

#endif
