/* SPDX-License-Identifier: Apache-2.0
 *
 * Every pass there is; what each is for is its `summary`, why it runs where it does stands in
 * pipeline.c.
 */
#ifndef TERN_PASS_LIST_H
#define TERN_PASS_LIST_H

#include "pass/pass.h"

extern const tern_pass tern_pass_verify;
extern const tern_pass tern_pass_batchify;
extern const tern_pass tern_pass_infer_shapes;
extern const tern_pass tern_pass_fix_extents;
extern const tern_pass tern_pass_fold_constants;
extern const tern_pass tern_pass_fold_control;
extern const tern_pass tern_pass_fold_identity;
extern const tern_pass tern_pass_merge_shuffles;
extern const tern_pass tern_pass_cse;
extern const tern_pass tern_pass_fold_scale;
extern const tern_pass tern_pass_fuse_epilogues;
extern const tern_pass tern_pass_fuse_eltwise;
extern const tern_pass tern_pass_assign_layouts;
extern const tern_pass tern_pass_place_values;
extern const tern_pass tern_pass_sweep;
extern const tern_pass tern_pass_compact;

/* tern_pass_run that also tells how many changes the pass made. */
tern_status tern_pass_run_counted(const tern_pass *pass, tern_graph *g,
                                  const tern_pass_options *options, int64_t *rewrites_left,
                                  int64_t *out_changes);

#endif
