/* SPDX-License-Identifier: Apache-2.0
 *
 * Models into networks: text IR, or ONNX by the extension; and the profile of a network that says
 * itself which extents vary, when the user gives no ranges.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* --- reading --- */

bool cli_is_onnx(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL && strcmp(dot, ".onnx") == 0;
}

/* Every problem of a model, one a line. */
static int print_problems(const cli_command *command, const tern_onnx_report *report)
{
    const int32_t count = tern_onnx_report_problem_count(report);
    tern_onnx_report_entry entry;
    for (int32_t i = 0; i < count; i++) {
        if (tern_onnx_report_problem(report, i, &entry) == TERN_OK) {
            fprintf(stderr, "tern %s: %s: %s%s%s%s\n", command->name,
                    tern_status_text(entry.status), entry.message,
                    entry.stack[0] != '\0' ? " (in " : "", entry.stack,
                    entry.stack[0] != '\0' ? ")" : "");
        }
    }
    return count > 0 ? CLI_FAILED : cli_fail(command);
}

static int read_onnx(const cli_command *command, tern_builder *builder, const char *path,
                     tern_network **out_network)
{
    if (tern_network_create(builder, TERN_BATCH_IS_EXPLICIT, out_network) != TERN_OK) {
        return cli_fail(command);
    }
    tern_onnx_report *report = NULL;
    const tern_status status = tern_network_import_onnx_file(*out_network, path, &report);
    const int code = status == TERN_OK ? CLI_OK : print_problems(command, report);
    tern_onnx_report_destroy(report);
    return code;
}

int cli_model(const cli_command *command, tern_builder *builder, const char *path, char **out_text,
              tern_network **out_network)
{
    *out_text = NULL;
    if (cli_is_onnx(path)) {
        return read_onnx(command, builder, path, out_network);
    }
    size_t size = 0;
    *out_text = cli_read(command, path, &size);
    if (*out_text == NULL) {
        return CLI_FAILED;
    }
    return tern_network_parse(builder, *out_text, size, out_network) == TERN_OK ? CLI_OK
                                                                                : cli_fail(command);
}

/* --- the profile --- */

typedef struct range {
    int64_t at[3]; /* by tern_profile_point */
} range;

/* A named extent's range among the first `axes` of an input, whose ranges are `points`. */
static bool find_axis(const tern_tensor *input, int32_t axes, const char *name,
                      int64_t points[3][TERN_MAX_RANK], range *out_range)
{
    for (int32_t i = 0; i < axes && name[0] != '\0'; i++) {
        if (strcmp(tern_tensor_dim_name(input, i), name) == 0) {
            *out_range = (range){{points[0][i], points[1][i], points[2][i]}};
            return true;
        }
    }
    return false;
}

/* The same among the inputs that have ranges already: equal names are equal extents. */
static bool find_range(tern_network *network, const tern_profile *profile, const char *name,
                       range *out_range)
{
    const int32_t count = tern_network_input_count(network);
    for (int32_t i = 0; i < count; i++) {
        tern_tensor *input = tern_network_input(network, i);
        int32_t rank = -1;
        int64_t dims[3][TERN_MAX_RANK];
        for (int point = 0; point < 3; point++) {
            if (tern_profile_get_shape(profile, tern_tensor_name(input), (tern_profile_point)point,
                                       &rank, dims[point]) != TERN_OK) {
                rank = -1;
            }
        }
        if (find_axis(input, rank, name, dims, out_range)) {
            return true;
        }
    }
    return false;
}

/* Batches, the sides of images, lengths of sequences. */
static range usual_range(int32_t rank, int32_t axis)
{
    return axis == 0                ? (range){{1, 1, 8}}
           : rank >= 4 && axis >= 2 ? (range){{1, 224, 512}}
                                    : (range){{1, 128, 512}};
}

/* One input's range. */
static int add_default(const cli_command *command, tern_network *network, tern_profile *profile,
                       int32_t index, FILE *notes)
{
    tern_tensor *input = tern_network_input(network, index);
    const char *name = tern_tensor_name(input);
    int32_t rank = 0;
    int64_t dims[TERN_MAX_RANK], points[3][TERN_MAX_RANK];
    if (tern_tensor_shape(input, &rank, dims) != TERN_OK) {
        return cli_fail(command);
    }
    fprintf(notes, "%s:", name);
    for (int32_t axis = 0; axis < rank; axis++) {
        range r = {{dims[axis], dims[axis], dims[axis]}};
        const char *extent = tern_tensor_dim_name(input, axis);
        if (dims[axis] < 0 && !find_range(network, profile, extent, &r) &&
            !find_axis(input, axis, extent, points, &r)) {
            r = usual_range(rank, axis);
        }
        for (int point = 0; point < 3; point++) {
            points[point][axis] = r.at[point];
        }
    }
    for (int point = 0; point < 3; point++) {
        for (int32_t axis = 0; axis < rank; axis++) {
            fprintf(notes, "%s%lld", axis > 0 ? "x" : "", (long long)points[point][axis]);
        }
        fprintf(notes, point < 2 ? "," : " is taken, for want of --profile\n");
        if (tern_profile_set_shape(profile, name, (tern_profile_point)point, rank, points[point]) !=
            TERN_OK) {
            return cli_fail(command);
        }
    }
    return CLI_OK;
}

int cli_default_profile(const cli_command *command, tern_network *network, tern_profile *profile,
                        FILE *notes, bool *out_needed)
{
    const int32_t count = tern_network_input_count(network);
    int code = CLI_OK;
    for (int32_t i = 0; i < count && code == CLI_OK; i++) {
        tern_tensor *input = tern_network_input(network, i);
        int32_t rank = 0;
        int64_t dims[TERN_MAX_RANK];
        if (tern_tensor_shape(input, &rank, dims) != TERN_OK) {
            return cli_fail(command);
        }
        bool varies = false;
        for (int32_t axis = 0; axis < rank; axis++) {
            varies = varies || dims[axis] < 0;
        }
        int32_t given = -1;
        if (varies && (tern_profile_get_shape(profile, tern_tensor_name(input), TERN_PROFILE_MIN,
                                              &given, dims) != TERN_OK ||
                       given < 0)) {
            *out_needed = true;
            code = add_default(command, network, profile, i, notes);
        }
    }
    return code;
}
