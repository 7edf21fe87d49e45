/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event's JSON is checked and handed on as the cloud wrote it: at 200,000 a second there is no
 * time to build a tree of it. What is not an object, or not JSON, is made one whose `data` is the
 * text.
 */
#include <string.h>

#include <jansson.h>
#include <yajl/yajl_parse.h>

#include <particlefs/json-stream.h>
#include <particlefs/json.h>
#include <particlefs/text.h>

#include "event.h"

void
pfs_event_parser_init(PfsEventParser *self)
{
	*self = (PfsEventParser){
		.line = g_string_new(NULL),
		.name = g_string_new(NULL),
		.data = g_string_new(NULL),
		.coreid = g_string_new(NULL),
		.published_at = g_string_new(NULL),
	};
}

void
pfs_event_parser_clear(PfsEventParser *self)
{
	g_string_free(self->line, TRUE);
	g_string_free(self->name, TRUE);
	g_string_free(self->data, TRUE);
	g_string_free(self->coreid, TRUE);
	g_string_free(self->published_at, TRUE);
}

static int
open_cb(PfsEventParser *self, gboolean object)
{
	if (self->depth == 0)
		self->is_object = object;
	self->target = NULL;
	return ++self->depth <= PFS_JSON_DEPTH_MAX;
}

static int
map_cb(void *context)
{
	return open_cb(context, TRUE);
}

static int
array_cb(void *context)
{
	return open_cb(context, FALSE);
}

static int
close_cb(void *context)
{
	PfsEventParser *self = context;

	if (--self->depth == 0)
		self->end = yajl_get_bytes_consumed(self->parser);
	return 1;
}

static void
aim(PfsEventParser *self, GString *target, const char **taken)
{
	self->target = target;
	self->taken = taken;
}

static int
key_cb(void *context, const unsigned char *key, size_t length)
{
	PfsEventParser *self = context;
	const char *text = (const char *)key;

	self->target = NULL;
	if (self->depth != 1)
		return 1;
	if (length == 4 && memcmp(text, "data", 4) == 0)
		aim(self, self->data, &self->event.data);
	else if (length == 4 && memcmp(text, "name", 4) == 0)
		aim(self, self->name, &self->event.name);
	else if (length == 6 && memcmp(text, "coreid", 6) == 0)
		aim(self, self->coreid, &self->event.coreid);
	else if (length == 12 && memcmp(text, "published_at", 12) == 0)
		aim(self, self->published_at, &self->event.published_at);
	self->has_name = self->has_name || self->taken == &self->event.name;
	return 1;
}

static int
scalar_cb(void *context, const char *text, size_t length)
{
	PfsEventParser *self = context;

	if (self->target == NULL)
		return 1;
	pfs_text_empty(self->target);
	g_string_append_len(self->target, text, (gssize)length);
	*self->taken = self->target->str;
	self->target = NULL;
	return 1;
}

/* yajl makes bytes of half a surrogate pair that are no UTF-8. */
static int
string_cb(void *context, const unsigned char *text, size_t length)
{
	g_autofree char *repaired = pfs_text_repair((const char *)text, &length);

	return scalar_cb(context, repaired != NULL ? repaired : (const char *)text, length);
}

static int
boolean_cb(void *context, int value)
{
	return scalar_cb(context, value ? "true" : "false", value ? 4 : 5);
}

static int
null_cb(void *context)
{
	((PfsEventParser *)context)->target = NULL;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = null_cb,
	.yajl_boolean = boolean_cb,
	.yajl_number = scalar_cb,
	.yajl_string = string_cb,
	.yajl_start_map = map_cb,
	.yajl_map_key = key_cb,
	.yajl_end_map = close_cb,
	.yajl_start_array = array_cb,
	.yajl_end_array = close_cb,
};

/* yajl does not see a string behind the end that is not closed. */
static gboolean
is_space(const char *text, gsize length)
{
	for (gsize i = 0; i < length; i++)
		if (text[i] != ' ' && !g_ascii_iscntrl(text[i]))
			return FALSE;
	return TRUE;
}

/* Whether the text is a JSON object; takes what is asked for out of it. */
static gboolean
take_object(PfsEventParser *self, const char *text, gsize length)
{
	yajl_handle handle = yajl_alloc(&callbacks, NULL, self);
	gboolean valid;

	self->event = (PfsEvent){ 0 };
	self->parser = handle;
	self->depth = 0;
	self->end = 0;
	self->is_object = self->has_name = FALSE;
	self->target = NULL;
	self->taken = NULL;
	valid = yajl_parse(handle, (const unsigned char *)text, length) == yajl_status_ok &&
		yajl_complete_parse(handle) == yajl_status_ok;
	yajl_free(handle);
	if (self->event.data != NULL)
		self->event.data_length = self->data->len;
	return valid && self->is_object && is_space(text + self->end, length - self->end);
}

static gboolean
is_plain(const char *text, gsize length)
{
	for (gsize i = 0; i < length; i++)
		if (text[i] < 0x20 || text[i] > 0x7e || text[i] == '"' || text[i] == '\\')
			return FALSE;
	return TRUE;
}

static void
append_string(GString *line, const char *text, gsize length)
{
	g_autoptr(json_t) string = NULL;
	g_autofree char *dumped = NULL;

	if (is_plain(text, length)) {
		g_string_append_c(line, '"');
		g_string_append_len(line, text, (gssize)length);
		g_string_append_c(line, '"');
		return;
	}
	string = json_stringn(text, length);
	dumped = json_dumps(string, JSON_ENCODE_ANY);
	g_string_append(line, dumped);
}

/* `{"name":"…",` and what stands behind the object's brace; what yajl takes for space is a blank.
 */
static void
join_object(PfsEventParser *self, const char *text, gsize length)
{
	const char *rest = (const char *)memchr(text, '{', length) + 1;
	GString *line = self->line;
	gsize begin;

	while (*rest == ' ' || g_ascii_iscntrl(*rest))
		rest++;
	pfs_text_empty(line);
	g_string_append(line, "{\"name\":");
	append_string(line, self->name->str, self->name->len);
	if (*rest != '}')
		g_string_append_c(line, ',');
	begin = line->len;
	g_string_append_len(line, rest, (gssize)(text + length - rest));
	for (char *at = line->str + begin; *at != '\0'; at++)
		if (g_ascii_iscntrl(*at) && *at != 0x7f)
			*at = ' ';
}

/* The text itself is the data. */
static void
wrap_text(PfsEventParser *self, const char *text, gsize length)
{
	pfs_text_empty(self->data);
	g_string_append_len(self->data, text, (gssize)length);
	self->event = (PfsEvent){ .data = self->data->str, .data_length = length };
	pfs_text_empty(self->line);
	g_string_append(self->line, "{\"name\":");
	append_string(self->line, self->name->str, self->name->len);
	g_string_append(self->line, ",\"data\":");
	append_string(self->line, text, length);
	g_string_append_c(self->line, '}');
}

static void
set_name(PfsEventParser *self, const char *name, gsize length)
{
	g_autofree char *valid = NULL;

	pfs_text_empty(self->name);
	if (g_utf8_validate(name, (gssize)length, NULL)) {
		g_string_append_len(self->name, name, (gssize)length);
	} else {
		valid = g_utf8_make_valid(name, (gssize)length);
		g_string_append(self->name, valid);
	}
}

void
pfs_event_parse(PfsEventParser *self, const char *name, gsize name_length, const char *data,
		gsize length)
{
	g_autofree char *valid = NULL;
	gboolean object;

	/* yajl lets overlong forms pass. */
	if (!g_utf8_validate(data, (gssize)length, NULL)) {
		valid = g_utf8_make_valid(data, (gssize)length);
		data = valid;
		length = strlen(valid);
	}
	/* The stream's name is the event's; one in the object would stand there twice. */
	object = take_object(self, data, length) && !self->has_name;
	set_name(self, name, name_length);
	if (object)
		join_object(self, data, length);
	else
		wrap_text(self, data, length);
	self->event.name = self->name->str;
}

gboolean
pfs_event_parse_line(PfsEventParser *self, const char *line, gsize length)
{
	return take_object(self, line, length) && self->event.name != NULL;
}

void
pfs_event_append_data(const PfsEvent *event, GString *text)
{
	for (gsize i = 0; i < event->data_length; i++) {
		if (event->data[i] == '\n')
			g_string_append(text, "\\n");
		else if (event->data[i] == '\0')
			g_string_append(text, "\\0");
		else
			g_string_append_c(text, event->data[i]);
	}
}

gint64
pfs_event_get_time_us(const PfsEvent *event)
{
	g_autoptr(GDateTime) time = NULL;

	if (event->published_at != NULL)
		time = g_date_time_new_from_iso8601(event->published_at, NULL);
	if (time == NULL)
		return g_get_real_time();
	return g_date_time_to_unix(time) * G_USEC_PER_SEC + g_date_time_get_microsecond(time);
}
