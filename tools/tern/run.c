/* SPDX-License-Identifier: Apache-2.0
 *
 * tern run: one inference; outputs printed, or written as .npy files.
 */
#include "cli.h"

#include <string.h>

static struct {
    int64_t threads, batch;
    cli_list shapes, inputs, outputs;
    bool json;
} o;

static const cli_option options[] = {
    {"input", CLI_LIST, &o.inputs, "NAME=FILE", ".npy or raw file, or random (default), or zeros",
     0, 0},
    {"shape", CLI_LIST, &o.shapes, "NAME:1x3x8x8",
     "shape of an input that varies (default: the profile's optimum)", 0, 0},
    {"output", CLI_LIST, &o.outputs, "NAME=FILE.npy", "write an output", 0, 0},
    {"batch", CLI_INT, &o.batch, "N", "batch of an implicit-batch plan (default 1)", 1, INT32_MAX},
    {"threads", CLI_INT, &o.threads, "N", "threads to run with", 1, 256},
    {"json", CLI_FLAG, &o.json, NULL, "print as JSON", 0, 0},
    {0},
};

static int run(int argc, char **argv);
const cli_command cli_run = {"run", "PLAN", "run a plan once", run};

static const char *numpy_code(tern_dtype dtype)
{
    switch (dtype) {
    case TERN_DTYPE_F32: return "<f4";
    case TERN_DTYPE_F64: return "<f8";
    case TERN_DTYPE_F16: return "<f2";
    case TERN_DTYPE_BF16: return "<u2"; /* NumPy has no bfloat16: its bits */
    case TERN_DTYPE_I8: return "|i1";
    case TERN_DTYPE_U8: return "|u1";
    case TERN_DTYPE_I16: return "<i2";
    case TERN_DTYPE_U16: return "<u2";
    case TERN_DTYPE_I32: return "<i4";
    case TERN_DTYPE_U32: return "<u4";
    case TERN_DTYPE_I64: return "<i8";
    case TERN_DTYPE_U64: return "<u8";
    case TERN_DTYPE_BOOL: return "|b1";
    case TERN_DTYPE_F8E4M3FN:
    case TERN_DTYPE_F8E4M3FNUZ:
    case TERN_DTYPE_F8E5M2:
    case TERN_DTYPE_F8E5M2FNUZ:
    case TERN_DTYPE_F8E8M0:
    case TERN_DTYPE_U4:
    case TERN_DTYPE_I4:
    case TERN_DTYPE_F4E2M1:
    case TERN_DTYPE_U2:
    case TERN_DTYPE_I2: return NULL;
    }
    return NULL;
}

static int write_npy(const char *path, const tern_binding *b, const void *data, size_t bytes)
{
    char header[256];
    const char *const code = numpy_code(b->dtype); /* NULL: NumPy has no such type: its bytes */
    int length =
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                 code != NULL ? code : "|u1");
    for (int32_t axis = 0; code != NULL && axis < b->rank; axis++) {
        length += snprintf(header + length, sizeof header - (size_t)length, "%lld, ",
                           (long long)b->dims[axis]);
    }
    if (code == NULL) {
        length += snprintf(header + length, sizeof header - (size_t)length, "%zu, ", bytes);
    }
    length += snprintf(header + length, sizeof header - (size_t)length, "), }");
    while ((length + 11) % 64 != 0) {
        header[length++] = ' ';
    }
    header[length++] = '\n';
    const unsigned char start[10] = {0x93,
                                     'N',
                                     'U',
                                     'M',
                                     'P',
                                     'Y',
                                     1,
                                     0,
                                     (unsigned char)(length & 255),
                                     (unsigned char)(length >> 8)};
    FILE *f = fopen(path, "wb");
    const bool written = f != NULL && fwrite(start, 1, 10, f) == 10 &&
                         fwrite(header, 1, (size_t)length, f) == (size_t)length &&
                         fwrite(data, 1, bytes, f) == bytes;
    const bool closed = f != NULL && fclose(f) == 0;
    if (!written || !closed) {
        fprintf(stderr, "tern run: cannot write \"%s\"\n", path);
        return CLI_FAILED;
    }
    return CLI_OK;
}

static double element(const tern_binding *b, const void *data, size_t i)
{
    switch (b->dtype) {
    case TERN_DTYPE_F32: return (double)((const float *)data)[i];
    case TERN_DTYPE_F64: return ((const double *)data)[i];
    case TERN_DTYPE_I32: return ((const int32_t *)data)[i];
    case TERN_DTYPE_I64: return (double)((const int64_t *)data)[i];
    case TERN_DTYPE_I16: return ((const int16_t *)data)[i];
    case TERN_DTYPE_I8: return ((const int8_t *)data)[i];
    case TERN_DTYPE_U32: return ((const uint32_t *)data)[i];
    case TERN_DTYPE_U64: return (double)((const uint64_t *)data)[i];
    case TERN_DTYPE_U16:
    case TERN_DTYPE_F16:
    case TERN_DTYPE_BF16: return ((const uint16_t *)data)[i]; /* halves print as their bits */
    case TERN_DTYPE_U8:
    case TERN_DTYPE_BOOL: return ((const uint8_t *)data)[i];
    case TERN_DTYPE_F8E4M3FN:
    case TERN_DTYPE_F8E4M3FNUZ:
    case TERN_DTYPE_F8E5M2:
    case TERN_DTYPE_F8E5M2FNUZ:
    case TERN_DTYPE_F8E8M0: return ((const uint8_t *)data)[i];
    case TERN_DTYPE_U4:
    case TERN_DTYPE_I4:
    case TERN_DTYPE_F4E2M1: return (((const uint8_t *)data)[i / 2] >> i % 2 * 4) & 15;
    case TERN_DTYPE_U2:
    case TERN_DTYPE_I2: return (((const uint8_t *)data)[i / 4] >> i % 4 * 2) & 3;
    }
    return 0.0;
}

enum { SHOWN = 16 };

static void print_output(const tern_binding *b, const void *data, size_t bytes, bool is_last)
{
    const size_t count = bytes * 8 / cli_dtype_bits(b->dtype);
    printf(o.json ? "{\"name\": \"%s\", \"shape\": [" : "%s [", b->name);
    for (int32_t axis = 0; axis < b->rank; axis++) {
        printf("%s%lld", axis > 0 ? ", " : "", (long long)b->dims[axis]);
    }
    printf(o.json ? "], \"values\": [" : "]:");
    for (size_t i = 0; i < count && (o.json || i < SHOWN); i++) {
        const double x = element(b, data, i);
        if (o.json && (x != x || x - x != 0.0)) {
            printf("%snull", i > 0 ? ", " : ""); /* JSON has neither NaN nor infinity */
        } else {
            printf("%s%.9g", o.json ? (i > 0 ? ", " : "") : " ", x);
        }
    }
    printf(o.json ? "]}%s\n" : "%s%s\n",
           o.json          ? (is_last ? "" : ",")
           : count > SHOWN ? " ..."
                           : "",
           "");
}

static int deliver(const cli_buffers *buffers)
{
    if (o.json) {
        printf("[\n");
    }
    for (int32_t i = 0; i < buffers->count; i++) {
        const tern_binding *b = &buffers->binding[i];
        if (b->is_input) {
            continue;
        }
        bool written = false;
        for (int k = 0; k < o.outputs.count; k++) {
            const size_t length = strlen(b->name);
            if (strncmp(o.outputs.at[k], b->name, length) == 0 && o.outputs.at[k][length] == '=') {
                if (write_npy(o.outputs.at[k] + length + 1, b, buffers->at[i], buffers->bytes[i]) !=
                    CLI_OK) {
                    return CLI_FAILED;
                }
                written = true;
            }
        }
        if (!written) {
            print_output(b, buffers->at[i], buffers->bytes[i], i + 1 == buffers->count);
        }
    }
    if (o.json) {
        printf("]\n");
    }
    return CLI_OK;
}

static int run(int argc, char **argv)
{
    const char *path = NULL;
    o.batch = 1;
    int code = cli_parse(&cli_run, options, argc, argv, &path, 1);
    if (code >= 0) {
        return code;
    }
    tern_runtime *runtime = NULL;
    tern_engine *engine = NULL;
    tern_context *context = NULL;
    cli_buffers buffers = {0};
    code = cli_load(&cli_run, path, o.threads, &runtime, &engine);
    if (code == CLI_OK && tern_context_create(engine, &context) != TERN_OK) {
        code = cli_fail(&cli_run);
    }
    if (code == CLI_OK) {
        const cli_request request = {&o.shapes, &o.inputs, o.batch};
        code = cli_bind(&cli_run, engine, context, &request, &buffers);
    }
    if (code == CLI_OK && tern_context_enqueue(context, 0) != TERN_OK) {
        code = cli_fail(&cli_run);
    }
    if (code == CLI_OK) {
        code = cli_resize(&cli_run, context, &buffers);
    }
    if (code == CLI_OK) {
        code = deliver(&buffers);
    }
    tern_context_destroy(context);
    cli_unbind(&buffers);
    tern_engine_destroy(engine);
    tern_runtime_destroy(runtime);
    return code;
}
