/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <particlefs/error.h>

#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* A critical message is a bug here. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
	return 0;
}

FuzzInput
fuzz_input(const uint8_t *data, size_t size)
{
	FuzzInput self = { (const char *)data, size, 2166136261U };

	for (gsize i = 0; i < size; i++)
		self.state = (self.state ^ data[i]) * 16777619U;
	return self;
}

char *
fuzz_take_line(FuzzInput *self)
{
	const char *end = self->length > 0 ? memchr(self->data, '\n', self->length) : NULL;
	gsize length = end != NULL ? (gsize)(end - self->data) : self->length;
	char *line = g_strndup(self->data, length);

	length += end != NULL;
	self->data += length;
	self->length -= length;
	return line;
}

/* Short pieces mostly: they cut words, characters and line ends. */
gboolean
fuzz_take_piece(FuzzInput *self, const char **out_data, gsize *out_length)
{
	gsize length;

	if (self->length == 0)
		return FALSE;
	self->state = self->state * 1664525U + 1013904223U;
	length = 1 + (self->state >> 24) % ((self->state & 0x10000) != 0 ? 4 : 64);
	*out_data = self->data;
	*out_length = MIN(length, self->length);
	self->data += *out_length;
	self->length -= *out_length;
	return TRUE;
}

gboolean
fuzz_is_utf8(const char *text, gsize length)
{
	const char *end = text;

	while (length > 0 && !g_utf8_validate_len(text, length, &end)) {
		if (*end != '\0')
			return FALSE;
		length -= (gsize)(end + 1 - text);
		text = end + 1;
	}
	return TRUE;
}

void
fuzz_check_error(GError *error)
{
	g_assert_nonnull(error);
	g_assert_true(error->domain == PFS_ERROR);
	g_assert_cmpint(error->code, >, 0);
	g_assert_true(g_utf8_validate(error->message, -1, NULL));
}
