/* SPDX-License-Identifier: Apache-2.0 */
#include <particlefs/text.h>

static void
test_printable(void)
{
	g_autofree char *escape = pfs_text_printable("a\033[31mb\nc", -1);
	g_autofree char *c1 = pfs_text_printable("\xc2\x9b"
						 "x\xff",
						 -1);
	g_autofree char *nul = pfs_text_printable("a\0b", 3);
	g_autofree char *turned = pfs_text_printable("a\xe2\x80\xae"
						     "b",
						     -1);
	g_autofree char *json = pfs_text_escape_json("\"\xc2\x9b\x7f\xe2\x80\xa8\xc3\xa4\"", 10);

	g_assert_cmpstr(turned, ==, "a\\u202eb");
	g_assert_cmpstr(json, ==, "\"\\u009b\\u007f\\u2028\xc3\xa4\"");
	g_assert_cmpstr(escape, ==, "a\\x1b[31mb\\x0ac");
	g_assert_cmpstr(c1, ==, "\\x9bx\xef\xbf\xbd");
	g_assert_cmpstr(nul, ==,
			"a\xef\xbf\xbd"
			"b");
}

static void
assert_repaired(const char *text, gsize length, const char *wanted, gsize wanted_length)
{
	g_autofree char *repaired = pfs_text_repair(text, &length);

	g_assert_nonnull(repaired);
	g_assert_cmpmem(repaired, length, wanted, wanted_length);
}

static void
test_repair(void)
{
	gsize length = 6;

	g_assert_null(pfs_text_repair("a\0\xc3\xbc\0b", &length));
	assert_repaired("\xff", 1, "\xef\xbf\xbd", 3);
	assert_repaired("a\0\xc3", 3, "a\0\xef\xbf\xbd", 5);
	assert_repaired("\xc0\xaf.", 3, "\xef\xbf\xbd\xef\xbf\xbd.", 7);
}

static void
test_empty(void)
{
	g_autoptr(GString) text = g_string_new("a");

	g_string_set_size(text, 4 << 20);
	pfs_text_empty(text);
	g_assert_cmpuint(text->allocated_len, <=, 1 << 20);
	g_assert_cmpstr(text->str, ==, "");
	for (guint i = 0; i < 1 << 19; i++)
		g_string_append(text, "bc");
	g_assert_cmpuint(text->len, ==, 1 << 20);
	g_assert_true(g_str_has_suffix(text->str, "bcbc"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/text/printable", test_printable);
	g_test_add_func("/text/repair", test_repair);
	g_test_add_func("/text/empty", test_empty);
	return g_test_run();
}
