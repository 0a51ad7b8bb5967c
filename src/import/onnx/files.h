/* SPDX-License-Identifier: Apache-2.0
 *
 * External data, as tensor.c takes it; files are made and destroyed by model.h's calls.
 */
#ifndef TERN_IMPORT_ONNX_FILES_H
#define TERN_IMPORT_ONNX_FILES_H

#include "import/onnx/model.h"

/* The bytes of an external tensor, exactly `bytes`; files NULL: refused. */
tern_status tern_onnx_files_data(tern_onnx_files *files, const tern_onnx_tensor *tensor,
                                 size_t bytes, const char *who, tern_span *out_data);

#endif
