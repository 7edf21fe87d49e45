/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <particlefs/tree.h>

#define NAME_MAX_BYTES 255
#define DIGEST_DIGITS 8

static gboolean
must_escape(const char *name, const char *at)
{
	guchar byte = (guchar)*at;

	return byte < 0x20 || byte == 0x7f || byte == '/' || byte == '%' ||
	       (byte == '.' && at == name);
}

/* Cuts at a character's border and makes room for `~` and the digits. */
static void
shorten(GString *escaped, const char *name)
{
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);
	gsize length = NAME_MAX_BYTES - DIGEST_DIGITS - 1;

	while ((escaped->str[length] & 0xc0) == 0x80)
		length--;
	g_string_truncate(escaped, length);
	g_string_append_printf(escaped, "~%.*s", DIGEST_DIGITS, digest);
}

char *
pfs_name_escape(const char *name)
{
	GString *escaped = g_string_sized_new(strlen(name) + 1);

	for (const char *at = name; *at != '\0'; at++) {
		if (must_escape(name, at))
			g_string_append_printf(escaped, "%%%02X", (guchar)*at);
		else
			g_string_append_c(escaped, *at);
	}
	if (escaped->len > NAME_MAX_BYTES)
		shorten(escaped, name);
	return g_string_free(escaped, FALSE);
}

char *
pfs_name_unescape(const char *name)
{
	GString *plain = g_string_sized_new(strlen(name) + 1);

	for (const char *at = name; *at != '\0'; at++) {
		if (at[0] == '%' && g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2])) {
			g_string_append_c(plain, (char)(g_ascii_xdigit_value(at[1]) * 16 +
							g_ascii_xdigit_value(at[2])));
			at += 2;
		} else {
			g_string_append_c(plain, *at);
		}
	}
	return g_string_free(plain, FALSE);
}
