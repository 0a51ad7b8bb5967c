/* SPDX-License-Identifier: Apache-2.0 */
/* Intent: plans whose checksums are right and whose content is not.  A table of single lies,
   each with the sentence it gets, and a random mutator that makes checksums right again, so that
   everything behind them is reached: what is accepted by the reader goes on into the runtime,
   which must refuse it or run it without harm. */
#include "harness/harness.h"
#include "harness/plan_maker.h"
#include "plan/format.h"
#include "tern/runtime.h"

static plan_maker maker;

static void *section(void *bytes, uint32_t id)
{
    tern_plan_file_header *h = bytes;
    tern_plan_section *table = (tern_plan_section *)(void *)(h + 1);
    for (uint32_t i = 0; i < h->section_count; i++) {
        if (table[i].id == id) {
            return (uint8_t *)bytes + table[i].offset;
        }
    }
    return NULL;
}

static tern_plan_section *entry(void *bytes, uint32_t i)
{
    return (tern_plan_section *)(void *)((tern_plan_file_header *)bytes + 1) + i;
}

#define RECORD(type, ID) ((type *)section(bytes, TERN_PLAN_SECTION_##ID))

static void overlap(void *bytes)
{
    entry(bytes, 3)->offset = entry(bytes, 2)->offset;
}
static void outside(void *bytes)
{
    entry(bytes, 5)->size = UINT64_MAX;
}
static void far_offset(void *bytes)
{
    entry(bytes, 5)->offset = UINT64_MAX / 64 * 64;
}
static void odd_offset(void *bytes)
{
    entry(bytes, 5)->offset += 1;
}
static void missing(void *bytes)
{
    entry(bytes, 13)->id = 16;
    entry(bytes, 14)->id = 17;
    entry(bytes, 13)->flags = entry(bytes, 14)->flags = 0;
}
static void same_id(void *bytes)
{
    entry(bytes, 4)->id = entry(bytes, 3)->id;
}
static void other_name(void *bytes)
{
    memcpy(entry(bytes, 4)->name, "indexes\0", 8);
}
static void odd_size(void *bytes)
{
    entry(bytes, 2)->size -= 1;
}
static void padding(void *bytes)
{
    ((uint8_t *)bytes)[entry(bytes, 14)->offset - 1] = 1;
}
static void reserved(void *bytes)
{
    ((tern_plan_file_header *)bytes)->reserved[3] = 1;
}
static void many_values(void *bytes)
{
    RECORD(tern_plan_program_record, PROGRAMS)->tables[TERN_PLAN_TABLE_VALUES].count = UINT32_MAX;
}
static void far_first(void *bytes)
{
    RECORD(tern_plan_program_record, PROGRAMS)->tables[TERN_PLAN_TABLE_STEPS].first = UINT64_MAX;
}
static void many_inputs(void *bytes)
{
    RECORD(tern_plan_program_record, PROGRAMS)->header.input_count = 9;
}
static void many_profiles(void *bytes)
{
    RECORD(tern_plan_program_record, PROGRAMS)->header.profile_count = UINT32_MAX;
}
static void huge_arena(void *bytes)
{
    RECORD(tern_plan_program_record, PROGRAMS)->header.arena_bytes = UINT64_MAX;
}
static void negative_threads(void *bytes)
{
    RECORD(tern_plan_program_record, PROGRAMS)->header.threads = -1;
}
static void unknown_flags(void *bytes)
{
    RECORD(tern_plan_program_record, PROGRAMS)->header.flags = 64;
}
static void far_operand(void *bytes)
{
    RECORD(uint32_t, INDICES)[0] = 1000;
}
static void far_operand_of_nothing(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].x_first = 1;
    RECORD(uint32_t, INDICES)[0] = 1000;
}
static void absent_result(void *bytes)
{
    RECORD(uint32_t, INDICES)[2] = TERN_PLAN_NONE;
}
static void result_is_constant(void *bytes)
{
    RECORD(uint32_t, INDICES)[2] = 2;
}
static void result_is_input(void *bytes)
{
    RECORD(uint32_t, INDICES)[2] = 0;
}
static void far_arena(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].at = UINT64_MAX / 64 * 64;
}
static void odd_arena(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].at = 4;
}
static void high_rank(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].rank = 9;
}
static void negative_extent(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].dims[0] = -2;
}
static void extent_refers_to_nothing(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].dims[0] = TERN_PLAN_DIM_BASE + 5;
}
static void hidden_extent(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].dims[7] = 1;
}
static void strange_home(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].home = 7;
}
static void heap_without_leave(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].home = TERN_PLAN_HOME_HEAP;
    RECORD(tern_plan_program_record, PROGRAMS)->header.heap_count = 1;
}
static void many_blocks(void *bytes)
{
    tern_plan_header *h = &RECORD(tern_plan_program_record, PROGRAMS)->header;
    h->flags |= TERN_PLAN_FLAG_MAY_ALLOCATE;
    h->heap_count = UINT32_MAX;
}
static void far_block(void *bytes)
{
    tern_plan_header *h = &RECORD(tern_plan_program_record, PROGRAMS)->header;
    h->flags |= TERN_PLAN_FLAG_MAY_ALLOCATE;
    h->heap_count = 1;
    RECORD(tern_plan_value, VALUES)[3].home = TERN_PLAN_HOME_HEAP;
    RECORD(tern_plan_value, VALUES)[3].at = 1;
}
static void heap_scratch(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].scratch_bytes = TERN_PLAN_SCRATCH_HEAP;
}
static void jump_back(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[1].control = TERN_PLAN_CONTROL_JUMP;
    RECORD(tern_plan_step, STEPS)[1].target = 0;
}
static void jump_out(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].control = TERN_PLAN_CONTROL_JUMP;
    RECORD(tern_plan_step, STEPS)[0].target = 1000;
}
static void loop_without_end(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].control = TERN_PLAN_CONTROL_LOOP_BEGIN;
    RECORD(tern_plan_step, STEPS)[0].target = 1;
}
static void loop_without_begin(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[1].control = TERN_PLAN_CONTROL_LOOP_NEXT;
    RECORD(tern_plan_step, STEPS)[1].target = 0;
}
static void strange_control(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].control = 4;
}
static void target_of_nothing(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].target = 1;
}
static void far_blob(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[2].at = 7;
}
static void small_blob(void *bytes)
{
    RECORD(tern_plan_blob, BLOBS)[0].size = 8;
}
static void odd_blob(void *bytes)
{
    RECORD(tern_plan_blob, BLOBS)[0].at = 1;
}
static void wrapping_blob(void *bytes)
{
    RECORD(tern_plan_blob, BLOBS)[0].at = UINT64_MAX / 64 * 64;
}
static void far_binding(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[0].at = 2;
}
static void swapped_binding(void *bytes)
{
    RECORD(tern_plan_binding, BINDINGS)[0].value = 1;
}
static void nameless_binding(void *bytes)
{
    RECORD(tern_plan_binding, BINDINGS)[0].name.size = 0;
}
static void far_name(void *bytes)
{
    RECORD(tern_plan_binding, BINDINGS)[0].name.at = UINT32_MAX;
}
static void one_name(void *bytes)
{
    RECORD(tern_plan_binding, BINDINGS)[1].name = RECORD(tern_plan_binding, BINDINGS)[0].name;
}
static void nul_in_name(void *bytes)
{
    RECORD(char, STRINGS)[RECORD(tern_plan_binding, BINDINGS)[0].name.at] = '\0';
}
static void output_first(void *bytes)
{
    RECORD(tern_plan_binding, BINDINGS)[0].is_input = 0;
}
static void far_operands(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].x_first = UINT32_MAX;
}
static void many_operands(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].x_count = UINT32_MAX;
}
static void more_own_operands(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].own_count = 3;
}
static void no_results(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].y_count = 0;
}
static void far_attr(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].attr_at = UINT32_MAX;
}
static void far_tactic(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].tactic.size = UINT32_MAX;
}
static void far_epilogue(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].epilogue = 0;
}
static void far_packed(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].packed_blob = 12;
}
static void far_scratch(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].scratch_bytes = UINT64_MAX;
}
static void other_place(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].place = 2;
}
static void other_device(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].device = 0;
}
static void reversed_range(void *bytes)
{
    RECORD(tern_plan_range, RANGES)[0].min[0] = 9;
}
static void negative_range(void *bytes)
{
    RECORD(tern_plan_range, RANGES)[0].min[0] = -1;
}
static void far_range_values(void *bytes)
{
    RECORD(tern_plan_range, RANGES)[0].value_count = 5;
}
static void no_operand_bytes(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[2].home = TERN_PLAN_HOME_NONE;
}

/* Behind the reader: what only the runtime can know. */
static void unknown_operator(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].op = 9999;
}
static void other_operator(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].op = RECORD(tern_plan_step, STEPS)[1].op;
}
static void unknown_tactic(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].tactic = RECORD(tern_plan_step, STEPS)[0].name;
}
static void unknown_dtype(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].dtype = 99;
}
static void unknown_layout(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].layout = 99;
}
static void blocked_layout(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].layout = 1;
}
static void other_dtype(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].dtype = TERN_DTYPE_I32;
}
static void other_shape(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[3].dims[0] = 1;
}
static void larger_shape(void *bytes)
{
    for (int i = 0; i < 4; i++) {
        RECORD(tern_plan_value, VALUES)[i].dims[0] = 1000;
    }
}
static void overflowing_shape(void *bytes)
{
    for (int i = 0; i < 4; i++) {
        RECORD(tern_plan_value, VALUES)[i].dims[0] = INT64_MAX / 4;
    }
}
static void little_scratch(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].scratch_bytes = 8;
}
static void high_isa(void *bytes)
{
    RECORD(tern_plan_program_record, PROGRAMS)->header.isa = 77;
}
static void needs_cuda(void *bytes)
{
    RECORD(tern_plan_program_record, PROGRAMS)->header.devices = 4;
}
static void cuda_step(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[0].device = 2;
}
static void attributes_of_nothing(void *bytes)
{
    RECORD(tern_plan_step, STEPS)[1].attr_at = 0;
    RECORD(tern_plan_step, STEPS)[0].attr_size = 1;
}
static void needs_library(void *bytes)
{
    RECORD(tern_plan_program_record, PROGRAMS)->needs =
        RECORD(tern_plan_program_record, PROGRAMS)->name;
}

static const struct {
    const char *name;
    void (*change)(void *bytes);
    tern_status want;
    const char *says;
} lies[] = {
    {"overlap", overlap, TERN_BAD_MODEL, "overlaps another"},
    {"outside", outside, TERN_BAD_MODEL, "leaves the file"},
    {"far_offset", far_offset, TERN_BAD_MODEL, "leaves the file"},
    {"odd_offset", odd_offset, TERN_BAD_MODEL, "overlaps another or leaves"},
    {"missing", missing, TERN_BAD_MODEL, "is missing"},
    {"same_id", same_id, TERN_BAD_MODEL, "comes after section"},
    {"other_name", other_name, TERN_BAD_MODEL, "should be \"indices\""},
    {"odd_size", odd_size, TERN_BAD_MODEL, "its records have 96"},
    {"padding", padding, TERN_BAD_MODEL, "between sections"},
    {"reserved", reserved, TERN_BAD_MODEL, "reserved bytes"},
    {"many_values", many_values, TERN_BAD_MODEL, "takes 4294967295 records of \"values\""},
    {"far_first", far_first, TERN_BAD_MODEL, "of \"steps\""},
    {"many_inputs", many_inputs, TERN_BAD_MODEL, "9 inputs of 2 bindings"},
    {"many_profiles", many_profiles, TERN_BAD_MODEL, "4294967295 profiles"},
    {"huge_arena", huge_arena, TERN_BAD_MODEL, "arenas of"},
    {"negative_threads", negative_threads, TERN_BAD_MODEL, "-1 threads"},
    {"unknown_flags", unknown_flags, TERN_VERSION, "flags 0x40"},
    {"far_operand", far_operand, TERN_BAD_MODEL, "is value 1000 of 4"},
    {"far_operand_of_nothing", far_operand_of_nothing, TERN_BAD_MODEL, "entry 0 is value 1000"},
    {"absent_result", absent_result, TERN_BAD_MODEL, "result 0 of step 0"},
    {"result_is_constant", result_is_constant, TERN_BAD_MODEL, "is a constant or an input"},
    {"result_is_input", result_is_input, TERN_BAD_MODEL, "is a constant or an input"},
    {"far_arena", far_arena, TERN_BAD_MODEL, "has no such place"},
    {"odd_arena", odd_arena, TERN_BAD_MODEL, "has no such place"},
    {"high_rank", high_rank, TERN_BAD_MODEL, "type or name of value 3"},
    {"negative_extent", negative_extent, TERN_BAD_MODEL, "type or name of value 3"},
    {"extent_refers_to_nothing", extent_refers_to_nothing, TERN_BAD_MODEL,
     "type or name of value 3"},
    {"hidden_extent", hidden_extent, TERN_BAD_MODEL, "type or name of value 3"},
    {"strange_home", strange_home, TERN_BAD_MODEL, "has no such place"},
    {"heap_without_leave", heap_without_leave, TERN_BAD_MODEL, "1 growing blocks of"},
    {"many_blocks", many_blocks, TERN_BAD_MODEL, "growing blocks of"},
    {"far_block", far_block, TERN_BAD_MODEL, "has no such place"},
    {"heap_scratch", heap_scratch, TERN_BAD_MODEL, "leaves the arena"},
    {"jump_back", jump_back, TERN_BAD_MODEL, "leads nowhere"},
    {"jump_out", jump_out, TERN_BAD_MODEL, "leads nowhere"},
    {"loop_without_end", loop_without_end, TERN_BAD_MODEL, "leads nowhere"},
    {"loop_without_begin", loop_without_begin, TERN_BAD_MODEL, "leads nowhere"},
    {"strange_control", strange_control, TERN_BAD_MODEL, "leads nowhere"},
    {"target_of_nothing", target_of_nothing, TERN_BAD_MODEL, "leads nowhere"},
    {"far_blob", far_blob, TERN_BAD_MODEL, "has no such place"},
    {"small_blob", small_blob, TERN_BAD_MODEL, "has no such place"},
    {"odd_blob", odd_blob, TERN_BAD_MODEL, "not aligned"},
    {"wrapping_blob", wrapping_blob, TERN_BAD_MODEL, "outside the 24 bytes"},
    {"far_binding", far_binding, TERN_BAD_MODEL, "binding 0 is malformed"},
    {"swapped_binding", swapped_binding, TERN_BAD_MODEL, "binding 0 is malformed"},
    {"nameless_binding", nameless_binding, TERN_BAD_MODEL, "binding 0 is malformed"},
    {"far_name", far_name, TERN_BAD_MODEL, "binding 0 is malformed"},
    {"one_name", one_name, TERN_BAD_MODEL, "have one name"},
    {"nul_in_name", nul_in_name, TERN_BAD_MODEL, "binding 0 is malformed"},
    {"output_first", output_first, TERN_BAD_MODEL, "binding 0 is malformed"},
    {"far_operands", far_operands, TERN_BAD_MODEL, "leave the index list"},
    {"many_operands", many_operands, TERN_BAD_MODEL, "leave the index list"},
    {"more_own_operands", more_own_operands, TERN_BAD_MODEL, "leave the index list"},
    {"no_results", no_results, TERN_BAD_MODEL, "leave the index list"},
    {"far_attr", far_attr, TERN_BAD_MODEL, "attributes of step 0"},
    {"far_tactic", far_tactic, TERN_BAD_MODEL, "attributes of step 0"},
    {"far_epilogue", far_epilogue, TERN_BAD_MODEL, "epilogue that is not there"},
    {"far_packed", far_packed, TERN_BAD_MODEL, "packed weights"},
    {"far_scratch", far_scratch, TERN_BAD_MODEL, "leaves the arena"},
    {"other_place", other_place, TERN_BAD_MODEL, "place 2"},
    {"other_device", other_device, TERN_BAD_MODEL, "device 0"},
    {"reversed_range", reversed_range, TERN_BAD_MODEL, "not min <= opt <= max"},
    {"negative_range", negative_range, TERN_BAD_MODEL, "not min <= opt <= max"},
    {"far_range_values", far_range_values, TERN_BAD_MODEL, "not min <= opt <= max"},
    {"no_operand_bytes", no_operand_bytes, TERN_BAD_MODEL, "has no bytes"},
    {"unknown_operator", unknown_operator, TERN_VERSION, "operator 9999"},
    {"other_operator", other_operator, TERN_INVALID_ARGUMENT, "2 inputs given"},
    {"unknown_tactic", unknown_tactic, TERN_VERSION, "tactic \"add\" is not in this library"},
    {"unknown_dtype", unknown_dtype, TERN_VERSION, "type 99"},
    {"unknown_layout", unknown_layout, TERN_VERSION, "layout 99"},
    {"blocked_layout", blocked_layout, TERN_BAD_MODEL, ""},
    {"other_dtype", other_dtype, TERN_BAD_MODEL,
     "is i32[2,3] in the plan, the operator gives f32[2,3]"},
    {"other_shape", other_shape, TERN_BAD_MODEL,
     "is f32[1,3] in the plan, the operator gives f32[2,3]"},
    {"larger_shape", larger_shape, TERN_BAD_MODEL, "needs more than the 24 bytes"},
    {"overflowing_shape", overflowing_shape, TERN_BAD_MODEL, "needs more than the 24 bytes"},
    {"little_scratch", little_scratch, TERN_BAD_MODEL, "bytes of scratch, the plan has 8"},
    {"high_isa", high_isa, TERN_VERSION, "instruction-set level 77"},
    {"needs_cuda", needs_cuda, TERN_VERSION, "needs a CUDA device"},
    {"cuda_step", cuda_step, TERN_UNSUPPORTED, "runs on device 2"},
    {"attributes_of_nothing", attributes_of_nothing, TERN_BAD_MODEL, ""},
    {"needs_library", needs_library, TERN_VERSION, "needs \"relu_add\""},
};

static void quiet(void *self, tern_severity severity, const char *topic, const char *text)
{
    (void)self, (void)severity, (void)topic, (void)text;
}

static tern_status load(const void *bytes, size_t size, tern_engine **out_engine)
{
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    tern_runtime *runtime = NULL;
    options.logger.write = quiet;
    REQUIRE_OK(tern_runtime_create(&options, &runtime));
    const tern_status status =
        tern_engine_load_memory(runtime, bytes, size, TERN_LOAD_BORROW, out_engine);
    tern_runtime_destroy(runtime);
    return status;
}

TERN_TEST_ROWS(lies_with_right_checksums_are_refused, lies)
{
    size_t size = 0;
    maker_relu_add(&maker);
    void *bytes = maker_write(&maker, &size);
    lies[row].change(bytes);
    maker_fix(bytes, size);
    tern_engine *engine = NULL;
    CHECK_STATUS(load(bytes, size, &engine), lies[row].want);
    CHECK_CONTAINS(tern_error_last()->text, lies[row].says);
    CHECK(engine == NULL);
    tern_engine_destroy(engine);
    maker_free(bytes);
}

/* --- extents that depend on data --- */

static void data_number(void *bytes)
{
    RECORD(tern_plan_dim, DIMS)[1].b = 1;
}
static void data_bound_is_negative(void *bytes)
{
    RECORD(tern_plan_dim, DIMS)[1].a = -1;
}
static void data_bound_is_itself(void *bytes)
{
    RECORD(tern_plan_dim, DIMS)[1].a = TERN_PLAN_DIM_BASE + 1;
}
static void data_of_an_input(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[0].dims[1] = TERN_PLAN_DIM_BASE + 1;
}
static void data_that_no_step_tells(void *bytes)
{
    RECORD(tern_plan_dim, DIMS)[0] = (tern_plan_dim){TERN_PLAN_DIM_OP_DATA, 0, 4, 0};
    RECORD(tern_plan_dim, DIMS)[1] = (tern_plan_dim){1, 0, 0, 0};
}
static void data_before_its_step(void *bytes)
{
    const tern_plan_step relu = RECORD(tern_plan_step, STEPS)[2];
    RECORD(tern_plan_step, STEPS)[2] = RECORD(tern_plan_step, STEPS)[1];
    RECORD(tern_plan_step, STEPS)[1] = relu;
}
static void data_of_an_operand(void *bytes)
{
    RECORD(tern_plan_value, VALUES)[4].rank = 1;
    RECORD(tern_plan_value, VALUES)[4].dims[0] = TERN_PLAN_DIM_BASE + 1;
}

static const struct {
    const char *name;
    void (*change)(void *bytes);
    const char *says;
} data_lies[] = {
    {"number", data_number, "dim expression 1 is malformed"},
    {"bound_is_negative", data_bound_is_negative, "dim expression 1 is malformed"},
    {"bound_is_itself", data_bound_is_itself, "dim expression 1 is malformed"},
    {"of_an_input", data_of_an_input, "tensor \"x\": has an extent that depends on data"},
    {"that_no_step_tells", data_that_no_step_tells,
     "has an extent that depends on data, and no step"},
    {"before_its_step", data_before_its_step,
     "relu \"relu\": has a tensor whose shape is not known"},
};

TERN_TEST_ROWS(lies_about_data_are_refused, data_lies)
{
    size_t size = 0;
    maker_topk(&maker);
    void *bytes = maker_write(&maker, &size);
    data_lies[row].change(bytes);
    maker_fix(bytes, size);
    tern_engine *engine = NULL;
    CHECK_STATUS(load(bytes, size, &engine), TERN_BAD_MODEL);
    CHECK_CONTAINS(tern_error_last()->text, data_lies[row].says);
    tern_engine_destroy(engine);
    maker_free(bytes);
}

/* The sum is a number, not a list as long as the k that it tells: seen when it runs. */
TERN_TEST(an_extent_that_tells_itself_does_no_harm)
{
    size_t size = 0;
    maker_topk(&maker);
    void *bytes = maker_write(&maker, &size);
    data_of_an_operand(bytes);
    maker_fix(bytes, size);
    (void)maker_try(bytes, size);
    maker_free(bytes);
}

/* --- the mutator --- */

static uint64_t strange(void)
{
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      3,
                                      4,
                                      7,
                                      8,
                                      63,
                                      64,
                                      UINT8_MAX,
                                      UINT32_MAX,
                                      UINT64_MAX,
                                      INT64_MAX,
                                      INT32_MAX,
                                      UINT32_MAX - 1,
                                      UINT64_C(1) << 63,
                                      UINT64_C(1) << 62,
                                      UINT64_C(0x8000000000000001)};
    const uint64_t r = tern_test_random();
    return r % 4 == 0 ? r >> 8 : r % 4 == 1 ? r >> 60 : values[(r >> 8) % TERN_COUNT_OF(values)];
}

/* Changes one to three places somewhere in the tables. */
static void mutate(uint8_t *bytes, size_t size)
{
    static const size_t widths[] = {1, 2, 4, 8};
    const size_t tables = (size_t)entry(bytes, 14)->offset;
    const size_t limit = tern_test_random() % 8 == 0 ? size : tables;
    const int64_t places = tern_test_random_int(1, 3);
    for (int64_t i = 0; i < places; i++) {
        const size_t width = widths[tern_test_random() % TERN_COUNT_OF(widths)];
        /* The header proves itself and is covered by other tests; here everything behind it
         * matters. */
        const size_t first = tern_test_random() % 16 == 0
                                 ? 128
                                 : sizeof(tern_plan_file_header) + 15 * sizeof(tern_plan_section);
        const size_t at =
            first + (size_t)tern_test_random_int(0, (int64_t)(limit - first - 8)) / width * width;
        const uint64_t value = strange();
        memcpy(bytes + at, &value, width);
    }
}

static const struct {
    const char *name;
} bases[] = {{"static"}, {"dynamic"}, {"implicit"}, {"reshape"}, {"topk"}};

TERN_TEST_ROWS(mutated_plans_do_no_harm, bases)
{
    enum { TRIES = 20000 };
    size_t size = 0;
    int64_t read_count = 0, run_count = 0;
    if (row == 0) {
        maker_relu_add(&maker);
    } else if (row == 1) {
        maker_dynamic(&maker, 4);
    } else if (row == 2) {
        maker_implicit(&maker, 4);
    } else if (row == 3) {
        maker_reshape(&maker, TERN_DTYPE_I32);
    } else {
        maker_topk(&maker);
    }
    void *original = maker_write(&maker, &size);
    uint8_t *bytes = maker_copy(original, size);
    for (int i = 0; i < TRIES; i++) {
        memcpy(bytes, original, size);
        mutate(bytes, size);
        maker_fix(bytes, size);
        tern_plan plan;
        read_count += tern_plan_read(bytes, size, TERN_PLAN_VERIFY_ALL, "test", &plan) == TERN_OK;
        run_count += maker_try(bytes, size);
    }
    /* The mutator has to get behind the checksums to be worth anything. */
    CHECK(read_count > TRIES / 100);
    CHECK(run_count > TRIES / 200);
    maker_free(bytes);
    maker_free(original);
}
