/* SPDX-License-Identifier: Apache-2.0 */
/* What every other public header needs: attributes, version, status codes, element types.
   Both enums are read from tables (status.def, dtype.def), so a name and its number exist once. */
#ifndef TERN_BASE_H
#define TERN_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TERN_API __attribute__((visibility("default")))
#define TERN_NODISCARD __attribute__((warn_unused_result))
#else
#define TERN_API
#define TERN_NODISCARD
#endif

#define TERN_VERSION_MAJOR 0
#define TERN_VERSION_MINOR 1
#define TERN_VERSION_PATCH 0

/* Most dimensions a tensor may have. */
#define TERN_MAX_RANK 8

/* Most elements of a tensor whose values set shapes. */
#define TERN_MAX_SHAPE_VALUES 64

#ifdef __cplusplus
extern "C" {
#endif

/* How a call ended: TERN_OK, TERN_BAD_SHAPE, ...  Everything but TERN_OK comes with a sentence in
   tern_error_last(). */
typedef enum tern_status {
#define TERN_STATUS(NAME, value, text) TERN_##NAME = (value),
#include "tern/status.def"
#undef TERN_STATUS
} tern_status;

/* Element type of a tensor: TERN_DTYPE_F32, ...  The numbers are written into plans. */
typedef enum tern_dtype {
#define TERN_DTYPE(NAME, id, ...) TERN_DTYPE_##NAME = (id),
#include "tern/dtype.def"
#undef TERN_DTYPE
} tern_dtype;

/**
 * Tell the version of the library that is loaded, as "major.minor.patch".
 *
 * Memory:   the text is static.
 * Threads:  any.
 * Errors:   none.
 */
TERN_API const char *tern_version(void);

#ifdef __cplusplus
}
#endif

#endif
