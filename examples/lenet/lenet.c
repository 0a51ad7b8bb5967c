/* SPDX-License-Identifier: Apache-2.0 */
/* LeNet in C: build it with the network API, save the plan, load it, classify digits in two
   contexts at once.  ./lenet lenet.safetensors digits.raw lenet.tern (README.md has the rest) */
#include <tern/tern.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIXELS = 28 * 28, CLASSES = 10, DIGITS = 1000, WEIGHTS = 431080, LANES = 2 };

/* One operator behind the other.  The file of weights has them in this order. */
static const struct {
    const char *op, *attributes;
    int64_t kernel_count, bias_count;
} layers[] = {
    {"conv", "{out_channels=20, kernel=[5,5]}", 20 * 25, 20},
    {"pool", "{type=max, kernel=[2,2], stride=[2,2]}", 0, 0},
    {"conv", "{out_channels=50, kernel=[5,5]}", 50 * 20 * 25, 50},
    {"pool", "{type=max, kernel=[2,2], stride=[2,2]}", 0, 0},
    {"fully_connected", "{out_channels=500}", 500 * 800, 500},
    {"relu", NULL, 0, 0},
    {"fully_connected", "{out_channels=10}", 10 * 500, 10},
};

static tern_engine *engine; /* one for all threads */
static float weights[WEIGHTS];
static unsigned char digits[DIGITS][PIXELS + 1]; /* the pixels, then the label */

typedef struct lane {
    int first, right_count; /* a thread's share is every LANES-th digit from `first` on */
    pthread_t thread;
} lane;

static void require(bool ok, const char *who, const char *what)
{
    if (!ok) {
        fprintf(stderr, "lenet: %s: %s\n", who, what);
        exit(1);
    }
}

static void check(tern_status status)
{
    require(status == TERN_OK, tern_status_text(status), tern_error_last()->text);
}

static void read_file(const char *path, size_t skip, void *to, size_t bytes)
{
    FILE *file = fopen(path, "rb");
    require(file != NULL && fseek(file, (long)skip, SEEK_SET) == 0, path, "cannot be opened");
    require(fread(to, bytes, 1, file) == 1, path, "is too short");
    fclose(file);
}

static void build_plan(const char *plan_path)
{
    tern_builder *builder = NULL;
    tern_network *network = NULL;
    check(tern_builder_create(NULL, &builder));
    check(tern_network_create(builder, TERN_BATCH_IS_IMPLICIT, &network));
    const int64_t dims[] = {1, 28, 28};
    tern_tensor *x = NULL;
    check(tern_network_add_input(network, "image", TERN_DTYPE_F32, 3, dims, &x));
    const float *next = weights;
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        tern_layer *layer = NULL;
        check(tern_network_add_layer(network, layers[i].op, layers[i].attributes, &x, 1, &layer));
        if (layers[i].kernel_count > 0) {
            const tern_weights kernel = {TERN_DTYPE_F32, next, layers[i].kernel_count};
            const tern_weights bias = {TERN_DTYPE_F32, next + kernel.count, layers[i].bias_count};
            check(tern_layer_set_weights(layer, "kernel", &kernel));
            check(tern_layer_set_weights(layer, "bias", &bias));
            next += kernel.count + bias.count;
        }
        x = tern_layer_output(layer, 0);
    }
    check(tern_tensor_set_name(x, "logits"));
    check(tern_network_mark_output(network, x));
    tern_memory *plan = NULL;
    check(tern_build(builder, network, NULL, &plan));
    check(tern_memory_save(plan, plan_path));
    tern_memory_destroy(plan);
    tern_network_destroy(network);
    tern_builder_destroy(builder);
}

/* What a thread does: context, stream and device memory of its own, one digit after the other. */
static void *classify(void *argument)
{
    lane *self = argument;
    float pixels[PIXELS], logits[CLASSES];
    void *image = NULL, *answer = NULL;
    tern_context *context = NULL;
    tern_stream stream = 0;
    check(tern_context_create(engine, &context));
    check(tern_stream_create(&stream));
    check(tern_device_alloc(sizeof pixels, &image));
    check(tern_device_alloc(sizeof logits, &answer));
    check(tern_context_bind(context, tern_engine_find_binding(engine, "image"), image));
    check(tern_context_bind(context, tern_engine_find_binding(engine, "logits"), answer));
    for (int row = self->first; row < DIGITS; row += LANES) {
        for (int i = 0; i < PIXELS; i++) {
            pixels[i] = (float)digits[row][i] / 255.0f;
        }
        check(tern_device_copy(image, pixels, sizeof pixels, stream));
        check(tern_context_enqueue(context, stream));
        check(tern_device_copy(logits, answer, sizeof logits, stream));
        check(tern_stream_synchronize(stream));
        int best = 0;
        for (int i = 1; i < CLASSES; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        self->right_count += best == digits[row][PIXELS];
    }
    tern_context_destroy(context);
    check(tern_stream_destroy(stream));
    check(tern_device_free(image));
    check(tern_device_free(answer));
    return NULL;
}

int main(int argc, char **argv)
{
    require(argc == 4, "usage", "lenet lenet.safetensors digits.raw lenet.tern");
    uint64_t text_bytes = 0; /* safetensors: a length, so much text, then the tensors */
    read_file(argv[1], 0, &text_bytes, 8);
    read_file(argv[1], 8 + text_bytes, weights, sizeof weights);
    read_file(argv[2], 0, digits, sizeof digits);
    build_plan(argv[3]);
    tern_runtime *runtime = NULL;
    check(tern_runtime_create(NULL, &runtime));
    check(tern_engine_load_file(runtime, argv[3], &engine));
    lane lanes[LANES];
    for (int i = 0; i < LANES; i++) {
        lanes[i] = (lane){.first = i};
        require(!pthread_create(&lanes[i].thread, NULL, classify, &lanes[i]), "lane", "no thread");
    }
    int right_count = 0;
    for (int i = 0; i < LANES; i++) {
        pthread_join(lanes[i].thread, NULL);
        right_count += lanes[i].right_count;
    }
    printf("accuracy=%.3f on %d unseen digits\n", (double)right_count / DIGITS, DIGITS);
    tern_engine_destroy(engine);
    tern_runtime_destroy(runtime);
    return right_count < 975;
}
