/* SPDX-License-Identifier: Apache-2.0 */
/* Touches everything a model holds, so that a sanitizer sees what is out of place. */
#ifndef TERN_TESTS_IMPORT_WALK_H
#define TERN_TESTS_IMPORT_WALK_H

#include "import/onnx/model.h"

/* Reads every text, number and tensor; data that can not be had is passed over.  Returns a sum of
 * all bytes. */
uint64_t walk_model(const tern_onnx_model *model, tern_onnx_files *files, tern_arena *arena);

/* An exact copy of the bytes is read and, if it is a model, walked.  Returns read's status; OK with
 * a model and a failure without message end the test program. */
tern_status walk_bytes(tern_span bytes, tern_onnx_files *files);

#endif
