/* SPDX-License-Identifier: Apache-2.0 */
/* The library's version as text, made from the numbers of the public header. */
#include "tern/base.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *tern_version(void)
{
    return TEXT(TERN_VERSION_MAJOR) "." TEXT(TERN_VERSION_MINOR) "." TEXT(TERN_VERSION_PATCH);
}
