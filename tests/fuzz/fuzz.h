/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/* What a target has: libFuzzer calls it with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An input: what is left of it. */
typedef struct {
	const char *data;
	gsize length;
	guint32 state;
} FuzzInput;

FuzzInput fuzz_input(const uint8_t *data, size_t size);

/* The next line without its newline, up to a NUL; the rest stays. So seeds are plain texts. */
char *fuzz_take_line(FuzzInput *self);

/*
 * The next piece of what is left, as a network would cut it; FALSE at the end. Where it is cut
 * follows from the input alone, so that a failure is one of that input.
 */
gboolean fuzz_take_piece(FuzzInput *self, const char **out_data, gsize *out_length);

/* Valid UTF-8; NUL may be in it. */
gboolean fuzz_is_utf8(const char *text, gsize length);

/* Asserts that an error is one that a user may see: of the domain, with an errno, printable. */
void fuzz_check_error(GError *error);

G_END_DECLS
