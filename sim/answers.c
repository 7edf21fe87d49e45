/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canned answers: {"method", "path", "status", "headers": {…}, "body" or "body_base64"}; for a body
 * that is too large to be sent here, "unit" follows it "repeat" times (-1: for ever), then "end".
 * `%d` in the unit is a number that no other has. The newest that fits a request wins; "times" says
 * how often.
 */
#include "answers.h"
#include "server.h"

#include <string.h>

#define PIECE_BYTES (64 * 1024)

typedef struct {
	int references;
	char *method;
	GPatternSpec *path;
	guint status;
	json_t *headers;
	GBytes *body;
	char *unit;
	char *end;
	gint64 repeat;
	gint64 number;
	int times; /* left; -1: no end */
} Answer;

/* One that is under way. */
typedef struct {
	Answer *answer;
	gboolean begun;
	gint64 left;
} Producer;

static void
answer_unref(gpointer data)
{
	Answer *self = data;

	if (--self->references > 0)
		return;
	g_free(self->method);
	g_pattern_spec_free(self->path);
	json_decref(self->headers);
	g_bytes_unref(self->body);
	g_free(self->unit);
	g_free(self->end);
	g_free(self);
}

void
sim_answers_init(Sim *sim)
{
	sim->answers = g_ptr_array_new_with_free_func(answer_unref);
}

void
sim_answers_clear(Sim *sim)
{
	g_ptr_array_set_size(sim->answers, 0);
}

static GBytes *
take_body(const json_t *description)
{
	const char *base64 = json_string_value(json_object_get(description, "body_base64"));
	const json_t *body = json_object_get(description, "body");
	gsize length = 0;
	guchar *data;

	if (base64 == NULL)
		return g_bytes_new(json_string_value(body), json_string_length(body));
	data = g_base64_decode(base64, &length);
	return g_bytes_new_take(data, length);
}

static gint64
get_number(const json_t *description, const char *key, gint64 otherwise)
{
	const json_t *value = json_object_get(description, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

gboolean
sim_answers_add(Sim *sim, const json_t *description, const char **out_wrong)
{
	const char *path = json_string_value(json_object_get(description, "path"));
	Answer *self;

	*out_wrong = "path is missing";
	if (path == NULL)
		return FALSE;
	self = g_new0(Answer, 1);
	self->references = 1;
	self->method = g_strdup(json_string_value(json_object_get(description, "method")));
	self->path = g_pattern_spec_new(path);
	self->status = (guint)get_number(description, "status", 200);
	self->headers = json_deep_copy(json_object_get(description, "headers"));
	self->body = take_body(description);
	self->unit = g_strdup(json_string_value(json_object_get(description, "unit")));
	self->end = g_strdup(json_string_value(json_object_get(description, "end")));
	self->repeat = get_number(description, "repeat", 0);
	self->times = (int)get_number(description, "times", -1);
	g_ptr_array_insert(sim->answers, 0, self);
	return TRUE;
}

static void
producer_free(gpointer data)
{
	Producer *self = data;

	answer_unref(self->answer);
	g_free(self);
}

static void
append_unit(Answer *answer, GString *out)
{
	const char *place = strstr(answer->unit, "%d");

	if (place == NULL) {
		g_string_append(out, answer->unit);
		return;
	}
	g_string_append_len(out, answer->unit, place - answer->unit);
	g_string_append_printf(out, "%" G_GINT64_FORMAT "%s", ++answer->number, place + 2);
}

static gboolean
produce_cb(gpointer data, GString *out)
{
	Producer *self = data;
	Answer *answer = self->answer;

	if (!self->begun)
		g_string_append_len(out, g_bytes_get_data(answer->body, NULL),
				    (gssize)g_bytes_get_size(answer->body));
	self->begun = TRUE;
	while (self->left != 0 && out->len < PIECE_BYTES) {
		append_unit(answer, out);
		self->left -= self->left > 0;
	}
	if (self->left != 0)
		return TRUE;
	g_string_append(out, answer->end != NULL ? answer->end : "");
	return FALSE;
}

static Answer *
find(SimRequest *request)
{
	for (guint i = 0; i < request->sim->answers->len; i++) {
		Answer *answer = request->sim->answers->pdata[i];

		if (answer->times != 0 &&
		    (answer->method == NULL || strcmp(answer->method, request->method) == 0) &&
		    g_pattern_spec_match_string(answer->path, request->path))
			return answer;
	}
	return NULL;
}

gboolean
sim_answers_reply(SimRequest *request)
{
	Answer *answer = find(request);
	Producer *producer;
	const char *name;
	json_t *value;

	if (answer == NULL || g_str_has_prefix(request->path, "/_sim"))
		return FALSE;
	answer->times -= answer->times > 0;
	json_object_foreach(answer->headers, name, value)
	    soup_message_headers_replace(request->headers, name, json_string_value(value));
	if (answer->unit == NULL) {
		sim_reply_status_bytes(request, answer->status, answer->body);
		return TRUE;
	}
	producer = g_new0(Producer, 1);
	producer->answer = answer;
	producer->left = answer->repeat;
	answer->references++;
	sim_server_produce(request, produce_cb, producer, producer_free);
	return TRUE;
}
