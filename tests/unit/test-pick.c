/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "../../src/tree/answer.h"

static void
test_picks(void)
{
	static const char text[] = "{ \"result\": 21.50, \"big\": 123456789012345678901234567890,\n"
				   "  \"ok\": true, \"none\": null, \"text\": \"a\\nb\",\n"
				   "  \"a\": { \"result\": 1, \"b\": [ 10, { \"c\": \"deep\" }, [ "
				   "7, 8 ] ] }, \"after\": \"x\" }";
	static const struct {
		const char *path;
		const char *expected;
	} cases[] = {
		{ "result", "21.50" },
		{ "big", "123456789012345678901234567890" },
		{ "ok", "true" },
		{ "none", "" },
		{ "text", "a\nb" },
		{ "a", "{\"result\":1,\"b\":[10,{\"c\":\"deep\"},[7,8]]}" },
		{ "a.result", "1" },
		{ "a.b", "[10,{\"c\":\"deep\"},[7,8]]" },
		{ "a.b.0", "10" },
		{ "a.b.1.c", "deep" },
		{ "a.b.2.1", "8" },
		{ "after", "x" },
		{ "missing|after", "x" },
		{ "b", NULL },
		{ "c", NULL },
		{ "a.b.3", NULL },
		{ "result.x", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) picked = pfs_json_pick(text, strlen(text), cases[i].path, &error);

		g_test_message("%s", cases[i].path);
		if (cases[i].expected == NULL) {
			g_assert_error(error, PFS_ERROR, EBADMSG);
			continue;
		}
		g_assert_no_error(error);
		g_assert_cmpmem(g_bytes_get_data(picked, NULL), g_bytes_get_size(picked),
				cases[i].expected, strlen(cases[i].expected));
	}
}

static void
test_whole(void)
{
	static const char text[] = "{ \"a\" : [ 1,\n 2.0 ] }\n";
	g_autoptr(GBytes) picked = pfs_json_pick(text, strlen(text), NULL, NULL);
	g_autoptr(GBytes) scalar = pfs_json_pick("\"Success!\"", 10, NULL, NULL);

	g_assert_cmpmem(g_bytes_get_data(picked, NULL), g_bytes_get_size(picked), "{\"a\":[1,2.0]}",
			13);
	g_assert_cmpmem(g_bytes_get_data(scalar, NULL), g_bytes_get_size(scalar), "Success!", 8);
}

/* Half a surrogate pair is no character. */
static void
test_bad_characters(void)
{
	static const char text[] = "{\"a\":\"\\udc00\",\"\\udc00\":[\"\\udc00\"]}";
	static const char *const paths[] = { "a", "", NULL };

	for (guint i = 0; paths[i] != NULL; i++) {
		g_autoptr(GBytes) picked = pfs_json_pick(text, strlen(text), paths[i], NULL);

		g_assert_true(g_utf8_validate(g_bytes_get_data(picked, NULL),
					      (gssize)g_bytes_get_size(picked), NULL));
	}
}

static void
test_garbage(void)
{
	static const char *const texts[] = { "", "<html>", "{\"result\":", "{\"result\":1}}",
					     "[1,]" };
	g_autoptr(GString) deep = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(pfs_json_pick(texts[i], strlen(texts[i]), "result", &error));
		g_assert_error(error, PFS_ERROR, EBADMSG);
	}
	for (guint i = 0; i < 100000; i++)
		g_string_append_c(deep, '[');
	g_assert_null(pfs_json_pick(deep->str, deep->len, "result", NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pick/picks", test_picks);
	g_test_add_func("/pick/whole", test_whole);
	g_test_add_func("/pick/bad-characters", test_bad_characters);
	g_test_add_func("/pick/garbage", test_garbage);
	return g_test_run();
}
