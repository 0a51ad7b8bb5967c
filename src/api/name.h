/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that users give: checked in one place, copied into the network's memory.
 */
#ifndef TERN_API_NAME_H
#define TERN_API_NAME_H

#include "api/deliver.h"
#include "build/build.h"

/* NULL, or longer than TensorRT allows, is INVALID_ARGUMENT. */
tern_status tern_api_check_name(const char *call, const char *name);

tern_status tern_api_copy_name(tern_network *net, const char *name, tern_str *out_name);

#endif
