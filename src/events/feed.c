/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scope's connection: made for the first reader, kept a while after the last, made again when it
 * breaks. The cloud repeats nothing, so what was lost meanwhile is marked by a gap.
 */
#include <errno.h>
#include <string.h>

#include <particlefs/error.h>
#include <particlefs/json.h>
#include <particlefs/text.h>

#include "feed.h"

#define EVENT_BYTES_MAX (4 * 1024 * 1024)
#define JITTER_MS 2000
#define HASTE_JITTER_MS 1000
/* In first waits. */
#define BACKOFF_MAX 60
/* A cloud that is down is looked for so often: 38 openings in 5 minutes; the budget bounds many. */
#define BACKOFF_DOWN_MAX 8
/* The cloud does not count what has not reached it: it is found again soon after the network. */
#define BACKOFF_UNREACHED_MAX 4
/* A connection that has lived so long was a good one: the next trouble begins anew. */
#define GOOD_CONNECTION_US (30 * G_USEC_PER_SEC)
/* The cloud allows 100 openings in 5 minutes; a reader's wish is no reason for more. */
#define FAILURE_MEMORY_US (4 * G_USEC_PER_SEC)
#define UNREACHED_MEMORY_US (G_USEC_PER_SEC / 2)

static const char *const state_names[] = { "closed", "connecting", "connected", "waiting" };

static void feed_connect(PfsFeed *self);

static gboolean
retry_cb(gpointer user_data)
{
	PfsFeed *self = user_data;

	self->retry_source = 0;
	feed_connect(self);
	return G_SOURCE_REMOVE;
}

/* By how much what comes is late: so much is on its way. */
static gint64
get_lateness_us(PfsFeed *self)
{
	gint64 age_us = self->heard_us - self->connected_us;

	return CLAMP(self->delay_us - self->least_delay_us, 0, MAX(age_us, 0));
}

static void
begin_gap(PfsFeed *self, const char *reason)
{
	gint64 since_us = g_get_monotonic_time() - self->heard_us + get_lateness_us(self);

	if (self->gap_from_us != 0 || self->state != FEED_CONNECTED)
		return;
	/* What was published since then may be lost. */
	self->gap_from_us = g_get_real_time() - since_us;
	g_free(self->gap_reason);
	self->gap_reason = g_strdup(reason);
}

static char *
dup_time(gint64 time_us)
{
	g_autoptr(GDateTime) seconds = g_date_time_new_from_unix_utc(time_us / G_USEC_PER_SEC);
	g_autofree char *text = g_date_time_format(seconds, "%Y-%m-%dT%H:%M:%S");

	return g_strdup_printf("%s.%03dZ", text, (int)(time_us % G_USEC_PER_SEC / 1000));
}

/* What was lost until now. */
char *
pfs_feed_dup_gap(gint64 from_us, const char *reason)
{
	g_autofree char *from = dup_time(from_us);
	g_autofree char *to = dup_time(g_get_real_time());
	g_autofree char *printable = pfs_text_printable(reason, -1);
	g_autoptr(json_t) gap = json_pack("{s:s, s:s, s:s, s:s}", "particlefs", "gap", "from", from,
					  "to", to, "reason", printable);

	return json_dumps(gap, JSON_COMPACT);
}

static void
end_gap(PfsFeed *self)
{
	g_autofree char *line = NULL;

	if (self->gap_from_us == 0)
		return;
	line = pfs_feed_dup_gap(self->gap_from_us, self->gap_reason);
	pfs_feed_append_gap(self, line);
	self->gap_from_us = 0;
	self->gaps++;
	pfs_feed_flush(self, g_get_real_time());
}

static void
stop_timers(PfsFeed *self)
{
	g_clear_handle_id(&self->heartbeat_source, g_source_remove);
	g_clear_handle_id(&self->retry_source, g_source_remove);
}

/* What has come of an event is lost with its connection. The largest one is not kept for a stream
 * that may never open again. */
static void
end_connection(PfsFeed *self)
{
	stop_timers(self);
	pfs_sse_reset(self->sse);
	pfs_event_parser_clear(&self->parser);
	pfs_event_parser_init(&self->parser);
	pfs_text_empty(self->text);
}

static void
feed_close(PfsFeed *self, const char *reason)
{
	if (self->call != NULL)
		pfs_api_cancel(g_steal_pointer(&self->call));
	end_connection(self);
	g_clear_handle_id(&self->linger_source, g_source_remove);
	begin_gap(self, reason);
	self->state = FEED_CLOSED;
	self->established = FALSE;
}

/* Whether the cloud has answered: that it does not want the stream, or will not keep it. */
static gboolean
was_reached(PfsFeed *self)
{
	return self->connected_us > 0 ||
	       (self->error != NULL && pfs_error_get_http_status(self->error) > 0);
}

/* How long the cloud has asked to wait. */
static guint
get_held_ms(PfsFeed *self)
{
	gint64 held_us = pfs_error_get_retry_us(self->error) - g_get_monotonic_time();

	return (guint)(MAX(held_us, 0) / 1000);
}

static gint64
get_memory_us(PfsFeed *self)
{
	return was_reached(self) ? FAILURE_MEMORY_US : UNREACHED_MEMORY_US;
}

static guint
get_backoff_max(PfsFeed *self)
{
	long status = self->error != NULL ? pfs_error_get_http_status(self->error) : 0;

	if (!was_reached(self))
		return BACKOFF_UNREACHED_MAX;
	return pfs_errno_from_http(status) == EREMOTEIO ? BACKOFF_DOWN_MAX : BACKOFF_MAX;
}

/* Waits a little longer each time, and not as long as others do. */
static guint
take_backoff_ms(PfsFeed *self)
{
	guint max_ms;
	guint wait_ms;

	self->backoff_max = get_backoff_max(self);
	max_ms = self->backoff_max * self->hub->options.backoff_ms;
	if (self->connected_us > 0 &&
	    g_get_monotonic_time() - self->connected_us > GOOD_CONNECTION_US)
		self->backoff_ms = 0;
	if (self->backoff_ms == 0)
		self->backoff_ms = self->hub->options.backoff_ms;
	self->backoff_ms = MIN(self->backoff_ms, max_ms);
	wait_ms = self->backoff_ms / 2 + (guint)g_random_int_range(0, (gint32)self->backoff_ms);
	self->backoff_ms = MIN(self->backoff_ms * 2, max_ms);
	return wait_ms + get_held_ms(self);
}

static void
set_retry(PfsFeed *self, guint wait_ms)
{
	g_clear_handle_id(&self->retry_source, g_source_remove);
	self->retry_us = g_get_monotonic_time() + (gint64)wait_ms * 1000;
	self->retry_source = g_timeout_add(wait_ms, retry_cb, self);
}

/* As soon as for a reader who comes now, but not when all others do. */
void
pfs_feed_hasten(PfsFeed *self)
{
	gint64 now_us = g_get_monotonic_time();
	gint64 wait_us = MAX(self->failed_us + get_memory_us(self) - now_us, 0);

	if (self->state != FEED_WAITING || self->backoff_max == BACKOFF_MAX)
		return;
	wait_us += (gint64)g_random_int_range(0, HASTE_JITTER_MS) * 1000;
	if (now_us + wait_us < self->retry_us)
		set_retry(self, (guint)(wait_us / 1000));
}

static void
feed_lose(PfsFeed *self, const GError *error)
{
	g_info("event stream lost: %s", error->message);
	end_connection(self);
	begin_gap(self, error->message);
	g_clear_error(&self->error);
	self->error = g_error_copy(error);
	self->failed_us = g_get_monotonic_time();
	if (self->holders > 0) {
		self->state = FEED_WAITING;
		set_retry(self, take_backoff_ms(self));
	} else {
		feed_close(self, error->message);
	}
	self->connected_us = 0;
	pfs_resource_wake(&self->opening);
}

static void
done_cb(GBytes *body, const GError *error, gpointer user_data)
{
	PfsFeed *self = user_data;
	g_autoptr(GError) ended =
	    error != NULL ? g_error_copy(error)
			  : g_error_new(PFS_ERROR, EHOSTUNREACH, "the cloud ended the stream");

	self->call = NULL;
	feed_lose(self, ended);
}

static gboolean
heartbeat_cb(gpointer user_data)
{
	PfsFeed *self = user_data;
	gint64 limit_us = (gint64)self->hub->options.heartbeat_ms * 1000;
	/* What still waits to be sent is not answered. */
	gint64 silence_us =
	    pfs_api_is_sent(self->call) ? g_get_monotonic_time() - self->heard_us : 0;
	g_autoptr(GError) error = NULL;

	self->heartbeat_source = 0;
	if (silence_us < limit_us) {
		self->heartbeat_source = g_timeout_add(
		    (guint)((limit_us - silence_us) / 1000 + g_random_int_range(1, JITTER_MS)),
		    heartbeat_cb, self);
		return G_SOURCE_REMOVE;
	}
	pfs_api_cancel(g_steal_pointer(&self->call));
	error = g_error_new(PFS_ERROR, ETIMEDOUT, "the cloud was silent for %d s",
			    (int)(silence_us / G_USEC_PER_SEC));
	feed_lose(self, error);
	return G_SOURCE_REMOVE;
}

static gboolean
linger_cb(gpointer user_data)
{
	PfsFeed *self = user_data;

	self->linger_source = 0;
	g_info("event stream closed: nobody was reading");
	feed_close(self, "nobody was reading");
	return G_SOURCE_REMOVE;
}

static void
begin_linger(PfsFeed *self)
{
	g_clear_handle_id(&self->linger_source, g_source_remove);
	if (self->holders == 0)
		self->linger_source = g_timeout_add(self->hub->options.linger_ms, linger_cb, self);
}

static void
take_connection(PfsFeed *self)
{
	g_info("event stream opened");
	self->state = FEED_CONNECTED;
	self->established = TRUE;
	self->connected_us = g_get_monotonic_time();
	self->delay_us = self->least_delay_us = G_MAXINT64;
	self->connections++;
	g_clear_error(&self->error);
	end_gap(self);
	/* Not before: who waits for the connection does not hold it yet. */
	begin_linger(self);
	pfs_resource_wake(&self->opening);
}

/* @last: of those that have come now */
static void
take_events(PfsFeed *self, const PfsEvent *last)
{
	gint64 time_us = pfs_event_get_time_us(last);

	if (last->published_at != NULL) {
		self->delay_us = g_get_real_time() - time_us;
		self->least_delay_us = MIN(self->least_delay_us, self->delay_us);
	}
	pfs_feed_flush(self, time_us);
}

static gboolean
data_cb(const char *data, gsize length, gpointer user_data)
{
	PfsFeed *self = user_data;

	self->heard_us = g_get_monotonic_time();
	if (data == NULL) {
		take_connection(self);
		return TRUE;
	}
	pfs_sse_feed(self->sse, data, length);
	if (self->grown->len > 0)
		take_events(self, &self->parser.event);
	return TRUE;
}

static void
event_cb(const char *name, gsize name_length, const char *data, gsize length, gpointer user_data)
{
	PfsFeed *self = user_data;

	pfs_event_parse(&self->parser, name, name_length, data, length);
	self->events++;
	pfs_feed_append(self, &self->parser.event, self->parser.line);
	if (self->hub->event_func != NULL)
		self->hub->event_func(self, &self->parser.event, self->hub->event_user_data);
}

static void
feed_connect(PfsFeed *self)
{
	g_autoptr(GError) error = NULL;

	stop_timers(self);
	self->state = FEED_CONNECTING;
	self->heard_us = g_get_monotonic_time();
	self->call = pfs_api_call(self->hub->api, pfs_endpoint_find("getEventStream"),
				  self->arguments, NULL, data_cb, done_cb, self, &error);
	if (self->call == NULL) {
		feed_lose(self, error);
		return;
	}
	self->heartbeat_source = g_timeout_add(self->hub->options.heartbeat_ms, heartbeat_cb, self);
}

PfsOutcome
pfs_feed_open(PfsFeed *self, PfsAccess *access)
{
	gint64 now_us = g_get_monotonic_time();

	if (self->established) {
		begin_linger(self);
		return PFS_READY;
	}
	if (self->state != FEED_CONNECTING && self->error != NULL &&
	    (self->failed_us >= access->start_us ||
	     now_us - self->failed_us < get_memory_us(self))) {
		g_clear_error(&access->error);
		access->error = g_error_copy(self->error);
		return PFS_FAILED;
	}
	if (self->state != FEED_CONNECTING)
		feed_connect(self);
	access->waiting_for = &self->opening;
	return PFS_PENDING;
}

void
pfs_feed_hold(PfsFeed *self)
{
	self->holders++;
	g_clear_handle_id(&self->linger_source, g_source_remove);
	if (self->state == FEED_CLOSED)
		feed_connect(self);
}

void
pfs_feed_release(PfsFeed *self)
{
	g_assert(self->holders > 0);
	self->holders--;
	begin_linger(self);
}

PfsFeed *
pfs_feed_new(PfsHub *hub, const json_t *arguments)
{
	PfsFeed *self = g_new0(PfsFeed, 1);

	self->hub = hub;
	self->arguments = json_deep_copy(arguments);
	pfs_resource_init(&self->opening, &pfs_wakeup_class);
	self->sse = pfs_sse_new(EVENT_BYTES_MAX, event_cb, self);
	pfs_event_parser_init(&self->parser);
	pfs_feed_init_views(self);
	return self;
}

void
pfs_feed_free(PfsFeed *self)
{
	feed_close(self, "unmounted");
	pfs_feed_clear_views(self);
	pfs_event_parser_clear(&self->parser);
	pfs_sse_free(self->sse);
	pfs_resource_unref(&self->opening);
	json_decref(self->arguments);
	g_clear_error(&self->error);
	g_free(self->gap_reason);
	g_free(self);
}

json_t *
pfs_feed_describe(PfsFeed *self)
{
	return json_pack("{s:O, s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:s?}", "scope", self->arguments,
			 "state", state_names[self->state], "readers", (int)self->holders,
			 "connections", (json_int_t)self->connections, "events",
			 (json_int_t)self->events, "gaps", (json_int_t)self->gaps, "dropped",
			 (json_int_t)pfs_sse_get_dropped(self->sse), "bytes",
			 (json_int_t)self->quota.used_bytes, "error",
			 self->error != NULL ? self->error->message : NULL);
}
