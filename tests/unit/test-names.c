/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <particlefs/tree.h>

static void
test_round_trip(void)
{
	static const struct {
		const char *name;
		const char *file;
	} cases[] = {
		{ "greenhouse", "greenhouse" },
		{ "front porch", "front porch" },
		{ "a/b", "a%2Fb" },
		{ "100%", "100%25" },
		{ ".hidden", "%2Ehidden" },
		{ "..", "%2E." },
		{ "a.b", "a.b" },
		{ "line\nbreak\x7f", "line%0Abreak%7F" },
		{ "gr\xc3\xbcn", "gr\xc3\xbcn" },
		{ "%2F", "%252F" },
		{ "c1\xc2\x9b", "c1%C2%9B" },
		{ "\xc2\xa0", "\xc2\xa0" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *file = pfs_name_escape(cases[i].name);
		g_autofree char *name = pfs_name_unescape(file);

		g_assert_cmpstr(file, ==, cases[i].file);
		g_assert_cmpstr(name, ==, cases[i].name);
	}
}

/* A name that is cut stays valid UTF-8, within 255 bytes, and differs where the whole differs. */
static void
test_long(void)
{
	for (guint shift = 0; shift < 3; shift++) {
		g_autoptr(GString) one = g_string_new(NULL);
		g_autoptr(GString) other = NULL;
		g_autofree char *file_one = NULL;
		g_autofree char *file_other = NULL;

		for (guint i = 0; i < shift; i++)
			g_string_append_c(one, 'a');
		for (guint i = 0; i < 300; i++)
			g_string_append(one, "\xe2\x82\xac");
		other = g_string_new(one->str);
		g_string_append(other, "x");
		file_one = pfs_name_escape(one->str);
		file_other = pfs_name_escape(other->str);
		g_assert_cmpuint(strlen(file_one), <=, 255);
		g_assert_true(g_utf8_validate(file_one, -1, NULL));
		g_assert_cmpint(file_one[strlen(file_one) - 9], ==, '~');
		g_assert_cmpstr(file_one, !=, file_other);
	}
}

/* Only what may be a mark is taken off. */
static void
test_unmark(void)
{
	static const char *const cases[][2] = {
		{ "x~937e85", "x" },	  { "x~y~937e85", "x~y" }, { "x", "x" },
		{ "x~", "x~" },		  { "x~93", "x~93" },	   { "x~sensor", "x~sensor" },
		{ "~937e85", "~937e85" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *plain = pfs_name_unmark(cases[i][0]);

		g_assert_cmpstr(plain, ==, cases[i][1]);
	}
}

/* Bytes that are no text have no character's border to cut at. */
static void
test_no_text(void)
{
	g_autofree char *name = g_strnfill(300, '\x80');
	g_autofree char *file = pfs_name_escape(name);

	g_assert_cmpuint(strlen(file), ==, 9);
}

/* An escape of what is no text stays as it is. */
static void
test_no_text_escaped(void)
{
	g_autofree char *byte = pfs_name_unescape("a%FF%2Fb");
	g_autofree char *half = pfs_name_unescape("%C2");
	g_autofree char *whole = pfs_name_unescape("%C2%85");

	g_assert_cmpstr(byte, ==, "a%FF%2Fb");
	g_assert_cmpstr(half, ==, "%C2");
	g_assert_cmpstr(whole, ==, "\xc2\x85");
}

/* A name is never read as another, shorter one. */
static void
test_nul(void)
{
	g_autofree char *empty = pfs_name_unescape("%00");
	g_autofree char *cut = pfs_name_unescape("a%00b%2f");

	g_assert_cmpstr(empty, ==, "%00");
	g_assert_cmpstr(cut, ==, "a%00b/");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/names/round-trip", test_round_trip);
	g_test_add_func("/names/long", test_long);
	g_test_add_func("/names/unmark", test_unmark);
	g_test_add_func("/names/no-text", test_no_text);
	g_test_add_func("/names/no-text-escaped", test_no_text_escaped);
	g_test_add_func("/names/nul", test_nul);
	return g_test_run();
}
