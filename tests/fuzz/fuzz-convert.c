/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First line: which conversion; another line stands for all. The rest: what the cloud has answered,
 * or a user has written. What comes of it is text, or an error; a log has nothing that a terminal
 * obeys, a list of tokens no token, and what is to be sent is JSON.
 */
#include <string.h>

#include <particlefs/error.h>
#include <particlefs/json.h>

#include "../../src/tree/convert.h"
#include "fuzz.h"

static void
check_lines(const char *text, gsize length)
{
	g_assert_true(length == 0 || text[length - 1] == '\n');
}

static void
check_log(const char *text, gsize length)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line != NULL; line++)
		for (const char *at = *line; *at != '\0'; at = g_utf8_next_char(at))
			g_assert_false(g_unichar_iscntrl(g_utf8_get_char(at)));
}

static void
check_json(const char *text, gsize length)
{
	g_autoptr(json_t) root = json_loadb(text, length, JSON_ALLOW_NUL, NULL);

	g_assert_nonnull(root);
}

static void
check_tokens(const char *text, gsize length)
{
	g_autoptr(json_t) root = json_loadb(text, length, JSON_ALLOW_NUL, NULL);
	gsize index;
	json_t *entry;

	g_assert_true(json_is_array(root));
	json_array_foreach(root, index, entry)
	{
		const char *token = json_string_value(json_object_get(entry, "token"));

		g_assert_cmpint(g_utf8_strlen(token, -1), <=, 6);
	}
}

static const struct {
	const char *name;
	GBytes *(*convert)(GBytes *answer, GError **error);
	void (*check)(const char *text, gsize length);
} conversions[] = {
	{ "logs", pfs_convert_logs, check_log },
	{ "tokens", pfs_convert_tokens, check_tokens },
	{ "targets", pfs_convert_targets, check_json },
	{ "compiler", pfs_convert_compiler_log, check_lines },
};

static const struct {
	const char *name;
	char *(*translate)(const char *text, GError **error);
	gboolean makes_json;
} translations[] = {
	{ "version", pfs_translate_version, FALSE },
	{ "switch", pfs_translate_switch, FALSE },
	{ "settings", pfs_translate_integration, FALSE },
	{ "lines", pfs_translate_lines, TRUE },
	{ "env", pfs_translate_env, TRUE },
};

static gboolean
is_chosen(const char *name, const char *line)
{
	return strlen(line) > strlen("compiler") || strcmp(name, line) == 0;
}

static void
convert(const char *line, const char *data, gsize length)
{
	g_autoptr(GBytes) answer = g_bytes_new(data, length);

	for (guint i = 0; i < G_N_ELEMENTS(conversions); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) content = NULL;
		g_autofree char *text = NULL;

		if (!is_chosen(conversions[i].name, line))
			continue;
		content = conversions[i].convert(answer, &error);
		if (content == NULL) {
			fuzz_check_error(error);
			continue;
		}
		g_assert_true(
		    fuzz_is_utf8(g_bytes_get_data(content, NULL), g_bytes_get_size(content)));
		text = g_strndup(g_bytes_get_data(content, NULL), g_bytes_get_size(content));
		conversions[i].check(text, g_bytes_get_size(content));
	}
}

/* Only what is UTF-8 comes as far. */
static void
translate(const char *line, const char *data, gsize length)
{
	g_autofree char *text = g_strndup(data, length);

	for (guint i = 0; g_utf8_validate_len(data, length, NULL) && i < G_N_ELEMENTS(translations);
	     i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *translated = NULL;

		if (!is_chosen(translations[i].name, line))
			continue;
		translated = translations[i].translate(text, &error);
		if (translated == NULL)
			fuzz_check_error(error);
		else if (translations[i].makes_json && *text != '[' && *text != '{')
			check_json(translated, strlen(translated));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autofree char *line = fuzz_take_line(&input);

	convert(line, input.data, input.length);
	translate(line, input.data, input.length);
	return 0;
}
