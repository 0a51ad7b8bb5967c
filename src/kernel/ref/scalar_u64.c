/* SPDX-License-Identifier: Apache-2.0 */
/* scalar_u64.c: the oracle of classes U and B. */
#include "../kernel.h"

#define T uint64_t
#define SUFFIX u64
#define FIELD u
#define IS_SIGNED 0
#include "../prelude_int.h"
#include "scalar_eval.h"
