/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes one value out of a JSON text, as text. The text of a number is the cloud's: no double
 * stands between, which would lose the digits of a large integer and add some to 0.1.
 */
#include <errno.h>
#include <string.h>

#include <particlefs/json-stream.h>

#include "answer.h"

typedef struct {
	GStrv path;
	guint path_length;
	guint depth;   /* containers open */
	guint matched; /* path parts that the open containers have matched */
	gboolean here; /* the next value is the one below all matched parts */
	gboolean array[PFS_JSON_DEPTH_MAX];
	gint64 index[PFS_JSON_DEPTH_MAX];
	GString *text; /* what was found */
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

	if (picker->depth > 0 && picker->array[picker->depth - 1]) {
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

static const char *const words[] = {
	[PFS_VALUE_NULL] = "",
	[PFS_VALUE_FALSE] = "false",
	[PFS_VALUE_TRUE] = "true",
};

static gboolean
value_cb(gpointer user_data, PfsValueKind kind, const char *text, gsize length)
{
	Picker *picker = user_data;

	/* One is taken because it is wanted. */
	if (kind == PFS_VALUE_JSON || is_wanted(picker)) {
		if (kind <= PFS_VALUE_TRUE)
			g_string_append(picker->text, words[kind]);
		else
			g_string_append_len(picker->text, text, (gssize)length);
		picker->found = TRUE;
	}
	picker->here = FALSE;
	return TRUE;
}

static PfsJsonChoice
begin_cb(gpointer user_data, gboolean array)
{
	Picker *picker = user_data;

	if (is_wanted(picker))
		return PFS_JSON_TAKE;
	if (picker->depth > 0 && picker->here)
		picker->matched++;
	picker->array[picker->depth] = array;
	picker->index[picker->depth] = 0;
	picker->depth++;
	picker->here = FALSE;
	return PFS_JSON_ENTER;
}

static gboolean
end_cb(gpointer user_data, gboolean array)
{
	Picker *picker = user_data;

	picker->depth--;
	if (picker->matched > 0 && picker->matched >= picker->depth)
		picker->matched--;
	return TRUE;
}

static gboolean
key_cb(gpointer user_data, const char *text, gsize length)
{
	Picker *picker = user_data;

	picker->here = picker->matched == picker->depth - 1 &&
		       picker->matched < picker->path_length && part_is(picker, text, length);
	return TRUE;
}

static const PfsJsonHandler handler = {
	.value = value_cb,
	.key = key_cb,
	.begin = begin_cb,
	.end = end_cb,
};

static GBytes *
pick_one(const char *text, gsize length, const char *path, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(path, ".", -1);
	g_autoptr(GString) found = g_string_new(NULL);
	Picker picker = { .path = parts, .path_length = g_strv_length(parts), .text = found };
	g_autoptr(PfsJsonStream) stream = pfs_json_stream_new(&handler, &picker);
	gboolean ok = pfs_json_stream_feed(stream, text, length) && pfs_json_stream_finish(stream);

	if (!ok)
		g_set_error(error, PFS_ERROR, EBADMSG,
			    "the answer is not the JSON that the API promises");
	else if (!picker.found)
		g_set_error(error, PFS_ERROR, EBADMSG, "the answer has no '%s'", path);
	if (!ok || !picker.found)
		return NULL;
	return g_string_free_to_bytes(g_steal_pointer(&found));
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
