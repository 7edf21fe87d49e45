/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text/event-stream, HTML Living Standard 9.2.6. Lines are found in place; only a line that a cut
 * divides is copied. An event that is larger than the limit is dropped, and the stream goes on.
 */
#include <string.h>

#include <particlefs/sse.h>
#include <particlefs/text.h>

/* What a line has beside its value. */
#define LINE_SLACK 64

struct _PfsSse {
	gsize max_bytes;
	PfsSseFunc event;
	gpointer user_data;
	GString *line; /* begun, not ended */
	GString *name;
	GString *data;
	gboolean has_data;
	gboolean oversized;
	gboolean skipping; /* the rest of a line that is too long */
	gboolean after_cr; /* a LF now belongs to the last CR */
	gboolean started;  /* past the place of a BOM */
	guint64 dropped;
};

PfsSse *
pfs_sse_new(gsize max_event_bytes, PfsSseFunc event, gpointer user_data)
{
	PfsSse *self = g_new0(PfsSse, 1);

	self->max_bytes = max_event_bytes;
	self->event = event;
	self->user_data = user_data;
	self->line = g_string_new(NULL);
	self->name = g_string_new(NULL);
	self->data = g_string_new(NULL);
	return self;
}

void
pfs_sse_free(PfsSse *self)
{
	if (self == NULL)
		return;
	g_string_free(self->line, TRUE);
	g_string_free(self->name, TRUE);
	g_string_free(self->data, TRUE);
	g_free(self);
}

static void
begin_event(PfsSse *self)
{
	pfs_text_empty(self->name);
	pfs_text_empty(self->data);
	self->has_data = self->oversized = FALSE;
}

void
pfs_sse_reset(PfsSse *self)
{
	begin_event(self);
	pfs_text_empty(self->line);
	self->after_cr = self->started = self->skipping = FALSE;
}

guint64
pfs_sse_get_dropped(PfsSse *self)
{
	return self->dropped;
}

static void
dispatch(PfsSse *self)
{
	static const char unnamed[] = "message";

	if (self->oversized)
		self->dropped++;
	else if (self->has_data && self->name->len > 0)
		self->event(self->name->str, self->name->len, self->data->str, self->data->len,
			    self->user_data);
	else if (self->has_data)
		self->event(unnamed, strlen(unnamed), self->data->str, self->data->len,
			    self->user_data);
	begin_event(self);
}

static void
append_data(PfsSse *self, const char *value, gsize length)
{
	if (self->data->len + length + 1 > self->max_bytes) {
		self->oversized = TRUE;
		pfs_text_empty(self->data);
		return;
	}
	if (self->has_data)
		g_string_append_c(self->data, '\n');
	g_string_append_len(self->data, value, (gssize)length);
	self->has_data = TRUE;
}

static void
take_line(PfsSse *self, const char *line, gsize length)
{
	const char *colon, *value;
	gsize field_length, value_length;

	if (length == 0) {
		dispatch(self);
		return;
	}
	colon = memchr(line, ':', length);
	field_length = colon != NULL ? (gsize)(colon - line) : length;
	value = colon != NULL ? colon + 1 : line + length;
	if (value < line + length && *value == ' ')
		value++;
	value_length = (gsize)(line + length - value);
	if (field_length == 4 && memcmp(line, "data", 4) == 0) {
		append_data(self, value, value_length);
	} else if (field_length == 5 && memcmp(line, "event", 5) == 0) {
		pfs_text_empty(self->name);
		g_string_append_len(self->name, value, (gssize)MIN(value_length, self->max_bytes));
	}
}

/* A line longer than any event may be makes its event one that is dropped. */
static gboolean
is_too_long(PfsSse *self, gsize length)
{
	if (self->skipping || length > self->max_bytes + LINE_SLACK)
		self->oversized = self->skipping = TRUE;
	return self->skipping;
}

static void
keep_part(PfsSse *self, const char *data, gsize length)
{
	if (is_too_long(self, self->line->len + length))
		pfs_text_empty(self->line);
	else
		g_string_append_len(self->line, data, (gssize)length);
}

/* The end of what was kept, or a line as it lies there. */
static void
end_line(PfsSse *self, const char *data, gsize length)
{
	if (self->line->len > 0 || self->skipping || !self->started) {
		keep_part(self, data, length);
		data = self->line->str;
		length = self->line->len;
	}
	if (!self->started && length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		length -= 3;
	}
	self->started = TRUE;
	if (!is_too_long(self, length))
		take_line(self, data, length);
	self->skipping = FALSE;
	pfs_text_empty(self->line);
}

static const char *
find_end(const char *data, gsize length)
{
	const char *lf = memchr(data, '\n', length);
	const char *cr = memchr(data, '\r', lf != NULL ? (gsize)(lf - data) : length);

	return cr != NULL ? cr : lf;
}

void
pfs_sse_feed(PfsSse *self, const char *data, gsize length)
{
	const char *end;

	while (length > 0) {
		if (self->after_cr) {
			self->after_cr = FALSE;
			if (*data == '\n') {
				data++;
				length--;
				continue;
			}
		}
		end = find_end(data, length);
		if (end == NULL) {
			keep_part(self, data, length);
			return;
		}
		end_line(self, data, (gsize)(end - data));
		self->after_cr = *end == '\r';
		length -= (gsize)(end + 1 - data);
		data = end + 1;
	}
}
