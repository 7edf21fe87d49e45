/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <particlefs/tree.h>

#define NAME_MAX_BYTES 255
#define DIGEST_DIGITS 8
#define MARK_DIGITS_MIN 6

/* A control character of two bytes, as terminals know it. */
static gboolean
is_c1(const char *at)
{
	return (guchar)at[0] == 0xc2 && (guchar)at[1] >= 0x80 && (guchar)at[1] < 0xa0;
}

static gboolean
must_escape(const char *name, const char *at)
{
	guchar byte = (guchar)*at;

	return byte < 0x20 || byte == 0x7f || byte == '/' || byte == '%' ||
	       (byte == '.' && at == name) || is_c1(at) || (at > name && is_c1(at - 1));
}

char *
pfs_name_mark(const char *file, const char *mark)
{
	gsize room = NAME_MAX_BYTES - strlen(mark) - 1;
	gsize length = strlen(file);

	if (length > room) {
		length = room;
		while (length > 0 && (file[length] & 0xc0) == 0x80)
			length--;
	}
	return g_strdup_printf("%.*s~%s", (int)length, file, mark);
}

/* The end of an ID at least, or a digest: see naming.c. */
static gboolean
is_mark(const char *text)
{
	gsize length = strspn(text, "0123456789abcdef");

	return length >= MARK_DIGITS_MIN && text[length] == '\0';
}

char *
pfs_name_unmark(const char *file)
{
	const char *tilde = strrchr(file, '~');

	return tilde != NULL && tilde > file && is_mark(tilde + 1)
		   ? g_strndup(file, (gsize)(tilde - file))
		   : g_strdup(file);
}

static char *
shorten(const char *escaped, const char *name)
{
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);

	digest[DIGEST_DIGITS] = '\0';
	return pfs_name_mark(escaped, digest);
}

char *
pfs_name_escape(const char *name)
{
	g_autoptr(GString) escaped = g_string_sized_new(strlen(name) + 1);

	for (const char *at = name; *at != '\0'; at++) {
		if (must_escape(name, at))
			g_string_append_printf(escaped, "%%%02X", (guchar)*at);
		else
			g_string_append_c(escaped, *at);
	}
	if (escaped->len > NAME_MAX_BYTES)
		return shorten(escaped->str, name);
	/* A fleet keeps these: not with the room that the string has grown. */
	return g_strdup(escaped->str);
}

/* A NUL would end the name before its end. */
static gboolean
is_escape(const char *at)
{
	return at[0] == '%' && g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2]) &&
	       (at[1] != '0' || at[2] != '0');
}

char *
pfs_name_unescape(const char *name)
{
	GString *plain = g_string_sized_new(strlen(name) + 1);

	for (const char *at = name; *at != '\0'; at++) {
		if (is_escape(at)) {
			g_string_append_c(plain, (char)(g_ascii_xdigit_value(at[1]) * 16 +
							g_ascii_xdigit_value(at[2])));
			at += 2;
		} else {
			g_string_append_c(plain, *at);
		}
	}
	/* What makes no text of text is no name of the cloud. */
	if (!g_utf8_validate(plain->str, -1, NULL) && g_utf8_validate(name, -1, NULL))
		g_string_assign(plain, name);
	return g_string_free(plain, FALSE);
}
