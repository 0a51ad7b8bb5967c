/* SPDX-License-Identifier: Apache-2.0
 *
 * TfIdfVectorizer: the n-grams of its pool, sorted, become the tree that `tfidf` walks.  Texts are
 * no elements here.
 */
#include "import/onnx/ml.h"

#include <stdlib.h>
#include <string.h>

typedef struct gram {
    const int64_t *tokens;
    int64_t length;
    int64_t column;
} gram;

typedef struct gram_list {
    gram *v;
    int64_t count;
    int64_t token_count; /* of all of them */
    int64_t columns;
} gram_list;

/* By tokens, what another begins with in front of it; equal ones as they stand in the pool. */
static int by_tokens(const void *left, const void *right)
{
    const gram *const a = left, *const b = right;
    const int64_t shared = a->length < b->length ? a->length : b->length;
    for (int64_t i = 0; i < shared; i++) {
        if (a->tokens[i] != b->tokens[i]) {
            return a->tokens[i] < b->tokens[i] ? -1 : 1;
        }
    }
    if (a->length != b->length) {
        return a->length < b->length ? -1 : 1;
    }
    return a->tokens < b->tokens ? -1 : a->tokens > b->tokens;
}

typedef struct pool_attributes {
    const int64_t *pool, *starts, *columns;
    int32_t pool_count, start_count, column_count;
    int64_t min_length, max_length;
} pool_attributes;

/* The n-grams that count, and how many columns all of them need. */
static gram_list read_grams(tern_onnx_call *c, const pool_attributes *a)
{
    gram_list list = {0};
    list.v = tern_arena_items(tern_onnx_arena(c), (size_t)a->column_count + 1, sizeof *list.v,
                              sizeof(int64_t));
    if (list.v == NULL) {
        c->status = TERN_OUT_OF_MEMORY;
        return list;
    }
    int32_t next = 0;
    for (int32_t i = 0; i < a->start_count; i++) {
        const int64_t length = (int64_t)i + 1, start = a->starts[i];
        const int64_t end = i + 1 < a->start_count ? a->starts[i + 1] : a->pool_count;
        if (start < 0 || end < start || end > a->pool_count) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL,
                                   "ngram_counts %lld and %lld for a pool of %d tokens",
                                   (long long)start, (long long)end, (int)a->pool_count);
            return list;
        }
        for (int64_t at = start; at + length <= end; at += length, next++) {
            if (next >= a->column_count) {
                (void)tern_onnx_refuse(c, TERN_BAD_MODEL,
                                       "ngram_indexes has %d entries, the pool has more n-grams",
                                       (int)a->column_count);
                return list;
            }
            if (length >= a->min_length && length <= a->max_length) {
                list.v[list.count++] = (gram){a->pool + at, length, a->columns[next]};
                list.token_count += length;
            }
        }
    }
    for (int32_t i = 0; i < a->column_count; i++) {
        if (a->columns[i] < 0 || a->columns[i] >= INT32_MAX) {
            (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "ngram_indexes has an entry %lld",
                                   (long long)a->columns[i]);
            return list;
        }
        list.columns = a->columns[i] >= list.columns ? a->columns[i] + 1 : list.columns;
    }
    qsort(list.v, (size_t)list.count, sizeof *list.v, by_tokens);
    return list;
}

/* A row of the tree while it is made: the sorted n-grams that begin with its tokens. */
typedef struct branch {
    int64_t first, end, depth;
} branch;

/* Rows of `tfidf`'s pool: token, first child, column. */
static tern_value_id emit_tree(tern_onnx_call *c, const gram_list *list)
{
    const size_t room = (size_t)list->token_count + 1;
    tern_arena *arena = tern_onnx_arena(c);
    branch *branches = tern_arena_items(arena, room, sizeof *branches, sizeof(int64_t));
    int64_t(*rows)[3] = tern_arena_items(arena, room, sizeof *rows, sizeof(int64_t));
    if (branches == NULL || rows == NULL) {
        c->status = TERN_OUT_OF_MEMORY;
        return TERN_NO_ID;
    }
    int64_t count = 1;
    branches[0] = (branch){0, list->count, 0};
    rows[0][0] = 0;
    for (int64_t row = 0; row < count; row++) {
        const branch b = branches[row];
        int64_t at = b.first;
        rows[row][1] = count;
        rows[row][2] = -1;
        for (; at < b.end && list->v[at].length == b.depth; at++) {
            rows[row][2] = list->v[at].column;
        }
        while (at < b.end) {
            const int64_t token = list->v[at].tokens[b.depth];
            branch *const next = &branches[count];
            *next = (branch){at, at, b.depth + 1};
            while (at < b.end && list->v[at].tokens[b.depth] == token) {
                at++;
            }
            next->end = at;
            rows[count++][0] = token;
        }
    }
    const int64_t dims[2] = {count, 3};
    return tern_onnx_constant(c, TERN_DTYPE_I64, 2, dims, rows);
}

/* A weight for each column; 0: every one is 1. */
static tern_value_id weights_of(tern_onnx_call *c, int64_t columns)
{
    int32_t count = 0;
    const float *weights = tern_onnx_floats(c, "weights", &count);
    if (weights == NULL || count == 0) {
        return TERN_NO_ID;
    }
    if (count < columns) {
        (void)tern_onnx_refuse(c, TERN_BAD_MODEL, "%d weights for %lld columns", (int)count,
                               (long long)columns);
        return TERN_NO_ID;
    }
    return tern_onnx_constant(c, TERN_DTYPE_F32, 1, &columns, weights);
}

tern_status tern_onnx_do_tf_idf_vectorizer(tern_onnx_call *c)
{
    pool_attributes a = {0};
    a.pool = tern_onnx_ints(c, "pool_int64s", &a.pool_count);
    a.starts = tern_onnx_ints(c, "ngram_counts", &a.start_count);
    a.columns = tern_onnx_ints(c, "ngram_indexes", &a.column_count);
    a.min_length = tern_onnx_int(c, "min_gram_length", 1);
    a.max_length = tern_onnx_int(c, "max_gram_length", 1);
    const int64_t skip = tern_onnx_int(c, "max_skip_count", 0);
    const tern_str mode = tern_onnx_string(c, "mode", "");
    const char *how = tern_str_is(mode, "TF")      ? "tf"
                      : tern_str_is(mode, "IDF")   ? "idf"
                      : tern_str_is(mode, "TFIDF") ? "tfidf"
                                                   : NULL;
    if (!tern_onnx_has_operands(c, 1)) {
        return c->status;
    }
    if (tern_onnx_has(c, "pool_strings")) {
        return tern_onnx_refuse(c, TERN_UNSUPPORTED,
                                "its pool holds texts, and tensors hold numbers only");
    }
    if (how == NULL) {
        return tern_onnx_refuse(c, TERN_BAD_MODEL, "mode \"%.*s\" is none of TF, IDF, TFIDF",
                                mode.len < 40 ? (int)mode.len : 40, mode.at);
    }
    if (a.column_count < 1 || a.min_length < 1 || a.max_length < a.min_length || skip < 0) {
        return tern_onnx_refuse(
            c, TERN_BAD_MODEL,
            "%d ngram_indexes, n-grams of %lld to %lld tokens, %lld left out: nonsense",
            (int)a.column_count, (long long)a.min_length, (long long)a.max_length, (long long)skip);
    }
    const gram_list list = read_grams(c, &a);
    if (c->status != TERN_OK) {
        return c->status;
    }
    const tern_value_id tree = emit_tree(c, &list);
    const tern_value_id weights = weights_of(c, list.columns);
    const char *text = tern_onnx_text(
        c, "{columns=%lld, min_length=%lld, max_length=%lld, max_skip=%lld, mode=%s}",
        (long long)list.columns, (long long)a.min_length, (long long)a.max_length, (long long)skip,
        how);
    c->y[0] = tern_onnx_emit(c, "tfidf", text, c->x[0], tree, weights);
    return c->status;
}
