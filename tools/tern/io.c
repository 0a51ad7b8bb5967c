/* SPDX-License-Identifier: Apache-2.0
 *
 * Buffers for the bindings of a context: shapes from --shape (else the profile's optimum), inputs
 * from --input (a .npy file, raw bytes, "zeros" or "random"), addresses from the device allocator.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

size_t cli_dtype_bits(tern_dtype dtype)
{
    switch (dtype) {
#define TERN_DTYPE(NAME, id, text, bits, ...)                                                      \
    case TERN_DTYPE_##NAME:                                                                        \
        return (bits);
#include "tern/dtype.def"
#undef TERN_DTYPE
    }
    return 0;
}

/* The value of "name=value" or "name:value" in a list, or NULL. */
static const char *find_value(const cli_list *list, const char *name, char separator)
{
    const size_t length = strlen(name);
    for (int i = 0; list != NULL && i < list->count; i++) {
        if (strncmp(list->at[i], name, length) == 0 && list->at[i][length] == separator) {
            return list->at[i] + length + 1;
        }
    }
    return NULL;
}

static int set_shape(const cli_command *command, const tern_engine *engine, tern_context *context,
                     int32_t index, const cli_list *shapes, const tern_binding *b)
{
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK] = {0};
    const char *value = find_value(shapes, b->name, ':');
    bool varies = value != NULL;
    for (int32_t axis = 0; axis < b->rank; axis++) {
        varies |= b->dims[axis] < 0;
    }
    if (!varies) {
        return CLI_OK;
    }
    if (value != NULL) {
        char *copy = NULL;
        char *name = NULL;
        const size_t size = strlen(b->name) + strlen(value) + 2;
        copy = malloc(size);
        if (copy == NULL) {
            return CLI_FAILED;
        }
        snprintf(copy, size, "%s:%s", b->name, value);
        const int parsed = cli_shape(copy, &name, &rank, dims);
        free(copy);
        if (!parsed) {
            fprintf(stderr, "tern %s: --shape %s:%s is not of the form name:1x3x224x224\n",
                    command->name, b->name, value);
            return CLI_USAGE;
        }
    } else if (tern_engine_profile_shape(engine, 0, index, 1, &rank, dims) != TERN_OK) {
        return cli_fail(command);
    }
    return tern_context_set_shape(context, index, rank, dims) == TERN_OK ? CLI_OK
                                                                         : cli_fail(command);
}

/* The data of a .npy file start behind its header; other files are data from their first byte. */
static size_t npy_offset(const char *bytes, size_t size)
{
    if (size < 10 || memcmp(bytes, "\x93NUMPY", 6) != 0) {
        return 0;
    }
    const unsigned char *b = (const unsigned char *)bytes;
    const size_t header =
        b[6] == 1 ? (size_t)b[8] | (size_t)b[9] << 8
                  : (size_t)b[8] | (size_t)b[9] << 8 | (size_t)b[10] << 16 | (size_t)b[11] << 24;
    const size_t offset = (b[6] == 1 ? 10 : 12) + header;
    return offset <= size ? offset : size;
}

static void fill_random(void *at, size_t bytes, tern_dtype dtype)
{
    uint64_t state = 0x9e3779b97f4a7c15u;
    const bool is_float = dtype == TERN_DTYPE_F32;
    for (size_t i = 0; i < bytes / (is_float ? 4 : 1); i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        if (is_float) {
            ((float *)at)[i] = (float)(state >> 40) / (float)(1 << 23) - 1.0f;
        } else {
            ((unsigned char *)at)[i] =
                dtype == TERN_DTYPE_U8 || dtype == TERN_DTYPE_I8 ? (unsigned char)(state >> 56) : 0;
        }
    }
}

static int fill_input(const cli_command *command, const tern_binding *b, const cli_list *inputs,
                      void *at, size_t bytes)
{
    const char *source = find_value(inputs, b->name, '=');
    if (source == NULL || strcmp(source, "random") == 0) {
        fill_random(at, bytes, b->dtype);
        return CLI_OK;
    }
    if (strcmp(source, "zeros") == 0) {
        memset(at, 0, bytes);
        return CLI_OK;
    }
    size_t size = 0;
    char *data = cli_read(command, source, &size);
    if (data == NULL) {
        return CLI_FAILED;
    }
    const size_t offset = npy_offset(data, size);
    if (size - offset != bytes) {
        fprintf(stderr, "tern %s: input \"%s\" takes %zu bytes, \"%s\" has %zu\n", command->name,
                b->name, bytes, source, size - offset);
        free(data);
        return CLI_FAILED;
    }
    memcpy(at, data + offset, bytes);
    free(data);
    return CLI_OK;
}

/* A shape input without a file has the optimum of the profile's values. */
static int set_values(const cli_command *command, const tern_engine *engine, tern_context *context,
                      int32_t index)
{
    int64_t values[TERN_MAX_SHAPE_VALUES];
    int32_t count = 0;
    if (tern_engine_profile_values(engine, 0, index, 1, values, &count) != TERN_OK ||
        tern_context_set_values(context, index, count, values) != TERN_OK) {
        return cli_fail(command);
    }
    return CLI_OK;
}

/* Shape and bytes of a binding; while its shape depends on data, the most it can take. */
static int size_one(const cli_command *command, const tern_context *context, int32_t index,
                    cli_buffers *buffers)
{
    tern_binding *b = &buffers->binding[index];
    if (tern_context_shape(context, index, &b->rank, b->dims) != TERN_OK) {
        return cli_fail(command);
    }
    bool is_known = true;
    size_t bytes = (size_t)buffers->batch;
    for (int32_t axis = 0; axis < b->rank; axis++) {
        is_known = is_known && b->dims[axis] >= 0;
        bytes *= (size_t)b->dims[axis];
    }
    bytes = (bytes * cli_dtype_bits(b->dtype) + 7) / 8;
    if (!is_known && tern_context_max_bytes(context, index, &bytes) != TERN_OK) {
        return cli_fail(command);
    }
    buffers->bytes[index] = bytes;
    return CLI_OK;
}

/* `self` is where the buffer's address stands. */
static void *give_output(void *self, const char *name, void *current, size_t bytes, size_t align)
{
    void **at = self;
    (void)name, (void)current, (void)align;
    if (*at != NULL && tern_device_free(*at) != TERN_OK) {
        return NULL;
    }
    *at = NULL;
    return tern_device_alloc(bytes > 0 ? bytes : 1, at) == TERN_OK ? *at : NULL;
}

static int bind_one(const cli_command *command, tern_context *context, int32_t index,
                    const cli_list *inputs, cli_buffers *buffers)
{
    const tern_binding *b = &buffers->binding[index];
    const int code = size_one(command, context, index, buffers);
    if (code != CLI_OK) {
        return code;
    }
    const size_t bytes = buffers->bytes[index];
    if (bytes == SIZE_MAX) { /* nothing bounds it: memory is asked for when its size is known */
        const tern_output_allocator grow = {&buffers->at[index], give_output, NULL};
        return tern_context_set_output_allocator(context, index, &grow) == TERN_OK
                   ? CLI_OK
                   : cli_fail(command);
    }
    if (tern_device_alloc(bytes > 0 ? bytes : 1, &buffers->at[index]) != TERN_OK ||
        tern_context_bind(context, index, buffers->at[index]) != TERN_OK) {
        return cli_fail(command);
    }
    return b->is_input ? fill_input(command, b, inputs, buffers->at[index], bytes) : CLI_OK;
}

int cli_bind(const cli_command *command, const tern_engine *engine, tern_context *context,
             const cli_request *request, cli_buffers *out_buffers)
{
    const int64_t batch = tern_engine_has_implicit_batch(engine) ? request->batch : 1;
    memset(out_buffers, 0, sizeof *out_buffers);
    out_buffers->count = tern_engine_binding_count(engine);
    out_buffers->batch = batch;
    if (out_buffers->count > 64) {
        fprintf(stderr, "tern %s: the plan has %d bindings, this command takes 64\n", command->name,
                (int)out_buffers->count);
        out_buffers->count = 0;
        return CLI_FAILED;
    }
    if (tern_engine_has_implicit_batch(engine) &&
        tern_context_set_batch(context, (int32_t)batch) != TERN_OK) {
        return cli_fail(command);
    }
    int code = CLI_OK;
    for (int32_t i = 0; i < out_buffers->count && code == CLI_OK; i++) {
        if (tern_engine_binding(engine, i, &out_buffers->binding[i]) != TERN_OK) {
            return cli_fail(command);
        }
        if (out_buffers->binding[i].is_input) {
            code =
                set_shape(command, engine, context, i, request->shapes, &out_buffers->binding[i]);
        }
        if (code == CLI_OK && out_buffers->binding[i].is_input &&
            out_buffers->binding[i].is_shape &&
            find_value(request->inputs, out_buffers->binding[i].name, '=') == NULL) {
            code = set_values(command, engine, context, i);
        }
    }
    for (int32_t i = 0; i < out_buffers->count && code == CLI_OK; i++) {
        int32_t missing = 0;
        if (!out_buffers->binding[i].is_input &&
            tern_context_infer(context, 0, NULL, &missing) != TERN_OK) {
            return cli_fail(command); /* reads the values of shape inputs */
        }
        code = bind_one(command, context, i, request->inputs, out_buffers);
    }
    return code;
}

int cli_resize(const cli_command *command, const tern_context *context, cli_buffers *buffers)
{
    int code = CLI_OK;
    for (int32_t i = 0; i < buffers->count && code == CLI_OK; i++) {
        code = size_one(command, context, i, buffers);
    }
    return code;
}

void cli_unbind(cli_buffers *buffers)
{
    for (int32_t i = 0; i < buffers->count; i++) {
        if (buffers->at[i] != NULL && tern_device_free(buffers->at[i]) != TERN_OK) {
            fprintf(stderr, "tern: %s\n", tern_error_last()->text);
        }
    }
    buffers->count = 0;
}
