/* SPDX-License-Identifier: Apache-2.0
 *
 * Linear algebra and signals: Einsum, Det, DFT, STFT, windows, MelWeightMatrix.
 */
#include "import/onnx/index.h"

#include <string.h>

/*
 * Two operands with one label each that is only theirs, one that is summed over, and any others in
 * both and in the result: a batched matrix product between transposes.
 */
typedef struct product {
    char terms[3][TERN_MAX_RANK + 1]; /* a, b, result */
    char batch[TERN_MAX_RANK + 1];
    char left, right, inner;
} product;

static int64_t place(const char *labels, char label)
{
    const char *at = strchr(labels, label);
    return at != NULL ? at - labels : -1;
}

/* "bij,bjk->bik" into its three terms of different letters. */
static bool split_equation(const char *text, product *p)
{
    for (int i = 0; i < 3; i++) {
        size_t count = 0;
        for (; (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z'); text++) {
            if (count == TERN_MAX_RANK || place(p->terms[i], *text) >= 0) {
                return false;
            }
            p->terms[i][count++] = *text;
            p->terms[i][count] = '\0';
        }
        const char *const behind = i == 0 ? "," : i == 1 ? "->" : "";
        if (strncmp(text, behind, strlen(behind)) != 0) {
            return false;
        }
        text += strlen(behind);
    }
    return *text == '\0';
}

static bool find_product(const char *text, product *p)
{
    size_t batch = 0;
    if (!split_equation(text, p)) {
        return false;
    }
    for (const char *l = p->terms[0]; *l != '\0'; l++) {
        const bool in_b = place(p->terms[1], *l) >= 0, in_y = place(p->terms[2], *l) >= 0;
        char *const single = in_y ? &p->left : &p->inner;
        if (in_b && in_y) {
            p->batch[batch++] = *l;
        } else if (in_b == in_y || *single != '\0') {
            return false;
        } else {
            *single = *l;
        }
    }
    for (const char *l = p->terms[1]; *l != '\0'; l++) {
        if (place(p->terms[0], *l) < 0) {
            if (place(p->terms[2], *l) < 0 || p->right != '\0') {
                return false;
            }
            p->right = *l;
        }
    }
    return p->left != '\0' && p->right != '\0' && p->inner != '\0' &&
           strlen(p->terms[2]) == batch + 2;
}

static tern_value_id arrange(tern_onnx_call *c, tern_value_id x, const char *from, const char *to)
{
    int64_t order[TERN_MAX_RANK];
    const int32_t count = (int32_t)strlen(to);
    bool is_same = true;
    for (int32_t i = 0; i < count; i++) {
        order[i] = place(from, to[i]);
        is_same = is_same && order[i] == i;
    }
    return is_same ? x : tern_onnx_transpose(c, x, order, count);
}

/* Extents of a label in both operands are the same for sure: nothing broadcasts. */
static bool is_plain(const tern_onnx_call *c, const product *p)
{
    const tern_type *const a = tern_onnx_type_of(c, c->x[0]), *const b =
                                                                  tern_onnx_type_of(c, c->x[1]);
    const tern_dtype_info *info = tern_dtype_find(a->dtype);
    bool fits = a->dtype == b->dtype && a->rank == strlen(p->terms[0]) &&
                b->rank == strlen(p->terms[1]) && info != NULL && info->class_ == TERN_CLASS_F;
    for (int32_t i = 0; fits && i < a->rank; i++) {
        const int64_t k = place(p->terms[1], p->terms[0][i]);
        fits = k < 0 || tern_dim_same(a->dims[i], b->dims[k]);
    }
    return fits;
}

static tern_value_id emit_product(tern_onnx_call *c, const product *p)
{
    char a[TERN_MAX_RANK + 1], b[TERN_MAX_RANK + 1], y[TERN_MAX_RANK + 1];
    const size_t batch = strlen(p->batch);
    memcpy(a, p->batch, sizeof a);
    memcpy(b, p->batch, sizeof b);
    memcpy(y, p->batch, sizeof y);
    a[batch] = y[batch] = p->left;
    a[batch + 1] = b[batch + 1] = p->inner;
    b[batch] = y[batch + 1] = p->right;
    a[batch + 2] = b[batch + 2] = y[batch + 2] = '\0';
    const tern_value_id all =
        tern_onnx_emit(c, "matmul", "{op1=transpose}", arrange(c, c->x[0], p->terms[0], a),
                       arrange(c, c->x[1], p->terms[1], b));
    return arrange(c, all, y, p->terms[2]);
}

tern_status tern_onnx_do_einsum(tern_onnx_call *c)
{
    const tern_str equation = tern_onnx_string(c, "equation", "");
    char text[TERN_ATTR_TEXT_MAX + 1];
    size_t length = 0;
    for (size_t i = 0; i < equation.len; i++) {
        const char ch = equation.at[i];
        if (ch < ' ' || ch > '~' || ch == '"' || length >= TERN_ATTR_TEXT_MAX) {
            return tern_onnx_refuse(c, TERN_UNSUPPORTED,
                                    "its equation has characters that are none of an equation, or "
                                    "more than %d",
                                    TERN_ATTR_TEXT_MAX);
        }
        if (ch != ' ') {
            text[length++] = ch;
        }
    }
    text[length] = '\0';
    if (!tern_onnx_has_operands(c, c->x_count > 0 ? c->x_count : 1)) {
        return c->status;
    }
    product p = {.batch = ""};
    if (c->x_count == 2 && find_product(text, &p) && is_plain(c, &p)) {
        c->y[0] = emit_product(c, &p);
    } else {
        c->y[0] = tern_onnx_emit_x(c, "einsum", tern_onnx_text(c, "{equation=\"%s\"}", text), c->x,
                                   c->x_count);
    }
    return c->status;
}

tern_status tern_onnx_do_det(tern_onnx_call *c)
{
    if (tern_onnx_has_operands(c, 1)) {
        c->y[0] = tern_onnx_emit(c, "det", NULL, c->x[0]);
    }
    return c->status;
}

/* --- Fourier --- */

static const char *flag(tern_onnx_call *c, const char *name, int64_t fallback)
{
    return tern_onnx_int(c, name, fallback) != 0 ? "true" : "false";
}

/* The axis was an attribute, 1 by default; since opset 20 it is an input, -2 by default. */
tern_status tern_onnx_do_dft(tern_onnx_call *c)
{
    const long long axis = c->opset < 20 ? (long long)tern_onnx_int(c, "axis", 1) : -2;
    const char *text = tern_onnx_text(c, "{axis=%lld, inverse=%s, onesided=%s}", axis,
                                      flag(c, "inverse", 0), flag(c, "onesided", 0));
    if (tern_onnx_has_operands(c, 1)) {
        c->y[0] =
            tern_onnx_emit(c, "dft", text, c->x[0], c->x[1], c->opset < 20 ? TERN_NO_ID : c->x[2]);
    }
    return c->status;
}

tern_status tern_onnx_do_stft(tern_onnx_call *c)
{
    if (tern_onnx_has_operands(c, 2)) {
        c->y[0] =
            tern_onnx_emit(c, "stft", tern_onnx_text(c, "{onesided=%s}", flag(c, "onesided", 1)),
                           c->x[0], c->x[1], c->x[2], c->x[3]);
    }
    return c->status;
}

/* The type to compute in, and the one that is wanted. */
static const char *float_type(tern_onnx_call *c, tern_dtype *out_wanted)
{
    *out_wanted = tern_onnx_dtype(c, tern_onnx_int(c, "output_datatype", TERN_DTYPE_F32));
    const tern_dtype_info *info = tern_dtype_find((int)*out_wanted);
    return info->class_ == TERN_CLASS_F && info->bits >= 16 ? info->name : "f64";
}

static tern_status window(tern_onnx_call *c, const char *terms)
{
    tern_dtype wanted = TERN_DTYPE_F32;
    const char *dtype = float_type(c, &wanted);
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    const tern_value_id y = tern_onnx_emit(c, "signal_window",
                                           tern_onnx_text(c, "{terms=%s, periodic=%s, dtype=%s}",
                                                          terms, flag(c, "periodic", 1), dtype),
                                           c->x[0]);
    c->y[0] = tern_onnx_cast(c, y, wanted);
    return c->status;
}

tern_status tern_onnx_do_hann_window(tern_onnx_call *c)
{
    return window(c, "[0.5,0.5]");
}

tern_status tern_onnx_do_hamming_window(tern_onnx_call *c)
{
    return window(c, tern_onnx_text(c, "[%.17g,%.17g]", 25.0 / 46.0, 1.0 - 25.0 / 46.0));
}

tern_status tern_onnx_do_blackman_window(tern_onnx_call *c)
{
    return window(c, "[0.42,0.5,0.08]");
}

tern_status tern_onnx_do_mel_weight_matrix(tern_onnx_call *c)
{
    tern_dtype wanted = TERN_DTYPE_F32;
    const char *dtype = float_type(c, &wanted);
    if (!tern_onnx_has_operands(c, 5)) {
        return c->status;
    }
    const tern_value_id y =
        tern_onnx_emit_x(c, "mel_weights", tern_onnx_text(c, "{dtype=%s}", dtype), c->x, 5);
    c->y[0] = tern_onnx_cast(c, y, wanted);
    return c->status;
}
