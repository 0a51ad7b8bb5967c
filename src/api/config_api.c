/* SPDX-License-Identifier: Apache-2.0
 *
 * tern/builder.h, configs and profiles: check arguments, call inwards, deliver the error.
 */
#include "api/deliver.h"
#include "base/alloc.h"
#include "base/array.h"
#include "build/build.h"

tern_status tern_config_create(tern_builder *builder, tern_config **out_config)
{
    if (builder == NULL || out_config == NULL) {
        return tern_deliver_null(builder != NULL ? &builder->logger : NULL, "config_create",
                                 builder == NULL ? "builder" : "out_config");
    }
    *out_config = tern_alloc_zero(builder->allocator, sizeof **out_config, _Alignof(tern_config));
    if (*out_config == NULL) {
        return tern_deliver(&builder->logger, TERN_OUT_OF_MEMORY);
    }
    (*out_config)->allocator = builder->allocator;
    (*out_config)->logger = builder->logger;
    tern_config_defaults(*out_config);
    return TERN_OK;
}

void tern_config_destroy(tern_config *config)
{
    if (config == NULL) {
        return;
    }
    for (size_t i = 0; i < config->profile_count; i++) {
        tern_profile_free(config->profiles[i]);
    }
    tern_array_free(config->allocator, &config->profiles, &config->profile_capacity,
                    sizeof *config->profiles);
    tern_free(config->allocator, config, sizeof *config);
}

/* Allowed values, by key. */
static const struct {
    const char *name;
    int64_t low, high;
} keys[] = {
    [TERN_CONFIG_WORKSPACE] = {"workspace", 0, INT64_MAX},
    [TERN_CONFIG_LEVEL] = {"level", 0, 5},
    [TERN_CONFIG_VERBOSITY] = {"verbosity", 0, 2},
    [TERN_CONFIG_TIMING] = {"timing", 0, 1},
    [TERN_CONFIG_REFITTABLE] = {"refittable", 0, 1},
    [TERN_CONFIG_ISA] = {"isa", -1, TERN_ISA_AVX512BF16},
    [TERN_CONFIG_AVERAGE] = {"average", 1, 1000},
};

tern_status tern_config_set(tern_config *config, tern_config_key key, int64_t value)
{
    if (config == NULL) {
        return tern_deliver_null(NULL, "config_set", "config");
    }
    const size_t k = (size_t)key;
    if (k == 0 || k >= sizeof keys / sizeof *keys) {
        return tern_deliver(&config->logger,
                            tern_fail(TERN_INVALID_ARGUMENT, "config_set: %zu is no option", k));
    }
    if (value < keys[k].low || value > keys[k].high) {
        return tern_deliver(&config->logger,
                            tern_fail(TERN_INVALID_ARGUMENT,
                                      "config_set: %s is %lld, allowed %lld..%lld", keys[k].name,
                                      (long long)value, (long long)keys[k].low,
                                      (long long)keys[k].high));
    }
    config->values[k] = value;
    return TERN_OK;
}

int64_t tern_config_get(const tern_config *config, tern_config_key key)
{
    const size_t k = (size_t)key;
    return config != NULL && k > 0 && k < sizeof keys / sizeof *keys ? config->values[k] : 0;
}

static tern_status add_profile(tern_config *config, const tern_profile *profile, int32_t *out_index)
{
    const char *input = NULL;
    if (!tern_profile_consistent(profile, &input)) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "add_profile: input \"%s\" lacks a minimum, optimum or maximum, or they "
                         "are not in order",
                         input);
    }
    TERN_TRY(tern_array_grow(config->allocator, &config->profiles, &config->profile_capacity,
                             config->profile_count + 1, sizeof *config->profiles));
    TERN_TRY(
        tern_profile_copy(profile, config->allocator, &config->profiles[config->profile_count]));
    *out_index = (int32_t)config->profile_count++;
    return TERN_OK;
}

tern_status tern_config_add_profile(tern_config *config, const tern_profile *profile,
                                    int32_t *out_index)
{
    if (config == NULL || profile == NULL || out_index == NULL) {
        return tern_deliver_null(config != NULL ? &config->logger : NULL, "config_add_profile",
                                 config == NULL    ? "config"
                                 : profile == NULL ? "profile"
                                                   : "out_index");
    }
    *out_index = -1;
    return tern_deliver(&config->logger, add_profile(config, profile, out_index));
}

int32_t tern_config_profile_count(const tern_config *config)
{
    return config != NULL ? (int32_t)config->profile_count : 0;
}

tern_status tern_config_set_progress(tern_config *config, const tern_progress *progress)
{
    if (config == NULL) {
        return tern_deliver_null(NULL, "config_set_progress", "config");
    }
    config->progress = progress != NULL ? *progress : (tern_progress){NULL, NULL};
    return TERN_OK;
}

/* --- profiles --- */

tern_status tern_profile_create(tern_builder *builder, tern_profile **out_profile)
{
    if (builder == NULL || out_profile == NULL) {
        return tern_deliver_null(builder != NULL ? &builder->logger : NULL, "profile_create",
                                 builder == NULL ? "builder" : "out_profile");
    }
    const tern_profile empty = {.logger = builder->logger};
    return tern_deliver(&builder->logger,
                        tern_profile_copy(&empty, builder->allocator, out_profile));
}

void tern_profile_destroy(tern_profile *profile)
{
    tern_profile_free(profile);
}

static tern_status set_shape(tern_profile *profile, const char *input, tern_profile_point point,
                             int32_t rank, const int64_t *dims)
{
    if ((int)point < 0 || (int)point > 2 || rank < 0 || rank > TERN_MAX_RANK) {
        return tern_fail(
            TERN_INVALID_ARGUMENT,
            "profile_set_shape \"%s\": point %d is outside 0..2 or rank %d outside 0..%d", input,
            (int)point, (int)rank, TERN_MAX_RANK);
    }
    for (int32_t axis = 0; axis < rank; axis++) {
        if (dims[axis] < 0) {
            return tern_fail(TERN_BAD_SHAPE,
                             "profile_set_shape \"%s\": extent %lld along axis %d is negative",
                             input, (long long)dims[axis], (int)axis);
        }
    }
    tern_profile_entry *e = NULL;
    TERN_TRY(tern_profile_entry_get(profile, input, &e));
    e->has_shape[point] = true;
    e->shape[point].count = rank;
    for (int32_t axis = 0; axis < rank; axis++) {
        e->shape[point].v[axis] = dims[axis];
    }
    return TERN_OK;
}

tern_status tern_profile_set_shape(tern_profile *profile, const char *input,
                                   tern_profile_point point, int32_t rank, const int64_t *dims)
{
    if (profile == NULL || input == NULL || (dims == NULL && rank > 0)) {
        return tern_deliver_null(profile != NULL ? &profile->logger : NULL, "profile_set_shape",
                                 profile == NULL ? "profile"
                                 : input == NULL ? "input"
                                                 : "dims");
    }
    return tern_deliver(&profile->logger, set_shape(profile, input, point, rank, dims));
}

static tern_status find_entry(const tern_profile *profile, const char *input,
                              tern_profile_point point, const tern_profile_entry **out_entry)
{
    *out_entry =
        (int)point >= 0 && (int)point <= 2 ? tern_profile_find(profile, tern_str_of(input)) : NULL;
    if (*out_entry == NULL) {
        return tern_fail(TERN_INVALID_ARGUMENT, "profile: nothing is set for input \"%s\"", input);
    }
    return TERN_OK;
}

tern_status tern_profile_get_shape(const tern_profile *profile, const char *input,
                                   tern_profile_point point, int32_t *out_rank,
                                   int64_t dims[TERN_MAX_RANK])
{
    if (profile == NULL || input == NULL || out_rank == NULL || dims == NULL) {
        return tern_deliver_null(profile != NULL ? &profile->logger : NULL, "profile_get_shape",
                                 profile == NULL ? "profile"
                                 : input == NULL ? "input"
                                                 : "out_rank or dims");
    }
    *out_rank = -1;
    const tern_profile_entry *e = NULL;
    TERN_TRY(tern_deliver(&profile->logger, find_entry(profile, input, point, &e)));
    if (e->has_shape[point]) {
        *out_rank = e->shape[point].count;
        memcpy(dims, e->shape[point].v, (size_t)*out_rank * sizeof *dims);
    }
    return TERN_OK;
}

static tern_status set_values(tern_profile *profile, const char *input, tern_profile_point point,
                              int32_t count, const int64_t *values)
{
    if ((int)point < 0 || (int)point > 2 || count < 0 || count > TERN_CONTENT_MAX) {
        return tern_fail(
            TERN_INVALID_ARGUMENT,
            "profile_set_values \"%s\": point %d is outside 0..2 or count %d outside 0..%d", input,
            (int)point, (int)count, TERN_CONTENT_MAX);
    }
    tern_profile_entry *e = NULL;
    TERN_TRY(tern_profile_entry_get(profile, input, &e));
    int64_t *copy =
        tern_arena_items(&profile->arena, (size_t)count + 1, sizeof *copy, _Alignof(int64_t));
    if (copy == NULL) {
        return TERN_OUT_OF_MEMORY;
    }
    for (int32_t i = 0; i < count; i++) {
        copy[i] = values[i];
    }
    e->has_values[point] = true;
    e->value_count[point] = count;
    e->values[point] = copy;
    return TERN_OK;
}

tern_status tern_profile_set_values(tern_profile *profile, const char *input,
                                    tern_profile_point point, int32_t count, const int64_t *values)
{
    if (profile == NULL || input == NULL || (values == NULL && count > 0)) {
        return tern_deliver_null(profile != NULL ? &profile->logger : NULL, "profile_set_values",
                                 profile == NULL ? "profile"
                                 : input == NULL ? "input"
                                                 : "values");
    }
    return tern_deliver(&profile->logger, set_values(profile, input, point, count, values));
}

tern_status tern_profile_get_values(const tern_profile *profile, const char *input,
                                    tern_profile_point point, int32_t capacity, int64_t *values,
                                    int32_t *out_count)
{
    if (profile == NULL || input == NULL || values == NULL || out_count == NULL) {
        return tern_deliver_null(profile != NULL ? &profile->logger : NULL, "profile_get_values",
                                 profile == NULL ? "profile"
                                 : input == NULL ? "input"
                                                 : "values or out_count");
    }
    *out_count = 0;
    const tern_profile_entry *e = NULL;
    TERN_TRY(tern_deliver(&profile->logger, find_entry(profile, input, point, &e)));
    if (e->value_count[point] > capacity) {
        return tern_deliver(&profile->logger,
                            tern_fail(TERN_INVALID_ARGUMENT,
                                      "profile_get_values \"%s\": %d values, room for %d", input,
                                      (int)e->value_count[point], (int)capacity));
    }
    *out_count = e->value_count[point];
    if (*out_count > 0) {
        memcpy(values, e->values[point], (size_t)*out_count * sizeof *values);
    }
    return TERN_OK;
}

int32_t tern_profile_is_valid(const tern_profile *profile)
{
    const char *input = NULL;
    return profile != NULL && tern_profile_consistent(profile, &input);
}
