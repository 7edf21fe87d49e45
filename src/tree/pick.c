/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes one value out of a JSON text, as text. The text of a number is the cloud's: no double
 * stands between, which would lose the digits of a large integer and add some to 0.1.
 */
#include <errno.h>
#include <string.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

#include <particlefs/text.h>

#include "answer.h"

#define MAX_DEPTH 64

typedef struct {
	GStrv path;
	guint path_length;
	guint depth;   /* containers open */
	guint matched; /* path parts that the open containers have matched */
	gboolean here; /* the next value is the one below all matched parts */
	gboolean array[MAX_DEPTH];
	gint64 index[MAX_DEPTH];
	guint taking; /* depth at which the wanted container began, plus 1 */
	yajl_gen gen;
	GString *text; /* a scalar */
	gboolean found;
} Picker;

static gboolean
part_is(Picker *picker, const char *name, gsize length)
{
	const char *part = picker->path[picker->matched];

	return strlen(part) == length && memcmp(part, name, length) == 0;
}

/* Whether the value that comes now is on the way; for an array this counts its items. */
static gboolean
step(Picker *picker)
{
	char number[24];

	if (picker->depth > 0 && picker->depth <= MAX_DEPTH && picker->array[picker->depth - 1]) {
		gint64 index = picker->index[picker->depth - 1]++;

		if (picker->matched == picker->depth - 1 && picker->matched < picker->path_length) {
			g_snprintf(number, sizeof(number), "%" G_GINT64_FORMAT, index);
			picker->here = part_is(picker, number, strlen(number));
		}
	}
	return picker->depth == 0 || picker->here;
}

static gboolean
is_wanted(Picker *picker)
{
	gboolean on_path = step(picker);
	guint matched = picker->depth == 0 ? 0 : picker->matched + 1;

	return !picker->found && on_path && matched == picker->path_length &&
	       matched == picker->depth;
}

static int
scalar(Picker *picker, const char *text, gsize length)
{
	if (is_wanted(picker)) {
		g_string_append_len(picker->text, text, (gssize)length);
		picker->found = TRUE;
	}
	picker->here = FALSE;
	return 1;
}

#define TAKING(call)                                                                               \
	if (picker->taking > 0)                                                                    \
	return (call) == yajl_gen_status_ok

static int
null_cb(void *context)
{
	Picker *picker = context;

	TAKING(yajl_gen_null(picker->gen));
	return scalar(picker, "", 0);
}

static int
boolean_cb(void *context, int value)
{
	Picker *picker = context;

	TAKING(yajl_gen_bool(picker->gen, value));
	return scalar(picker, value ? "true" : "false", value ? 4 : 5);
}

static int
number_cb(void *context, const char *text, size_t length)
{
	Picker *picker = context;

	TAKING(yajl_gen_number(picker->gen, text, length));
	return scalar(picker, text, length);
}

/* yajl makes bytes of half a surrogate pair that are no UTF-8, and lets others pass. */
static int
string_cb(void *context, const unsigned char *text, size_t length)
{
	Picker *picker = context;
	g_autofree char *repaired = pfs_text_repair((const char *)text, &length);

	if (repaired != NULL)
		text = (const unsigned char *)repaired;
	TAKING(yajl_gen_string(picker->gen, text, length));
	return scalar(picker, (const char *)text, length);
}

static int
open_container(Picker *picker, gboolean array)
{
	gboolean on_path, wanted;

	if (picker->depth >= MAX_DEPTH)
		return 0;
	if (picker->taking > 0) {
		picker->depth++;
		return (array ? yajl_gen_array_open(picker->gen)
			      : yajl_gen_map_open(picker->gen)) == yajl_gen_status_ok;
	}
	wanted = is_wanted(picker);
	on_path = picker->depth == 0 || picker->here;
	if (wanted) {
		picker->found = TRUE;
		picker->taking = picker->depth + 1;
		(array ? yajl_gen_array_open : yajl_gen_map_open)(picker->gen);
	} else if (on_path && picker->depth > 0) {
		picker->matched++;
	}
	picker->array[picker->depth] = array;
	picker->index[picker->depth] = 0;
	picker->depth++;
	picker->here = FALSE;
	return 1;
}

static int
close_container(Picker *picker, gboolean array)
{
	picker->depth--;
	if (picker->taking > 0) {
		if (picker->taking == picker->depth + 1)
			picker->taking = 0;
		return (array ? yajl_gen_array_close(picker->gen)
			      : yajl_gen_map_close(picker->gen)) == yajl_gen_status_ok;
	}
	if (picker->matched > 0 && picker->matched >= picker->depth)
		picker->matched--;
	return 1;
}

static int
map_open_cb(void *context)
{
	return open_container(context, FALSE);
}

static int
map_close_cb(void *context)
{
	return close_container(context, FALSE);
}

static int
array_open_cb(void *context)
{
	return open_container(context, TRUE);
}

static int
array_close_cb(void *context)
{
	return close_container(context, TRUE);
}

static int
key_cb(void *context, const unsigned char *text, size_t length)
{
	Picker *picker = context;
	g_autofree char *repaired = pfs_text_repair((const char *)text, &length);

	if (repaired != NULL)
		text = (const unsigned char *)repaired;
	TAKING(yajl_gen_string(picker->gen, text, length));
	picker->here = picker->matched == picker->depth - 1 &&
		       picker->matched < picker->path_length &&
		       part_is(picker, (const char *)text, length);
	return 1;
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

static GBytes *
pick_one(const char *text, gsize length, const char *path, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(path, ".", -1);
	g_autoptr(GString) scalar_text = g_string_new(NULL);
	Picker picker = { .path = parts, .path_length = g_strv_length(parts), .text = scalar_text };
	yajl_handle handle = yajl_alloc(&callbacks, NULL, &picker);
	const unsigned char *json;
	size_t json_length;
	gboolean ok;

	picker.gen = yajl_gen_alloc(NULL);
	ok = yajl_parse(handle, (const unsigned char *)text, length) == yajl_status_ok &&
	     yajl_complete_parse(handle) == yajl_status_ok;
	if (ok && yajl_gen_get_buf(picker.gen, &json, &json_length) == yajl_gen_status_ok &&
	    json_length > 0)
		g_string_append_len(scalar_text, (const char *)json, (gssize)json_length);
	yajl_gen_free(picker.gen);
	yajl_free(handle);
	if (!ok)
		g_set_error(error, PFS_ERROR, EBADMSG,
			    "the answer is not the JSON that the API promises");
	else if (!picker.found)
		g_set_error(error, PFS_ERROR, EBADMSG, "the answer has no '%s'", path);
	if (!ok || !picker.found)
		return NULL;
	return g_string_free_to_bytes(g_steal_pointer(&scalar_text));
}

GBytes *
pfs_json_pick(const char *text, gsize length, const char *path, GError **error)
{
	g_auto(GStrv) alternatives = g_strsplit(path != NULL ? path : "", "|", -1);
	GBytes *picked = NULL;

	if (alternatives[0] == NULL)
		return pick_one(text, length, "", error);
	for (guint i = 0; alternatives[i] != NULL && picked == NULL; i++) {
		g_clear_error(error);
		picked = pick_one(text, length, alternatives[i], error);
	}
	return picked;
}
