/* SPDX-License-Identifier: Apache-2.0 */
#include <gio/gio.h>
#include <string.h>

#include "fake-server.h"

struct _FakeServer {
	GSocketService *service;
	const FakeStep *steps;
	guint n_steps;
	char *url;
	GMutex lock;
	GCond idle;
	guint connections;
	guint count;
	char *last;
};

static gsize
get_body_length(const char *head)
{
	g_autofree char *lower = g_ascii_strdown(head, -1);
	const char *header = strstr(lower, "\r\ncontent-length:");

	return header != NULL ? (gsize)g_ascii_strtoull(strchr(header + 2, ':') + 1, NULL, 10) : 0;
}

static gboolean
is_whole(const char *text, gsize length)
{
	const char *body = strstr(text, "\r\n\r\n");

	return body != NULL && length - (gsize)(body + 4 - text) >= get_body_length(text);
}

/* NULL when the client has gone. */
static char *
read_request(GInputStream *input)
{
	g_autoptr(GString) request = g_string_new(NULL);
	char buffer[4096];

	while (!is_whole(request->str, request->len)) {
		gssize length = g_input_stream_read(input, buffer, sizeof(buffer), NULL, NULL);

		if (length <= 0)
			return NULL;
		g_string_append_len(request, buffer, length);
	}
	return g_string_free(g_steal_pointer(&request), FALSE);
}

static const FakeStep *
take(FakeServer *self, char *request)
{
	const FakeStep *step;

	g_mutex_lock(&self->lock);
	step = &self->steps[MIN(self->count, self->n_steps - 1)];
	self->count++;
	g_free(self->last);
	self->last = request;
	g_mutex_unlock(&self->lock);
	return step;
}

static gboolean
run_cb(GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
       gpointer user_data)
{
	FakeServer *self = user_data;
	GInputStream *input = g_io_stream_get_input_stream(G_IO_STREAM(connection));
	GOutputStream *output = g_io_stream_get_output_stream(G_IO_STREAM(connection));
	gboolean open = TRUE;
	char *request;

	g_mutex_lock(&self->lock);
	self->connections++;
	g_mutex_unlock(&self->lock);
	while (open && (request = read_request(input)) != NULL) {
		const FakeStep *step = take(self, request);

		g_usleep(step->delay_ms * 1000);
		if (step->answer != NULL)
			open = g_output_stream_write_all(output, step->answer, strlen(step->answer),
							 NULL, NULL, NULL);
		open = open && !step->close;
	}
	g_io_stream_close(G_IO_STREAM(connection), NULL, NULL);
	g_mutex_lock(&self->lock);
	self->connections--;
	g_cond_signal(&self->idle);
	g_mutex_unlock(&self->lock);
	return TRUE;
}

FakeServer *
fake_server_new(const FakeStep *steps, guint n_steps)
{
	FakeServer *self = g_new0(FakeServer, 1);
	guint16 port;

	g_mutex_init(&self->lock);
	g_cond_init(&self->idle);
	self->steps = steps;
	self->n_steps = n_steps;
	self->service = g_threaded_socket_service_new(32);
	port = g_socket_listener_add_any_inet_port(G_SOCKET_LISTENER(self->service), NULL, NULL);
	g_assert_cmpuint(port, >, 0);
	self->url = g_strdup_printf("http://127.0.0.1:%u", port);
	g_signal_connect(self->service, "run", G_CALLBACK(run_cb), self);
	g_socket_service_start(self->service);
	return self;
}

void
fake_server_free(FakeServer *self)
{
	static GSList *kept;

	g_socket_service_stop(self->service);
	g_socket_listener_close(G_SOCKET_LISTENER(self->service));
	g_mutex_lock(&self->lock);
	while (self->connections > 0)
		g_cond_wait(&self->idle, &self->lock);
	g_mutex_unlock(&self->lock);
	/* As long as the program: the last thread of its pool would free that, which
	 * ThreadSanitizer can take for a race, as it does not see the lock. */
	kept = g_slist_prepend(kept, self->service);
	g_cond_clear(&self->idle);
	g_mutex_clear(&self->lock);
	g_free(self->url);
	g_free(self->last);
	g_free(self);
}

const char *
fake_server_get_url(FakeServer *self)
{
	return self->url;
}

guint
fake_server_get_count(FakeServer *self)
{
	guint count;

	g_mutex_lock(&self->lock);
	count = self->count;
	g_mutex_unlock(&self->lock);
	return count;
}

char *
fake_server_dup_last(FakeServer *self)
{
	char *last;

	g_mutex_lock(&self->lock);
	last = g_strdup(self->last);
	g_mutex_unlock(&self->lock);
	return last;
}
