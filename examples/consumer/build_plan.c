/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest program that builds: y = relu(x + 1) for two numbers, saved as a plan.
   ./build_plan FILE */
#include <tern/tern.h>

#include <stdio.h>
#include <stdlib.h>

static void check(tern_status status)
{
    if (status != TERN_OK) {
        fprintf(stderr, "build_plan: %s\n", tern_error_last()->text);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    const int64_t dims[] = {2};
    const float ones[] = {1, 1};
    const tern_weights weights = {TERN_DTYPE_F32, ones, 2};
    tern_builder *builder = NULL;
    tern_network *network = NULL;
    tern_tensor *inputs[2] = {NULL, NULL};
    tern_layer *layer = NULL;
    tern_memory *plan = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: build_plan FILE\n");
        return 2;
    }
    check(tern_builder_create(NULL, &builder));
    check(tern_network_create(builder, TERN_BATCH_IS_EXPLICIT, &network));
    check(tern_network_add_input(network, "x", TERN_DTYPE_F32, 1, dims, &inputs[0]));
    check(tern_network_add_constant(network, 1, dims, &weights, &layer));
    inputs[1] = tern_layer_output(layer, 0);
    check(tern_network_add_layer(network, "add", NULL, inputs, 2, &layer));
    inputs[0] = tern_layer_output(layer, 0);
    check(tern_network_add_layer(network, "relu", NULL, inputs, 1, &layer));
    check(tern_tensor_set_name(tern_layer_output(layer, 0), "y"));
    check(tern_network_mark_output(network, tern_layer_output(layer, 0)));

    check(tern_build(builder, network, NULL, &plan));
    check(tern_memory_save(plan, argv[1]));
    printf("%s: %zu bytes\n", argv[1], tern_memory_size(plan));

    tern_memory_destroy(plan);
    tern_network_destroy(network);
    tern_builder_destroy(builder);
    return 0;
}
