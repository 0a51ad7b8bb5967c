/* SPDX-License-Identifier: Apache-2.0
 *
 * One level of for_each_isa.h.
 */
#ifdef TERN_ISA_SCRATCH
static size_t NAME(scratch)(const tern_problem *p)
{
    return TERN_ISA_FN(scratch)(p, ISA);
}
#endif

#ifdef TERN_ISA_PACKS
static size_t NAME(packed_bytes)(const tern_problem *p)
{
    return TERN_ISA_FN(packed_bytes)(p, ISA);
}

static void NAME(pack)(const tern_problem *p, void *dst)
{
    TERN_ISA_FN(pack)(p, dst, ISA);
}
#endif

static tern_status NAME(run)(const tern_launch *l)
{
    return TERN_ISA_FN(run)(l, ISA);
}
