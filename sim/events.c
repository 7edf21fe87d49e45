/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub: every event goes to each stream whose filter takes it, as the bytes
 * of its two lines. Bytes gather in the stream and are written once a round of
 * the main loop, so that a high rate costs few writes.
 */
#include "events.h"

#include "ratelimit.h"
#include "router.h"
#include "server.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_STREAMS 100
#define MAX_QUEUED (32 * 1024 * 1024)
#define BIG_EVENT (1024 * 1024)
#define SPLIT_MS 20
#define SLOW_MS 100
#define FLOOD_MS 2
/* What came before the end is known by then. */
#define ENDING_MS 30
/* More than there will be. */
#define PROMISED_BYTES (1024 * 1024)

typedef struct Ending Ending;

typedef struct {
	SimHub *hub;
	SoupServerMessage *message;
	SimUser *user;
	SimOrg *org;
	SimProduct *product;
	SimDevice *device;
	char *prefix;
	const char *fault;
	GString *pending;
	gboolean closed; /* its message is about to finish: nothing may be written any more */
	gboolean over;	 /* no event is written any more */
	const Ending *ending;
	guint ending_timer;
	gsize queued; /* given to libsoup, not yet on the wire */
	guint sent;
	guint keepalive;
	guint split;
	guint slow;
	gsize slow_bytes;
	guint flood;
	SimProducer producer;
	guint produced;
	GSource *watch;
} Stream;

/* How a stream ends that was to go on: after so many events. */
struct Ending {
	SimFaultKind kind;
	const char *value;
	guint events;
	gboolean half; /* of the last event */
	void (*end)(Stream *stream);
};

struct _SimHub {
	Sim *sim;
	GPtrArray *streams;
	guint flush;
	guint64 events;
	gint64 stamp_ms;
	char stamp[32];
};

SimHub *
sim_hub_new(Sim *sim)
{
	SimHub *self = g_new0(SimHub, 1);

	self->sim = sim;
	self->streams = g_ptr_array_new();
	return self;
}

void
sim_hub_free(SimHub *self)
{
	g_clear_handle_id(&self->flush, g_source_remove);
	g_ptr_array_unref(self->streams);
	g_free(self);
}

guint
sim_hub_n_streams(SimHub *self)
{
	return self->streams->len;
}

guint64
sim_hub_n_events(SimHub *self)
{
	return self->events;
}

static void
stream_stop(Stream *stream)
{
	guint *timers[] = { &stream->keepalive, &stream->split, &stream->slow, &stream->flood,
			    &stream->ending_timer };

	for (guint i = 0; i < G_N_ELEMENTS(timers); i++)
		g_clear_handle_id(timers[i], g_source_remove);
}

static void
stream_free(Stream *stream)
{
	g_ptr_array_remove_fast(stream->hub->streams, stream);
	stream_stop(stream);
	if (stream->watch) {
		g_source_destroy(stream->watch);
		g_source_unref(stream->watch);
	}
	g_string_free(stream->pending, TRUE);
	g_free(stream->prefix);
	g_free(stream);
}

static void
stream_finished_cb(SoupServerMessage *message, Stream *stream)
{
	stream_free(stream);
}

static void
stream_finish(Stream *stream)
{
	SoupServerMessage *message = stream->message;

	stream->closed = TRUE;
	stream_stop(stream);
	g_string_truncate(stream->pending, 0);
	soup_message_body_complete(soup_server_message_get_response_body(message));
	soup_server_message_unpause(message);
}

static void
stream_close(Stream *stream)
{
	if (stream->closed)
		return;
	sim_server_hang_up(stream->message, FALSE);
	stream_finish(stream);
}

static void
stream_reset(Stream *stream)
{
	sim_server_hang_up(stream->message, TRUE);
	stream_finish(stream);
}

/* A chunk that has no length: the other end is to hang up. */
static void
stream_send_garbage(Stream *stream)
{
	sim_raw_send(stream->message, "sixteen\r\n{}\r\n");
}

/* clang-format off */
static const Ending endings[] = {
	{ SIM_FAULT_STREAM,  "drop",   3, FALSE, stream_close },
	{ SIM_FAULT_RESET,   "middle", 1, TRUE,  stream_reset },
	{ SIM_FAULT_RESET,   "after",  1, FALSE, stream_reset },
	{ SIM_FAULT_CUT,     "",       1, TRUE,  stream_close },
	{ SIM_FAULT_LENGTH,  "",       1, FALSE, stream_close },
	{ SIM_FAULT_GARBAGE, "",       1, FALSE, stream_send_garbage },
	{ SIM_FAULT_EMPTY,   "",       0, FALSE, stream_finish },
};
/* clang-format on */

static gboolean
ending_cb(gpointer data)
{
	Stream *stream = data;

	stream->ending_timer = 0;
	stream->ending->end(stream);
	return G_SOURCE_REMOVE;
}

static void
begin_ending(Stream *stream)
{
	if (stream->over && stream->ending && !stream->queued && !stream->pending->len &&
	    !stream->ending_timer)
		stream->ending_timer = g_timeout_add(ENDING_MS, ending_cb, stream);
}

static void
stream_write(Stream *stream, const char *data, gsize length)
{
	g_autoptr(GBytes) bytes = g_bytes_new(data, length);

	stream->queued += length;
	soup_message_body_append_bytes(soup_server_message_get_response_body(stream->message),
				       bytes);
	soup_server_message_unpause(stream->message);
}

static void
stream_wrote_cb(SoupServerMessage *message, guint length, Stream *stream)
{
	stream->queued -= MIN(stream->queued, length);
	begin_ending(stream);
}

static gboolean
split_cb(gpointer data)
{
	Stream *stream = data;

	stream->split = 0;
	stream_write(stream, stream->pending->str, stream->pending->len);
	g_string_truncate(stream->pending, 0);
	return G_SOURCE_REMOVE;
}

static gboolean
slow_cb(gpointer data)
{
	Stream *stream = data;
	gsize length = MIN(stream->pending->len, stream->slow_bytes);

	if (length) {
		stream_write(stream, stream->pending->str, length);
		g_string_erase(stream->pending, 0, (gssize)length);
	}
	return G_SOURCE_CONTINUE;
}

static gboolean
flood_cb(gpointer data)
{
	Stream *stream = data;
	g_autoptr(GString) piece = g_string_new(NULL);

	if (stream->queued)
		return G_SOURCE_CONTINUE;
	if (stream->producer(&stream->produced, piece)) {
		stream_write(stream, piece->str, piece->len);
		return G_SOURCE_CONTINUE;
	}
	stream->flood = 0;
	stream_finish(stream);
	return G_SOURCE_REMOVE;
}

static void
stream_flush(Stream *stream)
{
	if (!stream->pending->len || stream->split || stream->slow || stream->closed)
		return;
	if (g_strcmp0(stream->fault, "split") == 0 && stream->pending->len > 8) {
		gsize half = stream->pending->len / 2;

		stream_write(stream, stream->pending->str, half);
		g_string_erase(stream->pending, 0, (gssize)half);
		stream->split = g_timeout_add(SPLIT_MS, split_cb, stream);
		return;
	}
	stream_write(stream, stream->pending->str, stream->pending->len);
	g_string_truncate(stream->pending, 0);
}

static gboolean
flush_cb(gpointer data)
{
	SimHub *self = data;

	self->flush = 0;
	for (guint i = self->streams->len; i-- > 0;) {
		Stream *stream = g_ptr_array_index(self->streams, i);

		stream_flush(stream);
		if (stream->queued > MAX_QUEUED)
			stream_close(stream);
	}
	return G_SOURCE_REMOVE;
}

static void
hub_wake(SimHub *self)
{
	if (!self->flush)
		self->flush = g_idle_add_full(G_PRIORITY_DEFAULT, flush_cb, self, NULL);
}

static gboolean
keepalive_cb(gpointer data)
{
	Stream *stream = data;

	g_string_append(stream->pending, g_strcmp0(stream->fault, "crlf") == 0 ? "\r\n" : "\n");
	hub_wake(stream->hub);
	return G_SOURCE_CONTINUE;
}

static gboolean
stream_takes(const Stream *stream, const SimEvent *event)
{
	if (stream->closed || stream->over ||
	    (stream->prefix && !g_str_has_prefix(event->name, stream->prefix)))
		return FALSE;
	if (stream->device)
		return event->device == stream->device;
	if (stream->product)
		return event->product == stream->product;
	if (stream->org)
		return event->product && event->product->org == stream->org;
	return event->user == stream->user;
}

static const char *
hub_stamp(SimHub *self)
{
	gint64 now_us = g_get_real_time();

	if (now_us / 1000 != self->stamp_ms) {
		g_autofree char *text = sim_time_text(now_us);

		self->stamp_ms = now_us / 1000;
		g_strlcpy(self->stamp, text, sizeof(self->stamp));
	}
	return self->stamp;
}

/* Streams of products and organizations tell more of an event. */
static void
format_event(SimHub *self, const SimEvent *event, gboolean wide, GString *out)
{
	g_string_append(out, "event: ");
	g_string_append(out, event->name);
	g_string_append(out, "\ndata: {\"data\":");
	if (event->data)
		sim_json_escape(out, event->data);
	else
		g_string_append(out, "null");
	g_string_append_printf(out, ",\"ttl\":%d,\"published_at\":\"%s\",\"coreid\":", event->ttl,
			       hub_stamp(self));
	sim_json_escape(out, event->coreid);
	if (wide)
		g_string_append_printf(out,
				       ",\"userid\":\"%s\",\"version\":%d,\"public\":false,"
				       "\"productID\":%d",
				       event->user ? event->user->id : "",
				       event->device ? event->device->firmware_version : 0,
				       event->product ? event->product->id : 0);
	g_string_append(out, "}\n\n");
}

static void
append_crlf(GString *out, const char *text)
{
	for (; *text; text++)
		*text == '\n' ? g_string_append(out, "\r\n") : g_string_append_c(out, *text);
}

static void
stream_append(Stream *stream, const GString *text)
{
	const char *fault = stream->fault ? stream->fault : "";

	stream->sent++;
	stream->over = stream->ending && stream->sent >= stream->ending->events;
	if (strcmp(fault, "silent") == 0)
		return;
	if (stream->over && stream->ending->half) {
		g_string_append_len(stream->pending, text->str, (gssize)text->len / 2);
		return;
	}
	if (strcmp(fault, "crlf") == 0) {
		append_crlf(stream->pending, text->str);
		return;
	}
	if (strcmp(fault, "comment") == 0)
		g_string_append(stream->pending, ":ping\n\n");
	if (strcmp(fault, "notjson") == 0) {
		g_string_append(stream->pending, "event: broken\ndata: {not json\n\n");
		return;
	}
	g_string_append_len(stream->pending, text->str, (gssize)text->len);
	if (strcmp(fault, "duplicate") == 0)
		g_string_append_len(stream->pending, text->str, (gssize)text->len);
}

void
sim_event_send(Sim *sim, const SimEvent *event)
{
	SimHub *self = sim->hub;
	GString *text[2] = { NULL, NULL };

	self->events++;
	for (guint i = 0; i < self->streams->len; i++) {
		Stream *stream = g_ptr_array_index(self->streams, i);
		gboolean wide = stream->product || stream->org;

		if (!stream_takes(stream, event))
			continue;
		if (!text[wide]) {
			text[wide] = g_string_sized_new(256);
			format_event(self, event, wide, text[wide]);
		}
		stream_append(stream, text[wide]);
		hub_wake(self);
	}
	if (text[0])
		g_string_free(text[0], TRUE);
	if (text[1])
		g_string_free(text[1], TRUE);
}

/* Exactly these bytes on every stream. */
void
sim_event_raw(Sim *sim, GBytes *bytes)
{
	gsize length;
	const char *data = g_bytes_get_data(bytes, &length);

	for (guint i = 0; i < sim->hub->streams->len; i++) {
		Stream *stream = g_ptr_array_index(sim->hub->streams, i);

		if (!stream->over)
			g_string_append_len(stream->pending, data, (gssize)length);
	}
	hub_wake(sim->hub);
}

void
sim_event_device(Sim *sim, SimDevice *device, const char *name, const char *data)
{
	SimEvent event = { name, data, device->id, 60, device, device->owner, device->product };

	sim_event_send(sim, &event);
}

void
sim_event_api(Sim *sim, SimUser *user, SimProduct *product, const char *name, const char *data,
	      int ttl)
{
	SimEvent event = { name, data, "api", ttl, NULL, product ? NULL : user, product };

	sim_event_send(sim, &event);
}

void
sim_hub_drop_streams(SimHub *self)
{
	for (guint i = self->streams->len; i-- > 0;)
		stream_close(g_ptr_array_index(self->streams, i));
}

/* Without this, a reader that left is noticed at the next write only. */
static gboolean
peer_readable_cb(GSocket *socket, GIOCondition condition, gpointer data)
{
	Stream *stream = data;
	char byte;
	gssize n = recv(g_socket_get_fd(socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		stream_close(stream);
	return n < 0 && errno == EAGAIN;
}

static void
watch_peer(Stream *stream)
{
	GSocket *socket = soup_server_message_get_socket(stream->message);

	if (!socket)
		return;
	stream->watch = g_socket_create_source(socket, G_IO_IN | G_IO_HUP | G_IO_ERR, NULL);
	g_source_set_callback(stream->watch, G_SOURCE_FUNC(peer_readable_cb), stream, NULL);
	g_source_attach(stream->watch, NULL);
}

static void
greet(Stream *stream)
{
	const char *fault = stream->fault ? stream->fault : "";
	g_autofree char *big = NULL;

	if (strcmp(fault, "bom") == 0)
		g_string_append(stream->pending, "\xef\xbb\xbf");
	g_string_append(stream->pending, strcmp(fault, "crlf") == 0 ? ":ok\r\n\r\n" : ":ok\n\n");
	if (strcmp(fault, "big") == 0) {
		SimEvent event = { "big", NULL, "api", 60, NULL, stream->user, stream->product };

		big = g_strnfill(BIG_EVENT, 'x');
		event.data = big;
		format_event(stream->hub, &event, FALSE, stream->pending);
	}
	hub_wake(stream->hub);
}

static const Ending *
find_ending(const SimFaultPlan *plan)
{
	for (guint i = 0; i < G_N_ELEMENTS(endings); i++)
		if (g_strcmp0(plan->value[endings[i].kind], endings[i].value) == 0)
			return &endings[i];
	return NULL;
}

/* In place of events. */
static void
begin_flood(Stream *stream, SimProducer producer)
{
	stream->over = TRUE;
	stream->producer = producer;
	stream->flood = g_timeout_add(FLOOD_MS, flood_cb, stream);
}

/* The faults of a body, in a stream that has begun. */
static void
plan_faults(Stream *stream, const SimFaultPlan *plan)
{
	SoupMessageHeaders *headers = soup_server_message_get_response_headers(stream->message);
	const char *slow = plan->value[SIM_FAULT_SLOW];

	stream->fault = plan->value[SIM_FAULT_STREAM];
	stream->ending = find_ending(plan);
	stream->over = stream->ending && !stream->ending->events;
	if (plan->value[SIM_FAULT_LENGTH])
		soup_message_headers_set_content_length(headers, PROMISED_BYTES);
	if (slow) {
		stream->slow_bytes = (gsize)MAX(sim_parse_int(slow) * SLOW_MS / 1000, 1);
		stream->slow = g_timeout_add(SLOW_MS, slow_cb, stream);
	}
	if (plan->value[SIM_FAULT_BOMB]) {
		soup_message_headers_replace(headers, "Content-Encoding", "gzip");
		begin_flood(stream, sim_raw_bomb_piece);
	} else if (plan->value[SIM_FAULT_ENDLESS]) {
		begin_flood(stream, sim_raw_endless_piece);
	}
}

static void
open_stream(SimRequest *request)
{
	SimHub *hub = request->sim->hub;
	Stream *stream;

	if (sim_limits_enabled(request->sim->limits) && hub->streams->len >= MAX_STREAMS) {
		sim_fail_limit(request, 30);
		return;
	}
	if (soup_server_message_get_http_version(request->message) == SOUP_HTTP_2_0) {
		sim_fail(request, 505, "Event streams need HTTP/1.1 here");
		return;
	}
	stream = g_new0(Stream, 1);
	stream->hub = hub;
	stream->message = request->message;
	stream->user = request->user;
	stream->org = request->org;
	stream->product = request->product;
	stream->device = request->device;
	stream->prefix = g_strdup(sim_request_param(request, "prefix"));
	stream->pending = g_string_new(NULL);
	soup_message_headers_replace(request->headers, "Content-Type", "text/event-stream");
	soup_message_headers_replace(request->headers, "Cache-Control", "no-cache");
	soup_message_headers_replace(request->headers, "X-Accel-Buffering", "no");
	g_signal_connect(request->message, "wrote-body-data", G_CALLBACK(stream_wrote_cb), stream);
	g_signal_connect(request->message, "finished", G_CALLBACK(stream_finished_cb), stream);
	sim_server_begin_stream(request);
	plan_faults(stream, sim_server_plan(request));
	g_ptr_array_add(hub->streams, stream);
	request->sim->streams_opened++;
	if (g_strcmp0(stream->fault, "silent") != 0 && !stream->over)
		stream->keepalive =
		    g_timeout_add((guint)request->sim->options.keepalive_ms, keepalive_cb, stream);
	if (stream->over)
		begin_ending(stream);
	else
		greet(stream);
	watch_peer(stream);
}

static void
open_public(SimRequest *request)
{
	sim_fail(request, 400, "event prefix filter is required");
}

static void
publish(SimRequest *request)
{
	const char *name = sim_request_text(request, "name");
	json_t *data = sim_request_field(request, "data");
	const char *as = sim_request_text(request, "as_device_id");
	g_autofree char *text = NULL;
	int ttl = 60;

	if (!name || !*name || strlen(name) > 64 || strpbrk(name, "\r\n")) {
		sim_fail_oauth(request, 400, "invalid_request",
			       "name: a string of 1 to 64 characters is required");
		return;
	}
	if (sim_request_field(request, "ttl") &&
	    (!sim_request_number(request, "ttl", &ttl) || ttl < 0 || ttl > 16777215)) {
		sim_fail_oauth(request, 400, "invalid_request", "ttl: 0 to 16777215");
		return;
	}
	if (json_is_string(data))
		text = g_strdup(json_string_value(data));
	else if (data && !json_is_null(data))
		text = json_dumps(data, JSON_COMPACT | JSON_ENCODE_ANY);
	if (text && strlen(text) > 16384) {
		sim_fail_oauth(request, 400, "invalid_request", "data: 16384 bytes at most");
		return;
	}
	if (as) {
		SimDevice *device = g_hash_table_lookup(request->sim->devices_by_id, as);

		if (!device || device->product != request->product) {
			sim_fail(request, 404, "Device not found for this product");
			return;
		}
		sim_event_device(request->sim, device, name, text);
	} else {
		sim_event_api(request->sim, request->user, request->product, name, text, ttl);
	}
	sim_reply_ok(request);
}

#define STREAM(scopes, path, handler)                                                              \
	{                                                                                          \
		"GET", scopes, path, handler, "events:get", SIM_NEEDS_TOKEN, "streams"             \
	}

/* clang-format off */
const SimRoute sim_events_routes[] = {
	STREAM(SIM_OWN,                                       "/events",                         open_public),
	STREAM(SIM_OWN | SIM_PRODUCT | SIM_ORG | SIM_ORG_PRODUCT, "/events/:prefix",             open_stream),
	STREAM(SIM_PRODUCT | SIM_ORG | SIM_ORG_PRODUCT,       "/events",                         open_stream),
	STREAM(SIM_OWN,                                       "/devices/events",                 open_stream),
	STREAM(SIM_OWN,                                       "/devices/events/:prefix",         open_stream),
	STREAM(SIM_OWN | SIM_PRODUCT | SIM_ORG,               "/devices/:device/events",         open_stream),
	STREAM(SIM_OWN | SIM_PRODUCT | SIM_ORG,               "/devices/:device/events/:prefix", open_stream),
	{ "POST", SIM_OWN,     "/devices/events", publish, "events:send" },
	{ "POST", SIM_PRODUCT, "/events",         publish, "events:send" },
	{ NULL },
};
/* clang-format on */
