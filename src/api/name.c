/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that users give.
 */
#include "api/name.h"

#define NAME_LIMIT 4096 /* bytes, as TensorRT has it */

tern_status tern_api_check_name(const char *call, const char *name)
{
    if (name == NULL) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: name is NULL", call);
    }
    if (strlen(name) > NAME_LIMIT) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: the name has %zu bytes, at most %d are allowed", call, strlen(name),
                         NAME_LIMIT);
    }
    return TERN_OK;
}

tern_status tern_api_copy_name(tern_network *net, const char *name, tern_str *out)
{
    const char *copy = tern_arena_strdup(&net->graph->arena, name);
    if (copy == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    *out = tern_str_of(copy);
    return TERN_OK;
}
