/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs of a feed: one of all events, and those that somebody has asked for, by device and by
 * name. An event finds its logs by three look-ups, however many there are.
 */
#include <string.h>

#include <particlefs/hash.h>
#include <particlefs/text.h>

#include "feed.h"

#define BACKLOG_BYTES (1024 * 1024)
#define NAMES_MAX 10000
#define NAME_BYTES_MAX 255

static guint
filter_hash(gconstpointer data)
{
	const PfsFeedFilter *filter = data;
	guint hash = filter->view;

	if (filter->coreid != NULL)
		hash = hash * 31 + pfs_text_hash(filter->coreid);
	if (filter->name != NULL)
		hash = hash * 31 + pfs_text_hash(filter->name);
	return hash;
}

static gboolean
filter_equal(gconstpointer a, gconstpointer b)
{
	const PfsFeedFilter *one = a;
	const PfsFeedFilter *other = b;

	return one->view == other->view && g_strcmp0(one->coreid, other->coreid) == 0 &&
	       g_strcmp0(one->name, other->name) == 0;
}

static PfsFeedFilter *
filter_dup(const PfsFeedFilter *filter)
{
	PfsFeedFilter *copy = g_new(PfsFeedFilter, 1);

	*copy = (PfsFeedFilter){ filter->view, g_strdup(filter->coreid), g_strdup(filter->name) };
	return copy;
}

static void
filter_free(gpointer data)
{
	PfsFeedFilter *filter = data;

	g_free((char *)filter->coreid);
	g_free((char *)filter->name);
	g_free(filter);
}

static char *
dup_lost(gint64 since_us, const char *reason, gpointer user_data)
{
	return pfs_feed_dup_gap(since_us, reason);
}

/* A log of data alone has no room for a word of ours. */
static PfsLog *
log_new(PfsFeed *self, const PfsFeedFilter *filter)
{
	PfsLog *log = pfs_log_new(&self->quota);

	if (filter->view == PFS_FEED_EVENTS)
		pfs_log_set_lost_func(log, dup_lost, NULL);
	return log;
}

void
pfs_feed_init_views(PfsFeed *self)
{
	static const PfsFeedFilter all = { PFS_FEED_EVENTS, NULL, NULL };

	self->quota.limit_bytes = self->hub->options.buffer_bytes;
	self->views = g_hash_table_new_full(filter_hash, filter_equal, filter_free,
					    (GDestroyNotify)pfs_log_free);
	self->names = g_hash_table_new_full(filter_hash, filter_equal, filter_free, NULL);
	self->grown = g_ptr_array_new();
	self->text = g_string_new(NULL);
	self->all = log_new(self, &all);
	g_hash_table_insert(self->views, filter_dup(&all), self->all);
}

void
pfs_feed_clear_views(PfsFeed *self)
{
	g_hash_table_unref(self->views);
	g_hash_table_unref(self->names);
	g_ptr_array_unref(self->grown);
	g_string_free(self->text, TRUE);
}

static void
append(PfsFeed *self, PfsLog *log, GString *line)
{
	if (log == NULL)
		return;
	if (self->grown->len == 0 || !g_ptr_array_find(self->grown, log, NULL))
		g_ptr_array_add(self->grown, log);
	pfs_log_append(log, line->str, line->len);
}

static void
note_name(PfsFeed *self, const char *coreid, const char *name)
{
	PfsFeedFilter seen = { PFS_FEED_EVENTS, coreid, name };

	/* A longer one could not be looked up. */
	if (strlen(name) > NAME_BYTES_MAX || (coreid != NULL && strlen(coreid) > NAME_BYTES_MAX))
		return;
	if (!g_hash_table_contains(self->names, &seen) &&
	    g_hash_table_size(self->names) < NAMES_MAX)
		g_hash_table_add(self->names, filter_dup(&seen));
}

/* Logs that nobody reads make room. The log of all events starts anew by itself. */
static gboolean
is_idle(gpointer filter, gpointer log, gpointer user_data)
{
	PfsFeed *self = user_data;

	return log != self->all && pfs_log_get_holders(log) == 0;
}

static void
make_room(PfsFeed *self)
{
	if (self->quota.used_bytes < self->quota.limit_bytes)
		return;
	pfs_feed_flush(self, 0);
	g_hash_table_foreach_remove(self->views, is_idle, self);
}

void
pfs_feed_append(PfsFeed *self, const PfsEvent *event, GString *line)
{
	PfsFeedFilter device = { PFS_FEED_EVENTS, event->coreid, NULL };
	PfsFeedFilter topic = { PFS_FEED_DATA, NULL, event->name };
	PfsFeedFilter device_topic = { PFS_FEED_DATA, event->coreid, event->name };

	make_room(self);
	append(self, self->all, line);
	note_name(self, NULL, event->name);
	if (event->coreid != NULL)
		note_name(self, event->coreid, event->name);
	if (g_hash_table_size(self->views) == 1)
		return;
	pfs_text_empty(self->text);
	pfs_event_append_data(event, self->text);
	append(self, g_hash_table_lookup(self->views, &topic), self->text);
	if (event->coreid == NULL)
		return;
	append(self, g_hash_table_lookup(self->views, &device), line);
	append(self, g_hash_table_lookup(self->views, &device_topic), self->text);
}

void
pfs_feed_append_gap(PfsFeed *self, const char *line)
{
	GHashTableIter iter;
	gpointer filter, log;

	g_string_assign(self->text, line);
	g_hash_table_iter_init(&iter, self->views);
	while (g_hash_table_iter_next(&iter, &filter, &log))
		if (((PfsFeedFilter *)filter)->view == PFS_FEED_EVENTS)
			append(self, log, self->text);
}

void
pfs_feed_flush(PfsFeed *self, gint64 time_us)
{
	for (guint i = 0; i < self->grown->len; i++)
		pfs_log_flush(self->grown->pdata[i], time_us);
	g_ptr_array_set_size(self->grown, 0);
}

static gboolean
takes(const PfsFeedFilter *filter, const PfsEvent *event)
{
	return (filter->coreid == NULL || g_strcmp0(filter->coreid, event->coreid) == 0) &&
	       (filter->name == NULL || g_strcmp0(filter->name, event->name) == 0);
}

static void
copy_line(PfsFeed *self, const PfsFeedFilter *filter, PfsLog *log, const char *line, gsize length)
{
	PfsEventParser *parser = &self->parser;
	gboolean is_event = pfs_event_parse_line(parser, line, length);

	if (is_event && !takes(filter, &parser->event))
		return;
	if (filter->view == PFS_FEED_EVENTS) {
		pfs_log_append(log, line, length);
	} else if (is_event) {
		pfs_text_empty(self->text);
		pfs_event_append_data(&parser->event, self->text);
		pfs_log_append(log, self->text->str, self->text->len);
	}
}

/* What the feed still has of it, from the first whole line on. */
static void
copy_backlog(PfsFeed *self, const PfsFeedFilter *filter, PfsLog *log)
{
	guint64 end = pfs_log_get_end(self->all);
	guint64 start = pfs_log_get_start(self->all);
	gboolean cut = end - start > BACKLOG_BYTES;
	g_autofree char *buffer = g_malloc(BACKLOG_BYTES);
	gssize length =
	    pfs_log_read(self->all, cut ? end - BACKLOG_BYTES : start, buffer, BACKLOG_BYTES);
	const char *line = buffer;
	const char *newline;

	if (cut && length > 0) {
		newline = memchr(line, '\n', (gsize)length);
		line = newline != NULL ? newline + 1 : buffer + length;
	}
	while (line < buffer + length) {
		newline = memchr(line, '\n', (gsize)(buffer + length - line));
		if (newline == NULL)
			break;
		copy_line(self, filter, log, line, (gsize)(newline - line));
		line = newline + 1;
	}
	pfs_log_flush(log, pfs_log_get_mtime_us(self->all));
}

PfsLog *
pfs_feed_peek_log(PfsFeed *self, const PfsFeedFilter *filter)
{
	return g_hash_table_lookup(self->views, filter);
}

PfsLog *
pfs_feed_get_log(PfsFeed *self, const PfsFeedFilter *filter)
{
	PfsLog *log = pfs_feed_peek_log(self, filter);

	if (log == NULL) {
		log = log_new(self, filter);
		copy_backlog(self, filter, log);
		g_hash_table_insert(self->views, filter_dup(filter), log);
	}
	return log;
}

void
pfs_feed_foreach_name(PfsFeed *self, const char *coreid, GFunc func, gpointer user_data)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, self->names);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		const PfsFeedFilter *seen = key;

		if (g_strcmp0(seen->coreid, coreid) == 0)
			func((gpointer)seen->name, user_data);
	}
}
