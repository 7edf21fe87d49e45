/* SPDX-License-Identifier: Apache-2.0 */
#include "journal.h"

#include <string.h>

#define MAX_ENTRIES 20000
#define MAX_CONTENT 65536

struct _SimJournal {
	GQueue entries; /* json_t objects */
	guint64 first;	/* number of the head */
	guint64 next;
};

SimJournal *
sim_journal_new(void)
{
	SimJournal *self = g_new0(SimJournal, 1);

	g_queue_init(&self->entries);
	return self;
}

void
sim_journal_clear(SimJournal *self)
{
	g_queue_clear_full(&self->entries, (GDestroyNotify)json_decref);
	self->first = self->next;
}

void
sim_journal_free(SimJournal *self)
{
	sim_journal_clear(self);
	g_free(self);
}

/* Bearer or Basic: never what follows. */
static void
note_headers(SimRequest *request, json_t *entry)
{
	SoupMessageHeaders *headers = soup_server_message_get_request_headers(request->message);
	const char *auth = soup_message_headers_get_one(headers, "Authorization");
	const char *accept = soup_message_headers_get_one(headers, "Accept");
	const char *agent = soup_message_headers_get_one(headers, "User-Agent");

	if (auth)
		json_object_set_new(
		    entry, "auth",
		    json_stringn(auth, strcspn(auth, " ") < 8 ? strcspn(auth, " ") : 0));
	if (accept && strcmp(accept, "*/*") != 0)
		json_object_set_new(entry, "accept", json_string(accept));
	if (agent)
		json_object_set_new(entry, "user_agent", json_string(agent));
	if (*request->type)
		json_object_set_new(entry, "type", json_string(request->type));
}

static json_t *
file_content(GBytes *bytes)
{
	gsize size;
	const char *data = g_bytes_get_data(bytes, &size);
	gsize length = MIN(size, MAX_CONTENT);
	g_autofree char *base64 = NULL;

	if (g_utf8_validate_len(data, length, NULL) && !memchr(data, 0, length))
		return json_pack("{s:s%, s:I}", "content", data, (size_t)length, "size",
				 (json_int_t)size);
	base64 = g_base64_encode((const guchar *)data, length);
	return json_pack("{s:s, s:I}", "base64", base64, "size", (json_int_t)size);
}

static json_t *
body_of(SimRequest *request)
{
	json_t *body = request->body ? json_deep_copy(request->body) : NULL;

	for (guint i = 0; i < request->files->len; i++) {
		SimFile *file = g_ptr_array_index(request->files, i);
		json_t *copy = file_content(file->bytes);

		json_object_set_new(copy, "filename", json_string(file->filename));
		json_object_set_new(body, file->field, copy);
	}
	if (json_object_get(body, "access_token"))
		json_object_set_new(body, "access_token", json_string("…"));
	return body;
}

void
sim_journal_add(SimJournal *self, SimRequest *request)
{
	json_t *entry = json_pack("{s:s, s:s}", "method", request->method, "path", request->path);
	json_t *body = body_of(request);

	if (json_object_size(request->query)) {
		json_t *query = json_copy(request->query);

		if (json_object_get(query, "access_token"))
			json_object_set_new(query, "access_token", json_string("…"));
		json_object_set_new(entry, "query", query);
	}
	note_headers(request, entry);
	if (body)
		json_object_set_new(entry, "body", body);
	json_object_set_new(entry, "status", json_null());
	json_object_set_new(entry, "time", sim_json_now());
	request->number = self->next++;
	g_queue_push_tail(&self->entries, entry);
	if (self->entries.length > MAX_ENTRIES) {
		json_decref(g_queue_pop_head(&self->entries));
		self->first++;
	}
}

void
sim_journal_answered(SimJournal *self, SimRequest *request)
{
	guint64 back = self->next - request->number;
	GList *link;

	if (request->number < self->first || back > self->entries.length)
		return;
	link = self->entries.tail;
	while (--back && link)
		link = link->prev;
	if (link)
		json_object_set_new(link->data, "status", json_integer(request->status));
}

char *
sim_journal_dump(SimJournal *self)
{
	GString *out = g_string_new("[");

	for (GList *link = self->entries.head; link; link = link->next) {
		g_autofree char *text = json_dumps(link->data, JSON_COMPACT);

		g_string_append(out, out->len > 1 ? ",\n" : "");
		g_string_append(out, text);
	}
	g_string_append(out, "]\n");
	return g_string_free(out, FALSE);
}
