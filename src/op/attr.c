/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes by their field tables: defaults, set, get, compare, batch axis.  Text form:
 * attr_text.c, plan form: attr_code.c; both go through set, so every way in has the same checks.
 */
#include "op/attr.h"

#include "op/attr_internal.h"

#include <string.h>

const tern_attr_field *tern_attr_find(const tern_attr_field *fields, const char *name,
                                      size_t length)
{
    for (const tern_attr_field *f = fields; f != NULL && f->name != NULL; f++) {
        if (strlen(f->name) == length && memcmp(f->name, name, length) == 0) {
            return f;
        }
    }
    return NULL;
}

const char *tern_attr_value_name(const tern_attr_field *f, int64_t value)
{
    if (f->kind == TERN_ATTR_KIND_BOOL) {
        return value != 0 ? "true" : "false";
    }
    if (f->kind == TERN_ATTR_KIND_DTYPE) {
        const tern_dtype_info *const info =
            value < 0 || value > INT16_MAX ? NULL : tern_dtype_find((int)value);
        return value == 0 ? "none" : info != NULL ? info->name : NULL;
    }
    for (const tern_attr_name *n = f->names; n != NULL && n->name != NULL; n++) {
        if (n->value == value) {
            return n->name;
        }
    }
    return NULL;
}

bool tern_attr_value_named(const tern_attr_field *f, tern_str name, int64_t *out_value)
{
    if (f->kind == TERN_ATTR_KIND_BOOL) {
        *out_value = tern_str_is(name, "true");
        return *out_value != 0 || tern_str_is(name, "false");
    }
    if (f->kind == TERN_ATTR_KIND_DTYPE) {
        *out_value = (int64_t)tern_dtype_by_name(name.at, name.len);
        return *out_value != 0 || tern_str_is(name, "none");
    }
    for (const tern_attr_name *n = f->names; n != NULL && n->name != NULL; n++) {
        if (tern_str_is(name, n->name)) {
            *out_value = n->value;
            return true;
        }
    }
    return false;
}

/* ---- get and store ---- */

void tern_attr_get(const tern_attr_field *field, const void *attr, tern_attr_value *out_value)
{
    const void *const at = tern_attr_const_at(field, attr);
    memset(out_value, 0, sizeof *out_value);
    out_value->kind = field->kind;
    out_value->count = 1;
    switch (field->kind) {
    case TERN_ATTR_KIND_I64: out_value->i[0] = *(const int64_t *)at; break;
    case TERN_ATTR_KIND_F64: out_value->f[0] = *(const double *)at; break;
    case TERN_ATTR_KIND_BOOL:
    case TERN_ATTR_KIND_ENUM:
    case TERN_ATTR_KIND_DTYPE:
        out_value->i[0] = *(const int32_t *)at;
        out_value->text = tern_attr_value_name(field, out_value->i[0]);
        break;
    case TERN_ATTR_KIND_MASK: out_value->i[0] = *(const uint32_t *)at; break;
    case TERN_ATTR_KIND_INTS: {
        const tern_ints *const ints = at;
        out_value->count = ints->count;
        memcpy(out_value->i, ints->v, sizeof ints->v);
        break;
    }
    case TERN_ATTR_KIND_FLOATS: {
        const tern_floats *const floats = at;
        out_value->count = floats->count;
        memcpy(out_value->f, floats->v, sizeof floats->v);
        break;
    }
    case TERN_ATTR_KIND_TEXT: out_value->text = ((const tern_chars *)at)->v; break;
    }
}

/* `value` has the field's kind and has been checked. */
static void store(const tern_attr_field *f, void *attr, const tern_attr_value *value)
{
    void *const at = tern_attr_at(f, attr);
    switch (f->kind) {
    case TERN_ATTR_KIND_I64: *(int64_t *)at = value->i[0]; break;
    case TERN_ATTR_KIND_F64: *(double *)at = value->f[0]; break;
    case TERN_ATTR_KIND_BOOL:
    case TERN_ATTR_KIND_ENUM:
    case TERN_ATTR_KIND_DTYPE: *(int32_t *)at = (int32_t)value->i[0]; break;
    case TERN_ATTR_KIND_MASK: *(uint32_t *)at = (uint32_t)value->i[0]; break;
    case TERN_ATTR_KIND_INTS: {
        tern_ints *const ints = at;
        memset(ints, 0, sizeof *ints);
        ints->count = value->count;
        memcpy(ints->v, value->i, (size_t)value->count * sizeof ints->v[0]);
        break;
    }
    case TERN_ATTR_KIND_FLOATS: {
        tern_floats *const floats = at;
        memset(floats, 0, sizeof *floats);
        floats->count = value->count;
        memcpy(floats->v, value->f, (size_t)value->count * sizeof floats->v[0]);
        break;
    }
    case TERN_ATTR_KIND_TEXT: {
        tern_chars text = {{0}}; /* the value may be this very field */
        memcpy(text.v, value->text, strlen(value->text));
        memcpy(at, &text, sizeof text);
        break;
    }
    }
}

void tern_attr_defaults(const tern_attr_field *fields, void *attr)
{
    for (const tern_attr_field *f = fields; f != NULL && f->name != NULL; f++) {
        tern_attr_value value = {.kind = f->kind, .count = 1, .text = ""};
        if (tern_attr_kind_is_list(f->kind)) {
            value.count = f->fallback_count;
        }
        for (int32_t i = 0; i < value.count; i++) {
            value.f[i] = f->fallback;
            value.i[i] = tern_attr_kind_is_float(f->kind) ? 0 : (int64_t)f->fallback;
        }
        store(f, attr, &value);
    }
}

/* ---- set ---- */

static tern_status bad_kind(const tern_attr_field *f, const char *who)
{
    static const char *const wants[] = {
        [TERN_ATTR_KIND_I64] = "an integer",
        [TERN_ATTR_KIND_F64] = "a number",
        [TERN_ATTR_KIND_BOOL] = "true or false",
        [TERN_ATTR_KIND_ENUM] = "one of its names",
        [TERN_ATTR_KIND_INTS] = "a list of integers",
        [TERN_ATTR_KIND_DTYPE] = "the name of an element type",
        [TERN_ATTR_KIND_MASK] = "a list of axes, or a bit set of them",
        [TERN_ATTR_KIND_FLOATS] = "a list of numbers",
        [TERN_ATTR_KIND_TEXT] = "a text",
    };
    return tern_fail(TERN_INVALID_ARGUMENT, "%s: attribute \"%s\" takes %s", who, f->name,
                     wants[f->kind]);
}

static tern_status bad_name(const tern_attr_field *f, const char *text, const char *who)
{
    char buffer[256];
    tern_text names;
    tern_text_init_fixed(&names, buffer, sizeof buffer);
    for (const tern_attr_name *n = f->names; n != NULL && n->name != NULL; n++) {
        tern_text_add(&names, n == f->names ? "%s" : ", %s", n->name);
    }
    if (f->kind == TERN_ATTR_KIND_DTYPE) {
        tern_text_add(&names, "an element type such as f32, or none");
    }
    return tern_fail(TERN_INVALID_ARGUMENT, "%s: attribute \"%s\" has no value \"%s\"; allowed: %s",
                     who, f->name, text, tern_text_get(&names));
}

static tern_status check_range(const tern_attr_field *f, int64_t value, const char *who)
{
    if ((f->low != 0 || f->high != 0) && (value < f->low || value > f->high)) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: attribute \"%s\" is %lld, allowed are %lld..%lld", who, f->name,
                         (long long)value, (long long)f->low, (long long)f->high);
    }
    return TERN_OK;
}

/* Enums, types and booleans: by name, or by number. */
static tern_status take_named(const tern_attr_field *f, const tern_attr_value *value,
                              tern_attr_value *out, const char *who)
{
    if (value->text != NULL) {
        if (!tern_attr_value_named(f, tern_str_of(value->text), &out->i[0])) {
            return bad_name(f, value->text, who);
        }
        return TERN_OK;
    }
    if (tern_attr_kind_is_float(value->kind) || value->count != 1) {
        return bad_kind(f, who);
    }
    out->i[0] = value->i[0];
    if (f->kind == TERN_ATTR_KIND_BOOL ? value->i[0] != 0 && value->i[0] != 1
                                       : tern_attr_value_name(f, value->i[0]) == NULL) {
        char number[24];
        tern_text text;
        tern_text_init_fixed(&text, number, sizeof number);
        tern_text_add(&text, "%lld", (long long)value->i[0]);
        return bad_name(f, number, who);
    }
    return TERN_OK;
}

static tern_status take_numbers(const tern_attr_field *f, const tern_attr_value *value,
                                tern_attr_value *out, const char *who)
{
    const int32_t max = tern_attr_kind_is_list(f->kind) ? TERN_MAX_RANK : 1;
    if (value->count < 0 || value->count > max) {
        return tern_fail(TERN_INVALID_ARGUMENT,
                         "%s: attribute \"%s\" got %d values, the most is %d", who, f->name,
                         (int)value->count, (int)max);
    }
    const bool has_floats = tern_attr_kind_is_float(value->kind);
    const bool takes_floats = tern_attr_kind_is_float(f->kind);
    if ((has_floats && !takes_floats) || value->text != NULL || (max == 1 && value->count != 1)) {
        return bad_kind(f, who);
    }
    out->count = value->count;
    for (int32_t i = 0; i < value->count; i++) {
        out->i[i] = value->i[i];
        out->f[i] = has_floats ? value->f[i] : (double)value->i[i];
        if (!takes_floats) {
            TERN_TRY(check_range(f, value->i[i], who));
        }
    }
    if (f->kind == TERN_ATTR_KIND_MASK && (out->i[0] < 0 || out->i[0] > UINT32_MAX)) {
        return bad_kind(f, who);
    }
    return TERN_OK;
}

/* A list names axes; one number is the bit set itself. */
static tern_status take_mask(const tern_attr_field *f, const tern_attr_value *value,
                             tern_attr_value *out, const char *who)
{
    if (value->kind != TERN_ATTR_KIND_INTS) {
        return take_numbers(f, value, out, who);
    }
    for (int32_t i = 0; i < value->count; i++) {
        const int64_t axis = value->i[i];
        if (axis < 0 || axis >= TERN_MAX_RANK) {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "%s: attribute \"%s\" lists axis %lld, allowed are 0..%d", who,
                             f->name, (long long)axis, TERN_MAX_RANK - 1);
        }
        out->i[0] |= INT64_C(1) << axis;
    }
    return TERN_OK;
}

static tern_status take_text(const tern_attr_field *f, const tern_attr_value *value,
                             tern_attr_value *out, const char *who)
{
    if (value->text == NULL) {
        return bad_kind(f, who);
    }
    size_t length = 0;
    for (; value->text[length] != '\0'; length++) {
        const char c = value->text[length];
        if (c < ' ' || c > '~' || c == '"' || length >= TERN_ATTR_TEXT_MAX) {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "%s: attribute \"%s\" takes at most %d printable characters, none of "
                             "them a quote",
                             who, f->name, TERN_ATTR_TEXT_MAX);
        }
    }
    out->text = value->text;
    return TERN_OK;
}

tern_status tern_attr_set(const tern_attr_field *field, void *attr, const tern_attr_value *value,
                          const char *who)
{
    tern_attr_value checked = {.kind = field->kind, .count = 1};
    const bool is_named = field->kind == TERN_ATTR_KIND_BOOL ||
                          field->kind == TERN_ATTR_KIND_ENUM || field->kind == TERN_ATTR_KIND_DTYPE;
    TERN_TRY(is_named                             ? take_named(field, value, &checked, who)
             : field->kind == TERN_ATTR_KIND_TEXT ? take_text(field, value, &checked, who)
             : field->kind == TERN_ATTR_KIND_MASK ? take_mask(field, value, &checked, who)
                                                  : take_numbers(field, value, &checked, who));
    store(field, attr, &checked);
    return TERN_OK;
}

/* ---- compare ---- */

static bool field_equal(const tern_attr_field *f, const void *a, const void *b)
{
    tern_attr_value x, y;
    tern_attr_get(f, a, &x);
    tern_attr_get(f, b, &y);
    if (x.count != y.count) {
        return false;
    }
    if (f->kind == TERN_ATTR_KIND_TEXT) {
        return strcmp(x.text, y.text) == 0;
    }
    const size_t count = (size_t)x.count;
    if (tern_attr_kind_is_float(f->kind)) { /* bits: NaN equals itself, -0 is not 0 */
        return memcmp(x.f, y.f, count * sizeof x.f[0]) == 0;
    }
    return memcmp(x.i, y.i, count * sizeof x.i[0]) == 0;
}

bool tern_attr_equal(const tern_attr_field *fields, const void *a, const void *b)
{
    for (const tern_attr_field *f = fields; f != NULL && f->name != NULL; f++) {
        if (!field_equal(f, a, b)) {
            return false;
        }
    }
    return true;
}

/* ---- batch axis ---- */

static tern_status prepend(const tern_attr_field *f, void *attr, int64_t first, const char *who)
{
    tern_attr_value value;
    tern_attr_get(f, attr, &value);
    if (value.count == 0) {
        return TERN_OK;
    }
    if (value.count == TERN_MAX_RANK) {
        return tern_fail(TERN_UNSUPPORTED,
                         "%s: attribute \"%s\" has %d entries, a batch axis makes it one too many",
                         who, f->name, TERN_MAX_RANK);
    }
    memmove(&value.i[1], &value.i[0], (size_t)value.count * sizeof value.i[0]);
    memmove(&value.f[1], &value.f[0], (size_t)value.count * sizeof value.f[0]);
    value.i[0] = first;
    value.f[0] = (double)first;
    value.count++;
    store(f, attr, &value);
    return TERN_OK;
}

/* Axes that count from the front move up by one. */
static void shift(const tern_attr_field *f, void *attr)
{
    tern_attr_value value;
    tern_attr_get(f, attr, &value);
    for (int32_t i = 0; i < value.count; i++) {
        if (f->kind == TERN_ATTR_KIND_MASK) {
            value.i[i] = (int64_t)(uint32_t)(value.i[i] << 1);
        } else if (value.i[i] >= 0 && value.i[i] < INT64_MAX) {
            value.i[i]++;
        }
    }
    store(f, attr, &value);
}

tern_status tern_attr_batchify(const tern_attr_field *fields, void *attr, const char *who)
{
    for (const tern_attr_field *f = fields; f != NULL && f->name != NULL; f++) {
        switch (f->batch) {
        case TERN_BATCH_KEEP: break;
        case TERN_BATCH_SHIFT: shift(f, attr); break;
        case TERN_BATCH_PREPEND: TERN_TRY(prepend(f, attr, f->batch_value, who)); break;
        case TERN_BATCH_PERMUTE:
            shift(f, attr);
            TERN_TRY(prepend(f, attr, 0, who));
            break;
        }
    }
    return TERN_OK;
}
