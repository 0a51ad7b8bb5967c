/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX models made by hand, for the tests of tern/onnx.h and of the command. */
#ifndef TERN_TESTS_NETWORK_MODELS_H
#define TERN_TESTS_NETWORK_MODELS_H

#include "harness/proto.h"

/* y = relu(x * w): x f32[2,3], nodes "times" and "cut", w = {1,-1,2}; external: w lies in w.bin. */
void model_small(proto *p, bool external);
/* y = relu(x) of f32[batch,3,h,w], z = mask + mask of f32[batch,1,h,h]. */
void model_varying(proto *p);
/* "fine" and "fine too" are taken, "first" (Nonsense) and node 2 (far:Other) are not. */
void model_broken(proto *p);

#endif
