/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading einsum's equations.
 */
#include "op/einsum/equation.h"

#include <string.h>

typedef struct reader {
    const char *at;
    const char *text; /* the whole equation, for messages */
    const char *who;
    int32_t most;                      /* axes of the longest ellipsis */
    uint8_t uses[TERN_EINSUM_LETTERS]; /* of each letter, in operands */
} reader;

static int32_t letter_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    return c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
}

static void skip_blanks(reader *r)
{
    while (*r->at == ' ') {
        r->at++;
    }
}

static tern_status bad(const reader *r, const char *what)
{
    return tern_fail(TERN_INVALID_ARGUMENT, "%s: equation \"%s\": %s at \"%.16s\"", r->who, r->text,
                     what, r->at);
}

/* The letters of one term, and how many of them stand before the ellipsis (-1: there is none). */
typedef struct raw_term {
    uint8_t letters[TERN_ATTR_TEXT_MAX];
    int32_t count, ellipsis;
} raw_term;

static tern_status read_term(reader *r, raw_term *t)
{
    t->count = 0;
    t->ellipsis = -1;
    for (skip_blanks(r); *r->at != '\0' && *r->at != ',' && *r->at != '-'; skip_blanks(r)) {
        const int32_t letter = letter_of(*r->at);
        if (letter >= 0) {
            t->letters[t->count++] = (uint8_t)letter;
            r->at++;
        } else if (strncmp(r->at, "...", 3) == 0 && t->ellipsis < 0) {
            t->ellipsis = t->count;
            r->at += 3;
        } else {
            return bad(r, "expected a letter, one ellipsis, a comma or an arrow");
        }
    }
    return TERN_OK;
}

/* Letters and `hidden` axes of an ellipsis become labels. */
static tern_status spread(const reader *r, const raw_term *t, int32_t hidden, tern_einsum_term *out)
{
    const int32_t rank = t->count + hidden;
    if (rank > TERN_MAX_RANK) {
        return tern_fail(TERN_UNSUPPORTED, "%s: equation \"%s\": a term of %d axes, at most %d",
                         r->who, r->text, (int)rank, TERN_MAX_RANK);
    }
    int32_t at = 0;
    out->rank = rank;
    for (int32_t i = 0; i <= t->count; i++) {
        for (int32_t k = 0; i == t->ellipsis && k < hidden; k++) {
            out->labels[at++] = (uint8_t)(TERN_EINSUM_LETTERS + hidden - 1 - k);
        }
        if (i < t->count) {
            out->labels[at++] = t->letters[i];
        }
    }
    return TERN_OK;
}

static tern_status read_operand(reader *r, int32_t rank, int32_t i, tern_einsum_term *out)
{
    raw_term t;
    TERN_TRY(read_term(r, &t));
    const int32_t hidden = t.ellipsis >= 0 ? rank - t.count : 0;
    if (hidden < 0 || t.count + hidden != rank) {
        return tern_fail(TERN_BAD_SHAPE,
                         "%s: equation \"%s\": term %d has %d labels, its operand has rank %d",
                         r->who, r->text, (int)i, (int)t.count, (int)rank);
    }
    r->most = hidden > r->most ? hidden : r->most;
    for (int32_t k = 0; k < t.count; k++) {
        uint8_t *const uses = &r->uses[t.letters[k]];
        *uses = *uses < 2 ? (uint8_t)(*uses + 1) : 2;
    }
    return spread(r, &t, hidden, out);
}

/* What follows from the operands: the ellipsis, then letters that occur once. */
static tern_status implicit_result(const reader *r, tern_einsum_term *out)
{
    raw_term t = {.ellipsis = 0};
    for (int32_t i = 0; i < TERN_EINSUM_LETTERS; i++) {
        if (r->uses[i] == 1) {
            t.letters[t.count++] = (uint8_t)i;
        }
    }
    return spread(r, &t, r->most, out);
}

static tern_status read_result(reader *r, tern_einsum_term *out)
{
    raw_term t;
    uint64_t seen = 0;
    TERN_TRY(read_term(r, &t));
    if (*r->at != '\0') {
        return bad(r, "expected the end");
    }
    for (int32_t i = 0; i < t.count; i++) {
        const uint64_t bit = UINT64_C(1) << t.letters[i];
        if ((seen & bit) != 0 || r->uses[t.letters[i]] == 0) {
            return bad(r, "a label of the result is there twice, or in no operand,");
        }
        seen |= bit;
    }
    return spread(r, &t, t.ellipsis >= 0 ? r->most : 0, out);
}

tern_status tern_equation_parse(const char *text, const int32_t *ranks, int32_t count,
                                const char *who, tern_equation *out)
{
    reader r = {.at = text, .text = text, .who = who};
    if (count > TERN_EINSUM_TERMS) {
        return tern_fail(TERN_UNSUPPORTED, "%s: %d operands, at most %d", who, (int)count,
                         TERN_EINSUM_TERMS);
    }
    out->count = count;
    for (int32_t i = 0; i < count; i++) {
        if (i > 0 && *r.at++ != ',') {
            return tern_fail(TERN_INVALID_ARGUMENT,
                             "%s: equation \"%s\" has fewer terms than there are operands, %d", who,
                             text, (int)count);
        }
        TERN_TRY(read_operand(&r, ranks[i], i, &out->x[i]));
    }
    if (*r.at == '\0') {
        return implicit_result(&r, &out->y);
    }
    if (r.at[0] != '-' || r.at[1] != '>') {
        return bad(&r, *r.at == ',' ? "more terms than operands" : "expected \"->\"");
    }
    r.at += 2;
    return read_result(&r, &out->y);
}
