/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a request: its query, its body, its parameters. */
#include "request.h"

#include "fleet.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

static void
take_body(SimRequest *self)
{
	SoupMessageHeaders *headers = soup_server_message_get_request_headers(self->message);
	g_autoptr(GBytes) raw =
	    soup_message_body_flatten(soup_server_message_get_request_body(self->message));
	const char *type = soup_message_headers_get_content_type(headers, NULL);
	SimBody body = sim_body_parse(headers, raw);

	self->type = g_intern_string(type ? type : "");
	self->body = body.object;
	self->files = body.files;
	self->bad_body = body.bad;
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
	self->query = sim_query_parse(g_uri_get_query(uri));
	self->headers = soup_server_message_get_response_headers(message);
	self->arrived_us = g_get_real_time();
	take_body(self);
	return self;
}

void
sim_request_free(SimRequest *self)
{
	for (int i = 0; i < SIM_MAX_PARAMS; i++)
		g_free(self->params[i].value);
	json_decref(self->query);
	json_decref(self->body);
	g_ptr_array_unref(self->files);
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
	int number = text ? sim_parse_int(text) : fallback;

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
	return self->files->len;
}

GBytes *
sim_request_file(SimRequest *self, guint index, const char **out_filename)
{
	SimFile *file = index < self->files->len ? g_ptr_array_index(self->files, index) : NULL;

	if (file && out_filename)
		*out_filename = file->filename;
	return file ? file->bytes : NULL;
}

/* Returns: (transfer full): the words of all files, which stand one a line or between commas */
GPtrArray *
sim_request_file_words(SimRequest *self)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < self->files->len; i++) {
		gsize size;
		const char *data = g_bytes_get_data(sim_request_file(self, i, NULL), &size);
		g_autofree char *text = g_strndup(data ? data : "", size);
		g_auto(GStrv) lines = g_strsplit_set(text, "\r\n,", -1);

		for (char **line = lines; *line; line++)
			if (*g_strstrip(*line))
				g_ptr_array_add(words, g_strdup(*line));
	}
	return words;
}

/* Returns: (transfer none): the one of @rows that the path names; or NULL, answered unless @rows is
 * NULL: then it has been */
json_t *
sim_request_row(SimRequest *self, json_t *rows, const char *key, const char *param,
		const char *noun)
{
	json_t *row = sim_row_find(rows, key, sim_request_param(self, param));

	if (rows && !row)
		sim_fail_not_found(self, noun);
	return row;
}

/* @per_page: where the request does not say; @limit: at most; @out_pages: NULL, or how many */
json_t *
sim_request_page(SimRequest *self, json_t *rows_taken, int per_page, int limit, int *out_pages)
{
	return sim_rows_page(rows_taken, sim_request_query_int(self, "page", 1, 100000),
			     sim_request_per_page(self, per_page, limit), out_pages);
}

gboolean
sim_request_reaches(SimRequest *self)
{
	if (sim_device_answers(self->device))
		return TRUE;
	self->delay_ms += self->sim->options.device_timeout_ms;
	return FALSE;
}
