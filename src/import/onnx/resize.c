/* SPDX-License-Identifier: Apache-2.0
 *
 * Resize and its forerunner Upsample in all their forms: scales or sizes, as attribute, constant or
 * computed, and the many ways to place samples.
 */
#include "import/onnx/importer.h"
#include "import/onnx/index.h"

#include <string.h>

/* ONNX's names and ours. */
typedef struct pair {
    const char *onnx, *ours;
} pair;

static const pair modes[] = {
    {"nearest", "nearest"}, {"linear", "linear"}, {"bilinear", "linear"},
    {"cubic", "cubic"},     {NULL, NULL},
};

static const pair coordinates[] = {
    {"half_pixel", "half_pixel"},
    {"half_pixel_symmetric", "half_pixel_symmetric"},
    {"pytorch_half_pixel", "pytorch_half_pixel"},
    {"align_corners", "align_corners"},
    {"asymmetric", "asymmetric"},
    {"tf_half_pixel_for_nn", "half_pixel_left"},
    {"tf_crop_and_resize", "crop"},
    {NULL, NULL},
};

static const pair roundings[] = {
    {"round_prefer_floor", "half_down"},
    {"round_prefer_ceil", "half_up"},
    {"floor", "floor"},
    {"ceil", "ceil"},
    {NULL, NULL},
};

static const pair aspects[] = {
    {"stretch", "stretch"},
    {"not_larger", "not_larger"},
    {"not_smaller", "not_smaller"},
    {NULL, NULL},
};

static const char *translate(tern_onnx_call *c, const char *attribute, const char *fallback,
                             const pair *pairs)
{
    const tern_str name = tern_onnx_string(c, attribute, fallback);
    for (const pair *p = pairs; p->onnx != NULL; p++) {
        if (tern_str_is(name, p->onnx)) {
            return p->ours;
        }
    }
    (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%s is \"%.*s\", which is not known", attribute,
                           name.len < 40 ? (int)name.len : 40, name.at);
    return "";
}

/* What the node asks for. */
typedef struct request {
    double scales[TERN_MAX_RANK];
    int32_t scale_count; /* known ones */
    tern_value_id scales_value, sizes_value, roi;
    int64_t axes[TERN_MAX_RANK];
    int32_t axis_count;
} request;

/* Absent or empty inputs are not there. */
static tern_value_id given(const tern_onnx_call *c, int32_t index)
{
    const tern_value_id x = index < c->x_count ? c->x[index] : TERN_NO_ID;
    const tern_type *t = tern_onnx_type_of(c, x);
    int64_t count = 0;
    const bool is_empty =
        x == TERN_NO_ID || (tern_type_is_static(t) && tern_type_volume(t, &count) && count == 0);
    return is_empty ? TERN_NO_ID : x;
}

static void set_scales(tern_onnx_call *c, request *r, const float *v, int32_t count)
{
    if (count > TERN_MAX_RANK) {
        (void)tern_onnx_refuse(c, TERN_UNSUPPORTED, "%d scales, at most %d are possible",
                               (int)count, TERN_MAX_RANK);
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        r->scales[i] = (double)v[i];
    }
    r->scale_count = count;
}

static void read_scales(tern_onnx_call *c, int32_t index, request *r)
{
    const tern_value_id x = given(c, index);
    const tern_type *t = tern_onnx_type_of(c, x);
    int64_t count = 0;
    const void *data = x != TERN_NO_ID ? tern_graph_constant_data(c->graph, x) : NULL;
    if (data == NULL || !tern_type_volume(t, &count) || count > TERN_MAX_RANK) {
        r->scales_value = x;
        return;
    }
    tern_convert((tern_dtype)t->dtype, data, TERN_DTYPE_F64, r->scales, count);
    r->scale_count = (int32_t)count;
}

static void read_axes(tern_onnx_call *c, int32_t rank, request *r)
{
    int32_t count = 0;
    const int64_t *axes = tern_onnx_ints(c, "axes", &count);
    if (count > rank) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "it names %d axes of %d", (int)count, (int)rank);
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        r->axes[i] = tern_onnx_axis(c, axes[i], rank);
    }
    r->axis_count = count;
}

/* Extents that scales make of known ones; the product is one of floats. */
static const char *scaled_size(tern_onnx_call *c, const request *r)
{
    const tern_type t = *tern_onnx_type_of(c, c->x[0]);
    int64_t size[TERN_MAX_RANK];
    for (int32_t i = 0; i < r->scale_count; i++) {
        const int64_t axis = r->axis_count > 0 ? r->axes[i] : i;
        if (axis >= t.rank || !tern_dim_known(t.dims[axis]) ||
            !(r->scales[i] > 0.0 && r->scales[i] < 1e6) || t.dims[axis] > 1000000) {
            return "";
        }
        size[i] = (int64_t)((float)r->scales[i] * (float)t.dims[axis]);
    }
    return tern_onnx_text(c, ", size=%s", tern_onnx_list_text(c, size, r->scale_count));
}

static const char *scales_text(tern_onnx_call *c, const request *r)
{
    const char *text = "";
    for (int32_t i = 0; i < r->scale_count; i++) {
        text = tern_onnx_text(c, "%s%s%.17g", text, i > 0 ? "," : "", r->scales[i]);
    }
    return tern_onnx_text(c, ", scales=[%s], by_scale=true%s", text, scaled_size(c, r));
}

static const tern_onnx_value_info *declared(const tern_onnx_call *c, tern_str name)
{
    const tern_onnx_graph *g = c->importer->model->graph;
    if (c->importer->frame != NULL || g == NULL) {
        return NULL;
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        if (tern_str_equal(g->outputs[i].name, name)) {
            return &g->outputs[i];
        }
    }
    for (int32_t i = 0; i < g->info_count; i++) {
        if (tern_str_equal(g->infos[i].name, name)) {
            return &g->infos[i];
        }
    }
    return NULL;
}

/* Far more than there is memory for: what is computed from constants and shapes is known by the
 * time that memory is laid out. */
enum { FAR = 1 << 24 };

/* Scales or sizes that are not known yet: the shape that the model declares bounds the result's. */
static const char *bound_text(tern_onnx_call *c)
{
    const tern_onnx_value_info *info = c->node->y_count > 0 ? declared(c, c->node->y[0]) : NULL;
    const int32_t rank = tern_onnx_rank(c, c->x[0]);
    int64_t most[TERN_MAX_RANK];
    const bool is_declared =
        info != NULL && info->type.kind == TERN_ONNX_TYPE_TENSOR && info->type.rank == rank;
    for (int32_t i = 0; i < rank; i++) {
        const int64_t extent = is_declared ? info->type.dims[i].value : -1;
        most[i] = extent >= 0 ? extent : FAR;
    }
    return tern_onnx_text(c, ", most=%s", tern_onnx_list_text(c, most, rank));
}

static void emit_resize(tern_onnx_call *c, const request *r, const char *text)
{
    int64_t sizes[TERN_MAX_RANK];
    int32_t count = 0;
    tern_value_id x[4] = {c->x[0], r->sizes_value, TERN_NO_ID, r->roi};
    if (x[1] != TERN_NO_ID && tern_onnx_constant_ints(c, x[1], sizes, TERN_MAX_RANK, &count) &&
        count > 0) {
        text = tern_onnx_text(c, "%s, size=%s", text, tern_onnx_list_text(c, sizes, count));
        x[1] = TERN_NO_ID;
    } else if (x[1] == TERN_NO_ID && r->scales_value != TERN_NO_ID) {
        text = tern_onnx_text(c, "%s, by_scale=true%s", text, bound_text(c));
        x[2] = r->scales_value;
    } else if (x[1] == TERN_NO_ID && r->scale_count > 0) {
        text = tern_onnx_text(c, "%s%s", text, scales_text(c, r));
    } else if (x[1] != TERN_NO_ID) {
        text = tern_onnx_text(c, "%s%s", text, bound_text(c));
    } else {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "it has neither scales nor sizes");
    }
    if (r->axis_count > 0) {
        text =
            tern_onnx_text(c, "%s, axes=%s", text, tern_onnx_list_text(c, r->axes, r->axis_count));
    }
    c->y[0] = tern_onnx_emit_x(c, "resize", tern_onnx_text(c, "{%s}", text), x, 4);
}

/* Before opset 11 positions were o / scale, and nearest went down only along axes that shrink. */
static tern_status old_resize(tern_onnx_call *c, const request *r)
{
    emit_resize(c, r,
                tern_onnx_text(c, "mode=%s, coordinates=asymmetric, rounding=simple",
                               translate(c, "mode", "nearest", modes)));
    return c->status;
}

tern_status tern_onnx_do_resize(tern_onnx_call *c)
{
    request r = {0};
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    if (c->opset < 11) {
        read_scales(c, 1, &r);
        return old_resize(c, &r);
    }
    read_axes(c, tern_onnx_rank(c, c->x[0]), &r);
    read_scales(c, 2, &r);
    r.sizes_value = given(c, 3);
    const char *where = translate(c, "coordinate_transformation_mode", "half_pixel", coordinates);
    if (strcmp(where, "crop") == 0) {
        r.roi = given(c, 1);
    }
    const char *text = tern_onnx_text(
        c,
        "mode=%s, coordinates=%s, rounding=%s, cubic_coeff=%.17g, exclude_outside=%s, "
        "extrapolation=%.17g, antialias=%s",
        translate(c, "mode", "nearest", modes), where,
        translate(c, "nearest_mode", "round_prefer_floor", roundings),
        tern_onnx_float(c, "cubic_coeff_a", -0.75),
        tern_onnx_int(c, "exclude_outside", 0) != 0 ? "true" : "false",
        tern_onnx_float(c, "extrapolation_value", 0.0),
        tern_onnx_int(c, "antialias", 0) != 0 ? "true" : "false");
    const char *aspect = translate(c, "keep_aspect_ratio_policy", "stretch", aspects);
    if (r.sizes_value != TERN_NO_ID) {
        text = tern_onnx_text(c, "%s, aspect=%s", text, aspect);
    }
    if (c->status == TERN_OK) {
        emit_resize(c, &r, text);
    }
    return c->status;
}

tern_status tern_onnx_do_upsample(tern_onnx_call *c)
{
    request r = {0};
    int32_t count = 0;
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    if (c->opset >= 9) {
        read_scales(c, 1, &r);
    } else if (c->opset >= 7) {
        const float *scales = tern_onnx_floats(c, "scales", &count);
        set_scales(c, &r, scales, scales != NULL ? count : 0);
    } else {
        const float scales[4] = {1.0F, 1.0F, (float)tern_onnx_float(c, "height_scale", 0.0),
                                 (float)tern_onnx_float(c, "width_scale", 0.0)};
        if (tern_onnx_rank(c, c->x[0]) != 4 || !(scales[2] > 0.0F) || !(scales[3] > 0.0F)) {
            return tern_onnx_refuse(c, TERN_BAD_MODEL,
                                    "it needs an image [N,C,H,W], height_scale and width_scale");
        }
        set_scales(c, &r, scales, 4);
    }
    return c->status == TERN_OK ? old_resize(c, &r) : c->status;
}
