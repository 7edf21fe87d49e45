/* SPDX-License-Identifier: Apache-2.0 */
/* First line: a path. The rest: JSON. What is picked is what a JSON tree holds at that path. */
#include <stdlib.h>
#include <string.h>

#include "../../src/tree/answer.h"
#include "fuzz.h"

static json_t *
find_item(json_t *array, const char *part)
{
	guint64 index;

	/* GLib skips a vertical tab. */
	if (!g_ascii_isdigit(part[0]) ||
	    !g_ascii_string_to_unsigned(part, 10, 0, G_MAXUINT32, &index, NULL) ||
	    (part[0] == '0' && part[1] != '\0'))
		return NULL;
	return json_array_get(array, index);
}

static json_t *
find(json_t *root, const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, ".", -1);

	for (guint i = 0; parts[i] != NULL && root != NULL; i++)
		root = json_is_array(root) ? find_item(root, parts[i])
					   : json_object_get(root, parts[i]);
	return root;
}

static json_t *
find_any(json_t *root, const char *paths)
{
	g_auto(GStrv) parts = g_strsplit(paths, "|", -1);
	json_t *found = parts[0] == NULL ? root : NULL;

	for (guint i = 0; parts[i] != NULL && found == NULL; i++)
		found = find(root, parts[i]);
	return found;
}

static void
check_same(GBytes *picked, json_t *wanted)
{
	gsize length;
	const char *text = g_bytes_get_data(picked, &length);
	g_autoptr(json_t) value = NULL;

	if (json_is_string(wanted)) {
		g_assert_cmpmem(text, length, json_string_value(wanted),
				json_string_length(wanted));
	} else if (json_is_null(wanted)) {
		g_assert_cmpuint(length, ==, 0);
	} else {
		value = json_loadb(text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		g_assert_true(json_equal(value, wanted));
	}
}

/* No more containers than may be open at once, and no NUL, which jansson takes for the end. */
static gboolean
is_comparable(const char *text, gsize length)
{
	guint opened = 0;

	for (gsize i = 0; i < length; i++)
		opened += text[i] == '[' || text[i] == '{';
	return opened <= 64 && memchr(text, '\0', length) == NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autofree char *path = fuzz_take_line(&input);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) picked = pfs_json_pick(input.data, input.length, path, &error);
	g_autoptr(json_t) root =
	    json_loadb(input.data, input.length,
		       JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
	json_t *wanted = root != NULL ? find_any(root, path) : NULL;

	if (picked == NULL)
		g_assert_nonnull(error);
	else
		g_assert_true(
		    fuzz_is_utf8(g_bytes_get_data(picked, NULL), g_bytes_get_size(picked)));
	if (root == NULL || !is_comparable(input.data, input.length))
		return 0;
	g_assert_true((picked != NULL) == (wanted != NULL));
	if (picked != NULL)
		check_same(picked, wanted);
	return 0;
}
