/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP side: libsoup calls handle_message(), the router finds a handler,
 * the handler answers through sim_reply*(), which ends in sim_server_answer().
 * Between the answer and the wire stand the delays and the faults.
 *
 * A message not answered when its handler returns is paused, and goes on when
 * the answer is there. Ends of connections are made on the socket itself, so
 * they are the same under TLS and HTTP/2.
 */
#include "server.h"

#include "answers.h"
#include "fleet.h"
#include "journal.h"
#include "router.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BACKLOG 1024

typedef struct {
	SimRequest *request;
	SimFaultPlan plan;
	gboolean in_handler;
	gboolean emitted;
	gboolean delayed; /* before it was handled */
	guint timer;
	gulong wrote_chunk;
	SimProducer producer;
	gpointer producer_data;
	GDestroyNotify producer_destroy;
	gsize sent; /* of a body sent slowly */
} Exchange;

static GQuark
exchange_quark(void)
{
	return g_quark_from_static_string("sim-exchange");
}

static Exchange *
exchange_of(SimRequest *request)
{
	return g_object_get_qdata(G_OBJECT(request->message), exchange_quark());
}

const SimFaultPlan *
sim_server_plan(SimRequest *request)
{
	return &exchange_of(request)->plan;
}

static void
message_finished_cb(SoupServerMessage *message, Exchange *exchange)
{
	g_clear_handle_id(&exchange->timer, g_source_remove);
	if (exchange->producer_destroy)
		exchange->producer_destroy(exchange->producer_data);
	g_object_set_qdata(G_OBJECT(message), exchange_quark(), NULL);
	sim_request_free(exchange->request);
	g_free(exchange);
}

/* @reset: the peer sees ECONNRESET; else the end of the stream */
void
sim_server_hang_up(SoupServerMessage *message, gboolean reset)
{
	GSocket *socket = soup_server_message_get_socket(message);
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	if (!socket)
		return;
	if (reset) /* Linux sends RST for a connection dissolved this way */
		(void)connect(g_socket_get_fd(socket), &nowhere, sizeof(nowhere));
	else
		shutdown(g_socket_get_fd(socket), SHUT_RDWR);
}

static void
resume(Exchange *exchange)
{
	exchange->emitted = TRUE;
	if (!exchange->in_handler)
		soup_server_message_unpause(exchange->request->message);
}

/* Lets libsoup find out that the connection is gone, so that it frees the message. */
static void
hang_up_and_finish(Exchange *exchange, gboolean reset)
{
	SoupServerMessage *message = exchange->request->message;

	sim_server_hang_up(message, reset);
	if (!soup_server_message_get_status(message))
		soup_server_message_set_status(message, 500, NULL);
	soup_message_body_complete(soup_server_message_get_response_body(message));
	resume(exchange);
}

static gboolean
hang_up_cb(gpointer data)
{
	Exchange *exchange = data;

	exchange->timer = 0;
	sim_server_hang_up(exchange->request->message, FALSE);
	soup_message_body_complete(
	    soup_server_message_get_response_body(exchange->request->message));
	soup_server_message_unpause(exchange->request->message);
	return G_SOURCE_REMOVE;
}

static gboolean
reset_cb(gpointer data)
{
	Exchange *exchange = data;

	exchange->timer = 0;
	hang_up_and_finish(exchange, TRUE);
	return G_SOURCE_REMOVE;
}

static void
set_body(SimRequest *request, GBytes *bytes)
{
	SoupMessageBody *body = soup_server_message_get_response_body(request->message);

	if (request->reply_type)
		soup_message_headers_replace(request->headers, "Content-Type", request->reply_type);
	if (bytes && g_bytes_get_size(bytes))
		soup_message_body_append_bytes(body, bytes);
}

/* The first @part bytes of a body that was promised to be @promised long, then the end. */
static void
emit_broken(Exchange *exchange, gsize part, gsize promised, GSourceFunc end)
{
	SimRequest *request = exchange->request;
	g_autoptr(GBytes) piece = g_bytes_new_from_bytes(request->reply, 0, part);

	soup_message_headers_set_content_length(request->headers, (goffset)promised);
	set_body(request, piece);
	exchange->timer = g_timeout_add(30, end, exchange);
}

static gboolean
slow_cb(gpointer data)
{
	Exchange *exchange = data;
	SimRequest *request = exchange->request;
	SoupMessageBody *body = soup_server_message_get_response_body(request->message);
	gsize size = g_bytes_get_size(request->reply);
	gsize rate = (gsize)sim_parse_int(exchange->plan.value[SIM_FAULT_SLOW]);
	gsize piece = MIN(MAX(rate / 10, 1), size - exchange->sent);
	g_autoptr(GBytes) bytes = g_bytes_new_from_bytes(request->reply, exchange->sent, piece);

	exchange->sent += piece;
	soup_message_body_append_bytes(body, bytes);
	if (exchange->sent == size) {
		exchange->timer = 0;
		soup_message_body_complete(body);
	}
	soup_server_message_unpause(request->message);
	return exchange->timer ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
produce_next(SoupServerMessage *message, Exchange *exchange)
{
	SoupMessageBody *body = soup_server_message_get_response_body(message);
	GString *piece = g_string_new(NULL);
	gboolean more;

	if (!exchange->producer) {
		g_string_free(piece, TRUE);
		return;
	}
	more = exchange->producer(exchange->producer_data, piece);
	soup_message_body_append_bytes(body, g_string_free_to_bytes(piece));
	if (!more) {
		exchange->producer = NULL;
		soup_message_body_complete(body);
	}
	soup_server_message_unpause(message);
}

static void
start_producing(Exchange *exchange)
{
	SimRequest *request = exchange->request;

	soup_message_headers_set_encoding(request->headers, SOUP_ENCODING_CHUNKED);
	sim_raw_add_headers(request, exchange->plan.value[SIM_FAULT_HEADERS]);
	soup_message_headers_replace(request->headers, "Content-Type",
				     "application/json; charset=utf-8");
	soup_message_body_set_accumulate(soup_server_message_get_response_body(request->message),
					 FALSE);
	exchange->wrote_chunk =
	    g_signal_connect(request->message, "wrote-chunk", G_CALLBACK(produce_next), exchange);
}

static void
replace_reply(SimRequest *request, const char *type, const char *text)
{
	g_clear_pointer(&request->reply, g_bytes_unref);
	request->reply = g_bytes_new(text, strlen(text));
	request->reply_type = type;
}

static void
apply_content_faults(Exchange *exchange)
{
	SimRequest *request = exchange->request;

	if (exchange->plan.value[SIM_FAULT_NOT_JSON])
		replace_reply(request, "application/json; charset=utf-8", "{\"ok\": tru, oops");
	if (exchange->plan.value[SIM_FAULT_EMPTY])
		replace_reply(request, "application/json; charset=utf-8", "");
	if (exchange->plan.value[SIM_FAULT_HTML]) {
		replace_reply(request, "text/html",
			      "<html><head><title>502 Bad Gateway</title></head>"
			      "<body><h1>Bad Gateway</h1></body></html>\n");
		if (!exchange->plan.value[SIM_FAULT_STATUS])
			request->status = 502;
	}
	if (!request->reply)
		request->reply = g_bytes_new_static("", 0);
}

static void
emit_answer(Exchange *exchange)
{
	SimRequest *request = exchange->request;
	SimFaultPlan *plan = &exchange->plan;
	const char *reset = plan->value[SIM_FAULT_RESET];
	gsize size;

	apply_content_faults(exchange);
	size = g_bytes_get_size(request->reply);
	if (sim_raw_is_planned(plan)) {
		sim_raw_answer(request, plan);
		return;
	}
	sim_raw_add_headers(request, plan->value[SIM_FAULT_HEADERS]);
	soup_server_message_set_status(request->message, request->status, NULL);
	if (g_strcmp0(reset, "before") == 0) {
		exchange->timer = g_timeout_add(1, reset_cb, exchange);
		return;
	}
	if (g_strcmp0(reset, "middle") == 0)
		emit_broken(exchange, size / 2, size, reset_cb);
	else if (plan->value[SIM_FAULT_CUT])
		emit_broken(exchange, size / 2, size, hang_up_cb);
	else if (plan->value[SIM_FAULT_LENGTH])
		emit_broken(exchange, size, size + 16, hang_up_cb);
	else if (g_strcmp0(reset, "after") == 0)
		emit_broken(exchange, size, size, reset_cb);
	else if (plan->value[SIM_FAULT_SLOW] && size) {
		soup_message_headers_set_content_length(request->headers, (goffset)size);
		soup_message_headers_replace(request->headers, "Content-Type", request->reply_type);
		exchange->timer = g_timeout_add(100, slow_cb, exchange);
	} else if (plan->value[SIM_FAULT_BOMB]) {
		exchange->producer = sim_raw_bomb_piece;
		exchange->producer_data = g_new0(guint, 1);
		exchange->producer_destroy = g_free;
		soup_message_headers_replace(request->headers, "Content-Encoding", "gzip");
		start_producing(exchange);
		produce_next(request->message, exchange);
	} else if (plan->value[SIM_FAULT_ENDLESS]) {
		exchange->producer = sim_raw_endless_piece;
		start_producing(exchange);
		soup_message_body_append_bytes(
		    soup_server_message_get_response_body(request->message), request->reply);
	} else {
		set_body(request, request->reply);
		soup_message_headers_set_content_length(request->headers, (goffset)size);
		soup_message_body_complete(soup_server_message_get_response_body(request->message));
	}
	resume(exchange);
}

static gboolean
emit_cb(gpointer data)
{
	Exchange *exchange = data;

	exchange->timer = 0;
	emit_answer(exchange);
	return G_SOURCE_REMOVE;
}

static void
write_access_log(SimRequest *request)
{
	g_autofree char *time = NULL;

	if (!request->sim->access_log)
		return;
	time = sim_time_text(request->arrived_us);
	fprintf(request->sim->access_log, "%s %s %s %u %" G_GSIZE_FORMAT " %.1fms\n", time,
		request->method, request->path, request->status,
		request->reply ? g_bytes_get_size(request->reply) : 0,
		(double)(g_get_real_time() - request->arrived_us) / 1000);
	fflush(request->sim->access_log);
}

static int
delay_of(Exchange *exchange)
{
	SimRequest *request = exchange->request;
	const char *latency = exchange->plan.value[SIM_FAULT_LATENCY];
	const char *jitter = exchange->plan.value[SIM_FAULT_JITTER];
	int delay_ms = request->delay_ms;

	if (exchange->delayed)
		return delay_ms;
	if (!g_str_has_prefix(request->path, "/_sim"))
		delay_ms += request->sim->options.latency_ms;
	if (latency)
		delay_ms += sim_parse_int(latency);
	if (jitter && sim_parse_int(jitter))
		delay_ms += sim_random_below(request->sim, sim_parse_int(jitter));
	return delay_ms;
}

/* Called by the sim_reply functions when the answer stands in @request. */
void
sim_server_answer(SimRequest *request)
{
	Exchange *exchange = exchange_of(request);
	int delay_ms = delay_of(exchange);

	sim_journal_answered(request->sim->journal, request);
	write_access_log(request);
	/* libsoup's handler must have ended before its connection is taken. */
	if (delay_ms > 0 || sim_raw_is_planned(&exchange->plan))
		exchange->timer = g_timeout_add((guint)delay_ms, emit_cb, exchange);
	else
		emit_answer(exchange);
}

static gboolean
produce_cb(gpointer data)
{
	Exchange *exchange = data;

	exchange->timer = 0;
	start_producing(exchange);
	produce_next(exchange->request->message, exchange);
	resume(exchange);
	return G_SOURCE_REMOVE;
}

static gboolean
breaks_body(const SimFaultPlan *plan)
{
	static const SimFaultKind content[] = {
		SIM_FAULT_RESET,   SIM_FAULT_CUT,     SIM_FAULT_LENGTH,	 SIM_FAULT_NOT_JSON,
		SIM_FAULT_HTML,	   SIM_FAULT_EMPTY,   SIM_FAULT_ENDLESS, SIM_FAULT_BOMB,
		SIM_FAULT_GARBAGE, SIM_FAULT_INTERIM,
	};

	for (guint i = 0; i < G_N_ELEMENTS(content); i++)
		if (plan->value[content[i]])
			return TRUE;
	return FALSE;
}

/*
 * Answers 200 with a body made piece by piece, as fast as it is taken. HTTP/2, and what breaks a
 * body, need all of it.
 */
void
sim_server_produce(SimRequest *request, SimProducer producer, gpointer data, GDestroyNotify destroy)
{
	Exchange *exchange = exchange_of(request);

	if (soup_server_message_get_http_version(request->message) == SOUP_HTTP_2_0 ||
	    breaks_body(&exchange->plan) || exchange->plan.value[SIM_FAULT_SLOW]) {
		GString *whole = g_string_new(NULL);

		while (producer(data, whole))
			;
		if (destroy)
			destroy(data);
		sim_reply_text(request, NULL, g_string_free(whole, FALSE));
		return;
	}
	request->replied = TRUE;
	request->status = 200;
	exchange->producer = producer;
	exchange->producer_data = data;
	exchange->producer_destroy = destroy;
	soup_server_message_set_status(request->message, 200, NULL);
	sim_journal_answered(request->sim->journal, request);
	write_access_log(request);
	exchange->timer = g_timeout_add((guint)delay_of(exchange), produce_cb, exchange);
}

/* Answers 200 with an endless body: the caller appends to it and unpauses. */
void
sim_server_begin_stream(SimRequest *request)
{
	Exchange *exchange = exchange_of(request);

	request->replied = TRUE;
	request->status = 200;
	soup_server_message_set_status(request->message, 200, NULL);
	soup_message_headers_set_encoding(request->headers, SOUP_ENCODING_CHUNKED);
	sim_raw_add_headers(request, exchange->plan.value[SIM_FAULT_HEADERS]);
	sim_raw_send_interim(request, exchange->plan.value[SIM_FAULT_INTERIM]);
	soup_message_body_set_accumulate(soup_server_message_get_response_body(request->message),
					 FALSE);
	sim_journal_answered(request->sim->journal, request);
	write_access_log(request);
	resume(exchange);
}

static void
fail_as_planned(SimRequest *request, const SimFaultPlan *plan)
{
	guint status = (guint)sim_parse_int(plan->value[SIM_FAULT_STATUS]);

	if (plan->value[SIM_FAULT_RETRY_AFTER])
		soup_message_headers_replace(request->headers, "Retry-After",
					     plan->value[SIM_FAULT_RETRY_AFTER]);
	if (status == 204 || status == 205 || status == 304)
		sim_reply_empty(request, status);
	else if (status == 429)
		sim_fail_oauth(request, 429, "too_many_requests", "Too many requests, slow down");
	else
		sim_fail(request, status, "%s", soup_status_get_phrase(status));
}

static void
redirect(SimRequest *request, const SimFaultPlan *plan)
{
	const char *status = plan->value[SIM_FAULT_STATUS];

	soup_message_headers_replace(request->headers, "Location", plan->value[SIM_FAULT_REDIRECT]);
	sim_reply_empty(request, status ? (guint)sim_parse_int(status) : 307);
}

/* What else breaks a body breaks a stream that has begun (events.c). */
static gboolean
replaces_stream(const SimFaultPlan *plan)
{
	return plan->value[SIM_FAULT_NOT_JSON] || plan->value[SIM_FAULT_HTML] ||
	       g_strcmp0(plan->value[SIM_FAULT_RESET], "before") == 0;
}

static void
handle_planned(Exchange *exchange)
{
	SimRequest *request = exchange->request;
	SimFaultPlan *plan = &exchange->plan;

	if (!sim_router_admit(request) || plan->value[SIM_FAULT_STALL])
		return;
	if (plan->value[SIM_FAULT_REFUSE])
		exchange->timer = g_timeout_add(1, hang_up_cb, exchange);
	else if (plan->value[SIM_FAULT_EXPIRED])
		sim_fail_oauth(request, 401, "invalid_token",
			       "The access token provided has expired.");
	else if (plan->value[SIM_FAULT_REDIRECT])
		redirect(request, plan);
	else if (plan->value[SIM_FAULT_STATUS])
		fail_as_planned(request, plan);
	else if (sim_faults_is_stream(request->method, request->path) && replaces_stream(plan))
		sim_reply_ok(request);
	else if (!sim_answers_reply(request))
		sim_router_dispatch(request);
}

static gboolean
handle_late_cb(gpointer data)
{
	Exchange *exchange = data;

	exchange->timer = 0;
	handle_planned(exchange);
	return G_SOURCE_REMOVE;
}

/* A stream has no end at which it could be late. */
static void
handle_stream(Exchange *exchange)
{
	int delay_ms = delay_of(exchange);

	exchange->delayed = TRUE;
	if (delay_ms > 0)
		exchange->timer = g_timeout_add((guint)delay_ms, handle_late_cb, exchange);
	else
		handle_planned(exchange);
}

static void
handle_preflight(SimRequest *request)
{
	soup_message_headers_replace(request->headers, "Access-Control-Allow-Methods",
				     "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
	soup_message_headers_replace(request->headers, "Access-Control-Allow-Headers",
				     "Authorization, Content-Type, Accept, X-Requested-With, "
				     "X-Particle-Tool, X-Particle-Project");
	soup_message_headers_replace(request->headers, "Access-Control-Max-Age", "300");
	sim_reply_empty(request, 204);
}

/*
 * libsoup drops the length of a 204, then takes it for an answer that ends with
 * the connection, and closes that without having said so.
 */
static void
wrote_headers_cb(SoupServerMessage *message, Exchange *exchange)
{
	if (exchange->request->status == 204)
		soup_message_headers_set_content_length(exchange->request->headers, 0);
}

static void
handle_message(SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
	       gpointer data)
{
	Sim *sim = data;
	SimRequest *request = sim_request_new(sim, message);
	Exchange *exchange = g_new0(Exchange, 1);
	gboolean control = g_str_has_prefix(request->path, "/_sim");

	exchange->request = request;
	exchange->in_handler = TRUE;
	g_object_set_qdata(G_OBJECT(message), exchange_quark(), exchange);
	g_signal_connect(message, "finished", G_CALLBACK(message_finished_cb), exchange);
	g_signal_connect(message, "wrote-headers", G_CALLBACK(wrote_headers_cb), exchange);
	soup_message_headers_replace(request->headers, "Access-Control-Allow-Origin", "*");
	if (!control) {
		sim->requests++;
		sim_journal_add(sim->journal, request);
		sim_faults_plan(sim->faults, request->method, request->path, &exchange->plan);
	}
	if (strcmp(request->method, "OPTIONS") == 0)
		handle_preflight(request);
	else if (sim_faults_is_stream(request->method, request->path))
		handle_stream(exchange);
	else
		handle_planned(exchange);
	exchange->in_handler = FALSE;
	if (!exchange->emitted)
		soup_server_message_pause(message);
}

/* GLib's backlog of 10 makes those of a burst who come later wait for a second. */
static GSocket *
socket_new(GSocketAddress *address, GError **error)
{
	g_autoptr(GSocket) self =
	    g_socket_new(g_socket_address_get_family(address), G_SOCKET_TYPE_STREAM, 0, error);

	if (!self || !g_socket_bind(self, address, TRUE, error))
		return NULL;
	g_socket_set_listen_backlog(self, BACKLOG);
	return g_socket_listen(self, error) ? g_steal_pointer(&self) : NULL;
}

static gboolean
listen_on(Sim *sim, GError **error)
{
	const char *text = sim->options.listen ? sim->options.listen : "127.0.0.1:0";
	g_autoptr(GSocketConnectable) where = g_network_address_parse(text, 0, error);
	g_autoptr(GSocketAddressEnumerator) each = NULL;
	g_autoptr(GSocketAddress) address = NULL;
	g_autoptr(GSocket) listener = NULL;
	SoupServerListenOptions options = 0;

	if (!where)
		return FALSE;
	each = g_socket_connectable_enumerate(where);
	address = g_socket_address_enumerator_next(each, NULL, error);
	if (!address)
		return FALSE;
	if (sim->options.tls_cert)
		options |= SOUP_SERVER_LISTEN_HTTPS;
	listener = socket_new(address, error);
	return listener && soup_server_listen_socket(sim->server, listener, options, error);
}

/* Turns off delays of small writes: each event is a packet of its own. */
static void
request_started_cb(SoupServer *server, SoupServerMessage *message, gpointer data)
{
	GSocket *socket = soup_server_message_get_socket(message);

	if (socket)
		g_socket_set_option(socket, 6 /* IPPROTO_TCP */, 1 /* TCP_NODELAY */, 1, NULL);
}

gboolean
sim_server_start(Sim *sim, GError **error)
{
	g_autoptr(GTlsCertificate) certificate = NULL;

	if (sim->options.tls_cert) {
		certificate = g_tls_certificate_new_from_files(
		    sim->options.tls_cert,
		    sim->options.tls_key ? sim->options.tls_key : sim->options.tls_cert, error);
		if (!certificate)
			return FALSE;
	}
	sim->server = soup_server_new("server-header", "particle-sim", "tls-certificate",
				      certificate, "raw-paths", TRUE, NULL);
	soup_server_add_handler(sim->server, NULL, handle_message, sim, NULL);
	g_signal_connect(sim->server, "request-started", G_CALLBACK(request_started_cb), NULL);
	return listen_on(sim, error);
}
