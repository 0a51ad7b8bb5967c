/* SPDX-License-Identifier: Apache-2.0 */
/* Whole networks against plain loops in double written here: a LeNet, and random chains of layers,
   optimised in every way a user can choose. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "rig.h"

enum { MOST = 1 << 14 };

/* A tensor of the oracle: c x h x w doubles per image. */
typedef struct image {
    int64_t c, h, w;
    double at[MOST];
} image;

static image now, next;

static double *next_of(int64_t c, int64_t h, int64_t w)
{
    REQUIRE(c * h * w <= MOST);
    next.c = c;
    next.h = h;
    next.w = w;
    return next.at;
}

static void plain_conv(const float *kernel, const float *bias, int64_t out, int64_t size,
                       int64_t stride, int64_t pad)
{
    const int64_t h = (now.h + 2 * pad - size) / stride + 1;
    const int64_t w = (now.w + 2 * pad - size) / stride + 1;
    double *y = next_of(out, h, w);
    for (int64_t m = 0; m < out; m++) {
        for (int64_t i = 0; i < h * w; i++) {
            double sum = (double)bias[m];
            for (int64_t k = 0; k < now.c * size * size; k++) {
                const int64_t c = k / (size * size);
                const int64_t row = i / w * stride + k / size % size - pad;
                const int64_t column = i % w * stride + k % size - pad;
                if (row >= 0 && row < now.h && column >= 0 && column < now.w) {
                    sum += now.at[(c * now.h + row) * now.w + column] *
                           (double)kernel[m * now.c * size * size + k];
                }
            }
            y[m * h * w + i] = sum;
        }
    }
    now = next;
}

static void plain_pool(int64_t size, bool is_max)
{
    const int64_t h = now.h / size;
    const int64_t w = now.w / size;
    double *y = next_of(now.c, h, w);
    for (int64_t i = 0; i < now.c * h * w; i++) {
        double best = -INFINITY;
        double sum = 0;
        for (int64_t k = 0; k < size * size; k++) {
            const double x = now.at[(i / (h * w) * now.h + i / w % h * size + k / size) * now.w +
                                    i % w * size + k % size];
            best = x > best ? x : best;
            sum += x;
        }
        y[i] = is_max ? best : sum / (double)(size * size);
    }
    now = next;
}

static void plain_full(const float *kernel, const float *bias, int64_t out)
{
    const int64_t in = now.c * now.h * now.w;
    double *y = next_of(out, 1, 1);
    for (int64_t m = 0; m < out; m++) {
        y[m] = (double)bias[m];
        for (int64_t k = 0; k < in; k++) {
            y[m] += now.at[k] * (double)kernel[m * in + k];
        }
    }
    now = next;
}

/* --- the network that goes with it --- */

typedef struct both {
    rig r;
    tern_tensor *tip;
    float *data[64]; /* weights, until the build */
    int data_count;
} both;

static const float *new_weights(both *b, int64_t count)
{
    float *data = malloc((size_t)count * sizeof *data);
    REQUIRE(data != NULL && b->data_count < 64);
    rig_random(data, count);
    b->data[b->data_count++] = data;
    return data;
}

static tern_layer *append(both *b, const char *op, const char *attributes)
{
    tern_layer *layer = rig_layer(&b->r, op, attributes, b->tip, NULL);
    b->tip = tern_layer_output(layer, 0);
    return layer;
}

static void add_conv(both *b, int64_t out, int64_t size, int64_t stride, int64_t pad)
{
    char text[160];
    (void)snprintf(text, sizeof text,
                   "{out_channels=%d, kernel=[%d,%d], stride=[%d,%d], pre_pad=[%d,%d], "
                   "post_pad=[%d,%d]}",
                   (int)out, (int)size, (int)size, (int)stride, (int)stride, (int)pad, (int)pad,
                   (int)pad, (int)pad);
    const int64_t count = out * now.c * size * size;
    const float *kernel = new_weights(b, count);
    const float *bias = new_weights(b, out);
    tern_layer *layer = append(b, "conv", text);
    rig_weights(layer, "kernel", kernel, count);
    rig_weights(layer, "bias", bias, out);
    plain_conv(kernel, bias, out, size, stride, pad);
}

static void add_pool(both *b, int64_t size, bool is_max)
{
    char text[96];
    (void)snprintf(text, sizeof text, "{type=%s, kernel=[%d,%d], stride=[%d,%d]}",
                   is_max ? "max" : "average", (int)size, (int)size, (int)size, (int)size);
    (void)append(b, "pool", text);
    plain_pool(size, is_max);
}

static void add_full(both *b, int64_t out)
{
    char text[48];
    (void)snprintf(text, sizeof text, "{out_channels=%d}", (int)out);
    const int64_t count = out * now.c * now.h * now.w;
    const float *kernel = new_weights(b, count);
    const float *bias = new_weights(b, out);
    tern_layer *layer = append(b, "fully_connected", text);
    rig_weights(layer, "kernel", kernel, count);
    rig_weights(layer, "bias", bias, out);
    plain_full(kernel, bias, out);
}

static void add_unary(both *b, const char *op, double (*f)(double))
{
    (void)append(b, op, NULL);
    for (int64_t i = 0; i < now.c * now.h * now.w; i++) {
        now.at[i] = f(now.at[i]);
    }
}

static double relu(double x)
{
    return x > 0 ? x : 0;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* Scale per channel: what batch normalisation becomes. */
static void add_scale(both *b)
{
    const float *scale = new_weights(b, now.c);
    const float *shift = new_weights(b, now.c);
    tern_layer *layer = append(b, "scale", "{mode=channel}");
    rig_weights(layer, "scale", scale, now.c);
    rig_weights(layer, "shift", shift, now.c);
    const int64_t area = now.h * now.w;
    for (int64_t i = 0; i < now.c * area; i++) {
        now.at[i] = now.at[i] * (double)scale[i / area] + (double)shift[i / area];
    }
}

/* x + relu(x) */
static void add_residual(both *b)
{
    tern_layer *side = rig_layer(&b->r, "relu", NULL, b->tip, NULL);
    tern_layer *sum = rig_layer(&b->r, "add", NULL, tern_layer_output(side, 0), b->tip);
    b->tip = tern_layer_output(sum, 0);
    for (int64_t i = 0; i < now.c * now.h * now.w; i++) {
        now.at[i] += relu(now.at[i]);
    }
}

static const float *start(both *b, int64_t c, int64_t h, int64_t w)
{
    char type[64];
    b->data_count = 0;
    rig_open(&b->r, TERN_BATCH_IS_EXPLICIT);
    (void)snprintf(type, sizeof type, "f32[1,%d,%d,%d]", (int)c, (int)h, (int)w);
    b->tip = rig_input(&b->r, "x", type);
    const float *x = new_weights(b, c * h * w);
    now.c = c;
    now.h = h;
    now.w = w;
    for (int64_t i = 0; i < c * h * w; i++) {
        now.at[i] = (double)x[i];
    }
    return x;
}

/* Builds and runs under many options, and compares each time. */
static void finish(both *b, const float *x)
{
    static const struct {
        int64_t level, isa, workspace, threads;
    } ways[] = {{3, -1, INT64_MAX, 1}, {0, -1, INT64_MAX, 1}, {3, 0, INT64_MAX, 2},
                {5, 1, INT64_MAX, 1},  {3, -1, 0, 2},         {1, 1, 4096, 1}};
    const int64_t count = now.c * now.h * now.w;
    double largest = 1e-3;
    for (int64_t i = 0; i < count; i++) {
        largest = fabs(now.at[i]) > largest ? fabs(now.at[i]) : largest;
    }
    rig_output(&b->r, b->tip, "y");
    float *y = malloc((size_t)count * sizeof *y);
    REQUIRE(y != NULL);
    for (size_t i = 0; i < TERN_COUNT_OF(ways); i++) {
        REQUIRE_OK(tern_config_set(b->r.config, TERN_CONFIG_LEVEL, ways[i].level));
        REQUIRE_OK(tern_config_set(b->r.config, TERN_CONFIG_ISA, ways[i].isa));
        REQUIRE_OK(tern_config_set(b->r.config, TERN_CONFIG_WORKSPACE, ways[i].workspace));
        REQUIRE_OK(tern_builder_set_max_threads(b->r.builder, (int32_t)ways[i].threads));
        rig_load(&b->r);
        memset(y, 0xff, (size_t)count * sizeof *y);
        rig_run(&b->r, (const void *[]){x}, (void *[]){y});
        for (int64_t k = 0; k < count; k++) {
            CHECK_NEAR((double)y[k], now.at[k], 2e-5 * largest);
        }
    }
    free(y);
    rig_close(&b->r);
    for (int i = 0; i < b->data_count; i++) {
        free(b->data[i]);
    }
}

static both b;

TERN_TEST(lenet_gives_what_plain_loops_give)
{
    const float *x = start(&b, 1, 28, 28);
    add_conv(&b, 20, 5, 1, 0);
    add_pool(&b, 2, true);
    add_conv(&b, 50, 5, 1, 0);
    add_pool(&b, 2, true);
    add_full(&b, 500);
    add_unary(&b, "relu", relu);
    add_full(&b, 10);
    finish(&b, x);
}

TERN_TEST(random_chains_give_what_plain_loops_give)
{
    for (int round = 0; round < 30; round++) {
        const float *x = start(&b, tern_test_random_int(1, 5), tern_test_random_int(3, 14),
                               tern_test_random_int(3, 14));
        const int64_t layers = tern_test_random_int(1, 7);
        for (int64_t i = 0; i < layers; i++) {
            const int64_t room = now.h < now.w ? now.h : now.w;
            switch (tern_test_random_int(0, 7)) {
            case 0:
            case 1:
                add_conv(&b, tern_test_random_int(1, 9),
                         tern_test_random_int(1, room < 5 ? room : 5), tern_test_random_int(1, 2),
                         tern_test_random_int(0, 2));
                break;
            case 2: add_pool(&b, tern_test_random_int(1, room < 3 ? room : 3), true); break;
            case 3: add_pool(&b, tern_test_random_int(1, room < 3 ? room : 3), false); break;
            case 4: add_unary(&b, "relu", relu); break;
            case 5: add_unary(&b, "sigmoid", sigmoid); break;
            case 6: add_scale(&b); break;
            default: add_residual(&b); break;
            }
        }
        if (tern_test_random_int(0, 1)) {
            add_full(&b, tern_test_random_int(1, 12));
        }
        if (b.tip == tern_network_input(b.r.network, 0)) {
            add_unary(&b, "relu", relu);
        }
        finish(&b, x);
    }
}

/* One plan gives the same bits whatever the number of threads that show up and whatever the other
   rows of the batch hold. */
TERN_TEST(answers_do_not_depend_on_threads_or_neighbours)
{
    enum { BATCH = 6, IN = 3 * 20 * 20, OUT = 7 };
    static float x[BATCH * IN], saved[BATCH * IN], first[BATCH * OUT], y[BATCH * OUT];
    static float kernel1[16 * 27], bias1[16], kernel2[OUT * 16 * 81], bias2[OUT];
    rig r;
    rig_open(&r, TERN_BATCH_IS_IMPLICIT);
    REQUIRE_OK(tern_builder_set_max_batch(r.builder, BATCH));
    REQUIRE_OK(tern_builder_set_max_threads(r.builder, 4));
    rig_random(x, BATCH * IN);
    memcpy(saved, x, sizeof saved);
    rig_random(kernel1, 16 * 27);
    rig_random(kernel2, OUT * 16 * 81);
    tern_tensor *input = rig_input(&r, "x", "f32[3,20,20]");
    tern_layer *conv = rig_layer(&r, "conv", "{out_channels=16, kernel=[3,3]}", input, NULL);
    rig_weights(conv, "kernel", kernel1, 16 * 27);
    rig_weights(conv, "bias", bias1, 16);
    tern_layer *pool =
        rig_layer(&r, "pool", "{kernel=[2,2], stride=[2,2]}", tern_layer_output(conv, 0), NULL);
    tern_layer *full =
        rig_layer(&r, "fully_connected", "{out_channels=7}", tern_layer_output(pool, 0), NULL);
    rig_weights(full, "kernel", kernel2, OUT * 16 * 81);
    rig_weights(full, "bias", bias2, OUT);
    rig_output(&r, tern_layer_output(full, 0), "y");
    rig_load(&r);
    for (int32_t threads = 1; threads <= 4; threads++) {
        tern_context_destroy(r.context);
        tern_engine_destroy(r.engine);
        REQUIRE_OK(tern_runtime_set_max_threads(r.runtime, threads));
        REQUIRE_OK(tern_engine_load_memory(r.runtime, tern_memory_data(r.plan),
                                           tern_memory_size(r.plan), TERN_LOAD_COPY, &r.engine));
        REQUIRE_OK(tern_context_create(r.engine, &r.context));
        REQUIRE_OK(tern_context_set_batch(r.context, BATCH));
        rig_run(&r, (const void *[]){x}, (void *[]){threads == 1 ? first : y});
        if (threads > 1) {
            CHECK_BYTES(y, first, sizeof first);
        }
    }
    for (int n = 0; n < BATCH; n++) { /* other rows get other contents */
        rig_random(x, n * IN);
        rig_random(x + (n + 1) * IN, (BATCH - n - 1) * IN);
        float *const kept = x + n * IN;
        memcpy(kept, saved + n * IN, IN * sizeof *kept);
        rig_run(&r, (const void *[]){x}, (void *[]){y});
        CHECK_BYTES(y + n * OUT, first + n * OUT, OUT * sizeof *y);
    }
    rig_close(&r);
}
