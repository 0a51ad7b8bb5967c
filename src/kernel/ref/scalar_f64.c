/* SPDX-License-Identifier: Apache-2.0 */
/* scalar_f64.c: the oracle of class F. */
#include "../kernel.h"
#include "../prelude_f64.h"

#define T double
#define SUFFIX f64
#define FIELD f
#include "scalar_eval.h"
