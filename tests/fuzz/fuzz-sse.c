/* SPDX-License-Identifier: Apache-2.0 */
/* Wherever the bytes are cut, the events are the same. */
#include <string.h>

#include <particlefs/sse.h>

#include "fuzz.h"

#define LIMIT 64

static void
event_cb(const char *name, gsize name_length, const char *data, gsize data_length,
	 gpointer user_data)
{
	GString *seen = user_data;

	g_assert_cmpint(name[name_length], ==, '\0');
	g_assert_cmpint(data[data_length], ==, '\0');
	g_assert_cmpuint(data_length, <=, LIMIT);
	g_string_append_printf(seen, "%zu %zu ", name_length, data_length);
	g_string_append_len(seen, name, (gssize)name_length);
	g_string_append_len(seen, data, (gssize)data_length);
}

static GString *
parse(FuzzInput input, gboolean cut)
{
	static const char again[] = "7 1 message1";
	GString *seen = g_string_new(NULL);
	g_autoptr(PfsSse) sse = pfs_sse_new(LIMIT, event_cb, seen);
	const char *piece;
	gsize length;

	if (!cut)
		pfs_sse_feed(sse, input.data, input.length);
	while (cut && fuzz_take_piece(&input, &piece, &length))
		pfs_sse_feed(sse, piece, length);
	g_string_append_printf(seen, "%" G_GUINT64_FORMAT, pfs_sse_get_dropped(sse));
	pfs_sse_reset(sse);
	pfs_sse_feed(sse, "data: 1\n\n", 9);
	g_assert_cmpuint(seen->len, >=, strlen(again));
	g_assert_cmpstr(seen->str + seen->len - strlen(again), ==, again);
	return seen;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	GString *whole = parse(input, FALSE);
	GString *cut = parse(input, TRUE);

	g_assert_cmpmem(whole->str, whole->len, cut->str, cut->len);
	g_string_free(whole, TRUE);
	g_string_free(cut, TRUE);
	return 0;
}
