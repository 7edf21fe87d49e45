/* SPDX-License-Identifier: Apache-2.0 */
/* What files make of answers. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <particlefs/error.h>

#include "../../src/tree/convert.h"

typedef GBytes *(*Convert)(GBytes *answer, GError **error);

/* clang-format off */
static const struct {
	Convert convert;
	const char *answer;
	const char *expected; /* NULL: EBADMSG */
} cases[] = {
	{ pfs_convert_tokens, "[{\"token\":\"0123456789\",\"client\":\"c\"}]", "[{\"token\":\"012345\",\"client\":\"c\"}]\n" },
	/* In no other shape does a token get through, and no short one. */
	{ pfs_convert_tokens, "[{\"token\":\"012345\"}]", "[{\"token\":\"\"}]\n" },
	{ pfs_convert_tokens, "{\"tokens\":[{\"token\":\"0123456789\"}]}", NULL },
	{ pfs_convert_tokens, "[\"0123456789\"]", NULL },
	{ pfs_convert_tokens, "[[{\"token\":\"0123456789\"}]]", NULL },
	{ pfs_convert_tokens, "[{\"token\":[\"0123456789\"]}]", NULL },
	{ pfs_convert_tokens, "\"0123456789\"", NULL },
	{ pfs_convert_logs, "{\"logs\":[{\"timestamp\":\"t\",\"level\":\"l\",\"args\":[\"a\\nb\",1,{}]}]}", "t l a\\x0ab 1 {}\n" },
	{ pfs_convert_logs, "{\"logs\":[{\"timestamp\":\"\\u001b[2J\",\"level\":\"\\n\",\"args\":[\"\\ud800\"]}]}",
	  "\\x1b[2J \\x0a ?\n" },
	{ pfs_convert_logs, "{\"logs\":[{\"args\":[{\"a\":\"\\u009b1m\\u202e\"},\"\\u009b\"]}]}",
	  "- - {\"a\":\"\\u009b1m\\u202e\"} \\x9b\n" },
	{ pfs_convert_logs, "{\"logs\":[1,null,{\"args\":1}]}", "- -\n- -\n- -\n" },
	{ pfs_convert_logs, "1", NULL },
	{ pfs_convert_targets, "{\"targets\":[1,{\"version\":\"v\",\"platforms\":[6,\"x\"]}],\"platforms\":{\"photon\":6}}",
	  "{\"photon\":{\"v\":{\"platform_id\":6,\"prerelease\":false}}}\n" },
	{ pfs_convert_targets, "{\"targets\":{},\"platforms\":[]}", "{}\n" },
};
/* clang-format on */

static void
test_cases(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GBytes) answer =
		    g_bytes_new_static(cases[i].answer, strlen(cases[i].answer));
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) content = cases[i].convert(answer, &error);
		g_autofree char *text = content != NULL ? g_strndup(g_bytes_get_data(content, NULL),
								    g_bytes_get_size(content))
							: NULL;

		g_test_message("%s", cases[i].answer);
		g_assert_cmpstr(text, ==, cases[i].expected);
		if (content == NULL)
			g_assert_error(error, PFS_ERROR, EBADMSG);
	}
}

/* What the cloud says of @count platforms, and a version for each, or for the first as often. */
static clock_t
convert_many(guint count, gboolean same)
{
	g_autoptr(GString) text = g_string_new("{\"platforms\":{\"0\":0");
	g_autoptr(GString) numbers = g_string_new("0");
	g_autoptr(GBytes) answer = NULL;
	g_autoptr(GBytes) content = NULL;
	clock_t begin;

	for (guint i = 1; i < count; i++) {
		g_string_append_printf(text, ",\"%u\":%u", i, i);
		g_string_append_printf(numbers, ",%u", same ? 0 : count - i);
	}
	g_string_append_printf(text, "},\"targets\":[{\"version\":\"1\",\"platforms\":[%s],",
			       numbers->str);
	g_string_append_printf(text, "\"prereleases\":[%s]}]}", numbers->str);
	answer = g_string_free_to_bytes(g_steal_pointer(&text));
	begin = clock();
	content = pfs_convert_targets(answer, NULL);
	g_assert_nonnull(content);
	return clock() - begin;
}

/* Each number was looked for in all: for minutes, while nobody else was answered. */
static void
test_many(void)
{
	clock_t same = convert_many(50000, TRUE);

	g_assert_cmpint(convert_many(50000, FALSE), <, 20 * same);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/convert/cases", test_cases);
	g_test_add_func("/convert/many", test_many);
	return g_test_run();
}
