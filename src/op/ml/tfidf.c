/* SPDX-License-Identifier: Apache-2.0
 *
 * tfidf: how often each n-gram of a pool stands in a row of tokens, also with tokens left out in
 * between.  The pool is a tree in a table, breadth first, whose row 0 is the root:
 *
 *     pool [R,3]     token, the row of its first child, the column to count in or -1
 *
 * The children of row i are the rows from its first to that of row i + 1, by rising token.
 */
#include "op/message.h"

#include <string.h>

typedef enum count_mode {
    MODE_TF = 0,   /* the count */
    MODE_IDF = 1,  /* the column's weight where the count is not 0 */
    MODE_TFIDF = 2 /* the count times the weight */
} count_mode;

typedef struct tfidf_attr {
    int64_t columns;
    int64_t min_length, max_length;
    int64_t max_skip;
    int32_t mode;
    int32_t reserved;
} tfidf_attr;

static const tern_attr_name modes[] = {
    {"tf", MODE_TF},
    {"idf", MODE_IDF},
    {"tfidf", MODE_TFIDF},
    {NULL, 0},
};

static const tern_attr_field fields[] = {
    TERN_ATTR(tfidf_attr, columns, I64, .fallback = 1, .low = 1, .high = INT32_MAX,
              .summary = "results per row"),
    TERN_ATTR(tfidf_attr, min_length, I64, .fallback = 1, .low = 1, .high = INT32_MAX,
              .summary = "tokens of the shortest n-gram"),
    TERN_ATTR(tfidf_attr, max_length, I64, .fallback = 1, .low = 1, .high = INT32_MAX,
              .summary = "tokens of the longest n-gram"),
    TERN_ATTR(tfidf_attr, max_skip, I64, .low = 0, .high = INT32_MAX,
              .summary = "at most so many tokens left out between two of an n-gram"),
    TERN_ATTR(tfidf_attr, mode, ENUM, .names = modes, .fallback = MODE_TF,
              .summary = "what becomes of a count"),
    TERN_ATTR_END,
};

enum { X_INPUT, X_POOL, X_WEIGHTS };

/* Columns of the pool. */
enum { TOKEN, FIRST, COLUMN, COLUMNS };

static tern_status infer(tern_infer *in)
{
    const tfidf_attr *const a = in->attr;
    const tern_type *const x = in->x;
    char text[TERN_OPERAND_TEXT_BYTES];
    if (x[X_INPUT].rank > 2) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must have rank 2 at most", in->who,
                         tern_operand_text(in, X_INPUT, text));
    }
    if (x[X_POOL].rank != 2 || !tern_dim_may_equal(x[X_POOL].dims[1], COLUMNS)) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be [R,%d]", in->who,
                         tern_operand_text(in, X_POOL, text), COLUMNS);
    }
    if (tern_infer_has(in, X_WEIGHTS) &&
        (x[X_WEIGHTS].rank != 1 || !tern_dim_may_equal(x[X_WEIGHTS].dims[0], a->columns))) {
        return tern_fail(TERN_BAD_SHAPE, "%s: %s must be [%lld], one for each column", in->who,
                         tern_operand_text(in, X_WEIGHTS, text), (long long)a->columns);
    }
    if (a->min_length > a->max_length) {
        return tern_fail(TERN_INVALID_ARGUMENT, "%s: min_length %lld is above max_length %lld",
                         in->who, (long long)a->min_length, (long long)a->max_length);
    }
    tern_type *const y = &in->y[0];
    y->rank = x[X_INPUT].rank == 2 ? 2 : 1;
    y->dims[0] = x[X_INPUT].dims[0];
    y->dims[y->rank - 1] = a->columns;
    return TERN_OK;
}

/* ---- reference ---- */

typedef struct token_pool {
    const int64_t *rows; /* [count, COLUMNS]: from a file, any numbers */
    int64_t count;
} token_pool;

typedef struct token_list {
    const int64_t *v;
    int64_t count;
} token_list;

static int64_t within(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* The child of a row with that token; 0: there is none. */
static int64_t child_of(token_pool p, int64_t row, int64_t token)
{
    const int64_t *const own = p.rows + row * COLUMNS;
    int64_t low = within(own[FIRST], 1, p.count);
    const int64_t end = row + 1 < p.count ? within(own[COLUMNS + FIRST], 1, p.count) : p.count;
    int64_t high = end;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (p.rows[middle * COLUMNS + TOKEN] < token) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < end && p.rows[low * COLUMNS + TOKEN] == token ? low : 0;
}

/* Counts the n-grams of every `step`th token, `shortest` tokens at least, that begin at the first.
   */
static void count_from(const tfidf_attr *a, token_pool p, token_list x, int64_t step,
                       int64_t shortest, double *y)
{
    int64_t row = 0, at = 0;
    for (int64_t size = 1; size <= a->max_length && at < x.count; size++, at += step) {
        row = child_of(p, row, x.v[at]);
        if (row == 0) {
            return;
        }
        const int64_t column = p.rows[row * COLUMNS + COLUMN];
        if (size >= shortest && column >= 0 && column < a->columns) {
            y[column] += 1.0;
        }
    }
}

static void count_row(const tfidf_attr *a, token_pool p, const int64_t *x, int64_t length,
                      double *y)
{
    int64_t shortest = a->min_length;
    for (int64_t step = 1; step <= a->max_skip + 1 && p.count > 0; step++) {
        for (int64_t at = 0; at < length && (length - 1 - at) / step >= shortest - 1; at++) {
            count_from(a, p, (token_list){x + at, length - at}, step, shortest, y);
        }
        /* Single tokens have nothing in between: they count once. */
        shortest = shortest == 1 ? 2 : shortest;
        if (shortest > a->max_length || step >= length) {
            return;
        }
    }
}

static void tfidf(const tern_ref *r)
{
    const tfidf_attr *const a = r->attr;
    const token_pool p = {r->x[X_POOL], r->xt[X_POOL].dims[0]};
    const double *const weights =
        r->x_count > X_WEIGHTS && r->xt[X_WEIGHTS].dtype != 0 ? r->x[X_WEIGHTS] : NULL;
    const tern_type *const xt = &r->xt[X_INPUT];
    const int64_t rows = xt->rank == 2 ? xt->dims[0] : 1;
    const int64_t length = xt->rank == 0 ? 1 : xt->dims[xt->rank - 1];
    const int64_t *x = r->x[X_INPUT];
    double *y = r->y[0];
    for (int64_t row = 0; row < rows; row++, x += length, y += a->columns) {
        memset(y, 0, (size_t)a->columns * sizeof *y);
        count_row(a, p, x, length, y);
        for (int64_t i = 0; i < a->columns && a->mode != MODE_TF; i++) {
            const double weight = weights != NULL ? weights[i] : 1.0;
            y[i] = a->mode == MODE_TFIDF ? y[i] * weight : y[i] > 0.0 ? weight : 0.0;
        }
    }
}

static const char *const names[] = {"input", "pool", "weights", NULL};

const tern_op tern_op_tfidf = {
    .name = "tfidf",
    .summary = "how often each n-gram of a pool stands in rows of tokens",
    .types = "T, i64, f32? -> f32; T: signed",
    .arity = {.in_min = 2, .in_max = 3, .out = 1},
    .input_names = names,
    .attrs = fields,
    .attr_size = sizeof(tfidf_attr),
    .infer = infer,
    .reference = {[TERN_CLASS_I] = tfidf},
    .batchless_operands = 1u << X_POOL | 1u << X_WEIGHTS,
};
