/* SPDX-License-Identifier: Apache-2.0
 *
 * Parser of type rules.  Rules are a few words long, so they are parsed where they are needed and
 * never stored.
 */
#include "op/type_rule.h"

#include <string.h>

typedef struct type_set {
    const char *name;
    uint32_t classes; /* bit 1 << tern_class */
    bool has_regular, has_small;
} type_set;

static const type_set sets[] = {
    {"any", 1u << TERN_CLASS_F | 1u << TERN_CLASS_I | 1u << TERN_CLASS_U | 1u << TERN_CLASS_B, true,
     true},
    {"number", 1u << TERN_CLASS_F | 1u << TERN_CLASS_I | 1u << TERN_CLASS_U, true, false},
    {"float", 1u << TERN_CLASS_F, true, false},
    {"int", 1u << TERN_CLASS_I | 1u << TERN_CLASS_U, true, false},
    {"signed", 1u << TERN_CLASS_I, true, false},
    {"unsigned", 1u << TERN_CLASS_U, true, false},
    {"small", 1u << TERN_CLASS_F | 1u << TERN_CLASS_I | 1u << TERN_CLASS_U, false, true},
};

/* Types for storing, not for arithmetic: floats of 8 bits and fewer, integers of fewer than 8. */
static bool is_small(const tern_dtype_info *info)
{
    return info->bits < 8 || (info->bits == 8 && info->class_ == TERN_CLASS_F);
}

/* Types of a set's or a type's name; 0 when there is no such name. */
static uint32_t types_of(tern_str name)
{
    const tern_dtype dtype = tern_dtype_by_name(name.at, name.len);
    if (dtype != 0) {
        return UINT32_C(1) << dtype;
    }
    uint32_t types = 0;
    for (size_t s = 0; s < TERN_COUNT_OF(sets); s++) {
        for (int i = 1; tern_str_is(name, sets[s].name) && i < 32; i++) {
            const tern_dtype_info *const info = tern_dtype_find(i);
            if (info != NULL && (sets[s].classes >> info->class_ & 1) != 0 &&
                (is_small(info) ? sets[s].has_small : sets[s].has_regular)) {
                types |= UINT32_C(1) << i;
            }
        }
    }
    return types;
}

/* One operand or result: "T", "T?", "T*", "i32", "float?", "*". */
static bool parse_slot(tern_str text, tern_type_slot *out)
{
    *out = (tern_type_slot){0};
    text = tern_str_trim(text);
    if (tern_str_is(text, "*")) {
        return true;
    }
    if (text.len > 1 && (text.at[text.len - 1] == '?' || text.at[text.len - 1] == '*')) {
        out->is_optional = text.at[text.len - 1] == '?';
        out->repeats = !out->is_optional;
        text.len--;
    }
    if (text.len == 1 && text.at[0] >= 'A' && text.at[0] <= 'Z') {
        out->letter = text.at[0];
        return true;
    }
    out->types = types_of(text);
    return out->types != 0;
}

static bool parse_slots(tern_str text, tern_type_slot *slots, int32_t max, int32_t *out_count)
{
    tern_str part;
    int32_t count = 0;
    text = tern_str_trim(text);
    while (text.len > 0 && tern_str_next(&text, ',', &part)) {
        if (count == max || !parse_slot(part, &slots[count])) {
            return false;
        }
        count++;
    }
    *out_count = count;
    return true;
}

/* "T: f32 f16" into every slot of that letter. */
static bool parse_binding(tern_str text, tern_type_rule *rule)
{
    tern_str letter, name;
    uint32_t types = 0;
    if (!tern_str_next(&text, ':', &letter)) {
        return false;
    }
    letter = tern_str_trim(letter);
    text = tern_str_trim(text);
    while (text.len > 0 && tern_str_next(&text, ' ', &name)) {
        const uint32_t more = types_of(tern_str_trim(name));
        if (more == 0) {
            return false;
        }
        types |= more;
    }
    for (int32_t i = 0; letter.len == 1 && i < rule->x_count + rule->y_count; i++) {
        tern_type_slot *const slot = i < rule->x_count ? &rule->x[i] : &rule->y[i - rule->x_count];
        if (slot->letter == letter.at[0]) {
            slot->types = types;
        }
    }
    return letter.len == 1 && types != 0;
}

bool tern_type_rule_parse(const char *text, tern_type_rule *out_rule)
{
    memset(out_rule, 0, sizeof *out_rule);
    const char *const arrow = strstr(text, "->");
    if (arrow == NULL) {
        return false;
    }
    const tern_str operands = {text, (size_t)(arrow - text)};
    tern_str rest = tern_str_of(arrow + 2), part;
    if (!tern_str_next(&rest, ';', &part) ||
        !parse_slots(operands, out_rule->x, TERN_OP_MAX_FIXED_INPUTS, &out_rule->x_count) ||
        !parse_slots(part, out_rule->y, TERN_OP_MAX_OUTPUTS, &out_rule->y_count)) {
        return false;
    }
    while (tern_str_next(&rest, ';', &part)) {
        if (!parse_binding(part, out_rule)) {
            return false;
        }
    }
    for (int32_t i = 0; i < out_rule->x_count; i++) {
        const tern_type_slot *const slot = &out_rule->x[i];
        if (slot->types == 0 || (slot->repeats && i + 1 < out_rule->x_count)) {
            return false;
        }
    }
    return true;
}

const tern_type_slot *tern_type_rule_operand(const tern_type_rule *rule, int32_t i)
{
    if (i < rule->x_count) {
        return &rule->x[i];
    }
    if (rule->x_count > 0 && rule->x[rule->x_count - 1].repeats) {
        return &rule->x[rule->x_count - 1];
    }
    return NULL;
}

const char *tern_types_text(uint32_t types, char *buffer, size_t size)
{
    tern_text out;
    tern_text_init_fixed(&out, buffer, size);
    for (int i = 1; i < 32; i++) {
        if ((types >> i & 1) != 0) {
            tern_text_add(&out, out.len > 0 ? " %s" : "%s", tern_dtype_name((tern_dtype)i));
        }
    }
    return tern_text_get(&out);
}
