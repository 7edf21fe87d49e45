/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <particlefs/sse.h>

static void
event_cb(const char *name, gsize name_length, const char *data, gsize data_length,
	 gpointer user_data)
{
	GString *seen = user_data;

	g_assert_cmpuint(strlen(name), ==, name_length);
	g_string_append_printf(seen, "%s=", name);
	g_string_append_len(seen, data, (gssize)data_length);
	g_string_append_c(seen, ';');
}

static char *
parse(const char *text, gsize length, gsize cut, gsize limit)
{
	GString *seen = g_string_new(NULL);
	g_autoptr(PfsSse) sse = pfs_sse_new(limit, event_cb, seen);

	pfs_sse_feed(sse, text, cut);
	pfs_sse_feed(sse, text + cut, length - cut);
	return g_string_free(seen, FALSE);
}

static void
test_cuts(void)
{
	static const char *const streams[] = {
		":ok\n\nevent: a\ndata: 1\n\n\n\nevent: b\ndata: 2\ndata: 3\n\n",
		":ok\r\n\r\nevent: a\r\ndata: 1\r\n\r\n\r\nevent:b\r\ndata:2\r\ndata:3\r\n\r\n",
		"\xef\xbb\xbf:ok\r\revent: a\rdata: 1\r\rid: 7\revent: b\rdata: 2\rdata: 3\r\r",
		"\xef\xbb\xbf"
		"event: a\ndata: 1\n\nretry: 5\nevent: b\ndata: 2\ndata: 3\n\n",
	};

	for (guint i = 0; i < G_N_ELEMENTS(streams); i++) {
		gsize length = strlen(streams[i]);

		for (gsize cut = 0; cut <= length; cut++) {
			g_autofree char *seen = parse(streams[i], length, cut, 1024);

			g_assert_cmpstr(seen, ==, "a=1;b=2\n3;");
		}
	}
}

static void
test_incomplete(void)
{
	static const char stream[] = "event: a\n\ndata: 1\n\nevent: b\ndata: 2\n";
	g_autofree char *seen = parse(stream, strlen(stream), 5, 1024);

	g_assert_cmpstr(seen, ==, "message=1;");
}

static void
test_nul(void)
{
	static const char stream[] = "event: a\ndata: 1\0002\n\n";
	g_autoptr(GString) seen = g_string_new(NULL);
	g_autoptr(PfsSse) sse = pfs_sse_new(1024, event_cb, seen);

	pfs_sse_feed(sse, stream, sizeof(stream) - 1);
	g_assert_cmpmem(seen->str, seen->len, "a=1\0002;", 6);
}

static void
test_oversized(void)
{
	g_autoptr(GString) stream = g_string_new("event: a\ndata: ");
	g_autoptr(GString) seen = g_string_new(NULL);
	g_autoptr(PfsSse) sse = pfs_sse_new(1024, event_cb, seen);

	for (guint i = 0; i < 4096; i++)
		g_string_append_c(stream, 'x');
	g_string_append(stream, "\n\nevent: b\ndata: 2\n\n");
	for (gsize at = 0; at < stream->len; at += 100)
		pfs_sse_feed(sse, stream->str + at, MIN(100, stream->len - at));
	g_assert_cmpstr(seen->str, ==, "b=2;");
	g_assert_cmpuint(pfs_sse_get_dropped(sse), ==, 1);
}

/* A line that is too long takes its event with it, and no other, wherever it is cut. */
static void
test_long_line(void)
{
	static const char *const fields[] = { "data: ", "event: ", "", ":" };

	for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
		g_autofree char *value = g_strnfill(200, 'x');
		g_autofree char *stream = g_strdup_printf(
		    "event: a\n%s%s\ndata: 1\n\nevent: b\ndata: 2\n\n", fields[i], value);
		gsize length = strlen(stream);

		for (gsize cut = 0; cut <= length; cut++) {
			g_autofree char *seen = parse(stream, length, cut, 64);

			g_assert_cmpstr(seen, ==, "b=2;");
		}
	}
}

static void
test_reset(void)
{
	g_autoptr(GString) seen = g_string_new(NULL);
	g_autoptr(PfsSse) sse = pfs_sse_new(1024, event_cb, seen);

	pfs_sse_feed(sse, "event: a\ndata: 1\nda", 19);
	pfs_sse_reset(sse);
	pfs_sse_feed(sse, "event: b\ndata: 2\n\n", 18);
	g_assert_cmpstr(seen->str, ==, "b=2;");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sse/cuts", test_cuts);
	g_test_add_func("/sse/incomplete", test_incomplete);
	g_test_add_func("/sse/nul", test_nul);
	g_test_add_func("/sse/oversized", test_oversized);
	g_test_add_func("/sse/long-line", test_long_line);
	g_test_add_func("/sse/reset", test_reset);
	return g_test_run();
}
