/* SPDX-License-Identifier: Apache-2.0
 *
 * Tern: an inference engine.  This header includes all others; the plan-running half is runtime.h,
 * context.h, stream.h and inspect.h (libtern_runtime), the rest builds plans (libtern).
 */
#ifndef TERN_TERN_H
#define TERN_TERN_H

#include "tern/alloc.h"
#include "tern/base.h"
#include "tern/builder.h"
#include "tern/context.h"
#include "tern/error.h"
#include "tern/inspect.h"
#include "tern/log.h"
#include "tern/network.h"
#include "tern/onnx.h"
#include "tern/runtime.h"
#include "tern/stream.h"

#endif
