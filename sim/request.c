/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a request: its query, its body in three encodings, its parameters. */
#include "request.h"

#include <stdlib.h>
#include <string.h>

/*
 * Puts "a[b][c]" (or "a[]", "a[0]") of a form where JSON would have it. An
 * object whose keys are only indices is good enough as an object for nobody,
 * so indices append to arrays.
 */
static void
put_form_value(json_t *object, const char *key, const char *value)
{
	const char *open = strchr(key, '[');
	g_autofree char *name = open ? g_strndup(key, (gsize)(open - key)) : g_strdup(key);
	const char *close = open ? strchr(open, ']') : NULL;
	g_autofree char *inner = close ? g_strndup(open + 1, (gsize)(close - open - 1)) : NULL;
	g_autofree char *rest = NULL;
	json_t *child = json_object_get(object, name);

	if (!close) {
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
	put_form_value(child, rest, value);
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
			put_form_value(object, name, value);
		else
			json_object_set_new(object, name, json_string(value));
	}
	return object;
}

static void
take_part(SimRequest *self, SoupMessageHeaders *headers, GBytes *bytes)
{
	const char *disposition = soup_message_headers_get_one(headers, "Content-Disposition");
	g_autoptr(GHashTable) params = NULL;
	const char *name;
	const char *filename;

	/* libsoup's own function for this header takes the path from a filename. */
	if (!disposition)
		return;
	params = soup_header_parse_semi_param_list(disposition);
	name = g_hash_table_lookup(params, "name");
	filename = g_hash_table_lookup(params, "filename");
	if (!name)
		return;
	if (filename) {
		json_object_set_new(
		    self->files, name,
		    json_pack("{s:s, s:i}", "filename", filename, "blob", (int)self->blobs->len));
		g_ptr_array_add(self->blobs, g_bytes_ref(bytes));
		return;
	}
	json_object_set_new(
	    self->body, name,
	    json_stringn_nocheck(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)));
}

static void
parse_multipart(SimRequest *self, GBytes *raw)
{
	SoupMessageHeaders *headers = soup_server_message_get_request_headers(self->message);
	g_autoptr(SoupMultipart) parts = soup_multipart_new_from_message(headers, raw);

	self->body = json_object();
	self->files = json_object();
	if (!parts) {
		self->bad_body = TRUE;
		return;
	}
	for (int i = 0; i < soup_multipart_get_length(parts); i++) {
		SoupMessageHeaders *part_headers;
		GBytes *bytes;

		if (soup_multipart_get_part(parts, i, &part_headers, &bytes))
			take_part(self, part_headers, bytes);
	}
}

static void
parse_body(SimRequest *self)
{
	SoupMessageBody *body = soup_server_message_get_request_body(self->message);
	g_autoptr(GBytes) raw = soup_message_body_flatten(body);
	gsize length;
	const char *data = g_bytes_get_data(raw, &length);
	const char *type = soup_message_headers_get_content_type(
	    soup_server_message_get_request_headers(self->message), NULL);

	self->type = g_intern_string(type ? type : "");
	if (!length)
		return;
	if (strcmp(self->type, "multipart/form-data") == 0) {
		parse_multipart(self, raw);
	} else if (strcmp(self->type, "application/x-www-form-urlencoded") == 0 && *data != '{') {
		g_autofree char *text = g_strndup(data, length);

		self->body = parse_form(text, TRUE);
	} else {
		self->body = json_loadb(data, length, 0, NULL);
		self->bad_body = self->body == NULL;
	}
}

SimRequest *
sim_request_new(Sim *sim, SoupServerMessage *message)
{
	SimRequest *self = g_new0(SimRequest, 1);
	GUri *uri = soup_server_message_get_uri(message);

	self->sim = sim;
	self->message = g_object_ref(message);
	self->method = soup_server_message_get_method(message);
	self->path = g_strdup(g_uri_get_path(uri));
	self->query = parse_form(g_uri_get_query(uri), FALSE);
	self->blobs = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	self->headers = soup_server_message_get_response_headers(message);
	self->arrived_us = g_get_real_time();
	parse_body(self);
	return self;
}

void
sim_request_free(SimRequest *self)
{
	for (int i = 0; i < SIM_MAX_PARAMS; i++)
		g_free(self->params[i].value);
	json_decref(self->query);
	json_decref(self->body);
	json_decref(self->files);
	g_ptr_array_unref(self->blobs);
	g_clear_pointer(&self->reply, g_bytes_unref);
	g_object_unref(self->message);
	g_free(self->scope);
	g_free(self->path);
	g_free(self);
}

const char *
sim_request_param(SimRequest *self, const char *name)
{
	for (int i = 0; i < SIM_MAX_PARAMS && self->params[i].name; i++)
		if (strcmp(self->params[i].name, name) == 0)
			return self->params[i].value;
	return NULL;
}

const char *
sim_request_query(SimRequest *self, const char *name)
{
	return json_string_value(json_object_get(self->query, name));
}

int
sim_request_query_int(SimRequest *self, const char *name, int fallback, int limit)
{
	const char *text = sim_request_query(self, name);
	int number = text ? atoi(text) : fallback;

	return CLAMP(number, 1, limit);
}

/* The documents say perPage, the SDK sends per_page: both are taken. */
int
sim_request_per_page(SimRequest *self, int fallback, int limit)
{
	const char *name = sim_request_query(self, "per_page") ? "per_page" : "perPage";

	return sim_request_query_int(self, name, fallback, limit);
}

json_t *
sim_request_field(SimRequest *self, const char *name)
{
	return json_object_get(self->body, name);
}

const char *
sim_request_text(SimRequest *self, const char *name)
{
	return json_string_value(sim_request_field(self, name));
}

gboolean
sim_request_flag(SimRequest *self, const char *name)
{
	json_t *field = sim_request_field(self, name);
	const char *text = json_string_value(field);

	return json_is_true(field) || json_integer_value(field) == 1 ||
	       g_strcmp0(text, "true") == 0 || g_strcmp0(text, "1") == 0;
}

gboolean
sim_request_number(SimRequest *self, const char *name, int *out_number)
{
	json_t *field = sim_request_field(self, name);
	const char *text = json_string_value(field);
	gint64 number = json_integer_value(field);

	if (text && !g_ascii_string_to_signed(text, 10, G_MININT32, G_MAXINT32, &number, NULL))
		return FALSE;
	if (!text && !json_is_integer(field))
		return FALSE;
	*out_number = (int)number;
	return TRUE;
}

guint
sim_request_n_files(SimRequest *self)
{
	return self->blobs->len;
}

GBytes *
sim_request_file(SimRequest *self, guint index, const char **out_filename)
{
	const char *field;
	json_t *file;

	json_object_foreach(self->files, field, file)
	{
		if ((guint)json_integer_value(json_object_get(file, "blob")) != index)
			continue;
		if (out_filename)
			*out_filename = json_string_value(json_object_get(file, "filename"));
		return g_ptr_array_index(self->blobs, index);
	}
	return NULL;
}
