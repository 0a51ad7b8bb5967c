/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an ONNX model: refused with a message, or a model of which every text, number and
 * tensor can be read. */
#include "import/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)walk_bytes((tern_span){data, size}, NULL);
    return 0;
}
