/* SPDX-License-Identifier: Apache-2.0 */
/* scalar_i64.c: the oracle of class I. */
#include "../kernel.h"

#define T int64_t
#define SUFFIX i64
#define FIELD i
#define IS_SIGNED 1
#include "../prelude_int.h"
#include "scalar_eval.h"
