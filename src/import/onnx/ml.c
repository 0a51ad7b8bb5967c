/* SPDX-License-Identifier: Apache-2.0
 *
 * Classic models of ai.onnx.ml on numbers: Binarizer, Scaler, Normalizer, Imputer, LabelEncoder,
 * OneHotEncoder, FeatureVectorizer, LinearRegressor, LinearClassifier.  Texts are no elements here.
 */
#include "import/onnx/ml.h"

#include <math.h>

/* --- shared --- */

tern_onnx_numbers tern_onnx_numbers_of(tern_onnx_call *c, const char *floats, const char *tensor)
{
    tern_onnx_numbers none = {0};
    int64_t count = 0;
    if (tensor != NULL && tern_onnx_has(c, tensor)) {
        const tern_value_id value = tern_onnx_tensor_attribute(c, tensor);
        const tern_type *t = tern_onnx_type_of(c, value);
        const void *data = tern_graph_constant_data(c->graph, value);
        if (value == TERN_NO_ID || !tern_type_volume(t, &count) || (data == NULL && count > 0)) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "attribute \"%s\" has no numbers", tensor);
            return none;
        }
        double *v = tern_arena_items(tern_onnx_arena(c), (size_t)count + 1, sizeof *v, sizeof *v);
        if (v == NULL) {
            c->status = TERN_OUT_OF_MEMORY;
            return none;
        }
        tern_convert((tern_dtype)t->dtype, data, TERN_DTYPE_F64, v, count);
        return (tern_onnx_numbers){v, count};
    }
    int32_t listed = 0;
    const float *list = floats != NULL ? tern_onnx_floats(c, floats, &listed) : NULL;
    double *v = tern_arena_items(tern_onnx_arena(c), (size_t)listed + 1, sizeof *v, sizeof *v);
    if (v == NULL) {
        c->status = TERN_OUT_OF_MEMORY;
        return none;
    }
    for (int32_t i = 0; list != NULL && i < listed; i++) {
        v[i] = (double)list[i];
    }
    return (tern_onnx_numbers){v, list != NULL ? listed : 0};
}

tern_value_id tern_onnx_doubles(tern_onnx_call *c, tern_onnx_numbers v, tern_dtype dtype)
{
    const tern_value_id all = tern_onnx_constant(c, TERN_DTYPE_F64, 1, &v.count, v.v);
    if (c->status != TERN_OK || dtype == TERN_DTYPE_F64) {
        return all;
    }
    size_t bytes = 0;
    (void)tern_dtype_bytes(dtype, v.count, &bytes);
    void *data = tern_arena_items(tern_onnx_arena(c), bytes + 1, 1, 8);
    if (data == NULL) {
        c->status = TERN_OUT_OF_MEMORY;
        return TERN_NO_ID;
    }
    tern_convert(TERN_DTYPE_F64, v.v, dtype, data, v.count);
    return tern_onnx_constant(c, dtype, 1, &v.count, data);
}

tern_value_id tern_onnx_through(tern_onnx_call *c, const char *text, tern_value_id x0,
                                tern_value_id x1)
{
    tern_value_id x[16] = {x0, x1}, y[1] = {TERN_NO_ID};
    tern_onnx_slot x_slots[16] = {{0}}, y_slots[1] = {{0}};
    const tern_str given[2] = {tern_str_of("x0"), tern_str_of(x1 != TERN_NO_ID ? "x1" : "")};
    const tern_onnx_node node = {.name = c->node->name, .x = given, .x_count = 2};
    tern_onnx_call inner = *c;
    inner.node = &node;
    for (int32_t i = 0; i < 2; i++) {
        x_slots[i].kind = x[i] != TERN_NO_ID ? TERN_ONNX_SLOT_TENSOR : TERN_ONNX_SLOT_ABSENT;
        x_slots[i].value = x[i];
    }
    inner.x = x;
    inner.x_slots = x_slots;
    inner.x_count = x1 != TERN_NO_ID ? 2 : 1;
    inner.y = y;
    inner.y_slots = y_slots;
    inner.y_count = 1;
    tern_onnx_lower(&inner, "%s", text);
    c->status = inner.status;
    return y[0];
}

tern_value_id tern_onnx_post_transform(tern_onnx_call *c, tern_str name, tern_value_id scores)
{
    static const char zero[] =
        "m = ReduceMax(x0, [-1]){keepdims=1}; d = Sub(x0, m); e = Exp(d); n = Neg(m);"
        "f = Exp(n); z = Mul(x0, f); a = Abs(x0); b = Greater(a, 0.0000001);"
        "v = Where(b, e, z); s = ReduceSum(v, [-1]){keepdims=1}; q = Div(v, s);"
        "k = Equal(s, 0.0); y0 = Where(k, 0.5, q)";
    static const char probit[] =
        "p = Mul(x0, 2.0); x = Sub(p, 1.0); a = Sub(1.0, x); b = Add(1.0, x); t = Mul(a, b);"
        "g = Log(t); h = Mul(g, 0.5); v = Add(h, 4.3307467508); w = Mul(g, 6.8027210884);"
        "r = Mul(v, v); u = Sub(r, w); o = Sqrt(u); q = Sub(o, v); l = Sqrt(q);"
        "n = Less(x, 0.0); i = Where(n, -1.41421356, 1.41421356); y0 = Mul(i, l)";
    if (tern_str_is(name, "NONE")) {
        return scores;
    }
    const char *text = tern_str_is(name, "SOFTMAX")        ? "y0 = Softmax(x0){axis=-1}"
                       : tern_str_is(name, "LOGISTIC")     ? "y0 = Sigmoid(x0)"
                       : tern_str_is(name, "SOFTMAX_ZERO") ? zero
                       : tern_str_is(name, "PROBIT")       ? probit
                                                           : NULL;
    if (text == NULL) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "post_transform \"%.*s\" is not known",
                               name.len < 40 ? (int)name.len : 40, name.at);
        return TERN_NO_ID;
    }
    return tern_onnx_through(c, text, scores, TERN_NO_ID);
}

tern_value_id tern_onnx_features(tern_onnx_call *c, tern_value_id x, tern_dtype to)
{
    const int32_t rank = tern_onnx_rank(c, x);
    if (rank < 1 || rank > 2) {
        (void)tern_onnx_refuse(c, TERN_BAD_SHAPE, "its input has rank %d, it must be [N,F]",
                               (int)rank);
        return TERN_NO_ID;
    }
    const tern_value_id rows = tern_onnx_rank_up(c, x, 2);
    return tern_onnx_type_of(c, x)->dtype == TERN_DTYPE_F64 ? rows : tern_onnx_cast(c, rows, to);
}

/* --- labels --- */

tern_onnx_labels tern_onnx_read_labels(tern_onnx_call *c, const char *ints, const char *strings)
{
    tern_onnx_labels labels = {0};
    int32_t count = 0;
    labels.ints = tern_onnx_ints(c, ints, &labels.count);
    if (labels.ints == NULL || labels.count == 0) {
        (void)tern_onnx_strings(c, strings, &count);
        labels.count = count;
        labels.is_text = true;
        if (count > 0 && c->node->y_count > 0 && c->node->y[0].len > 0) {
            (void)tern_onnx_refuse(c, TERN_UNSUPPORTED,
                                   "its labels are texts, and tensors hold numbers only; leave out "
                                   "the first output, or use %s",
                                   ints);
        }
    }
    if (labels.count < 1) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "it has no class labels");
    }
    return labels;
}

static tern_value_id pick_labels(tern_onnx_call *c, tern_onnx_labels labels, tern_value_id index)
{
    return labels.is_text ? TERN_NO_ID
                          : tern_onnx_emit(c, "gather", "{axis=0}",
                                           tern_onnx_i64s(c, labels.ints, labels.count), index);
}

static void give_scores(tern_onnx_call *c, tern_value_id scores)
{
    if (c->y_count > 1) {
        c->y[1] = tern_onnx_cast(c, scores, TERN_DTYPE_F32);
    }
}

void tern_onnx_classify(tern_onnx_call *c, tern_onnx_labels labels, tern_value_id scores,
                        tern_str transform)
{
    const tern_value_id index =
        tern_onnx_through(c, "y0 = ArgMax(x0){axis=1, keepdims=0}", scores, TERN_NO_ID);
    c->y[0] = pick_labels(c, labels, index);
    give_scores(c, tern_onnx_post_transform(c, transform, scores));
}

void tern_onnx_classify_two(tern_onnx_call *c, tern_onnx_labels labels, tern_value_id column,
                            double limit, tern_value_id scores)
{
    static const int64_t zero_one[2] = {0, 1};
    const tern_onnx_labels names =
        labels.count == 2 || labels.is_text ? labels : (tern_onnx_labels){zero_one, 2, false};
    const tern_value_id index = tern_onnx_through(
        c,
        tern_onnx_text(c, "g = Greater(x0, %#.9g); i = Cast(g){to=7}; y0 = Squeeze(i, [1])", limit),
        column, TERN_NO_ID);
    c->y[0] = pick_labels(c, names, index);
    give_scores(c, scores);
}

/* --- features --- */

static bool is_float(const tern_onnx_call *c, tern_value_id x)
{
    const tern_dtype_info *info = tern_dtype_find(tern_onnx_type_of(c, x)->dtype);
    return info != NULL && info->class_ == TERN_CLASS_F;
}

tern_status tern_onnx_do_binarizer(tern_onnx_call *c)
{
    const double threshold = tern_onnx_float(c, "threshold", 0.0);
    if (tern_onnx_has_operands(c, 1)) { /* integers: above the number below */
        tern_onnx_lower(c, "g = Greater(x0, %#.17g); y0 = CastLike(g, x0)",
                        is_float(c, c->x[0]) ? threshold : floor(threshold));
    }
    return c->status;
}

tern_status tern_onnx_do_scaler(tern_onnx_call *c)
{
    const tern_onnx_numbers offset = tern_onnx_numbers_of(c, "offset", NULL);
    const tern_onnx_numbers scale = tern_onnx_numbers_of(c, "scale", NULL);
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const tern_dtype dtype =
        tern_onnx_type_of(c, c->x[0])->dtype == TERN_DTYPE_F64 ? TERN_DTYPE_F64 : TERN_DTYPE_F32;
    tern_value_id y = tern_onnx_cast(c, c->x[0], dtype);
    if (offset.count > 0) {
        y = tern_onnx_binary(c, "sub", y, tern_onnx_doubles(c, offset, dtype));
    }
    if (scale.count > 0) {
        y = tern_onnx_binary(c, "mul", y, tern_onnx_doubles(c, scale, dtype));
    }
    return tern_onnx_give(c, tern_onnx_cast(c, y, TERN_DTYPE_F32));
}

/* Rows over their norm; a norm of 0 leaves them. */
tern_status tern_onnx_do_normalizer(tern_onnx_call *c)
{
    const tern_str norm = tern_onnx_string(c, "norm", "MAX");
    const char *sum = tern_str_is(norm, "MAX")  ? "n = ReduceMax(x0, [-1]){keepdims=1};"
                      : tern_str_is(norm, "L1") ? "n = ReduceL1(x0, [-1]){keepdims=1};"
                      : tern_str_is(norm, "L2") ? "n = ReduceL2(x0, [-1]){keepdims=1};"
                                                : NULL;
    if (sum == NULL) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "norm is \"%.*s\"; known: MAX, L1, L2",
                                norm.len < 40 ? (int)norm.len : 40, norm.at);
    }
    if (tern_onnx_has_operands(c, 1)) {
        const tern_value_id x =
            is_float(c, c->x[0]) ? c->x[0] : tern_onnx_cast(c, c->x[0], TERN_DTYPE_F32);
        const char *text =
            tern_onnx_text(c, "%s z = Equal(n, 0.0); d = Where(z, 1.0, n); y0 = Div(x0, d)", sum);
        c->y[0] = tern_onnx_cast(c, tern_onnx_through(c, text, x, TERN_NO_ID), TERN_DTYPE_F32);
    }
    return c->status;
}

/* Values that are missing, or NaN, are replaced by one number, or one per column. */
tern_status tern_onnx_do_imputer(tern_onnx_call *c)
{
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const tern_dtype dtype = (tern_dtype)tern_onnx_type_of(c, c->x[0])->dtype;
    int32_t count = 0;
    if (is_float(c, c->x[0])) {
        const double old = tern_onnx_float(c, "replaced_value_float", 0.0);
        const tern_onnx_numbers v = tern_onnx_numbers_of(c, "imputed_value_floats", NULL);
        const char *text =
            old != old ? "b = IsNaN(x0); y0 = Where(b, x1, x0)"
                       : tern_onnx_text(c, "b = Equal(x0, %#.9g); y0 = Where(b, x1, x0)", old);
        c->y[0] = tern_onnx_through(c, text, c->x[0], tern_onnx_doubles(c, v, dtype));
        return c->status;
    }
    const long long old = (long long)tern_onnx_int(c, "replaced_value_int64", 0);
    const int64_t *v = tern_onnx_ints(c, "imputed_value_int64s", &count);
    const tern_value_id fill =
        tern_onnx_cast(c, tern_onnx_i64s(c, v, v != NULL ? count : 0), dtype);
    const tern_value_id is_old =
        tern_onnx_binary(c, "equal", c->x[0], tern_onnx_scalar(c, dtype, (double)old));
    c->y[0] = tern_onnx_emit(c, "select", NULL, is_old,
                             tern_onnx_rank_up(c, fill, tern_onnx_rank(c, c->x[0])), c->x[0]);
    return c->status;
}

/* --- keys --- */

/* Keys or values in one of their attributes; 0 when they are texts, or there are none. */
static tern_value_id list_of(tern_onnx_call *c, const char *ints, const char *floats,
                             const char *tensor)
{
    int32_t count = 0;
    if (tern_onnx_has(c, ints)) {
        const int64_t *v = tern_onnx_ints(c, ints, &count);
        return tern_onnx_i64s(c, v, v != NULL ? count : 0);
    }
    if (tern_onnx_has(c, floats)) {
        return tern_onnx_doubles(c, tern_onnx_numbers_of(c, floats, NULL), TERN_DTYPE_F32);
    }
    return tern_onnx_has(c, tensor) ? tern_onnx_tensor_attribute(c, tensor) : TERN_NO_ID;
}

static tern_value_id default_of(tern_onnx_call *c, tern_dtype dtype)
{
    if (tern_onnx_has(c, "default_tensor")) {
        const tern_value_id v = tern_onnx_tensor_attribute(c, "default_tensor");
        return tern_onnx_emit(c, "shuffle", "{reshape=[1]}", tern_onnx_cast(c, v, dtype));
    }
    const double number = dtype == TERN_DTYPE_F32 || dtype == TERN_DTYPE_F64
                              ? tern_onnx_float(c, "default_float", -0.0)
                              : (double)tern_onnx_int(c, "default_int64", -1);
    return tern_onnx_emit(c, "shuffle", "{reshape=[1]}", tern_onnx_scalar(c, dtype, number));
}

tern_status tern_onnx_do_label_encoder(tern_onnx_call *c)
{
    const tern_value_id keys = list_of(c, "keys_int64s", "keys_floats", "keys_tensor");
    const tern_value_id values = list_of(c, "values_int64s", "values_floats", "values_tensor");
    if (c->status == TERN_OK && (keys == TERN_NO_ID || values == TERN_NO_ID)) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED,
                                "its keys or values are texts, and tensors hold numbers only");
    }
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const tern_dtype dtype = (tern_dtype)tern_onnx_type_of(c, values)->dtype;
    const tern_dtype own = (tern_dtype)tern_onnx_type_of(c, c->x[0])->dtype;
    const tern_value_id at =
        tern_onnx_emit(c, "lookup", NULL, c->x[0], tern_onnx_cast(c, keys, own));
    const tern_value_id parts[] = {values, default_of(c, dtype)};
    const tern_value_id table = tern_onnx_emit_x(c, "concat", "{axis=0}", parts, 2);
    c->y[0] = tern_onnx_emit(c, "gather", "{axis=0}", table, at);
    return c->status;
}

tern_status tern_onnx_do_one_hot_encoder(tern_onnx_call *c)
{
    int32_t count = 0;
    const int64_t *cats = tern_onnx_ints(c, "cats_int64s", &count);
    if (cats == NULL || count < 1) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED,
                                "its categories are texts, and tensors hold numbers only");
    }
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    static const float off_on[2] = {0.0F, 1.0F};
    const int64_t two = 2;
    const tern_value_id at =
        tern_onnx_emit(c, "lookup", NULL, tern_onnx_cast(c, c->x[0], TERN_DTYPE_I64),
                       tern_onnx_i64s(c, cats, count));
    c->y[0] = tern_onnx_emit(c, "one_hot", "{axis=-1}", at,
                             tern_onnx_constant(c, TERN_DTYPE_F32, 1, &two, off_on),
                             tern_onnx_scalar(c, TERN_DTYPE_I64, (double)count));
    return c->status;
}

/* --- linear models --- */

/* x * coefficients' rows + intercepts, in float. */
static tern_value_id linear(tern_onnx_call *c, int64_t targets, tern_onnx_numbers coefficients,
                            tern_onnx_numbers intercepts)
{
    const tern_value_id x =
        tern_onnx_cast(c, tern_onnx_features(c, c->x[0], TERN_DTYPE_F32), TERN_DTYPE_F32);
    const tern_dim features = tern_onnx_type_of(c, x)->dims[1];
    if (c->status == TERN_OK &&
        (targets < 1 || coefficients.count % targets != 0 || coefficients.count == 0 ||
         (tern_dim_known(features) && features != coefficients.count / targets) ||
         (intercepts.count != 0 && intercepts.count != targets))) {
        (void)tern_onnx_refuse(
            c, TERN_BAD_MODEL, "%lld coefficients, %lld intercepts for %lld targets",
            (long long)coefficients.count, (long long)intercepts.count, (long long)targets);
    }
    if (c->status != TERN_OK) {
        return TERN_NO_ID;
    }
    const int64_t dims[2] = {targets, coefficients.count / targets};
    const tern_value_id w = tern_onnx_emit(
        c, "shuffle", tern_onnx_text(c, "{reshape=%s}", tern_onnx_list_text(c, dims, 2)),
        tern_onnx_doubles(c, coefficients, TERN_DTYPE_F32));
    const tern_value_id y = tern_onnx_emit(c, "matmul", "{op1=transpose}", x, w);
    return intercepts.count == 0
               ? y
               : tern_onnx_binary(c, "add", y, tern_onnx_doubles(c, intercepts, TERN_DTYPE_F32));
}

tern_status tern_onnx_do_linear_regressor(tern_onnx_call *c)
{
    const tern_onnx_numbers w = tern_onnx_numbers_of(c, "coefficients", NULL);
    const tern_onnx_numbers b = tern_onnx_numbers_of(c, "intercepts", NULL);
    if (tern_onnx_has_operands(c, 1)) {
        const int64_t targets = tern_onnx_int(c, "targets", 1);
        const tern_str transform = tern_onnx_string(c, "post_transform", "NONE");
        const bool is_plain = targets == 1 && !tern_str_is(transform, "PROBIT");
        const tern_value_id y = linear(c, targets, w, b);
        c->y[0] = is_plain ? y : tern_onnx_post_transform(c, transform, y);
    }
    return c->status;
}

tern_status tern_onnx_do_linear_classifier(tern_onnx_call *c)
{
    const tern_onnx_numbers w = tern_onnx_numbers_of(c, "coefficients", NULL);
    const tern_onnx_numbers b = tern_onnx_numbers_of(c, "intercepts", NULL);
    const tern_onnx_labels labels =
        tern_onnx_read_labels(c, "classlabels_ints", "classlabels_strings");
    const tern_str transform = tern_onnx_string(c, "post_transform", "NONE");
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const int64_t targets = b.count > 0 ? b.count : labels.count;
    const tern_value_id scores = linear(c, targets, w, b);
    if (targets > 1) {
        tern_onnx_classify(c, labels, scores, transform);
    } else { /* one score for two classes */
        const char *text = tern_str_is(transform, "LOGISTIC")
                               ? "n = Neg(x0); b = Concat(n, x0){axis=1}; y0 = Sigmoid(b)"
                               : "n = Sub(1.0, x0); y0 = Concat(n, x0){axis=1}";
        tern_onnx_classify_two(c, labels, scores, 0.0,
                               labels.count == 2 ? tern_onnx_through(c, text, scores, TERN_NO_ID)
                                                 : scores);
    }
    return c->status;
}
