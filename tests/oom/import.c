/* SPDX-License-Identifier: Apache-2.0 */
/* Out-of-memory sweeps over reading models and their data. */
#include "base/error.h"
#include "harness/harness.h"
#include "harness/oom.h"
#include "import/onnx/model.h"
#include "import/sample.h"

static tern_status read_everything(const proto *p, tern_arena *arena, tern_onnx_files *files)
{
    const tern_onnx_model *model = NULL;
    TERN_TRY(tern_onnx_read(proto_span(p), "sample", arena, &model));
    const tern_onnx_tensor *tensors = model->graph->initializers;
    for (int32_t i = 0; i < model->graph->initializer_count; i++) {
        tern_span data;
        int64_t count = 0;
        const tern_str *strings = NULL;
        TERN_TRY(tensors[i].dtype == TERN_ONNX_STRING
                     ? tern_onnx_tensor_strings(&tensors[i], arena, "w", &strings, &count)
                     : tern_onnx_tensor_data(&tensors[i], files, arena, "w", &data));
    }
    return TERN_OK;
}

static tern_status model_scenario(tern_allocator allocator, void *arg)
{
    tern_arena arena;
    tern_onnx_files *files = NULL;
    tern_arena_init(&arena, allocator);
    tern_status status = tern_onnx_files_create(allocator, tern_test_temporary("."), &files);
    if (status == TERN_OK) {
        status = read_everything(arg, &arena, files);
    }
    tern_onnx_files_destroy(files);
    tern_arena_destroy(&arena);
    return status;
}

TERN_TEST(oom_onnx_model)
{
    static const char zeros[8192];
    proto p = {0};
    sample_model(&p);
    /* what the sample's external tensor names */
    REQUIRE_OK(tern_file_write(tern_test_temporary("weights.bin"), zeros, sizeof zeros));
    CHECK(oom_sweep(model_scenario, &p) >= 6);
    proto_free(&p);
}
