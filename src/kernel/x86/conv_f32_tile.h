/* SPDX-License-Identifier: Apache-2.0 */
/* conv_f32_tile.h: a product tile that takes B from the image, included after vec_avx512.h with
     MR       rows: output channels (undefined again at the end)
     NV, NR   vectors and columns: output pixels
   Each vector is two masked loads; with 6 rows and more the multiply-adds still take longer than
   the loads, so nothing is gained by writing a panel first. */

#define JOIN_(m, n, isa) tern_conv_f32_##m##x##n##_##isa
#define JOIN(m, n, isa) JOIN_(m, n, isa)

void JOIN(MR, NR, V_ISA)(const tern_gemm_f32 *t, const tern_conv_layout *l)
{
    VF acc[1][MR][NV];
    TERN_KERNEL_UNROLL
    for (int i = 0; i < MR; i++) {
        TERN_KERNEL_UNROLL
        for (int j = 0; j < NV; j++) {
            acc[0][i][j] = v_zero();
        }
    }
    int64_t first[NV], second[NV];
    VT first_lanes[NV], second_lanes[NV];
    TERN_KERNEL_UNROLL
    for (int j = 0; j < NV; j++) {
        first[j] = l->from[j][0];
        second[j] = l->from[j][1];
        first_lanes[j] = (VT)l->lanes[j][0];
        second_lanes[j] = (VT)l->lanes[j][1];
    }
    const float *a = t->a;
    const char *channel = (const char *)t->b;
    for (int64_t c = 0; c < l->channels; c++, channel += l->channel_step) {
        const char *row = channel;
        for (int64_t r = 0; r < l->kernel_h; r++, row += l->row_step) {
            const char *tap = row;
            for (int64_t s = 0; s < l->kernel_w; s++, tap += l->column_step) {
                VF w[NV];
                TERN_KERNEL_UNROLL
                for (int j = 0; j < NV; j++) {
                    const float *p = (const float *)(const void *)(tap + first[j]);
                    const float *q = (const float *)(const void *)(tap + second[j]);
                    w[j] = v_load_more(v_load_tail(p, first_lanes[j]), q, second_lanes[j]);
                }
                TERN_KERNEL_UNROLL
                for (int i = 0; i < MR; i++) {
                    const VF x = v_set1(a[i]);
                    TERN_KERNEL_UNROLL
                    for (int j = 0; j < NV; j++) {
                        acc[0][i][j] = v_fma(x, w[j], acc[0][i][j]);
                    }
                }
                a += MR;
            }
        }
    }
#include "gemm_f32_finish.h"
}

#undef JOIN
#undef JOIN_
#undef MR
