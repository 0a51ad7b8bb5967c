/* SPDX-License-Identifier: Apache-2.0 */
/* conv_f32_32_avx512.c: convolution tiles of 32 pixels, straight from the image. */
#include "vec_avx512.h"

#include "../declare.h"

#define NV 2
#define NR 32
#define MR 1
#include "conv_f32_tile.h"
#define MR 2
#include "conv_f32_tile.h"
#define MR 3
#include "conv_f32_tile.h"
#define MR 4
#include "conv_f32_tile.h"
#define MR 5
#include "conv_f32_tile.h"
#define MR 6
#include "conv_f32_tile.h"
#define MR 7
#include "conv_f32_tile.h"
#define MR 8
#include "conv_f32_tile.h"
#define MR 9
#include "conv_f32_tile.h"
#define MR 10
#include "conv_f32_tile.h"
#define MR 11
#include "conv_f32_tile.h"
#define MR 12
#include "conv_f32_tile.h"
#define MR 13
#include "conv_f32_tile.h"
#define MR 14
#include "conv_f32_tile.h"
