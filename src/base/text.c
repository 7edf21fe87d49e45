/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <particlefs/error.h>

char *
pfs_text_printable(const char *text, gssize length)
{
	g_autofree char *valid = g_utf8_make_valid(text, length);
	GString *printable = g_string_new(NULL);

	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);

		if (character < 0x20 || (character >= 0x7f && character < 0xa0))
			g_string_append_printf(printable, "\\x%02x", character);
		else
			g_string_append_unichar(printable, character);
	}
	return g_string_free(printable, FALSE);
}
