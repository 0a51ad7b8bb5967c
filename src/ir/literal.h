/* SPDX-License-Identifier: Apache-2.0
 *
 * Elements of constants and constants of expressions as text, in both directions, exact to the bit.
 */
#ifndef TERN_IR_LITERAL_H
#define TERN_IR_LITERAL_H

#include "ir/lex.h"
#include "kernel/kernel.h"
#include "op/dtype.h"

/* `[1,-2.5,nan]`; NaNs other than the plain one print as their bits, 0x7fc00001. */
void tern_print_elements(tern_text *out, tern_dtype dtype, const void *data, int64_t count);
tern_status tern_parse_elements(tern_lexer *l, tern_dtype dtype, void *data, int64_t count);

/* One element in the wide type of the class; a number's text as tern_lex_number gives it. */
void tern_print_constant(tern_text *out, tern_class c, const tern_expr_const *value);
bool tern_parse_constant(tern_str text, tern_class c, tern_expr_const *out_value);

/* Base64 in lines of 96 characters. */
void tern_print_base64(tern_text *out, const void *data, size_t bytes);
/* Fills all of `bytes`; stops at the first character that is neither base64 nor white space. */
tern_status tern_parse_base64(tern_lexer *l, void *data, size_t bytes);

#endif
