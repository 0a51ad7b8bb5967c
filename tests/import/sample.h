/* SPDX-License-Identifier: Apache-2.0 */
/* One model with every message of onnx.proto and every field that is read. */
#ifndef TERN_TESTS_IMPORT_SAMPLE_H
#define TERN_TESTS_IMPORT_SAMPLE_H

#include "harness/proto.h"

void sample_model(proto *p);

#endif
