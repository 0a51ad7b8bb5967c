/* SPDX-License-Identifier: Apache-2.0
 *
 * Characters of the text form: words, quoted strings, positions for messages; and a map from names
 * to numbers, which printing (which label is taken?) and parsing (what does a label stand for?)
 * both need.
 */
#ifndef TERN_IR_LEX_H
#define TERN_IR_LEX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

typedef struct tern_lexer {
    const char *begin, *at, *end;
} tern_lexer;

/* BAD_MODEL "line 3:14: expected ..., found ..."; _at: another position than the current one. */
TERN_PRINTF(2, 3) tern_status tern_lex_fail(const tern_lexer *l, const char *format, ...);
TERN_PRINTF(3, 4)
tern_status tern_lex_fail_at(const tern_lexer *l, const char *at, const char *format, ...);
/* Puts the position in front of the message that is recorded; returns `status`. */
tern_status tern_lex_locate(const tern_lexer *l, const char *at, tern_status status);

/* Blanks of a line; line ends and whole-line comments (#) too. */
void tern_lex_blanks(tern_lexer *l);
void tern_lex_lines(tern_lexer *l);

/* Skips blanks, then takes the text when it comes next (words: only whole ones). */
bool tern_lex_take(tern_lexer *l, const char *punctuation);
bool tern_lex_take_word(tern_lexer *l, const char *word);
bool tern_lex_next_is(tern_lexer *l, char c);
tern_status tern_lex_expect(tern_lexer *l, const char *punctuation);
/* Nothing but blanks up to the end of the line. */
tern_status tern_lex_end_of_line(tern_lexer *l);

/* Letters, digits, `_` and `.`; `what` is for the message. */
tern_status tern_lex_word(tern_lexer *l, const char *what, tern_str *out_word);
/* A quoted string, or a bare one: no blanks, quotes, brackets or commas.  Copied to the arena when
 * it has escapes. */
tern_status tern_lex_string(tern_lexer *l, tern_arena *arena, const char *what,
                            tern_str *out_string);
tern_status tern_lex_int(tern_lexer *l, const char *what, int64_t min, int64_t max,
                         int64_t *out_value);
/* The characters of a number, not read yet. */
tern_status tern_lex_number(tern_lexer *l, const char *what, tern_str *out_number);

/* Letters, digits, `_` and `.`, not beginning with a digit or a point. */
bool tern_is_label(tern_str s);
/* "..." with escapes, so that tern_lex_string gives the same bytes. */
void tern_print_quoted(tern_text *out, tern_str s);
/* Bare when tern_lex_string would read it so, else quoted. */
void tern_print_string(tern_text *out, tern_str s);

/* Names to numbers; open addressing, memory from an arena. */
typedef struct tern_name_map {
    tern_arena *arena;
    tern_str *names;
    uint32_t *values;
    size_t count, capacity;
} tern_name_map;

/* The value, or NULL; put returns where the value is, new ones are 0; NULL when memory ran out. */
uint32_t *tern_name_map_find(const tern_name_map *m, tern_str name);
uint32_t *tern_name_map_put(tern_name_map *m, tern_str name);

#endif
