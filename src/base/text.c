/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <particlefs/text.h>

/* What a text that is used again keeps: a log is written in pieces of 64 KiB and a line. */
#define KEPT_BYTES (256 * 1024)

/* As g_utf8_validate_len(), but NUL is a character. */
static gboolean
is_valid(const char *text, gsize length, const char **out_end)
{
	const char *end = text + length;

	while (!g_utf8_validate_len(text, (gsize)(end - text), out_end) && **out_end == '\0')
		text = *out_end + 1;
	return *out_end == end;
}

char *
pfs_text_repair(const char *text, gsize *length)
{
	const char *end = text + *length;
	GString *repaired;
	const char *good;

	if (is_valid(text, *length, &good))
		return NULL;
	repaired = g_string_sized_new(*length + 8);
	while (!is_valid(text, (gsize)(end - text), &good)) {
		g_string_append_len(repaired, text, good - text);
		g_string_append(repaired, "\xef\xbf\xbd");
		text = good + 1;
	}
	g_string_append_len(repaired, text, end - text);
	*length = repaired->len;
	return g_string_free(repaired, FALSE);
}

/* Ends a line, or turns around what stands there. */
static gboolean
is_invisible(gunichar character)
{
	return character == 0x61c || character == 0x200e || character == 0x200f ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069);
}

char *
pfs_text_escape_json(const char *json, gsize length)
{
	g_autofree char *repaired = pfs_text_repair(json, &length);
	GString *escaped = g_string_sized_new(length);

	if (repaired != NULL)
		json = repaired;
	for (const char *at = json; at < json + length; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);

		if ((character >= 0x7f && character < 0xa0) || is_invisible(character))
			g_string_append_printf(escaped, "\\u%04x", character);
		else
			g_string_append_unichar(escaped, character);
	}
	return g_string_free(escaped, FALSE);
}

char *
pfs_text_printable(const char *text, gssize length)
{
	g_autofree char *valid = g_utf8_make_valid(text, length);
	GString *printable = g_string_new(NULL);

	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);

		if (character < 0x20 || (character >= 0x7f && character < 0xa0))
			g_string_append_printf(printable, "\\x%02x", character);
		else if (is_invisible(character))
			g_string_append_printf(printable, "\\u%04x", character);
		else
			g_string_append_unichar(printable, character);
	}
	return g_string_free(printable, FALSE);
}

void
pfs_text_empty(GString *text)
{
	if (text->allocated_len > KEPT_BYTES) {
		g_free(text->str);
		text->str = g_malloc(KEPT_BYTES);
		text->allocated_len = KEPT_BYTES;
	}
	text->len = 0;
	text->str[0] = '\0';
}
