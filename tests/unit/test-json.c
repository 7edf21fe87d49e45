/* SPDX-License-Identifier: Apache-2.0 */
/* What a JSON tree can't hold does not lose the rest. */
#include <errno.h>
#include <string.h>

#include <particlefs/error.h>
#include <particlefs/json.h>

/* clang-format off */
static const struct {
	const char *text;
	const char *expected; /* NULL: is not JSON */
} cases[] = {
	{ "{\"a\":[1,2.5,true,null,\"x\"]}", "{\"a\":[1,2.5,true,null,\"x\"]}" },
	{ "\"x\"", "\"x\"" },
	{ "{\"a\":\"\\ud800\"}", "{\"a\":\"?\"}" },
	{ "{\"a\":\"\\ud800\\ud800 \\udc00\",\"b\":1}", "{\"a\":\"\\ud800\\udc00 \\ufffd\\ufffd\\ufffd\",\"b\":1}" },
	{ "{\"a\":\"\xff\xc3\"}", "{\"a\":\"\\ufffd\\ufffd\"}" },
	{ "{\"a\\u0000b\":\"x\\u0000y\"}", "{\"a\\ufffdb\":\"x\\u0000y\"}" },
	{ "[99999999999999999999,-9223372036854775808,1e999]",
	  "[\"99999999999999999999\",-9223372036854775808,\"1e999\"]" },
	{ "{\"a\":1,\"a\":2}", "{\"a\":2}" },
	{ "", NULL },
	{ "{\"a\":\"\\ud800\"", NULL },
	{ "[1,]", NULL },
	{ "[1] [2]", NULL },
};
/* clang-format on */

static void
test_cases(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(json_t) root = pfs_json_load(cases[i].text, strlen(cases[i].text));
		g_autofree char *text =
		    root != NULL ? json_dumps(root, JSON_COMPACT | JSON_ENCODE_ANY |
							JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))
				 : NULL;
		g_autofree char *lower = text != NULL ? g_ascii_strdown(text, -1) : NULL;

		g_test_message("%s", cases[i].text);
		g_assert_cmpstr(lower, ==, cases[i].expected);
	}
}

static char *
repeat(const char *text, guint count)
{
	GString *all = g_string_new("[");

	for (guint i = 0; i < count; i++)
		g_string_append(all, text);
	g_string_append(all, "0]");
	return g_string_free(all, FALSE);
}

/* A tree takes a hundred times its text, and nesting a stack. */
static void
test_large(void)
{
	g_autofree char *large = repeat("{},", 400000);
	g_autofree char *fits = repeat("1,", 400000);
	g_autofree char *deep = g_strnfill(100000, '[');
	g_autoptr(json_t) root = pfs_json_load(fits, strlen(fits));

	g_assert_null(pfs_json_load(large, strlen(large)));
	g_assert_cmpuint(json_array_size(root), ==, 400001);
	g_assert_null(pfs_json_load(deep, strlen(deep)));
}

/* clang-format off */
static const struct {
	const char *text;
	const char *message; /* behind its beginning */
} refusals[] = {
	{ "{\"a\":1,\"a\":2}", "line 1, column 10: duplicate object key" },
	{ "{\"password\" \"swordfish\"}", "line 1, column 23: ':' expected" },
	{ "{\n\"password\":swordfish}", "line 2, column 20: invalid token" },
	{ "{\"a\":\"\\\xd4\x82\"}", "line 1, column 8: invalid escape" },
	{ "{\"password\":\"\\ud83d\\u0073x\"}", "line 1, column 27: invalid Unicode" },
	{ "{\"password\":\"\x07\"}", "line 1, column 13: control character" },
	{ "{\"password\":\"\xe9\"}", "line 1, column 13: unable to decode byte" },
	{ "{\"a\":", "line 1, column 5: unexpected token near end of file" },
	{ "\"swordfish\"", "line 1, column 11: '[' or '{' expected" },
};
/* clang-format on */

static void
test_refusals(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(json_t) root = pfs_json_parse(refusals[i].text, &error);
		g_autofree char *message =
		    g_strconcat("not valid JSON, ", refusals[i].message, NULL);

		g_assert_null(root);
		g_assert_error(error, PFS_ERROR, EINVAL);
		g_assert_cmpstr(error->message, ==, message);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/json/cases", test_cases);
	g_test_add_func("/json/large", test_large);
	g_test_add_func("/json/refusals", test_refusals);
	return g_test_run();
}
