/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cloud's JSON as a tree, for single documents. jansson refuses what it can't hold: half a
 * surrogate pair, bytes that are no UTF-8, a NUL in a key, a number beyond its range. A whole
 * answer must not be lost for one such value of a device, so it is then written anew by yajl,
 * without them.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

#include <particlefs/error.h>
#include <particlefs/json.h>
#include <particlefs/text.h>

/* `{},` takes a hundred times its text as a tree. */
#define MAX_VALUES 500000

static int
null_cb(void *gen)
{
	return yajl_gen_null(gen) == yajl_gen_status_ok;
}

static int
boolean_cb(void *gen, int value)
{
	return yajl_gen_bool(gen, value) == yajl_gen_status_ok;
}

static gboolean
is_in_range(const char *text, gsize length)
{
	g_autofree char *number = g_strndup(text, length);

	if (strpbrk(number, ".eE") != NULL)
		return isfinite(g_ascii_strtod(number, NULL));
	return g_ascii_string_to_signed(number, 10, G_MININT64, G_MAXINT64, NULL, NULL);
}

static int
number_cb(void *gen, const char *text, size_t length)
{
	if (is_in_range(text, length))
		return yajl_gen_number(gen, text, length) == yajl_gen_status_ok;
	return yajl_gen_string(gen, (const unsigned char *)text, length) == yajl_gen_status_ok;
}

static int
string_cb(void *gen, const unsigned char *text, size_t length)
{
	g_autofree char *repaired = pfs_text_repair((const char *)text, &length);

	if (repaired != NULL)
		text = (const unsigned char *)repaired;
	return yajl_gen_string(gen, text, length) == yajl_gen_status_ok;
}

static int
key_cb(void *gen, const unsigned char *text, size_t length)
{
	g_autofree char *key = g_utf8_make_valid((const char *)text, (gssize)length);

	return yajl_gen_string(gen, (const unsigned char *)key, strlen(key)) == yajl_gen_status_ok;
}

static int
map_open_cb(void *gen)
{
	return yajl_gen_map_open(gen) == yajl_gen_status_ok;
}

static int
map_close_cb(void *gen)
{
	return yajl_gen_map_close(gen) == yajl_gen_status_ok;
}

static int
array_open_cb(void *gen)
{
	return yajl_gen_array_open(gen) == yajl_gen_status_ok;
}

static int
array_close_cb(void *gen)
{
	return yajl_gen_array_close(gen) == yajl_gen_status_ok;
}

static const yajl_callbacks callbacks = {
	.yajl_null = null_cb,
	.yajl_boolean = boolean_cb,
	.yajl_number = number_cb,
	.yajl_string = string_cb,
	.yajl_start_map = map_open_cb,
	.yajl_map_key = key_cb,
	.yajl_end_map = map_close_cb,
	.yajl_start_array = array_open_cb,
	.yajl_end_array = array_close_cb,
};

static json_t *
load_repaired(const char *text, gsize length)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	yajl_handle parser = yajl_alloc(&callbacks, NULL, gen);
	const unsigned char *clean;
	size_t clean_length;
	json_t *root = NULL;

	yajl_config(parser, yajl_dont_validate_strings, 1);
	if (yajl_parse(parser, (const unsigned char *)text, length) == yajl_status_ok &&
	    yajl_complete_parse(parser) == yajl_status_ok &&
	    yajl_gen_get_buf(gen, &clean, &clean_length) == yajl_gen_status_ok)
		root = json_loadb((const char *)clean, clean_length,
				  JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	yajl_free(parser);
	yajl_gen_free(gen);
	return root;
}

static gboolean
is_too_large(const char *text, gsize length)
{
	guint values = 0;

	for (gsize i = 0; i < length && values <= MAX_VALUES; i++)
		values += text[i] == ',' || text[i] == '{' || text[i] == '[';
	return values > MAX_VALUES;
}

json_t *
pfs_json_load(const char *text, gsize length)
{
	json_t *root;

	if (length == 0 || is_too_large(text, length))
		return NULL;
	root = json_loadb(text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	return root != NULL ? root : load_repaired(text, length);
}

/* How jansson begins to quote a few bytes: half a character, maybe, or a part of a password. */
static const char *const quotes[] = { " near '", " '\\u", " 0x" };

json_t *
pfs_json_parse(const char *text, GError **error)
{
	json_error_t refusal;
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &refusal);

	if (root != NULL)
		return root;
	for (guint i = 0; i < G_N_ELEMENTS(quotes); i++) {
		char *quoted = strstr(refusal.text, quotes[i]);

		if (quoted != NULL)
			*quoted = '\0';
	}
	g_set_error(error, PFS_ERROR, EINVAL, "not valid JSON, line %d, column %d: %s",
		    refusal.line, refusal.column, refusal.text);
	return NULL;
}
