/* SPDX-License-Identifier: Apache-2.0 */
/* One row per mistake with the layers of a network: what the sentence has to say.  After each the
   network is put right again and builds. */
#include <stdio.h>
#include <stdlib.h>

#include "rig.h"

static const float zeros[4096];

/* inputs: types, separated by spaces; weights: "kernel:18 bias:2" */
static const struct {
    const char *name, *op, *attributes, *inputs, *weights;
    tern_status status;
    const char *says;
} mistakes[] = {
    {"conv_without_kernel", "conv", "{out_channels=2, kernel=[3,3]}", "f32[1,1,8,8]", "", 0,
     "kernel"},
    {"conv_with_too_few_weights", "conv", "{out_channels=2, kernel=[3,3]}", "f32[1,1,8,8]",
     "kernel:17", TERN_BAD_SHAPE, "17"},
    {"conv_with_too_many_weights", "conv", "{out_channels=2, kernel=[3,3]}", "f32[1,1,8,8]",
     "kernel:19", TERN_BAD_SHAPE, "18"},
    {"conv_with_a_wrong_bias", "conv", "{out_channels=2, kernel=[3,3]}", "f32[1,1,8,8]",
     "kernel:18 bias:3", TERN_BAD_SHAPE, "bias"},
    {"conv_with_a_kernel_that_is_too_large", "conv", "{out_channels=1, kernel=[9,9]}",
     "f32[1,1,8,8]", "kernel:81", TERN_BAD_SHAPE, "9"},
    {"conv_with_groups_that_do_not_divide", "conv", "{out_channels=2, kernel=[1,1], groups=2}",
     "f32[1,3,8,8]", "kernel:2", TERN_BAD_SHAPE, "3"},
    {"conv_on_rank_2", "conv", "{out_channels=2, kernel=[3,3]}", "f32[8,8]", "kernel:18",
     TERN_BAD_SHAPE, "rank"},
    {"conv_on_integers", "conv", "{out_channels=2, kernel=[3,3]}", "i32[1,1,8,8]", "kernel:18",
     TERN_UNSUPPORTED, "i32"},
    {"conv_with_kernel_and_stride_of_other_rank", "conv",
     "{out_channels=2, kernel=[3,3], stride=[1,1,1]}", "f32[1,1,8,8]", "kernel:18",
     TERN_INVALID_ARGUMENT, "stride"},
    {"deconv_with_too_few_weights", "deconv", "{out_channels=2, kernel=[3,3]}", "f32[1,1,8,8]",
     "kernel:17", TERN_BAD_SHAPE, "17"},
    {"fully_connected_with_wrong_weights", "fully_connected", "{out_channels=10}", "f32[1,2,4,4]",
     "kernel:100", TERN_BAD_SHAPE, "100"},
    {"pool_larger_than_its_input", "pool", "{kernel=[9,9]}", "f32[1,1,8,8]", "", TERN_BAD_SHAPE,
     "9"},
    {"add_of_shapes_that_do_not_broadcast", "add", NULL, "f32[2,3] f32[2,4]", "", TERN_BAD_SHAPE,
     "4"},
    {"add_of_other_ranks", "add", NULL, "f32[2,3] f32[3]", "", TERN_BAD_SHAPE, "rank"},
    {"add_of_other_types", "add", NULL, "f32[2,3] i32[2,3]", "", TERN_UNSUPPORTED, "i32"},
    {"and_of_floats", "and", NULL, "f32[2] f32[2]", "", TERN_UNSUPPORTED, "f32"},
    {"matmul_of_sizes_that_do_not_meet", "matmul", NULL, "f32[2,3] f32[4,5]", "", TERN_BAD_SHAPE,
     "3"},
    {"softmax_of_an_axis_outside", "softmax", "{axis=4}", "f32[2,3]", "", 0, "axis"},
    {"reduce_without_axes", "reduce", "{axes=0}", "f32[2,3]", "", 0, "ax"},
    {"reduce_of_axes_outside", "reduce", "{axes=8}", "f32[2,3]", "", 0, "ax"},
    {"topk_of_more_than_there_are", "topk", "{k=4, axes=2}", "f32[2,3]", "", TERN_BAD_SHAPE, "4"},
    {"concat_of_other_extents", "concat", "{axis=0}", "f32[2,3] f32[2,4]", "", TERN_BAD_SHAPE, "4"},
    {"concat_of_other_ranks", "concat", "{axis=0}", "f32[2,3] f32[2]", "", TERN_BAD_SHAPE, "rank"},
    {"gather_with_float_indices", "gather", NULL, "f32[2,3] f32[2]", "", TERN_UNSUPPORTED, "f32"},
    {"shuffle_to_another_volume", "shuffle", "{reshape=[7]}", "f32[2,3]", "", TERN_BAD_SHAPE, "7"},
    {"shuffle_with_two_unknown_extents", "shuffle", "{reshape=[-1,-1]}", "f32[2,3]", "", 0, "-1"},
    {"shuffle_with_no_permutation", "shuffle", "{first_transpose=[0,0]}", "f32[2,3]", "", 0,
     "transpose"},
    {"slice_outside", "slice", "{start=[0,2], size=[2,3], stride=[1,1]}", "f32[2,3]", "",
     TERN_BAD_SHAPE, "slice"},
    {"slice_of_another_rank", "slice", "{start=[0], size=[2], stride=[1]}", "f32[2,3]", "", 0,
     "1 entries, 2"},
    {"resize_to_another_rank", "resize", "{size=[4,4]}", "f32[1,1,4,4]", "", 0, "size"},
    {"lrn_without_a_window", "lrn", "{window=0}", "f32[1,4,2,2]", "", 0, "window"},
    {"select_without_a_condition", "select", NULL, "f32[2] f32[2] f32[2]", "", TERN_UNSUPPORTED,
     "bool"},
    {"prelu_with_slopes_that_do_not_broadcast", "prelu", NULL, "f32[2,3] f32[2,2]", "",
     TERN_BAD_SHAPE, "2"},
    {"scale_with_weights_that_do_not_fit", "scale", "{mode=channel}", "f32[1,3,2,2]", "scale:2",
     TERN_BAD_SHAPE, "2"},
    {"norm_over_no_axes", "norm", "{axes=0}", "f32[1,3,2,2] f32[1,3,1,1]", "", 0, "norm"},
    {"ragged_softmax_without_bounds", "ragged_softmax", NULL, "f32[2,3]", "", 0, "bounds"},
    {"pad_of_a_scalar", "pad", "{pre=[1,1], post=[1,1]}", "f32[]", "", 0, "pad"},
    {"volume_that_overflows", "matmul", NULL, "f32[1099511627776,1] f32[1,1099511627776]", "",
     TERN_BAD_SHAPE, ""},
};

static void set_weights(tern_layer *layer, const char *text)
{
    char name[32];
    int count = 0;
    int used = 0;
    for (; sscanf(text, " %31[a-z]:%d%n", name, &count, &used) == 2; text += used) {
        rig_weights(layer, name, zeros, count);
    }
}

/* What is wrong, behind a layer that is right and is an output too. */
TERN_TEST_ROWS(a_mistake_is_explained, mistakes)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_layer *fine = rig_layer(&r, "relu", NULL, rig_input(&r, "fine", "f32[2,2]"), NULL);
    rig_output(&r, tern_layer_output(fine, 0), "fine_output");
    tern_tensor *inputs[4] = {NULL};
    int32_t count = 0;
    for (const char *type = mistakes[row].inputs; type != NULL;) {
        char name[16];
        (void)snprintf(name, sizeof name, "operand%d", (int)count);
        inputs[count++] = rig_input(&r, name, type);
        type = strchr(type, ' ');
        type = type != NULL ? type + 1 : NULL;
    }
    tern_layer *layer = NULL;
    const tern_status added = tern_network_add_layer(
        r.network, mistakes[row].op, mistakes[row].attributes, inputs, count, &layer);
    if (added == TERN_OK) {
        REQUIRE_OK(tern_layer_set_name(layer, "culprit"));
        set_weights(layer, mistakes[row].weights);
        int32_t rank = 0;
        int64_t dims[TERN_MAX_RANK];
        tern_tensor *y = tern_layer_output(layer, 0);
        const tern_status asked = tern_tensor_shape(y, &rank, dims);
        CHECK_INT(rank, -1);
        CHECK_INT(r.error_count, 0); /* only the build sends it to the logger */
        REQUIRE_OK(tern_network_mark_output(r.network, y));
        const tern_status built = rig_build(&r);
        CHECK(built != TERN_OK);
        CHECK_INT(r.error_count, 1);
        CHECK_TEXT(r.last_error, tern_error_last()->text);
        if (built != TERN_BAD_SHAPE || asked != TERN_OK) {
            CHECK_INT(asked, built);
        }
        CHECK_CONTAINS(tern_error_last()->text, "\"culprit\"");
        CHECK_CONTAINS(tern_error_last()->text, mistakes[row].op);
        CHECK(r.plan == NULL);
        REQUIRE_OK(tern_network_unmark_output(r.network, y));
    } else {
        CHECK_CONTAINS(tern_error_last()->text, mistakes[row].op);
    }
    if (mistakes[row].status != TERN_OK) {
        CHECK_INT(tern_error_last()->status, mistakes[row].status);
    }
    CHECK_CONTAINS(tern_error_last()->text, mistakes[row].says);
    rig_close(&r);
}

/* The same objects go on after a mistake. */
TERN_TEST(a_network_builds_once_its_mistake_is_put_right)
{
    rig r;
    rig_open(&r, TERN_BATCH_IS_EXPLICIT);
    tern_tensor *x = rig_input(&r, "x", "f32[1,1,8,8]");
    tern_layer *conv = rig_layer(&r, "conv", "{out_channels=2, kernel=[3,3]}", x, NULL);
    tern_tensor *y = tern_layer_output(conv, 0);
    rig_output(&r, y, "y");
    rig_weights(conv, "kernel", zeros, 17);
    CHECK_ERROR(rig_build(&r), TERN_BAD_SHAPE, "17");
    rig_weights(conv, "kernel", zeros, 18);
    CHECK_OK(rig_build(&r));
    REQUIRE_OK(tern_layer_set_i64s(conv, "kernel", (int64_t[]){9, 9}, 2));
    CHECK_ERROR(rig_build(&r), TERN_BAD_SHAPE, "162");
    CHECK_ERROR(rig_build(&r), TERN_BAD_SHAPE, "162");
    REQUIRE_OK(tern_layer_set_i64s(conv, "kernel", (int64_t[]){3, 3}, 2));
    CHECK_OK(rig_build(&r));
    REQUIRE_OK(tern_tensor_set_shape(x, 2, (int64_t[]){8, 8}));
    CHECK_ERROR(rig_build(&r), TERN_BAD_SHAPE, "rank");
    REQUIRE_OK(tern_tensor_set_shape(x, 4, (int64_t[]){1, 1, 5, 5}));
    CHECK_OK(rig_build(&r));
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK];
    REQUIRE_OK(tern_tensor_shape(y, &rank, dims));
    CHECK_INT(dims[3], 3);
    rig_close(&r);
}
