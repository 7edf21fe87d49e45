/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a request, in three encodings, as JSON would have it. */
#include "body.h"

#include <string.h>

#define MAX_DEPTH 16

/*
 * Puts "a[b][c]" (or "a[]", "a[0]") of a form where JSON would have it. An
 * object whose keys are only indices is good enough as an object for nobody,
 * so indices append to arrays.
 */
static void
put_form_value(json_t *object, const char *key, const char *value, int depth)
{
	const char *open = strchr(key, '[');
	g_autofree char *name = open ? g_strndup(key, (gsize)(open - key)) : g_strdup(key);
	const char *close = open ? strchr(open, ']') : NULL;
	g_autofree char *inner = close ? g_strndup(open + 1, (gsize)(close - open - 1)) : NULL;
	g_autofree char *rest = NULL;
	json_t *child = json_object_get(object, name);

	if (!close || depth == MAX_DEPTH) {
		json_object_set_new(object, key, json_string(value));
		return;
	}
	if (strspn(inner, "0123456789") == strlen(inner)) {
		if (!json_is_array(child)) {
			child = json_array();
			json_object_set_new(object, name, child);
		}
		json_array_append_new(child, json_string(value));
		return;
	}
	if (!json_is_object(child)) {
		child = json_object();
		json_object_set_new(object, name, child);
	}
	rest = g_strconcat(inner, close + 1, NULL);
	put_form_value(child, rest, value, depth + 1);
}

static json_t *
parse_form(const char *text, gboolean nested)
{
	json_t *object = json_object();
	g_auto(GStrv) pairs = g_strsplit(text ? text : "", "&", -1);

	for (char **pair = pairs; *pair; pair++) {
		char *equals = strchr(*pair, '=');
		g_autofree char *name = NULL;
		g_autofree char *value = NULL;

		if (!**pair)
			continue;
		if (equals)
			*equals = '\0';
		g_strdelimit(*pair, "+", ' ');
		if (equals)
			g_strdelimit(equals + 1, "+", ' ');
		name = g_uri_unescape_string(*pair, NULL);
		value = g_uri_unescape_string(equals ? equals + 1 : "", NULL);
		if (!name || !value || !g_utf8_validate(name, -1, NULL) ||
		    !g_utf8_validate(value, -1, NULL))
			continue;
		if (nested)
			put_form_value(object, name, value, 0);
		else
			json_object_set_new(object, name, json_string(value));
	}
	return object;
}

static char *
dup_param(GHashTable *params, const char *name)
{
	const char *value = g_hash_table_lookup(params, name);

	return value ? g_utf8_make_valid(value, -1) : NULL;
}

static void
file_free(gpointer data)
{
	SimFile *file = data;

	g_free(file->field);
	g_free(file->filename);
	g_bytes_unref(file->bytes);
	g_free(file);
}

static void
add_file(SimBody *self, char *field_taken, char *filename_taken, GBytes *bytes)
{
	SimFile *file = g_new0(SimFile, 1);

	file->field = field_taken;
	file->filename = filename_taken;
	file->bytes = g_bytes_ref(bytes);
	g_ptr_array_add(self->files, file);
}

static void
take_part(SimBody *self, SoupMessageHeaders *headers, GBytes *bytes)
{
	const char *disposition = soup_message_headers_get_one(headers, "Content-Disposition");
	g_autoptr(GHashTable) params = NULL;
	g_autofree char *name = NULL;
	g_autofree char *filename = NULL;
	g_autofree char *text = NULL;

	/* libsoup's own function for this header takes the path from a filename. */
	if (!disposition)
		return;
	params = soup_header_parse_semi_param_list(disposition);
	name = dup_param(params, "name");
	filename = dup_param(params, "filename");
	if (!name)
		return;
	if (filename) {
		add_file(self, g_steal_pointer(&name), g_steal_pointer(&filename), bytes);
		return;
	}
	text = g_utf8_make_valid(g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes));
	json_object_set_new(self->object, name, json_string(text));
}

static void
parse_multipart(SimBody *self, SoupMessageHeaders *headers, GBytes *raw)
{
	gsize length = g_bytes_get_size(raw);
	char *text = g_malloc(length + 1);
	g_autoptr(GBytes) terminated = g_bytes_new_take(text, length);
	g_autoptr(SoupMultipart) parts = NULL;

	/* libsoup looks for the end of a head as if the body were a string. */
	memcpy(text, g_bytes_get_data(raw, NULL), length);
	text[length] = '\0';
	parts = soup_multipart_new_from_message(headers, terminated);
	self->object = json_object();
	if (!parts) {
		self->bad = TRUE;
		return;
	}
	for (int i = 0; i < soup_multipart_get_length(parts); i++) {
		SoupMessageHeaders *part_headers;
		GBytes *bytes;

		if (soup_multipart_get_part(parts, i, &part_headers, &bytes))
			take_part(self, part_headers, bytes);
	}
}

json_t *
sim_query_parse(const char *text)
{
	return parse_form(text, FALSE);
}

SimBody
sim_body_parse(SoupMessageHeaders *headers, GBytes *raw)
{
	SimBody self = { .files = g_ptr_array_new_with_free_func(file_free) };
	const char *type = soup_message_headers_get_content_type(headers, NULL);
	gsize length;
	const char *data = g_bytes_get_data(raw, &length);

	if (!length)
		return self;
	if (g_strcmp0(type, "multipart/form-data") == 0) {
		parse_multipart(&self, headers, raw);
	} else if (g_strcmp0(type, "application/x-www-form-urlencoded") == 0 && *data != '{') {
		g_autofree char *text = g_strndup(data, length);

		self.object = parse_form(text, TRUE);
	} else {
		self.object = json_loadb(data, length, 0, NULL);
		self.bad = self.object == NULL;
	}
	return self;
}

void
sim_body_clear(SimBody *self)
{
	json_decref(self->object);
	g_ptr_array_unref(self->files);
}
