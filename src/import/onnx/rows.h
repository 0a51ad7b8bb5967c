/* SPDX-License-Identifier: Apache-2.0
 *
 * Declares the translations that nodes.def names, for the files that define them.
 */
#ifndef TERN_IMPORT_ONNX_ROWS_H
#define TERN_IMPORT_ONNX_ROWS_H

#include "import/onnx/import.h"

#define TERN_ONNX(domain, op, since, function)                                                     \
    tern_status tern_onnx_do_##function(tern_onnx_call *c);
#include "import/onnx/nodes.def"
#undef TERN_ONNX

#endif
