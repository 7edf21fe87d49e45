/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cloud that has nothing but events, to see how many the mount can take and how soon it shows
 * one. Each stream gets them at a rate, or as fast as it takes them, numbered from 0, with the time
 * at which they were made as data. Any other request is answered with an empty list.
 */
#include "bench.h"

#include <gio/gio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TICK_NS 1000000 /* of a rate that is higher than one event a tick */
#define BATCH 256	/* without a rate */

static const char stream_head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
				  "Transfer-Encoding: chunked\r\n\r\n";
static const char empty_list[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				 "Content-Length: 2\r\n\r\n[]";
static guint64 rate;

static gboolean
send_text(GSocketConnection *connection, const char *text, gsize length)
{
	GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));

	return g_output_stream_write_all(out, text, length, NULL, NULL, NULL);
}

/* A chunk of events; their texts have one length. */
static void
make_chunk(GString *chunk, guint64 first, guint64 count)
{
	static const char form[] = "event: bench/event\n"
				   "data: {\"data\":\"%010" G_GUINT64_FORMAT " %019" G_GINT64_FORMAT
				   "\",\"ttl\":60,\"published_at\":\"2026-01-01T00:00:00.000Z\","
				   "\"coreid\":\"e00fce6810caffee00000001\"}\n\n";
	char event[256];
	gint64 now_ns = bench_now_ns();
	int length = g_snprintf(event, sizeof(event), form, first, now_ns);

	g_string_printf(chunk, "%x\r\n", (guint)length * (guint)count);
	for (guint64 i = 0; i < count; i++) {
		g_snprintf(event, sizeof(event), form, first + i, now_ns);
		g_string_append_len(chunk, event, length);
	}
	g_string_append(chunk, "\r\n");
}

static void
wait_until(gint64 time_ns)
{
	struct timespec when = { time_ns / 1000000000, time_ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}

static void
stream(GSocketConnection *connection)
{
	g_autoptr(GString) chunk = g_string_new(NULL);
	gint64 interval_ns = rate > 0 ? MAX(1000000000 / (gint64)rate, TICK_NS) : 0;
	guint64 count = rate > 0 ? MAX(rate * (guint64)interval_ns / 1000000000, 1) : BATCH;
	gint64 next_ns = bench_now_ns();
	guint64 sent = 0;
	gboolean open = send_text(connection, stream_head, strlen(stream_head));

	while (open) {
		next_ns += interval_ns;
		if (interval_ns > 0)
			wait_until(next_ns);
		make_chunk(chunk, sent, count);
		open = send_text(connection, chunk->str, chunk->len);
		sent += count;
	}
}

/* Requests have no bodies here. */
static gboolean
run_cb(GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
       gpointer user_data)
{
	g_autoptr(GDataInputStream) in =
	    g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
	gboolean streams = FALSE;
	char *line;

	g_tcp_connection_set_graceful_disconnect(G_TCP_CONNECTION(connection), FALSE);
	g_socket_set_option(g_socket_connection_get_socket(connection), IPPROTO_TCP, TCP_NODELAY, 1,
			    NULL);
	g_data_input_stream_set_newline_type(in, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
	while ((line = g_data_input_stream_read_line(in, NULL, NULL, NULL)) != NULL) {
		streams = streams || strstr(line, "/events") != NULL;
		if (*line == '\0' && streams)
			stream(connection);
		else if (*line == '\0')
			send_text(connection, empty_list, strlen(empty_list));
		g_free(line);
	}
	return TRUE;
}

int
main(int argc, char **argv)
{
	GSocketService *service = g_threaded_socket_service_new(-1);
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	g_autoptr(GError) error = NULL;
	guint16 port;

	if (argc != 2)
		bench_die("usage: bench-source EVENTS-PER-SECOND|0");
	rate = g_ascii_strtoull(argv[1], NULL, 10);
	port = g_socket_listener_add_any_inet_port(G_SOCKET_LISTENER(service), NULL, &error);
	if (port == 0)
		bench_die("%s", error->message);
	g_signal_connect(service, "run", G_CALLBACK(run_cb), NULL);
	g_socket_service_start(service);
	printf("%u\n", port);
	fflush(stdout);
	g_main_loop_run(loop);
	return 0;
}
