/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts and numbers that programs were compiled with: they may grow at the end (option structs
   carry their size), and nothing may move.  The numbers are for 64-bit machines. */
#include "harness/harness.h"
#include "tern/tern.h"

#define SIZE(type, size)                                                                           \
    {                                                                                              \
#type, sizeof(type), (size)                                                                \
    }
#define AT(type, field, offset)                                                                    \
    {                                                                                              \
#type "." #field, offsetof(type, field), (offset)                                          \
    }
#define IS(name, value)                                                                            \
    {                                                                                              \
#name, (size_t)(name), (value)                                                             \
    }

static const struct {
    const char *name;
    size_t got, want;
} facts[] = {
    SIZE(tern_allocator, 16),
    AT(tern_allocator, self, 0),
    AT(tern_allocator, resize, 8),
    SIZE(tern_logger, 16),
    AT(tern_logger, self, 0),
    AT(tern_logger, write, 8),
    SIZE(tern_error, 1176),
    AT(tern_error, status, 0),
    AT(tern_error, text, 4),
    AT(tern_error, notes, 516),
    AT(tern_error, note_count, 1156),
    AT(tern_error, file, 1160),
    AT(tern_error, line, 1168),
    SIZE(tern_weights, 24),
    AT(tern_weights, dtype, 0),
    AT(tern_weights, data, 8),
    AT(tern_weights, count, 16),
    SIZE(tern_builder_options, 48),
    AT(tern_builder_options, struct_size, 0),
    AT(tern_builder_options, logger, 8),
    AT(tern_builder_options, allocator, 24),
    AT(tern_builder_options, max_threads, 40),
    SIZE(tern_runtime_options, 48),
    AT(tern_runtime_options, struct_size, 0),
    AT(tern_runtime_options, logger, 8),
    AT(tern_runtime_options, allocator, 24),
    AT(tern_runtime_options, max_threads, 40),
    SIZE(tern_progress, 16),
    AT(tern_progress, step, 8),
    SIZE(tern_binding, 96),
    AT(tern_binding, name, 0),
    AT(tern_binding, dtype, 8),
    AT(tern_binding, rank, 12),
    AT(tern_binding, dims, 16),
    AT(tern_binding, is_input, 80),
    AT(tern_binding, is_shape, 84),
    AT(tern_binding, format, 88),
    SIZE(tern_profiler, 16),
    AT(tern_profiler, layer, 8),
    SIZE(tern_output_allocator, 24),
    AT(tern_output_allocator, reallocate, 8),
    AT(tern_output_allocator, shape, 16),
    SIZE(tern_sink, 16),
    AT(tern_sink, write, 8),
    SIZE(tern_stream, 8),
    SIZE(tern_event, 8),
    SIZE(tern_status, 4),
    SIZE(tern_dtype, 4),
    IS(TERN_MAX_RANK, 8),
    IS(TERN_OK, 0),
    IS(TERN_INVALID_ARGUMENT, 1),
    IS(TERN_UNSUPPORTED, 2),
    IS(TERN_BAD_MODEL, 3),
    IS(TERN_BAD_SHAPE, 4),
    IS(TERN_OUT_OF_MEMORY, 5),
    IS(TERN_DEVICE, 6),
    IS(TERN_IO, 7),
    IS(TERN_VERSION, 8),
    IS(TERN_CANCELLED, 9),
    IS(TERN_INTERNAL, 10),
    IS(TERN_DTYPE_F32, 1),
    IS(TERN_DTYPE_U8, 2),
    IS(TERN_DTYPE_I8, 3),
    IS(TERN_DTYPE_U16, 4),
    IS(TERN_DTYPE_I16, 5),
    IS(TERN_DTYPE_I32, 6),
    IS(TERN_DTYPE_I64, 7),
    IS(TERN_DTYPE_BOOL, 9),
    IS(TERN_DTYPE_F16, 10),
    IS(TERN_DTYPE_F64, 11),
    IS(TERN_DTYPE_U32, 12),
    IS(TERN_DTYPE_U64, 13),
    IS(TERN_DTYPE_BF16, 16),
    IS(TERN_BATCH_DECIDE_LATER, 0),
    IS(TERN_BATCH_IS_IMPLICIT, 1),
    IS(TERN_BATCH_IS_EXPLICIT, 2),
    IS(TERN_CONFIG_WORKSPACE, 1),
    IS(TERN_CONFIG_LEVEL, 2),
    IS(TERN_CONFIG_VERBOSITY, 3),
    IS(TERN_CONFIG_TIMING, 4),
    IS(TERN_CONFIG_REFITTABLE, 5),
    IS(TERN_CONFIG_ISA, 6),
    IS(TERN_CONFIG_AVERAGE, 7),
    IS(TERN_PROFILE_MIN, 0),
    IS(TERN_PROFILE_OPT, 1),
    IS(TERN_PROFILE_MAX, 2),
    IS(TERN_LOAD_COPY, 0),
    IS(TERN_LOAD_BORROW, 1),
    IS(TERN_FORMAT_TEXT, 0),
    IS(TERN_FORMAT_JSON, 1),
    IS(TERN_FORMAT_MARKDOWN, 2),
    IS(TERN_SEVERITY_INTERNAL_ERROR, 0),
    IS(TERN_SEVERITY_ERROR, 1),
    IS(TERN_SEVERITY_WARNING, 2),
    IS(TERN_SEVERITY_INFO, 3),
    IS(TERN_SEVERITY_DETAIL, 4),
};

TERN_TEST_ROWS(abi, facts)
{
    if (sizeof(void *) != 8) {
        SKIP("the numbers are for 64-bit machines");
    }
    CHECK_UINT(facts[row].got, facts[row].want);
}

TERN_TEST(abi_the_version_is_the_headers)
{
    char text[32];
    (void)tern_version();
    const int parts[] = {TERN_VERSION_MAJOR, TERN_VERSION_MINOR, TERN_VERSION_PATCH};
    size_t used = 0;
    for (size_t i = 0; i < TERN_COUNT_OF(parts); i++) {
        CHECK(parts[i] >= 0 && parts[i] < 10);
        text[used++] = (char)('0' + parts[i]);
        text[used++] = i < 2 ? '.' : '\0';
    }
    CHECK_TEXT(tern_version(), text);
}
